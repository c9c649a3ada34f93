"""Notifications: what the gateway had to say, newest first, read or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QMenu

from conduit_desktop.records import Notification
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.shown import ago, moment
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.split import DetailPanel, Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.status import SEVERITY_ICONS, tone_of
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_WORDS = {"info": "Info", "warning": "Warning", "error": "Error"}

COLUMNS: tuple[Column[Notification], ...] = (
    Column(
        "Severity",
        lambda n: _WORDS[n.severity],
        110,
        badge=lambda n: (_WORDS[n.severity], tone_of(n.severity), SEVERITY_ICONS[n.severity]),
    ),
    Column(
        "Notification",
        lambda n: f"{n.title} (×{n.count})" if n.count > 1 else n.title,
        420,
        stretch=True,
        tone=lambda n: "text-muted" if n.read else "text",
        sub=lambda n: n.text,
    ),
    Column(
        "State", lambda n: "Read" if n.read else "Unread", 96, badge=lambda n: _unread(n), tone=lambda n: "text-faint"
    ),
    Column(
        "When",
        lambda n: ago(n.updated),
        120,
        align="right",
        tone=lambda n: "text-muted",
        tooltip=lambda n: moment(n.updated),
    ),
)


def _unread(notification: Notification) -> tuple[str, str, str] | None:
    return None if notification.read else ("Unread", "accent", "")


class NotificationsPane(Pane[GatewayService]):
    """A list with the details of the chosen one beside it; choosing one marks it read."""

    title = "Notifications"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self.rows: Rows[Notification] = Rows(COLUMNS, key=lambda n: n.id, parent=self)
        self.table = DataTable(self.rows, key="notifications", name="Notifications")
        self.table.set_empty(
            EmptyState(
                "bell",
                "All quiet",
                "Budgets that run low, keys that expire and providers that fail are told here.",
            )
        )
        self.table.show_loading()
        self.table.set_menu(self._fill_menu)
        self.table.chosen.connect(self._show)
        self.table.retried.connect(self.load)
        self._all_read = Button("Mark all as read", icon="check")
        self._all_read.clicked.connect(self._mark_all)
        self.add_action(self._all_read)
        self._text = Label("", "body", wrap=True, selectable=True)
        self._facts = KeyValueTable()
        self._delete = Button("Delete", "ghost", icon="trash", small=True)
        self._delete.clicked.connect(self._remove_current)
        self.detail = DetailPanel()
        self.detail.add_action(self._delete)
        self.detail.body.addWidget(self._text)
        self.detail.body.addWidget(self._facts)
        self.detail.body.addStretch(1)
        self.detail.closed.connect(self.detail.hide)
        self.detail.hide()
        self.body.addWidget(Splitter("notifications", self.table, self.detail, sizes=(3, 2)))
        bridge.notified.connect(self._changed)

    async def refresh(self) -> None:
        found = await self.service.notifications()
        self.rows.set_rows(found)
        unread = sum(not n.read for n in found)
        self.set_subtitle(f"{unread} unread" if unread else "")
        self._all_read.setEnabled(unread > 0)
        self.bridge.unread_changed.emit()

    def show_failure(self, text: str) -> None:
        self.table.show_error(text)

    def focus_default(self) -> None:
        self.table.setFocus()

    def commands(self) -> Sequence[Command]:
        return (Command("Mark all notifications as read", self._mark_all, "check", "Notifications"),)

    def _changed(self, _notification: Notification) -> None:
        self.load()

    def _show(self, chosen: Notification | None) -> None:
        self.detail.setVisible(chosen is not None)
        if chosen is None:
            return
        self.detail.set_head(chosen.title, f"{_WORDS[chosen.severity]} · {moment(chosen.updated)}")
        self._text.setText(chosen.text)
        self._facts.set_entries(
            (
                Entry("First told", moment(chosen.created)),
                Entry("Told", f"{chosen.count} times" if chosen.count > 1 else "once"),
                Entry("About", chosen.subject, mono=True, copy=True),
            )
        )
        if not chosen.read:
            self._mark((chosen,))

    def _mark(self, chosen: Sequence[Notification]) -> None:
        async def mark() -> None:
            for notification in chosen:
                await self.service.mark_read(notification.id)
            await self.refresh()

        self.bridge.run(mark(), owner=self, name="mark notification read")

    def _mark_all(self) -> None:
        async def mark() -> None:
            await self.service.mark_read(None)
            await self.refresh()

        self.bridge.run(mark(), owner=self, name="mark all notifications read")

    def _remove(self, chosen: Sequence[Notification]) -> None:
        async def remove() -> None:
            for notification in chosen:
                await self.service.remove_notification(notification.id)
            await self.refresh()

        self.bridge.run(remove(), owner=self, name="remove notification")

    def _remove_current(self) -> None:
        if (chosen := self.table.current) is not None:
            self._remove((chosen,))

    def _fill_menu(self, menu: QMenu, chosen: Sequence[Notification]) -> None:
        if any(not notification.read for notification in chosen):
            menu.addAction("Mark as read", lambda: self._mark(chosen))
        menu.addAction("Delete", lambda: self._remove(chosen))
