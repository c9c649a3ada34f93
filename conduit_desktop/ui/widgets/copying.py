"""Copying and secrets: a button that says it copied, a field with a copy button, a masked secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from conduit_desktop.ui.widgets.buttons import IconButton
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.text import ElidedLabel, announce

FEEDBACK = 1600  # milliseconds for which "Copied" is shown
REVEAL = 20_000  # milliseconds after which a revealed secret is masked again
MASK = "•" * 8
_WELL = 32


def copy(text: str) -> None:
    """Put ``text`` on the clipboard."""
    QGuiApplication.clipboard().setText(text)


def within(name: str) -> str:
    """A name inside a sentence: ``Request id`` as ``request id``, ``API key`` as it is."""
    return name if name[:2].isupper() else f"{name[:1].lower()}{name[1:]}"


class CopyButton(IconButton):
    """Copies ``text`` (or what it gives when called) and shows a tick for a moment."""

    copied = Signal()

    def __init__(self, text: str | Callable[[], str] = "", name: str = "Copy", *, small: bool = True) -> None:
        super().__init__("copy", name, small=small)
        self._text = text
        self._label = name
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.setInterval(FEEDBACK)
        self._back.timeout.connect(self._restore)
        self.clicked.connect(self._copy)

    def set_text(self, text: str | Callable[[], str]) -> None:
        self._text = text

    def show_copied(self) -> None:
        """The feedback alone, when the copying was done elsewhere."""
        self.set_glyph("check", "success")
        self.set_name("Copied")
        announce(self, "Copied")
        self._back.start()

    def _copy(self) -> None:
        text = self._text() if callable(self._text) else self._text
        if text:
            copy(text)
            self.show_copied()
            self.copied.emit()

    def _restore(self) -> None:
        self.set_glyph("copy")
        self.set_name(self._label)


class CopyField(QWidget):
    """A value in monospace with a copy button: an address, an id, a command."""

    def __init__(self, text: str = "", name: str = "Value", *, well: bool = True) -> None:
        super().__init__()
        self._label = ElidedLabel(text, "mono", mode=Qt.TextElideMode.ElideMiddle)  # an address's path stays in view
        self._button = CopyButton(text, f"Copy {within(name)}")
        box = row(self._label, self._button, gap=6, margins=(10, 1, 2, 1) if well else (0, 0, 0, 0))
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if well:
            self.setMinimumHeight(_WELL)
            self.setProperty("surface", "well")
            self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(name)

    @property
    def text(self) -> str:
        return self._label.full_text

    def set_text(self, text: str) -> None:
        self._label.set_full_text(text)
        self._button.set_text(text)


class SecretEdit(QWidget):
    """A field to enter or paste a secret: masked, with reveal and paste buttons. ``edited()`` when it changes."""

    edited = Signal()

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(hint)
        self.field.setAccessibleName(name)
        self.field.setProperty("mono", "true")
        self.field.textChanged.connect(self.edited)
        self._name = within(name)
        self._eye = IconButton("eye", f"Show {self._name} while typing")
        self._eye.clicked.connect(self._toggle)
        paste = IconButton("paste", f"Paste {self._name}")
        paste.clicked.connect(self._paste)
        self._hide = QTimer(self)
        self._hide.setSingleShot(True)
        self._hide.setInterval(REVEAL)
        self._hide.timeout.connect(self._mask)
        self.setLayout(row(self.field, self._eye, paste, gap=2))
        self.setFocusProxy(self.field)

    @property
    def text(self) -> str:
        return self.field.text().strip()

    def clear(self) -> None:
        self.field.clear()
        self._mask()

    def _toggle(self) -> None:
        if self.field.echoMode() == QLineEdit.EchoMode.Normal:
            self._mask()
            return
        self.field.setEchoMode(QLineEdit.EchoMode.Normal)
        self._eye.set_glyph("eye-off")
        self._eye.set_name(f"Hide {self._name}")
        self._hide.start()

    def _mask(self) -> None:
        self._hide.stop()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self._eye.set_glyph("eye")
        self._eye.set_name(f"Show {self._name} while typing")

    def _paste(self) -> None:
        self.field.setText(QGuiApplication.clipboard().text().strip())
        self.field.setFocus()


class SecretField(QWidget):
    """A stored secret: masked but for its last four characters; reveal and copy ask ``fetch`` for the text.

    ``fetch`` is awaited by ``run``, which starts a coroutine and hands its result on (``Bridge.run``). The text is
    forgotten when it is masked again, after ``REVEAL`` at the latest.
    """

    def __init__(
        self,
        name: str,
        run: Callable[[Awaitable[str], Callable[[str], None]], object],
        fetch: Callable[[], Awaitable[str]] | None = None,
        last4: str = "",
    ) -> None:
        super().__init__()
        self._run, self._fetch, self._last4, self._name = run, fetch, last4, within(name)
        self._shown = False
        self._label = ElidedLabel("", "mono", mode=Qt.TextElideMode.ElideMiddle)  # the last four stay in view
        self._eye = IconButton("eye", f"Reveal {self._name}", small=True)
        self._copy = CopyButton(name=f"Copy {self._name}")
        self._eye.clicked.connect(self._reveal)
        self._copy.clicked.connect(self._fetch_and_copy)
        self._hide = QTimer(self)
        self._hide.setSingleShot(True)
        self._hide.setInterval(REVEAL)
        self._hide.timeout.connect(self.cover)
        self.setProperty("surface", "well")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setLayout(row(self._label, self._eye, self._copy, gap=2, margins=(10, 1, 2, 1)))
        self.setMinimumHeight(_WELL)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self.set_secret(fetch, last4)

    def set_secret(self, fetch: Callable[[], Awaitable[str]] | None, last4: str) -> None:
        """Stand for another secret. ``fetch`` None: it was shown once and cannot be revealed."""
        self._fetch, self._last4 = fetch, last4
        self._eye.setVisible(fetch is not None)
        self._copy.setVisible(fetch is not None)
        self.cover()

    def cover(self) -> None:
        """Hide the text again."""
        self._shown = False
        self._hide.stop()
        self._label.set_full_text(f"{MASK}{self._last4}")
        self._label.setAccessibleName(f"Hidden, ends in {self._last4}" if self._last4 else "Hidden")
        self._eye.set_glyph("eye")
        self._eye.set_name(f"Reveal {self._name}")

    def _reveal(self) -> None:
        if self._shown:
            self.cover()
        elif self._fetch is not None:
            self._run(self._fetch(), self._show)

    def _show(self, text: str) -> None:
        self._shown = True
        self._label.set_full_text(text)
        self._eye.set_glyph("eye-off")
        self._eye.set_name(f"Hide {self._name}")
        self._hide.start()

    def _fetch_and_copy(self) -> None:
        if self._fetch is not None:
            self._run(self._fetch(), self._copy_text)

    def _copy_text(self, text: str) -> None:
        copy(text)
        self._copy.show_copied()
