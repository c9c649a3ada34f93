"""Scenes of the Models pane: how deployments do, their prices, limits, history and routing; many, none, long names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Deployment, Model, Price, Timeouts
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.health_steps import LIMITED, fail, happened, work

LONG = "accounts/research/models/mixture-of-experts-instruct-long-context-2026-11-preview"


async def opened(window: MainWindow, alias: str, tab: int = 0) -> Any:
    for old in window.findChildren(Sheet):
        old.finish()
    window.go("models")
    pane: Any = window.pane("models")
    for _ in range(60):
        await asyncio.sleep(0.1)
        if pane.rows.records and all(each.looked_up for row in pane.rows.records for each in row.served):
            break
    pane.table.view.clearSelection()
    pane.detail.tabs.setCurrentIndex(tab)
    pane.table.select(alias)
    pane.watch.look()
    await asyncio.sleep(0.3)
    return pane


async def _model(window: MainWindow, alias: str) -> Model:
    return next(each for each in await window.service.configuring.models() if each.alias == alias)


async def detail(window: MainWindow) -> None:
    await opened(window, "fast")


async def weights(window: MainWindow) -> None:
    model = await _model(window, "code")
    first, other = model.deployments
    order = (replace(first, weight=3, rpm=60, parallel=4), replace(other, lacks=("images",), context_window=128_000))
    await window.service.configuring.save_model(replace(model, deployments=order))
    await work(window.service, "code-0", 2)
    await opened(window, "code")
    await work(window.service, "code-0", -2)


async def away(window: MainWindow) -> None:
    await fail(window.service, "smart-0")
    await fail(window.service, "fast-1", LIMITED, 1)
    await opened(window, "smart")


async def history(window: MainWindow) -> None:
    service = window.service
    happened(service, "smart-0", "open", "Anthropic is overloaded (529), 3 times in a row", ago=90_000)
    happened(service, "smart-0", "half-open", ago=89_960)
    happened(service, "smart-0", "closed", ago=89_958)
    happened(service, "smart-0", "open", "No first token within 20 s, 3 times in a row", ago=30)
    await fail(service, "smart-0")
    pane = await opened(window, "smart")
    pane.detail.deployments.cards[0].history.click()
    await asyncio.sleep(0.3)


async def dragging(window: MainWindow) -> None:
    pane = await opened(window, "fast")
    cards = pane.detail.deployments.cards
    cards[0].grip.pressed.emit()
    cards[0].grip.dragged.emit(QPointF(cards[1].mapToGlobal(cards[1].rect().bottomLeft())))


async def sheet(window: MainWindow) -> None:
    pane = await opened(window, "fast")
    pane.detail.deployments.cards[0].button("edit").click()
    await asyncio.sleep(0.2)


async def tested(window: MainWindow) -> None:
    pane = await opened(window, "local")
    pane.detail.deployments.cards[0].test.click()
    await asyncio.sleep(1.5)


async def routing(window: MainWindow) -> None:
    model = await _model(window, "smart")
    limits = Timeouts(first_token=20.0, total=120.0, idle=120.0)
    await window.service.configuring.save_model(replace(model, timeouts=limits, cache_seconds=3600, resume=True))
    pane = await opened(window, "smart", 1)
    bar = pane.detail.tabs.widget(1).verticalScrollBar()
    bar.setValue(bar.maximum())


async def stopped(window: MainWindow) -> None:
    await window.service.stop()
    await opened(window, "smart")
    asyncio.get_running_loop().call_later(1.0, window.start_gateway)


async def many(window: MainWindow) -> None:
    providers = [each for each in await window.service.configuring.providers() if each.enabled]
    model = await _model(window, "code")
    some = tuple(
        Deployment(
            id=f"many-{at}",
            model_id="many",
            provider_id=providers[at % len(providers)].id,
            upstream_model=f"{LONG}-{at}" if at % 3 else f"gpt-5-{at}",
            priority=at + 1,
            weight=1 + at % 4,
            enabled=at % 5 != 3,
        )
        for at in range(40)
    )
    there = {each.alias for each in await window.service.configuring.models()}
    if "many" not in there:
        made = replace(model, id="many", alias="many", strategy="random", deployments=some)
        await window.service.configuring.save_model(made)
    pane = await opened(window, "many")
    pane.detail.tabs.widget(0).verticalScrollBar().setValue(200)


async def none(window: MainWindow) -> None:
    there = {each.alias for each in await window.service.configuring.models()}
    if "bare" not in there:
        await window.service.configuring.save_model(Model(id="bare", alias="bare"))
    await opened(window, "bare")


async def own(window: MainWindow) -> None:
    model = await _model(window, "smart")
    price = Price(source="", input=2_400_000, output=12_000_000, cached_read=240_000)
    first, *others = model.deployments
    order = (replace(first, price=price), *others)
    await window.service.configuring.save_model(replace(model, deployments=order))
    pane = await opened(window, "smart")
    pane.detail.deployments.cards[0].price.click()
    await asyncio.sleep(0.2)


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "models-detail": detail,
    "models-weights": weights,
    "models-away": away,
    "models-history": history,
    "models-deployment": sheet,
    "models-tested": tested,
    "models-times": routing,
    "models-own-price": own,
    "models-many": many,
    "models-none": none,
    "models-dragging": dragging,
    "models-stopped": stopped,
}
