"""Scenes of the Models pane: prices of deployments."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Price
from conduit_desktop.ui.main_window import MainWindow


async def opened(window: MainWindow, alias: str) -> Any:
    window.go("models")
    pane: Any = window.pane("models")
    for _ in range(60):
        await asyncio.sleep(0.1)
        if pane.rows.records and all(each.looked_up for row in pane.rows.records for each in row.served):
            break
    pane.table.select(alias)
    await asyncio.sleep(0.2)
    return pane


async def detail(window: MainWindow) -> None:
    await opened(window, "fast")


async def own(window: MainWindow) -> None:
    configuring = window.service.configuring
    model = next(each for each in await configuring.models() if each.alias == "smart")
    price = Price(source="", input=2_400_000, output=12_000_000, cached_read=240_000)
    first, *others = model.deployments
    await configuring.save_model(replace(model, deployments=(replace(first, price=price), *others)))
    pane = await opened(window, "smart")
    pane.detail.deployments.cards[0].price.click()
    await asyncio.sleep(0.2)


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "models-detail": detail,
    "models-own-price": own,
}
