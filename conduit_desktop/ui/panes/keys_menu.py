"""What can be done with keys, as a menu and as commands of the palette: the same list for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from PySide6.QtWidgets import QMenu

from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.keys_bulk import BulkPanel, Change
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_filters import Filters
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.table import DataTable


class Doing(Protocol):
    """What does it: the pane."""

    bridge: Bridge
    bulk: BulkPanel
    filters: Filters
    table: DataTable

    def edit(self, row: KeyRow) -> Any: ...
    def duplicate(self, row: KeyRow) -> Any: ...
    def connect_tool(self, row: KeyRow) -> Any: ...
    def show_requests(self, row: KeyRow) -> Any: ...
    def set_enabled(self, on: bool, row: KeyRow) -> Any: ...
    def reset_spend(self, row: KeyRow) -> Any: ...
    def rotate(self, row: KeyRow) -> Any: ...
    def delete(self, *rows: KeyRow) -> Any: ...


class Act(NamedTuple):
    """One thing to do: how the menu and the palette call it, and its icon. ``group`` parts the menu with lines."""

    text: str
    title: str
    icon: str
    do: Callable[[], object]
    group: int = 0


def _of_one(pane: Doing, row: KeyRow) -> Iterator[Act]:
    name, key = row.name, row.view.key
    yield Act("Edit…", f"Edit key {name}", "edit", partial(pane.edit, row))
    yield Act("Duplicate…", f"Duplicate key {name}", "copy", partial(pane.duplicate, row))
    yield Act("Connect a tool", f"Connect a tool with {name}", "connect", partial(pane.connect_tool, row))
    yield Act("Show its requests", f"Show requests of {name}", "requests", partial(pane.show_requests, row))
    yield Act("Copy name", f"Copy the name of {name}", "copy", partial(_copy, pane, name), 1)
    yield Act("Copy id", f"Copy the id of {name}", "copy", partial(_copy, pane, row.id), 1)
    switch = "Disable" if key.enabled else "Enable"
    do = partial(pane.set_enabled, not key.enabled, row)
    yield Act(switch, f"{switch} key {name}", "pause" if key.enabled else "play", do, 2)
    if row.view.spent:
        reset = partial(pane.reset_spend, row)
        yield Act("Reset spending…", f"Reset the spending of {name}", "history", reset, 2)
    yield Act("Rotate…", f"Rotate key {name}", "refresh", partial(pane.rotate, row), 2)
    yield Act("Delete…", f"Delete key {name}", "trash", partial(pane.delete, row), 3)


def _of_several(pane: Doing, rows: Sequence[KeyRow]) -> Iterator[Act]:
    number = len(rows)
    for verb, icon, change in (
        ("Enable", "play", Change("Enabled", {"enabled": True})),
        ("Disable", "pause", Change("Disabled", {"enabled": False})),
    ):
        yield Act(verb, f"{verb} {number} keys", icon, partial(pane.bulk.change_wanted.emit, change))
    yield Act("Rotate…", f"Rotate {number} keys", "refresh", pane.bulk.rotate_wanted.emit, 1)
    yield Act("Delete…", f"Delete {number} keys", "trash", partial(pane.delete, *rows), 2)


def _acts(pane: Doing, rows: Sequence[KeyRow]) -> list[Act]:
    if not rows:
        return []
    return list(_of_one(pane, rows[0]) if len(rows) == 1 else _of_several(pane, rows))


def fill(pane: Doing, menu: QMenu, rows: Sequence[KeyRow]) -> None:
    """Put what can be done with ``rows`` into ``menu``."""
    group = 0
    for act in _acts(pane, rows):
        if act.group != group:
            menu.addSeparator()
            group = act.group
        menu.addAction(act.text, act.do)


def commands(pane: Doing, rows: Sequence[KeyRow]) -> list[Command]:
    """The same for the palette, and what can be done with the list itself."""
    found = [Command(act.title, act.do, act.icon, "Keys") for act in _acts(pane, rows)]
    if len(pane.table.rows) > 1:
        found.append(Command("Choose all keys shown", pane.table.view.selectAll, "check", "Keys", "Ctrl+A"))
        found.append(Command("Show keys near their limit", partial(pane.filters.choose, "near"), "filter", "Keys"))
    return found


def _copy(pane: Doing, text: str) -> None:
    copy(text)
    pane.bridge.tell(f"Copied {text}")
