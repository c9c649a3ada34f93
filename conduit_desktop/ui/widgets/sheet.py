"""A sheet that slides over the right side of the window for a form: Esc cancels, Ctrl+Enter accepts, Tab stays in."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.layout import column, row, rule, scrolled
from conduit_desktop.ui.widgets.text import ElidedLabel, Label, Notice


class Sheet(QWidget):
    """Put fields into ``body``, call ``open()``. Signals: ``accepted()`` (the sheet stays open: close it when the
    work is done), ``closed()`` once it is gone. An empty ``cancel`` leaves that button out."""

    accepted = Signal()
    closed = Signal()

    def __init__(
        self, parent: QWidget, title: str, action: str, sub: str = "", *, width: int = 460, cancel: str = "Cancel"
    ) -> None:
        super().__init__(parent.window())
        self._window = parent.window()
        self._width = width
        self._back: QWidget | None = None
        self.setAccessibleName(title)
        self._panel = QFrame(self)
        self._panel.setProperty("surface", "surface")
        self._title = ElidedLabel(title, "title")
        self._sub = Label(sub, "muted", wrap=True)
        if not sub:
            self._sub.hide()
        close = IconButton("close", "Close")
        close.clicked.connect(self.cancel)
        self.accept_button = Button(action, "primary")
        self.accept_button.clicked.connect(self._accept)
        self._cancel = Button(cancel)
        if not cancel:
            self._cancel.hide()
        self._cancel.clicked.connect(self.cancel)
        self._fault = Notice("", "small", tone="danger", wrap=True)
        self._fault.hide()
        head = row(self._title, close)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(SPACE.xl, SPACE.s, SPACE.xl, SPACE.xl)
        self.body.setSpacing(SPACE.l)
        self._pinned = column(gap=0)
        self._foot = row(None, self._cancel, self.accept_button)
        self._compose(column(head, self._sub, gap=4, margins=(SPACE.xl, SPACE.l, SPACE.l, SPACE.m)))
        self.hide()

    def _compose(self, top: QVBoxLayout) -> None:
        """Head, fields that scroll, what is pinned below them, buttons."""
        inner = QWidget()
        inner.setLayout(self.body)
        foot = column(self._fault, self._foot, margins=(SPACE.xl, SPACE.m, SPACE.xl, SPACE.m))
        box = column(top, gap=0)
        box.addWidget(scrolled(inner), 1)
        box.addLayout(self._pinned)
        box.addWidget(rule())
        box.addLayout(foot)
        self._panel.setLayout(box)

    def open(self) -> None:
        """Show it and put the focus on its first field."""
        window = self._window
        self._back = QApplication.focusWidget()
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self._lay_out()
        self.show()
        self.raise_()
        self._first()

    def cancel(self) -> None:
        """Close without accepting."""
        self.finish()

    def finish(self) -> None:
        """Close and give the focus back."""
        if self.isHidden():
            return
        self.hide()
        self._window.removeEventFilter(self)
        if self._back is not None:
            self._back.setFocus()
        self.closed.emit()
        self.deleteLater()

    def set_busy(self, busy: bool) -> None:
        """While the work runs, the action cannot be pressed again."""
        self.accept_button.set_busy(busy)

    def set_error(self, text: str) -> None:
        """What went wrong, above the buttons."""
        self.set_busy(False)
        self._fault.setText(text)
        self._fault.setVisible(bool(text))

    def set_head(self, title: str, sub: str = "") -> None:
        """Another title, for a sheet of several steps."""
        self.setAccessibleName(title)
        self._title.set_full_text(title)
        self._sub.setText(sub)
        self._sub.setVisible(bool(sub))

    def set_cancel(self, text: str) -> None:
        """Another word on the button that closes it, once nothing is left to cancel."""
        self._cancel.setText(text)
        self._cancel.updateGeometry()

    def focus_first(self) -> None:
        """Put the focus on the first field, after the content changed."""
        self._first()

    def add_foot(self, widget: QWidget) -> None:
        """Another widget at the left of the buttons."""
        self._foot.insertWidget(0, widget)

    def pin(self, widget: QWidget) -> None:
        """A widget between the fields and the buttons that does not scroll away."""
        self._pinned.addWidget(rule())
        self._pinned.addWidget(widget)

    def _accept(self) -> None:
        self.set_error("")
        self.accepted.emit()

    def _first(self) -> None:
        fields = [field for field in self._chain() if field not in (self._cancel, self.accept_button)]
        target = next((f for f in fields if not isinstance(f, Button)), self.accept_button)
        target.setFocus(Qt.FocusReason.TabFocusReason)

    def _chain(self) -> list[QWidget]:
        """What Tab reaches in here, in order."""
        found: list[QWidget] = []
        widget = self._panel.nextInFocusChain()
        while widget is not None and widget is not self._panel:
            reachable = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()
            if self._panel.isAncestorOf(widget) and reachable and not widget.isHidden():
                found.append(widget)
            widget = widget.nextInFocusChain()
        return found

    def focusNextPrevChild(self, forward: bool) -> bool:
        chain = self._chain()
        now = QApplication.focusWidget()
        if chain:
            at = chain.index(now) if now in chain else -1
            chain[(at + (1 if forward else -1)) % len(chain)].setFocus(
                Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
            )
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancel()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.accept_button.isEnabled():
            self._accept()
        else:
            event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self._lay_out()
        return False

    def _lay_out(self) -> None:
        width = min(theme.current().px(self._width), self.width())
        self._panel.setGeometry(self.width() - width, 0, width, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        now = theme.current()
        painter.fillRect(self.rect(), now.colour("scrim", 0.32 if now.scheme == "light" else 0.55))
        for step in range(12):
            painter.fillRect(
                self._panel.x() - step - 1, 0, 1, self.height(), now.colour("shadow", 0.10 * (1 - step / 12))
            )
