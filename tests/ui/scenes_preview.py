"""Scenes of the routing preview and the fallback editor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Deployment, Model
from conduit_desktop.ui.main_window import MainWindow
from tests.ui.health_steps import fail
from tests.ui.scenes_models import opened


async def _chained(window: MainWindow) -> None:
    """``smart`` with fallbacks of every kind, one deployment that takes no images, one that is away."""
    configuring = window.service.configuring
    models = {each.alias: each for each in await configuring.models()}
    if "long" not in models:
        part = Deployment(id="long-0", model_id="long", provider_id="router", upstream_model="google/gemini-2.5-pro")
        await configuring.save_model(Model(id="long", alias="long", deployments=(part,)))
        await configuring.save_model(replace(models["local"], enabled=False))
        first, other = models["smart"].deployments
        changed = replace(
            models["smart"],
            fallbacks=("fast", "local"),
            context_fallbacks=("long",),
            content_fallbacks=("code",),
            deployments=(first, replace(other, lacks=("images",), context_window=200_000)),
        )
        await configuring.save_model(changed)
        await asyncio.sleep(0.4)


async def preview(window: MainWindow) -> None:
    await _chained(window)
    await fail(window.service, "fast-0")
    pane: Any = await opened(window, "smart", 2)
    pane.detail.preview.has["images"].setChecked(True)
    await asyncio.sleep(0.8)


async def fallbacks(window: MainWindow) -> None:
    await _chained(window)
    pane: Any = await opened(window, "smart", 1)
    area = pane.detail.tabs.widget(1)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    await asyncio.sleep(0.2)


async def circle(window: MainWindow) -> None:
    await _chained(window)
    pane: Any = await opened(window, "long", 1)
    section = pane.detail.routing.fallbacks.sections["fallbacks"]
    at = section.add.findData("smart")
    section.add.setCurrentIndex(at)
    section.add.activated.emit(at)
    pane.detail.tabs.widget(1).ensureWidgetVisible(section._fault, 0, 200)
    await asyncio.sleep(0.2)


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "models-preview": preview,
    "models-fallbacks": fallbacks,
    "models-circle": circle,
}
