"""Keys: what tools present to the gateway, each with a budget, an expiry, models and limits of its own."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QStackedWidget

from conduit_desktop.records import Exchange, ExchangeFilter, VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import keys_menu
from conduit_desktop.ui.panes import keys_words as words
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.panes.keys_acts import KeyActs
from conduit_desktop.ui.panes.keys_bulk import BulkPanel
from conduit_desktop.ui.panes.keys_columns import COLUMNS, FIRST_TO_GO, NAME_AT_LEAST, SQUEEZE, KeyRow
from conduit_desktop.ui.panes.keys_detail import KeyDetail
from conduit_desktop.ui.panes.keys_filters import Filters
from conduit_desktop.ui.panes.keys_fresh import FreshKeySheet
from conduit_desktop.ui.panes.keys_matching import matching
from conduit_desktop.ui.panes.keys_sheets import EditKeySheet, KeySheet, NewKeySheet, fresh, offered
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.rows import Rows
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable

_LOOK_AFTER = 1200  # milliseconds after requests ended until what they cost is looked up
_NO_KEYS = (
    "key",
    "A key for each tool",
    "Tools reach your models with keys made here. Each has a budget, an expiry and limits of its own; what the "
    "providers gave you stays in the vault.",
    "New key",
)
_NO_MATCH = ("filter", "No key fits", "No key fits these filters.", "Clear filters")


class KeysPane(Pane[GatewayService]):
    """The table with its filters, the details of the chosen key beside it (or what can be done with several), sheets
    to make and change one."""

    title = "Keys"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self._all: list[KeyRow] = []
        self._used: dict[str, float] = {}  # when keys were used while the pane is there
        self._wanted = ""
        self.filters = Filters()
        self.filters.changed.connect(self._filter)
        self._make_table()
        self._new = Button("New key", "primary", icon="plus")
        self._new.clicked.connect(self.new)
        self.add_action(self.filters.search)
        self.add_action(self._new)
        self.inside = self.detail = KeyDetail(service, bridge, self._reveal)
        self._side = QStackedWidget()
        self._side.addWidget(self.detail)
        self._side.hide()
        self.body.setSpacing(0)
        self.body.addLayout(column(self.filters, gap=0))
        self.body.addWidget(Splitter("keys", self.table, self._side, sizes=(3, 2)), 1)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_LOOK_AFTER)
        self._later.timeout.connect(self._look_again)
        bridge.configuration_changed.connect(self._changed)
        bridge.exchange_finished.connect(self._spent)

    def _make_table(self) -> None:
        self.rows: Rows[KeyRow] = Rows(COLUMNS, key=lambda r: r.id, parent=self)
        self.table = DataTable(self.rows, key="keys", name="Keys", several=True)
        self._empty = EmptyState(*_NO_KEYS)
        self._empty.acted.connect(self._act_on_nothing)
        self.table.set_empty(self._empty)
        self.table.show_loading()
        self.table.set_menu(partial(keys_menu.fill, self))
        self.table.chosen.connect(lambda _row: self._show_chosen())
        self.table.activated.connect(self.edit)
        self.table.retried.connect(self.load)
        fit_columns(self.table, FIRST_TO_GO, stretch_least=NAME_AT_LEAST, squeeze=SQUEEZE)
        if not 0 <= self.table.view.horizontalHeader().sortIndicatorSection() < len(COLUMNS):
            self.table.view.sortByColumn(0, Qt.SortOrder.AscendingOrder)

    def rest(self) -> Iterator[None]:
        yield from super().rest()
        detail, bulk = self.detail, BulkPanel()
        self.bulk, self.acts = bulk, KeyActs(self, self.service, self.bridge, self.refresh, bulk)
        yield
        self._side.addWidget(bulk)
        for signal, act in (
            (detail.edit_wanted, self.edit),
            (detail.rotate_wanted, self.rotate),
            (detail.end_wanted, self.end_grace),
            (detail.connect_wanted, self.connect_tool),
        ):
            signal.connect(partial(self._on_current, act))
        detail.closed.connect(self._close_detail)
        bulk.closed.connect(self._close_detail)
        detail.switched.connect(lambda on: self._on_current(partial(self.set_enabled, on)))
        detail.menu_wanted.connect(lambda menu: keys_menu.fill(self, menu, self.table.selected[:1]))
        bulk.change_wanted.connect(lambda change: self._do(self.acts.change(self.table.selected, change)))
        bulk.rotate_wanted.connect(lambda: self._do(self.acts.rotate_all(self.table.selected)))
        bulk.delete_wanted.connect(lambda: self.delete(*self.table.selected))

    # ---- what is shown

    async def refresh(self) -> None:
        self._set_views(await self.service.configuring.keys())
        if self._wanted and (self.table.select(self._wanted) or self._unfiltered(self._wanted)):
            self._wanted = ""

    def _unfiltered(self, key_id: str) -> bool:
        """A key that is sought is shown though the filters would leave it out."""
        if any(row.id == key_id for row in self._all):
            self.filters.clear()
        return self.table.select(key_id)

    def _set_views(self, views: list[KeyView]) -> None:
        self._all = [KeyRow(self._up_to_date(view)) for view in views]
        self.filters.show_rows(self._all)
        self._show_rows()
        now = time.time()
        bad = sum(not words.state(view, now).works for view in views)
        number = "1 key" if len(views) == 1 else f"{len(views)} keys"
        self.set_subtitle(f"{number}, {bad} not working" if bad else number if views else "")
        self._new.setVisible(bool(views))  # without keys, the empty state has the button
        self._show_chosen()

    def _up_to_date(self, view: KeyView) -> KeyView:
        """What the key was used for a moment ago, the store may not know yet."""
        seen = self._used.get(view.key.id, 0.0)
        return replace(view, last_used=seen) if seen > (view.last_used or 0.0) else view

    def _show_rows(self) -> None:
        """Show what changed; the rows are replaced only when there are others than before."""
        rows = matching(self._all, self.filters.wanted, time.time())
        self._empty.set_state(*(_NO_MATCH if self._all else _NO_KEYS))
        if rows and {row.id for row in rows} == {row.id for row in self.rows.records}:
            for row in rows:
                if row != self.rows.record(self.rows.find(row.id)):
                    self.rows.update_row(row)
            self.table.show_rows()
        else:
            self.rows.set_rows(rows)

    def _filter(self) -> None:
        self._show_rows()
        self._show_chosen()

    def _act_on_nothing(self) -> None:
        if self._all:
            self.filters.clear()
        else:
            self.new()

    def show_failure(self, text: str) -> None:
        self.table.show_error(text)

    def focus_default(self) -> None:
        self.table.setFocus()

    def commands(self) -> Sequence[Command]:
        return keys_menu.commands(self, self.table.selected)

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

    def _show_chosen(self) -> None:
        """The details of one key, what can be done with several, or neither."""
        chosen = self.table.selected
        if len(chosen) > 1:
            self.bulk.show_keys(chosen, sorted({row.view.key.tag for row in self._all if row.view.key.tag}))
            self._side.setCurrentWidget(self.bulk)
        elif chosen:
            self.bulk.outcome.hide()
            self.detail.show_key(chosen[0])
            self._side.setCurrentWidget(self.detail)
        self._side.setVisible(bool(chosen))

    def _close_detail(self) -> None:
        self.table.view.clearSelection()
        self.table.setFocus()

    def _changed(self) -> None:
        if self._loaded and not self.acts.busy:
            self.load()

    def _spent(self, exchanges: list[Exchange]) -> None:
        self._used |= {each.key_id: each.started for each in exchanges if each.key_id is not None}
        if self.isVisible() and not self._later.isActive():
            self._later.start()

    def _look_again(self) -> None:
        self.bridge.run(self.service.configuring.keys(), self._set_views, owner=self, slot="look")

    # ---- what is done

    def _on_current(self, act: Callable[[KeyRow], object], _signal: object = None) -> None:
        if (row := self.table.current) is not None:
            act(row)

    def _do(self, work: Any) -> None:
        """One thing at a time: what is asked twice is asked once."""
        self.bridge.run(work, owner=self, slot="do")

    def _reveal(self, view: KeyView) -> Awaitable[str]:
        return self.service.configuring.reveal_key(view.key)

    def new(self) -> None:
        """Open the sheet for a new key."""
        self._open_new(None)

    def duplicate(self, row: KeyRow) -> None:
        """Open it filled in like this key."""
        self._open_new(row.view.key)

    def _open_new(self, like: VirtualKey | None) -> None:
        async def prepare() -> tuple[Any, Any]:
            return await offered(self.service), await self.service.vault_state()

        def show(found: tuple[Any, Any]) -> None:
            self._open_sheet(NewKeySheet(self, self.service, self.bridge, *found, like))

        self.bridge.run(prepare(), show, owner=self, slot="sheet")

    def edit(self, row: KeyRow) -> None:
        """Open the sheet with this key."""

        async def prepare() -> tuple[Any, VirtualKey]:
            return await offered(self.service, row.id), await fresh(self.service, row.view.key)

        def show(found: tuple[Any, VirtualKey]) -> None:
            self._open_sheet(EditKeySheet(self, self.service, self.bridge, *found))

        self.bridge.run(prepare(), show, owner=self, slot="sheet")

    def _open_sheet(self, sheet: KeySheet) -> None:
        sheet.saved.connect(self._saved)
        sheet.open()

    def _saved(self, key: VirtualKey, text: str) -> None:
        self._wanted = key.id
        self.load()
        if text:
            FreshKeySheet(self, self.service, self.bridge, key, text).open()
        else:
            self.bridge.tell(f"Key {key.name} changed")

    def rotate(self, row: KeyRow) -> None:
        self._do(self.acts.rotate(row.view.key))

    def end_grace(self, row: KeyRow) -> None:
        self._do(self.acts.end_grace(row.view.key))

    def reset_spend(self, row: KeyRow) -> None:
        self._do(self.acts.reset_spend(row.view))

    def delete(self, *rows: KeyRow) -> None:
        self._do(self.acts.delete([row.view.key for row in rows]))

    def set_enabled(self, on: bool, row: KeyRow) -> None:
        work = self.acts.enable(row.view.key, on)
        self.bridge.run(work, owner=self, on_error=self._not_switched, slot=f"enable {row.id}")

    def _not_switched(self, text: str) -> None:
        self.bridge.tell(text, "error")
        self.load()

    def show_requests(self, row: KeyRow) -> None:
        """The log, of this key only."""
        self.bridge.open_pane("requests", ExchangeFilter(key_id=row.id))

    def connect_tool(self, row: KeyRow) -> None:
        """Snippets with this key."""
        self.bridge.open_pane("connect", ConnectTarget(row.id))
