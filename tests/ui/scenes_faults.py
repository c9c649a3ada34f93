"""Scenes of the fault lab: what is chosen, what is on, and the banner over another pane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.routing import LabFault
from conduit_desktop.ui.main_window import MainWindow
from tests.ui.eventually import until


async def _ended(window: MainWindow) -> None:
    for key in await window.service.routing.faults():
        await window.service.routing.set_fault(key, None)


async def opened(window: MainWindow) -> Any:
    window.go("settings")
    pane: Any = window.pane("settings")
    await until(lambda: pane.whole)
    await asyncio.sleep(0.4)
    pane.index.show_group("Advanced")
    await asyncio.sleep(0.6)
    return pane


async def off(window: MainWindow) -> None:
    await _ended(window)
    pane = await opened(window)
    pane.faults.place.set_value("smart-0")
    pane.faults.kind.set_value("cut")
    pane.faults.how_long.set_value("calls")
    pane.faults._choose(fresh=True)


async def on(window: MainWindow) -> None:
    await _ended(window)
    await window.service.routing.set_fault("fast-0", LabFault("rate_limited", 10.0, requests=3))
    await window.service.routing.set_fault("OpenRouter/anthropic/claude-sonnet-4.5", LabFault("stalled", chance=0.25))
    await opened(window)


async def banner(window: MainWindow) -> None:
    await _ended(window)
    await window.service.routing.set_fault("smart-0", LabFault("overloaded"))
    window.go("requests")
    await asyncio.sleep(1.0)


async def again(window: MainWindow) -> None:
    """All is off again: nothing is left of it on screen."""
    await _ended(window)
    await asyncio.sleep(0.8)


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "faults-off": off,
    "faults-on": on,
    "faults-banner": banner,
    "faults-again": again,
}
