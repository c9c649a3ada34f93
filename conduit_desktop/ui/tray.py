"""The tray icon: the gateway's state at a glance, and its most wanted actions. Where no tray is, nothing happens;
one that comes up later is taken."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from conduit_desktop.records import Notification
from conduit_desktop.runtime.service import GatewayStatus, SpentToday
from conduit_desktop.ui import icons, theme, words
from conduit_desktop.ui.widgets.copying import copy

RETRY = 5000  # milliseconds between looks for a tray
_SIZES = (16, 22, 24, 32, 48, 64)
_BUBBLES = {
    "info": QSystemTrayIcon.MessageIcon.Information,
    "warning": QSystemTrayIcon.MessageIcon.Warning,
    "error": QSystemTrayIcon.MessageIcon.Critical,
}


class Tray(QObject):
    """Signals: ``open_wanted()``, ``start_wanted()``, ``stop_wanted()``, ``quit_wanted()``; ``notices_wanted(id)``: the
    notifications, and of them the one with this id where there is one."""

    open_wanted = Signal()
    start_wanted = Signal()
    stop_wanted = Signal()
    quit_wanted = Signal()
    notices_wanted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = ""
        self._unread = 0
        self._told: str | None = None  # the id of the notification that the system shows; None: something else
        self._base_url = ""
        self._icon = QSystemTrayIcon(self)
        self._menu = QMenu()
        theme.current().dress(self._menu)
        self._line = self._menu.addAction("Conduit")
        self._line.setEnabled(False)
        self._menu.addSeparator()
        self._menu.addAction("Open Conduit", self.open_wanted.emit)
        self._notices = self._menu.addAction("", lambda: self.notices_wanted.emit(""))
        self._notices.setVisible(False)
        self._copy = self._menu.addAction("Copy base URL", self._copy_address)
        self._power = self._menu.addAction("Start the gateway", self._press)
        self._menu.addSeparator()
        self._menu.addAction("Quit Conduit", self.quit_wanted.emit)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._activated)
        self._icon.messageClicked.connect(self._message_clicked)
        self._retry = QTimer(self)
        self._retry.setInterval(RETRY)
        self._retry.timeout.connect(self._try)

    @property
    def available(self) -> bool:
        """Whether there is a tray and we are in it."""
        return QSystemTrayIcon.isSystemTrayAvailable() and self._icon.isVisible()

    def show(self) -> None:
        """Come up in the tray, now or when there is one."""
        self._retry.start()
        self._try()

    def hide(self) -> None:
        self._retry.stop()
        self._icon.hide()

    def show_status(self, status: GatewayStatus, spend: SpentToday | None, unread: int = 0) -> None:
        """The same as the header and the navigation say."""
        word, tone, _ = words.STATES[status.state]
        if (status.state, unread > 0) != (self._state, self._unread > 0):
            self._icon.setIcon(state_icon(tone, unread=unread > 0))
        self._state, self._unread = status.state, unread
        self._notices.setVisible(unread > 0)
        self._notices.setText(words.unread(unread))
        self._base_url = status.base_url if status.state == "running" else ""
        self._icon.setToolTip(words.tooltip(status, spend, unread))
        self._line.setText(f"{word} at {self._base_url}" if self._base_url else word)
        self._copy.setEnabled(bool(self._base_url))
        self._power.setText("Stop the gateway" if self._base_url else "Start the gateway")
        self._power.setEnabled(status.state not in ("starting", "draining"))

    def tell(self, notification: Notification) -> None:
        """Show a notification as the system does."""
        if self.available:
            self._told = notification.id
            bubble = _BUBBLES[notification.severity]
            self._icon.showMessage(notification.title, notification.text, bubble)

    def say(self, title: str, text: str) -> None:
        if self.available:
            self._told = None
            self._icon.showMessage(title, text, icons.app_icon())

    def _message_clicked(self) -> None:
        if self._told is None:
            self.open_wanted.emit()
        else:
            self.notices_wanted.emit(self._told)

    def _try(self) -> None:
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._retry.stop()
            if self._icon.icon().isNull():
                self._icon.setIcon(state_icon("neutral"))
            self._icon.show()

    def _press(self) -> None:
        (self.stop_wanted if self._base_url else self.start_wanted).emit()

    def _copy_address(self) -> None:
        copy(self._base_url)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.open_wanted.emit()


def state_icon(tone: str, *, unread: bool = False) -> QIcon:
    """The app's icon with a dot for the state and, in the corner above it, one for unread notifications."""
    made = QIcon()
    for size in _SIZES:
        picture = icons.pixmap("app", QColor("black"), size).copy()
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dot = size * 0.40
        box = QRectF(size - dot - size * 0.02, size - dot - size * 0.02, dot, dot)
        painter.setPen(QPen(Qt.GlobalColor.white, max(1.0, size * 0.06)))
        painter.setBrush(theme.current().colour(tone))
        painter.drawEllipse(box)
        if unread:
            painter.setBrush(theme.current().colour("accent"))
            painter.drawEllipse(box.translated(0, -(size - dot - size * 0.04)))
        painter.end()
        made.addPixmap(picture)
    return made
