"""Where a question is written: Enter sends, Shift+Enter begins a new line, Tab goes on, Esc takes back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import ElidedLabel

_MOST_LINES = 9
_SEND = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_HINT = "Enter sends · Shift+Enter begins a new line"


class Field(QPlainTextEdit):
    """Grows with its text up to a few lines. Signals: ``sent()``, ``escaped()``, ``recalled()``."""

    sent = Signal()
    escaped = Signal()
    recalled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("field", "true")
        self.setObjectName("chatInput")
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Your message")
        self.setAccessibleDescription(_HINT)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        theme.current().changed.connect(self._fit)
        self._fit()

    def _fit(self, _size: object = None) -> None:
        line = self.fontMetrics().lineSpacing()
        lines = max(2, min(int(self.document().size().height()), _MOST_LINES))
        self.setFixedHeight(lines * line + 24)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _SEND and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() == Qt.Key.Key_Up and not self.toPlainText():
            self.recalled.emit()
        else:
            super().keyPressEvent(event)


class Composer(QWidget):
    """Signals: ``sent(text)``, ``stop_wanted()``, ``edit_left()`` when editing is given up, ``recall_wanted()``."""

    sent = Signal(str)
    stop_wanted = Signal()
    edit_left = Signal()
    recall_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._busy = self._editing = False
        self.field = Field()
        self.field.sent.connect(self._send)
        self.field.escaped.connect(self._escape)
        self.field.recalled.connect(self.recall_wanted)
        self.field.textChanged.connect(self._refresh)
        self.button = Button("Send", "primary", icon="send")
        self.button.setObjectName("chatSend")
        self.button.clicked.connect(self._press)
        self._hint = ElidedLabel(_HINT, "caption")
        line = row(self.field, gap=SPACE.s)
        line.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        self.setLayout(column(line, self._hint, gap=5))
        self.setFocusProxy(self.field)
        self._refresh()

    @property
    def text(self) -> str:
        return self.field.toPlainText().strip()

    @property
    def editing(self) -> bool:
        """Whether what is written takes the place of the last question."""
        return self._editing

    def set_target(self, model: str) -> None:
        self.field.setPlaceholderText(f"Message {model}" if model else "Choose a model first")
        self.field.viewport().update()  # Qt paints it anew only where it was not seen before

    def set_busy(self, busy: bool) -> None:
        """An answer is coming: the button stops it."""
        self._busy = busy
        self.button.setText("Stop" if busy else "Send")
        self.button.set_glyph("stop" if busy else "send")
        self.button.set_kind("secondary" if busy else "primary")
        self.button.setAccessibleName("Stop the answer" if busy else "Send the message")
        self._refresh()

    def edit(self, text: str) -> None:
        """Write ``text`` again, in place of the last question."""
        self._editing = True
        self.field.setPlainText(text)
        self.field.selectAll()
        self.field.setFocus()
        self._refresh()

    def clear(self) -> None:
        self._editing = False
        self.field.clear()
        self._refresh()

    def _refresh(self) -> None:
        self.button.setEnabled(self._busy or bool(self.text))
        self._hint.set_full_text("Editing your last message · Esc leaves it as it was" if self._editing else _HINT)
        self._hint.set_tone("accent" if self._editing else "")

    def _press(self) -> None:
        if self._busy:
            self.stop_wanted.emit()
        else:
            self._send()

    def _send(self) -> None:
        if self.text and not self._busy:
            self.sent.emit(self.text)

    def _escape(self) -> None:
        if self._editing:
            self.clear()
            self.edit_left.emit()
        elif self._busy:
            self.stop_wanted.emit()
