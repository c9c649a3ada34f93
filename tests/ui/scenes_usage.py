"""Scenes of Usage: two months of use, split, compared, filtered, as a table and in words."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.usage_asked import Asked
from tests.ui import sample_month

Scene = Callable[[MainWindow], Awaitable[QWidget | None]]


async def opened(window: MainWindow, **asked: Any) -> Any:
    """Usage over the sample's two months, asked like this."""
    store: Any = window.service._store
    if not any(view.key.tag for view in await window.service.configuring.keys()):
        await asyncio.to_thread(sample_month.fill, store)
    pane: Any = window.pane("dashboard")
    window.go("dashboard", dataclasses.replace(Asked(), **asked))
    usage = pane.usage
    usage.area.verticalScrollBar().setValue(0)
    usage.chart.as_words.setChecked(False)
    for _ in range(100):
        await asyncio.sleep(0.05)
        if usage.look is not None and usage.look.seen.asked == usage.asked and not usage._reading:
            break
    usage.chart.plot.point(-1)
    return usage


async def spend(window: MainWindow) -> None:
    """A month by model, pointed at."""
    usage = await opened(window, range="30d", by="model")
    usage.chart.plot.point(20, 1)


async def month(window: MainWindow) -> None:
    """A month in progress against the one before, with its forecast."""
    await opened(window, range="month", by="", compare=True)


async def latency(window: MainWindow) -> None:
    usage = await opened(window, range="30d", by="model", measure="ttft", compare=True)
    usage.chart.plot.point(17)


async def week(window: MainWindow) -> None:
    """Tokens by key over a week, in words."""
    usage = await opened(window, range="7d", by="key", measure="tokens")
    usage.chart.as_words.setChecked(True)


async def hours(window: MainWindow) -> None:
    """400 bars."""
    usage = await opened(window, range="30d", grain="hour", by="key", measure="requests")
    usage.chart.plot.point(300)


async def year(window: MainWindow) -> None:
    await opened(window, range="year", by="provider", measure="spend")


async def filtered(window: MainWindow) -> None:
    await opened(window, range="30d", by="model", measure="errors", filters={"key": "agent", "provider": "Anthropic"})


async def table(window: MainWindow) -> None:
    usage = await opened(window, range="30d", by="model", measure="saved")
    await asyncio.sleep(0.1)
    bar = usage.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    usage.figures.by_group.view.selectRow(1)


async def nothing(window: MainWindow) -> None:
    await opened(window, range="custom", custom=(1_700_000_000.0, 1_700_086_400.0), by="")


async def one(window: MainWindow) -> None:
    """A single bar."""
    await opened(window, range="today", grain="hour", by="app", measure="requests")


async def export(window: MainWindow) -> None:
    usage = await opened(window, range="30d", by="key", filters={"provider": "Anthropic"})
    usage.export()


SCENES: dict[str, Scene] = {
    "usage-spend": spend,
    "usage-month": month,
    "usage-latency": latency,
    "usage-week": week,
    "usage-hours": hours,
    "usage-year": year,
    "usage-filtered": filtered,
    "usage-table": table,
    "usage-nothing": nothing,
    "usage-today": one,
    "usage-export": export,
}
