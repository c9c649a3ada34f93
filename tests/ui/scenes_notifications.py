"""Scenes of the notifications pane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Telling
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.widgets.sheet import Sheet


async def _opened(window: MainWindow, subject: str) -> Any:
    for sheet in window.findChildren(Sheet):
        sheet.finish()
    window.go("notifications")
    pane: Any = window.pane("notifications")
    await asyncio.sleep(0.3)
    chosen = next((each for each in pane.rows.records if each.subject == subject), None)
    if chosen is not None:
        pane.table.select(chosen.id)
    return pane


async def budget(window: MainWindow) -> None:
    await _opened(window, "budget:editor")


async def raising(window: MainWindow) -> None:
    pane = await _opened(window, "budget:editor")
    if pane.detail.first is not None:
        pane.detail.first.click()
    await asyncio.sleep(0.4)


async def tested(window: MainWindow) -> None:
    pane = await _opened(window, "down:local")
    if pane.detail.first is not None:
        pane.detail.first.click()
    await asyncio.sleep(1.0)


async def asked(window: MainWindow) -> None:
    window.service.notifying.tell(
        Telling(
            subject="asked:editor",
            kind="budget_asked",
            severity="warning",
            title="editor waits for your decision",
            text="A request of editor needs more than is left: it has spent $4.98 of $5.00. Raise the budget or "
            "refuse; it waits until 14:05:09.",
            action="raise_budget",
            target="editor",
        )
    )
    window.go("dashboard")
    await asyncio.sleep(1.0)
    await _opened(window, "asked:editor")


async def filtered(window: MainWindow) -> None:
    pane = await _opened(window, "")
    pane.filters.choose("unread", "providers")


async def nothing(window: MainWindow) -> None:
    pane = await _opened(window, "")
    pane.filters.search.setText("nothing like it")
    pane.filters.search._tell()


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "notifications-detail": budget,
    "notifications-raise": raising,
    "notifications-tested": tested,
    "notifications-asked": asked,
    "notifications-filtered": filtered,
    "notifications-nothing": nothing,
}
