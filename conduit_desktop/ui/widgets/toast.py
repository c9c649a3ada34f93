"""Toasts: short messages that come up in a corner of the window and go by themselves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.status import SEVERITY_ICONS, Icon, tone_of
from conduit_desktop.ui.widgets.text import Label, announce

STAYS = {"error": 12_000, "warning": 8000}
STAYS_ELSE = 4000
MOST = 3
_EDGE = 20
_SHADOW = 10


class Toast(QWidget):
    """One message. It stays while the mouse is over it."""

    def __init__(self, parent: QWidget, text: str, severity: str, action: str = "") -> None:
        super().__init__(parent)
        self.text = text
        self._severity = severity
        icon = Icon(SEVERITY_ICONS.get(severity, "info"), tone_of(severity))
        words = Label(text, "body", wrap=True)
        words.setMinimumWidth(min(words.fontMetrics().horizontalAdvance(text) + 12, 320))
        words.setMaximumWidth(380)
        self.action = Button(action, "ghost", small=True)
        if not action:
            self.action.hide()
        close = IconButton("close", "Dismiss", small=True)
        close.clicked.connect(self.close)
        inner = _SHADOW
        self.setLayout(
            row(icon, words, self.action, close, gap=10, margins=(inner + 14, inner + 8, inner + 8, inner + 8))
        )
        self.setAccessibleName(f"{severity}: {text}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.close)
        self._timer.start(STAYS.get(severity, STAYS_ELSE))

    def announce(self) -> None:
        """Tell screen readers."""
        announce(self, self.accessibleName())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._timer.start(STAYS_ELSE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_floating(painter, QRectF(self.rect()), _SHADOW)


def paint_floating(painter: QPainter, box: QRectF, depth: int, radius: float = 9) -> None:
    """A floating card with a soft shadow of ``depth`` pixels inside ``box``."""
    now = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    for step in range(depth):
        painter.setBrush(now.colour("shadow", 0.012 if now.scheme == "light" else 0.05))
        painter.drawRoundedRect(
            box.adjusted(step, step + 2, -step, -step + 2), radius + depth - step, radius + depth - step
        )
    painter.setPen(QPen(now.colour("border-strong"), 1))
    painter.setBrush(now.colour("overlay"))
    inner = box.adjusted(depth + 0.5, depth + 0.5, -depth - 0.5, -depth - 0.5)
    painter.drawRoundedRect(inner, radius, radius)


class ToastArea(QObject):
    """Stacks toasts in the lower left corner of ``window``, right of ``beside``: the lower right is where sheets have
    their buttons, which a toast must not cover."""

    def __init__(self, window: QWidget, beside: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._beside = beside
        self._toasts: list[Toast] = []
        window.installEventFilter(self)

    @property
    def toasts(self) -> tuple[Toast, ...]:
        return tuple(self._toasts)

    def show(
        self, text: str, severity: str = "info", action: str = "", on_action: Callable[[], object] | None = None
    ) -> Toast:
        """Show ``text``; the same text shown twice at once is one toast."""
        for old in [toast for toast in self._toasts if toast.text == text]:
            old.close()
        while len(self._toasts) >= MOST:
            self._toasts[0].close()
        toast = Toast(self._window, text, severity, action)
        toast.installEventFilter(self)
        if on_action is not None:
            toast.action.clicked.connect(lambda: (toast.close(), on_action()))
        self._toasts.append(toast)
        toast.show()
        toast.raise_()  # only now: a sheet that opens later covers it, instead of having its buttons covered
        self._place()
        toast.announce()
        return toast

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self._window:
            self._place()
        elif event.type() == QEvent.Type.Close and isinstance(watched, Toast) and watched in self._toasts:
            self._toasts.remove(watched)
            self._place()
        return False

    def _place(self) -> None:
        bottom = self._window.height() - _EDGE + _SHADOW
        for toast in reversed(self._toasts):
            toast.adjustSize()
            size = toast.size()
            toast.move(self._beside.width() + _EDGE - _SHADOW, bottom - size.height())
            bottom -= size.height() - _SHADOW
