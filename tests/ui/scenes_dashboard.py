"""Scenes of the Dashboard: the states that the sample home does not show by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.configuring import EnvironmentKey, Found
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.dashboard_sources import add_demo
from conduit_desktop.ui.panes.providers_found import finds
from conduit_desktop.ui.widgets import memory
from tests.ui import sample

Scene = Callable[[MainWindow], Awaitable[QWidget | None]]


async def opened(window: MainWindow) -> Any:
    pane: Any = window.pane("dashboard")
    window.go("dashboard", "overview")
    await asyncio.sleep(0.3)
    return pane.overview


async def days(window: MainWindow) -> None:
    """With the days before, so that there is something to compare with."""
    pane = await opened(window)
    store: Any = window.service._store
    if len(store.spend.rows()) < 60:
        for before in range(1, 13):
            await asyncio.to_thread(sample._exchanges, store, 150 + before * 17 % 90, time.time() - before * 86_400)
        await asyncio.to_thread(sample._exchanges, store, 40, time.time())
    pane.load()
    await asyncio.sleep(0.4)


async def week(window: MainWindow) -> None:
    await days(window)
    pane = await opened(window)
    pane.chart.metrics.set_value("spend")
    pane.chart._choose("spend")
    pane._go("7d")
    pane.chart.chart.point(20)


async def bottom(window: MainWindow) -> None:
    pane = await opened(window)
    bar = pane.area.verticalScrollBar()
    bar.setValue(bar.maximum())


async def table(window: MainWindow) -> None:
    pane = await opened(window)
    pane.chart.as_table.setChecked(True)
    pane.area.verticalScrollBar().setValue(180)


async def stopped(window: MainWindow) -> None:
    pane = await opened(window)
    pane.chart.as_table.setChecked(False)
    pane.area.verticalScrollBar().setValue(0)
    await window.service.stop()


async def found(window: MainWindow) -> None:
    """First run with something found (use --empty)."""
    pane = await opened(window)
    server = Found(
        kind="openai-compatible",
        preset="ollama",
        title="Ollama",
        base_url="http://127.0.0.1:11434/v1",
        models=("qwen3:14b", "gemma3"),
    )
    key = EnvironmentKey("OPENAI_API_KEY", "openai", "OpenAI", "x9Qz")
    await asyncio.sleep(1.0)
    pane.start.show_finds(finds([server], [key], [], "the keyring"))


async def demo(window: MainWindow) -> None:
    """The Demo model was chosen (use --empty)."""
    memory.write("dashboard/dismissed", False)
    pane = await opened(window)
    await add_demo(window.service)
    pane.load()


SCENES: dict[str, Scene] = {
    "dashboard-days": days,
    "dashboard-week": week,
    "dashboard-bottom": bottom,
    "dashboard-table": table,
    "dashboard-stopped": stopped,
    "dashboard-found": found,
    "dashboard-demo": demo,
}
