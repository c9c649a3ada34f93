"""Notifications: what the gateway had to say, newest first, read or not, with what can be done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMenu

from conduit_desktop.records import Notification
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes import notifications_words as words
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.notifications_acts import Acts
from conduit_desktop.ui.panes.notifications_columns import COLUMNS, FIRST_TO_GO, TITLE_AT_LEAST
from conduit_desktop.ui.panes.notifications_detail import NoticeDetail
from conduit_desktop.ui.panes.notifications_filters import Filters
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.rows import Rows
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable

_ALL_READ, _REMOVE_READ = "Mark all as read", "Remove read"
_WORDS_FROM = 760


class NotificationsPane(Pane[GatewayService]):
    """A list with the details of the chosen one beside it; choosing one marks it read. Enter goes to its button, Delete
    removes it, U marks it unread."""

    title = "Notifications"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self._all: list[Notification] = []
        self._sought = ""
        self._looked_at = ""
        self.rows: Rows[Notification] = Rows(COLUMNS, key=lambda n: n.id, parent=self)
        self.table = DataTable(self.rows, key="notifications", name="Notifications", several=True)
        self._nothing = EmptyState("bell", "All quiet", "")
        self.filters = Filters()
        self.detail = NoticeDetail()
        self.acts = Acts(self, service, bridge, self.detail)
        self.all_read = Button(_ALL_READ, icon="check")
        self.remove_read = Button(_REMOVE_READ, icon="trash")
        self.add_action(self.filters.search)
        self.add_action(self.remove_read)
        self.add_action(self.all_read)
        self.body.setSpacing(0)
        self.body.addWidget(self.filters)
        self.body.addWidget(Splitter("notifications", self.table, self.detail, sizes=(3, 2)), 1)
        self.detail.hide()
        self.filters.hide()
        self._say_nothing()
        self.table.set_empty(self._nothing)
        self.table.show_loading()
        fit_columns(self.table, FIRST_TO_GO, stretch_least=TITLE_AT_LEAST)
        self._connect()

    def _connect(self) -> None:
        self.table.set_menu(self._fill_menu)
        self.table.chosen.connect(self._show)
        self.table.activated.connect(self._enter)
        self.table.retried.connect(self.load)
        self._nothing.acted.connect(self.filters.clear)
        self.filters.changed.connect(self._filter)
        self.all_read.clicked.connect(self._mark_all)
        self.remove_read.clicked.connect(self._ask_to_remove_read)
        self.detail.closed.connect(self._close)
        self.detail.wanted.connect(self._act)
        self.detail.read_wanted.connect(lambda read: self._mark(self._chosen(), read))
        self.detail.remove_wanted.connect(lambda: self._remove(self._chosen()))
        for key, act in (
            (QKeySequence(QKeySequence.StandardKey.Delete), lambda: self._remove(self.table.selected)),
            (QKeySequence("U"), lambda: self._mark(self.table.selected, self._any_unread())),
        ):
            QShortcut(key, self.table.view, context=Qt.ShortcutContext.WidgetShortcut).activated.connect(act)
        self.bridge.notified.connect(self._told)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window, or with large text, the buttons of the head are their icons."""
        super().resizeEvent(event)
        narrow = self.width() < theme.current().px(_WORDS_FROM)
        for button, words_ in ((self.all_read, _ALL_READ), (self.remove_read, _REMOVE_READ)):
            button.setText("" if narrow else words_)
            button.setToolTip(words_ if narrow else "")
            button.setAccessibleName(words_)
            button.updateGeometry()

    # ---- what is shown

    async def refresh(self) -> None:
        self._all = await self.service.notifying.list()
        self._filter()
        self.bridge.unread_changed.emit()
        if self._sought:
            self._seek()

    def show_failure(self, text: str) -> None:
        self.table.show_error(text)

    def _told(self, notification: Notification) -> None:
        """One that is new or was told again comes to the top; nothing is read anew for it."""
        if self._loaded and notification.id:
            self._all = [notification, *(each for each in self._all if each.id != notification.id)]
            self._filter()
            if self.detail.notification is not None and self.detail.notification.id == notification.id:
                self.detail.show_notification(notification)

    def _filter(self) -> None:
        self._say_nothing()
        self.rows.set_rows(words.matching(self._all, self.filters.wanted, self._looked_at))
        self._count()

    def _count(self) -> None:
        self.filters.show_all(self._all)
        unread = sum(not each.read for each in self._all)
        self.set_subtitle(f"{unread:,} unread" if unread else "")
        self.all_read.setEnabled(unread > 0)
        self.remove_read.setEnabled(unread < len(self._all))

    def _say_nothing(self) -> None:
        if self.filters.wanted.active:
            self._nothing.set_state("filter", "Nothing matches", "No notification fits these filters.", "Clear filters")
        else:
            text = "Budgets that run low, keys that expire and providers that fail are told here."
            self._nothing.set_state("bell", "All quiet", text)

    def focus_default(self) -> None:
        self.table.setFocus()

    def open_with(self, argument: object) -> None:
        """The id of the notification to show, whatever the filters."""
        self._sought = str(argument)
        if self.filters.wanted.active:
            self.filters.clear()
        self.load()

    def _seek(self) -> None:
        if self.table.select(self._sought):
            self.focus_default()
        self._sought = ""

    def commands(self) -> Sequence[Command]:
        return (
            Command("Mark all notifications as read", self._mark_all, "check", "Notifications"),
            Command("Remove the notifications that were read", self._ask_to_remove_read, "trash", "Notifications"),
            Command(
                "Show unread notifications only", partial(self.filters.choose, words.UNREAD), "bell", "Notifications"
            ),
        )

    # ---- one of them

    def _show(self, chosen: Notification | None) -> None:
        self.detail.setVisible(chosen is not None)
        if chosen is None:
            self._looked_at = ""
            return
        before, self._looked_at = self._looked_at, chosen.id
        self.detail.show_notification(chosen)
        if not chosen.read and before != chosen.id:  # one that is marked unread while it is shown stays so
            self._mark((chosen,), True)

    def _chosen(self) -> list[Notification]:
        return [self.detail.notification] if self.detail.notification is not None else []

    def _close(self) -> None:
        self.table.view.clearSelection()
        self.table.setFocus()

    def _enter(self, _chosen: Notification) -> None:
        if (button := self.detail.first) is not None:
            button.setFocus(Qt.FocusReason.TabFocusReason)

    def _act(self, action: str) -> None:
        if (notification := self.detail.notification) is not None:
            self.acts.do(notification, action)

    # ---- reading and removing

    def _any_unread(self) -> bool:
        return any(not each.read for each in self.table.selected)

    def _mark(self, chosen: Sequence[Notification], read: bool) -> None:
        """Shown at once, in place: a filter for the unread does not take one away while it is read."""
        ids = {each.id for each in chosen}
        self._all = [replace(each, read=read) if each.id in ids else each for each in self._all]
        for each in self._all:
            if each.id in ids:
                self.rows.update_row(each)
                if each.id == self._looked_at and self.detail.isVisible():
                    self.detail.show_notification(each)
        self._count()
        self._change(partial(self.service.notifying.mark, ids, read=read))

    def _mark_all(self) -> None:
        self._mark([each for each in self._all if not each.read], True)

    def _remove(self, chosen: Sequence[Notification]) -> None:
        if chosen:
            ids = {each.id for each in chosen}
            self._all = [each for each in self._all if each.id not in ids]
            self._filter()
            self._change(partial(self.service.notifying.remove, *ids))

    def _ask_to_remove_read(self) -> None:
        self.bridge.run(self._remove_read(), owner=self, slot="remove read")

    async def _remove_read(self) -> None:
        number = sum(each.read for each in self._all)
        what = "1 notification that was" if number == 1 else f"{number:,} notifications that were"
        if number and await confirm(self, f"Remove {what} read?", "Those that are unread stay.", "Remove"):
            await self.service.notifying.remove_read()
            await self.refresh()

    def _change(self, work: Callable[[], Awaitable[object]]) -> None:
        async def change() -> None:
            await work()
            self.bridge.unread_changed.emit()

        self.bridge.run(change(), on_error=self._not_changed, owner=self, name="change notifications")

    def _not_changed(self, text: str) -> None:
        self.bridge.tell(text, "error")
        self.load()

    def _fill_menu(self, menu: QMenu, chosen: Sequence[Notification]) -> None:
        if len(chosen) == 1:
            for action in words.actions(chosen[0]):
                menu.addAction(words.BUTTONS[action][0], partial(self._act, action))
            menu.addSeparator()
        if any(not each.read for each in chosen):
            menu.addAction("Mark as read", lambda: self._mark(chosen, True))
        if any(each.read for each in chosen):
            menu.addAction("Mark as unread", lambda: self._mark(chosen, False))
        menu.addAction("Delete", lambda: self._remove(chosen))
