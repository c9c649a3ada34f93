"""Panes made before anybody opens them, in the quiet after the window came up: whoever opens one then need not wait
until its modules are loaded and its widgets made, which would hold up the window."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conduit_desktop.ui.main_window import MainWindow

QUIET = 0.6  # seconds until it begins: the pane that is shown, and the gateway, come first
APART = 0.03  # between two steps; what the user does comes in between
_LATER = (
    "conduit_desktop.ui.panes.usage",  # the Dashboard's other view
    *("httpcore", "anyio._backends._asyncio"),  # what a client loads with its first call: the panes look for servers
)


async def make_panes(window: MainWindow) -> None:
    """Load the modules of all panes on a worker, then make those that are to be there early, step by step."""
    await asyncio.sleep(QUIET)
    for entry in window.rows:
        await asyncio.to_thread(entry.load)
    for name in _LATER:
        await asyncio.to_thread(importlib.import_module, name)
    for entry in (each for each in window.rows if each.early):
        await asyncio.sleep(APART)
        for _ in window.making(entry.key):
            await asyncio.sleep(APART)
        for part in window.pane(entry.key).parts():
            await asyncio.sleep(APART)
            part()
