"""Keys: what tools present to the gateway, each with a budget, an expiry, models and limits of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QMenu

from conduit_desktop.records import Exchange, ExchangeFilter, VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.panes.keys_columns import COLUMNS, KeyRow
from conduit_desktop.ui.panes.keys_detail import KeyDetail, Total
from conduit_desktop.ui.panes.keys_fit import fit_columns
from conduit_desktop.ui.panes.keys_fresh import FreshKeySheet
from conduit_desktop.ui.panes.keys_sheets import EditKeySheet, KeySheet, NewKeySheet, fresh
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.rows import Rows
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable

_LOOK_AFTER = 1200  # milliseconds after requests ended until what they cost is looked up


class KeysPane(Pane[GatewayService]):
    """The table, the details of the chosen key beside it, sheets to make and change one."""

    title = "Keys"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self._used: dict[str, float] = {}
        self._total: Total | None = None
        self._wanted = ""
        self.rows: Rows[KeyRow] = Rows(COLUMNS, key=lambda r: r.id, parent=self)
        self.table = DataTable(self.rows, key="keys", name="Keys")
        empty = EmptyState(
            "key",
            "A key for each tool",
            "Tools reach your models with keys made here. Each has a budget, an expiry and limits of its own; what the "
            "providers gave you stays in the vault.",
            "New key",
        )
        empty.acted.connect(self.new)
        self.table.set_empty(empty)
        self.table.show_loading()
        self.table.set_menu(self._fill_menu)
        self.table.chosen.connect(self._show)
        self.table.activated.connect(self.edit)
        self.table.retried.connect(self.load)
        fit_columns(self.table)
        self.table.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self._new = Button("New key", "primary", icon="plus")
        self._new.clicked.connect(self.new)
        self.add_action(self._new)
        self.detail = KeyDetail(partial(bridge.run, owner=self), self._reveal)
        self._connect_detail()
        self.detail.hide()
        self.body.addWidget(Splitter("keys", self.table, self.detail, sizes=(3, 2)))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LOOK_AFTER)
        self._later.timeout.connect(self._look_again)
        bridge.configuration_changed.connect(self._changed)
        bridge.exchange_finished.connect(self._spent)

    def _connect_detail(self) -> None:
        detail = self.detail
        detail.closed.connect(self._close_detail)
        for signal, act in (
            (detail.edit_wanted, self.edit),
            (detail.rotate_wanted, self.rotate),
            (detail.delete_wanted, self.delete),
            (detail.requests_wanted, self.show_requests),
            (detail.connect_wanted, self.connect_tool),
        ):
            signal.connect(partial(self._on_current, act))
        detail.switched.connect(self._switch)

    # ---- what is shown

    async def refresh(self) -> None:
        views = await self.service.configuring.keys()
        used = await asyncio.gather(*(self._last_use(view.key.id) for view in views))
        self._used = {view.key.id: when for view, when in zip(views, used, strict=True) if when is not None}
        self._set_views(views)
        if self._wanted:
            self.table.select(self._wanted)
            self._wanted = ""

    async def _last_use(self, key_id: str) -> float | None:
        found = await self.service.activity.page(ExchangeFilter(key_id=key_id), limit=1)
        return found[0].started if found else None

    def _set_views(self, views: list[KeyView]) -> None:
        """Show what changed; the rows are replaced only when there are others than before."""
        rows = [KeyRow(view, self._used.get(view.key.id)) for view in views]
        if rows and {row.id for row in rows} == {row.id for row in self.rows.records}:
            for row in rows:
                if row != self.rows.record(self.rows.find(row.id)):
                    self.rows.update_row(row)
        else:
            self.rows.set_rows(rows)
        self._count(views)
        if (row := self.table.current) is not None:
            self.detail.show_key(row, self._total)

    def _count(self, views: list[KeyView]) -> None:
        now = time.time()
        bad = sum(words.state(view, now) != words.ENABLED for view in views)
        number = "1 key" if len(views) == 1 else f"{len(views)} keys"
        self.set_subtitle(f"{number}, {bad} not working" if bad else number if views else "")
        self._new.setVisible(bool(views))  # without keys, the empty state has the button

    def show_failure(self, text: str) -> None:
        self.table.show_error(text)

    def focus_default(self) -> None:
        self.table.setFocus()

    def commands(self) -> Sequence[Command]:
        if (row := self.table.current) is None:
            return ()
        name = row.view.key.name
        return (
            Command(f"Edit key {name}", partial(self.edit, row), "edit", "Keys"),
            Command(f"Rotate key {name}", partial(self.rotate, row), "refresh", "Keys"),
            Command(f"Connect a tool with {name}", partial(self.connect_tool, row), "connect", "Keys"),
            Command(f"Delete key {name}", partial(self.delete, row), "trash", "Keys"),
        )

    def open_with(self, argument: object) -> None:
        """``new`` opens the sheet; anything else is the id of the key to show."""
        if argument == "new":
            self.new()
        elif not self.table.select(argument):
            self._wanted = str(argument)
            self.load()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.detail.cover()

    def _show(self, chosen: KeyRow | None) -> None:
        self.detail.setVisible(chosen is not None)
        self._total = None
        if chosen is not None:
            self.detail.show_key(chosen, None)
            self._look_up_total(chosen.id)

    def _look_up_total(self, key_id: str) -> None:
        self.bridge.run(self.service.activity.spend("", "9"), partial(self._show_total, key_id), owner=self, slot="sum")

    def _show_total(self, key_id: str, rows: list[Any]) -> None:
        if (row := self.table.current) is not None and row.id == key_id:
            self._total = Total.of(rows, key_id)
            self.detail.show_key(row, self._total)

    def _close_detail(self) -> None:
        self.table.view.clearSelection()
        self.table.setFocus()

    def _changed(self) -> None:
        if self._loaded:
            self.load()

    def _spent(self, exchanges: list[Exchange]) -> None:
        for exchange in exchanges:
            if exchange.key_id is not None:
                self._used[exchange.key_id] = max(exchange.started, self._used.get(exchange.key_id, 0.0))
        if self.isVisible() and not self._later.isActive():
            self._later.start()

    def _look_again(self) -> None:
        self.bridge.run(self.service.configuring.keys(), self._set_views, owner=self, slot="look")
        if (row := self.table.current) is not None:
            self._look_up_total(row.id)

    # ---- what is done

    def _on_current(self, act: Callable[[KeyRow], None]) -> None:
        if (row := self.table.current) is not None:
            act(row)

    def _reveal(self, view: KeyView) -> Awaitable[str]:
        return self.service.configuring.reveal_key(view.key)

    def new(self) -> None:
        """Open the sheet for a new key."""

        async def prepare() -> tuple[list[str], Any]:
            return await self._aliases(), await self.service.vault_state()

        self.bridge.run(prepare(), self._open_new, owner=self, slot="sheet")

    def _open_new(self, found: tuple[list[str], Any]) -> None:
        self._open_sheet(NewKeySheet(self, self.service, self.bridge, *found))

    def edit(self, row: KeyRow) -> None:
        """Open the sheet with this key."""

        async def prepare() -> tuple[list[str], VirtualKey]:
            return await self._aliases(), await fresh(self.service, row.view.key)

        self.bridge.run(prepare(), self._open_edit, owner=self, slot="sheet")

    def _open_edit(self, found: tuple[list[str], VirtualKey]) -> None:
        self._open_sheet(EditKeySheet(self, self.service, self.bridge, *found))

    async def _aliases(self) -> list[str]:
        return [model.alias for model in await self.service.configuring.models()]

    def _open_sheet(self, sheet: KeySheet) -> None:
        sheet.saved.connect(self._saved)
        sheet.open()

    def _saved(self, key: VirtualKey, text: str) -> None:
        self._wanted = key.id
        self.load()
        if text:
            FreshKeySheet(self, self.bridge, key, text).open()
        else:
            self.bridge.tell(f"Key {key.name} changed")

    def rotate(self, row: KeyRow) -> None:
        """Ask, then give the key a new text and show it."""
        self.bridge.run(self._rotate(row.view.key), owner=self, name="rotate key")

    async def _rotate(self, key: VirtualKey) -> None:
        text = (
            "It gets a new text, and the old one stops working at once: every tool that uses it is refused until it "
            "has the new one. Budget, limits and history stay."
        )
        if not await confirm(self, f"Rotate {key.name}?", text, "Rotate key"):
            return
        changed, secret = await self.service.configuring.rotate_key(await fresh(self.service, key))
        await self.refresh()
        FreshKeySheet(self, self.bridge, changed, secret, rotated=True).open()

    def delete(self, row: KeyRow) -> None:
        """Ask, then remove the key."""
        self.bridge.run(self._delete(row.view.key), owner=self, name="delete key")

    async def _delete(self, key: VirtualKey) -> None:
        text = "Tools that use it are refused at once. Its requests stay in the log. This cannot be undone."
        if not await confirm(self, f"Delete {key.name}?", text, "Delete key"):
            return
        await self.service.configuring.remove_key(key)
        await self.refresh()
        self.bridge.tell(f"Key {key.name} deleted")

    def _switch(self, on: bool) -> None:
        if (row := self.table.current) is not None:
            self._set_enabled(on, row)

    def _set_enabled(self, on: bool, row: KeyRow) -> None:
        self.bridge.run(self._enable(on, row.view.key), owner=self, on_error=self._not_switched, name="enable key")

    async def _enable(self, on: bool, key: VirtualKey) -> None:
        await self.service.configuring.edit_key(replace(await fresh(self.service, key), enabled=on))
        await self.refresh()

    def _not_switched(self, text: str) -> None:
        self.bridge.tell(text, "error")
        self.load()

    def show_requests(self, row: KeyRow) -> None:
        """The log, of this key only."""
        self.bridge.open_pane("requests", ExchangeFilter(key_id=row.id))

    def connect_tool(self, row: KeyRow) -> None:
        """Snippets with this key."""
        self.bridge.open_pane("connect", ConnectTarget(row.id))

    def _fill_menu(self, menu: QMenu, chosen: Sequence[KeyRow]) -> None:
        row = chosen[0]
        on = row.view.key.enabled
        menu.addAction("Edit…", partial(self.edit, row))
        menu.addAction("Connect a tool", partial(self.connect_tool, row))
        menu.addAction("Show its requests", partial(self.show_requests, row))
        menu.addSeparator()
        menu.addAction("Disable" if on else "Enable", partial(self._set_enabled, not on, row))
        menu.addAction("Rotate…", partial(self.rotate, row))
        menu.addAction("Delete…", partial(self.delete, row))
