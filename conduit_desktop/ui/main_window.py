"""The window: navigation, header, standing banners and the panes, each made when it is first shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QMoveEvent, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QTableView, QWidget

from conduit_desktop.records import Notification
from conduit_desktop.runtime.notifying.loudness import LEVELS, Loudness
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.banners import Banners
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.commands import Commands
from conduit_desktop.ui.header import Header
from conduit_desktop.ui.navigation import Navigation
from conduit_desktop.ui.panes import PANES, PaneRow
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.standing import Standing
from conduit_desktop.ui.turns import in_turns
from conduit_desktop.ui.widgets import memory
from conduit_desktop.ui.widgets.inputs import SearchField
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.palette import Palette
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.toast import ToastArea

SMALLEST, USUAL = QSize(860, 560), QSize(1240, 800)
_ROOMY = 820  # pixels of width, at the usual text size, that leave room for words in the navigation


class MainWindow(QMainWindow):
    """Signals: ``close_wanted()`` when the user closes it (it does not close by itself), ``quit_wanted()``,
    ``came_up()`` when it is shown."""

    close_wanted = Signal()
    came_up = Signal()
    quit_wanted = Signal()

    def __init__(self, service: GatewayService, bridge: Bridge, rows: Sequence[PaneRow] = PANES) -> None:
        super().__init__()
        theme.current().dress(self)
        self.service, self.bridge = service, bridge
        self.rows = tuple(rows)
        self._rows = {entry.key: entry for entry in rows}
        self._panes: dict[str, Pane[Any]] = {}
        self._rest: dict[str, Iterator[None]] = {}  # of panes that are being made
        self._loudness = Loudness()
        self._narrow = False
        self.setWindowTitle("Conduit")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(SMALLEST)
        self.header = Header()
        self.navigation = Navigation(rows)
        self.banners = Banners()
        self._stack = QStackedWidget()
        self.toasts = ToastArea(self, self.navigation)
        self.palette_box = Palette(self)
        self.commands = Commands(self)
        content = QWidget()
        content.setLayout(column(self.header, self.banners, self._stack, gap=0))
        whole = QWidget()
        box = row(self.navigation, gap=0)
        box.addWidget(content, 1)
        whole.setLayout(box)
        self.setCentralWidget(whole)
        self.palette_box.raise_()
        self.standing = Standing(self, service, bridge, self.header, self.navigation, self.banners)
        self._connect()
        self._add_shortcuts()
        self._restore()

    def _connect(self) -> None:
        self.header.start_wanted.connect(self.start_gateway)
        self.header.stop_wanted.connect(self.stop_gateway)
        self.header.sidebar_toggled.connect(self.toggle_sidebar)
        self.header.copied.connect(self._tell_copied)
        self.navigation.picked.connect(self._pick)
        self.navigation.palette_wanted.connect(self.open_palette)
        self.bridge.told.connect(self._tell)
        self.bridge.opened.connect(self.go)
        self.bridge.notified.connect(self._notify)
        theme.current().changed.connect(self._resize_navigation)

    def _add_shortcuts(self) -> None:
        for entry in self._rows.values():
            self._shortcut(entry.shortcut, lambda key=entry.key: self.go(key))
        self._shortcut("Ctrl+K", self.open_palette)
        self._shortcut("Ctrl+B", self.toggle_sidebar)
        self._shortcut("Ctrl+F", self._find)
        self._shortcut("F5", self._reload)
        for keys, step in (("Ctrl++", 1), ("Ctrl+=", 1), ("Ctrl+-", -1), ("Ctrl+0", 0)):
            self._shortcut(keys, partial(self.commands.zoom, step))
        QShortcut(QKeySequence("Ctrl+Q"), self).activated.connect(self.quit)

    def _shortcut(self, keys: str, act: Any) -> None:
        if keys:
            QShortcut(QKeySequence(keys), self).activated.connect(lambda: None if self._covered() else act())

    def _covered(self) -> bool:
        """Whether a sheet is open: its work is ended or given up before anything else is done."""
        return any(not sheet.isHidden() for sheet in self.findChildren(Sheet))

    # ---- panes

    @property
    def current_key(self) -> str:
        """Which pane is shown."""
        shown = self._stack.currentWidget()
        return next((key for key, pane in self._panes.items() if pane is shown), "")

    @property
    def made(self) -> frozenset[str]:
        """Which panes are there already, and whole."""
        return frozenset(key for key in self._panes if key not in self._rest)

    def pane(self, key: str) -> Pane[Any]:
        """The pane, made on first use, and to its end."""
        for _ in self.making(key):
            pass
        return self._panes[key]

    def making(self, key: str) -> Iterator[None]:
        """Makes a pane in steps, unless it is there. What is asked for in between is made at once."""
        if key not in self._panes:
            made = self._rows[key].load()(self.service, self.bridge, self._stack)
            made.setObjectName(f"pane-{key}")
            self._panes[key], self._rest[key] = made, made.rest()
            self._stack.addWidget(made)
        while (rest := self._rest.get(key)) is not None:
            yield
            if next(rest, self) is self:
                self._rest.pop(key, None)

    def go(self, key: str, argument: object = None) -> None:
        """Show a pane and give it the keyboard; ``argument`` reaches its ``open_with``."""
        if key not in self._rows:
            return
        pane = self.pane(key)
        if pane is not self._stack.currentWidget():  # tables are half of what is to be painted, or more
            self.bridge.run(in_turns((), pane.findChildren(QTableView)), owner=pane, name="paint tables")
        self._stack.setCurrentWidget(pane)
        self.navigation.set_current(key)
        memory.write("window/pane", key)
        if argument is not None:
            pane.open_with(argument)
        pane.focus_default()

    def open_first(self) -> None:
        """Show the pane that was shown last, or the first."""
        key = memory.read_text("window/pane")
        self.go(key if key in self._rows else next(iter(self._rows)))

    def _pick(self, key: str) -> None:
        """From the navigation: arrow keys there go through the panes and stay; Enter on the shown one goes in."""
        focused = QApplication.focusWidget()
        stay = key != self.current_key and focused is not None and self.navigation.isAncestorOf(focused)
        self.go(key)
        if stay and focused is not None:
            self.navigation.buttons[key].setFocus(Qt.FocusReason.TabFocusReason)

    def _find(self) -> None:
        shown = self._stack.currentWidget()
        fields = shown.findChildren(SearchField) if shown is not None else []
        field = next((field for field in fields if field.isVisible()), None)
        if field is not None:
            field.setFocus()
            field.selectAll()

    def _reload(self) -> None:
        if (key := self.current_key) in self._panes:
            self._panes[key].load()

    # ---- what the user asks for

    def start_gateway(self) -> None:
        self.bridge.run(self.service.start(), on_error=self._start_failed, owner=self, name="start gateway")

    def stop_gateway(self) -> None:
        self.bridge.run(self.service.stop(), self._stopped, owner=self, name="stop gateway")

    def _start_failed(self, text: str) -> None:
        self.bridge.tell(text, "error")
        self.standing.refresh()

    def _stopped(self, waited: int) -> None:
        streams = "1 request" if waited == 1 else f"{waited} requests"
        self.bridge.tell(f"Stopped after {streams} ended." if waited else "The gateway is stopped.", "info")

    def quit(self) -> None:
        """Ask for the end of the app."""
        self.quit_wanted.emit()

    def open_palette(self) -> None:
        self.palette_box.open(self.commands.all())

    def toggle_sidebar(self) -> None:
        self.navigation.set_folded(not self.navigation.folded)
        if not self._narrow:
            memory.write("window/folded", self.navigation.folded)

    def _tell(self, severity: str, text: str) -> None:
        self.toasts.show(text, severity)

    def _tell_copied(self, text: str) -> None:
        self.toasts.show(f"Copied {text}", "success")

    def _notify(self, notification: Notification) -> None:
        """Errors, and what waits for a decision, come up in a corner; each repetition does not."""
        wanted = {notification.severity} if notification.kind == "budget_asked" else LEVELS["errors"]
        here = self.isVisible() and self.current_key != "notifications"
        if here and notification.severity != "info" and self._loudness.heard(notification, wanted, time.time()):
            show = "Decide" if notification.kind == "budget_asked" else "Show"
            self.toasts.show(notification.title, notification.severity, show, partial(self.tell_more, notification.id))

    def tell_more(self, notification_id: str) -> None:
        """Show a notification; one that could not be stored is in nobody's list."""
        self.go("notifications", notification_id or None)

    def _resize_navigation(self) -> None:
        self._make_room()
        self.navigation.set_folded(self.navigation.folded)

    def _make_room(self) -> None:
        """The navigation is folded while the window is narrow for the size of its text, unless it is unfolded by hand
        then; with room again it is as it was left."""
        narrow = self.width() < theme.current().px(_ROOMY)
        if narrow != self._narrow:
            self._narrow = narrow
            self.navigation.set_folded(narrow or memory.read_flag("window/folded", False))

    # ---- the window itself

    def _restore(self) -> None:
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(500)
        self._save.timeout.connect(self.remember)
        self.navigation.set_folded(memory.read_flag("window/folded", False))
        state = memory.read_bytes("window/geometry")
        if state is None or not self.restoreGeometry(state):
            room = self.screen().availableGeometry().size() - QSize(40, 60)
            self.resize(USUAL.boundedTo(room).expandedTo(SMALLEST))

    def remember(self) -> None:
        """Keep size and place for the next start."""
        memory.write("window/geometry", self.saveGeometry())

    def bring_up(self) -> None:
        """Show it in front of everything, from the tray or minimised."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()
        self._save.start()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._save.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.came_up.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.close_wanted.emit()
