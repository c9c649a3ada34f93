"""Scenes of a provider's keys: one, several that do in every way, the sheet for another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.credential_steps import LIMITED, REJECTED, meet

NAMES = ("team account", "the research group's account, second of two", "spare")


async def shown(window: MainWindow, provider_id: str) -> Any:
    for old in window.findChildren(Sheet):
        old.finish()
    window.go("providers")
    await asyncio.sleep(0.4)
    pane: Any = window.pane("providers")
    pane.detail.tabs.setCurrentIndex(0)
    pane.table.select(provider_id)
    await asyncio.sleep(0.4)
    pane.detail.keys.window().repaint()
    area = pane.detail.tabs.widget(0)
    area.ensureWidgetVisible(pane.detail.keys.add, 0, 60)
    return pane


async def one(window: MainWindow) -> None:
    await shown(window, "openai")


async def several(window: MainWindow) -> None:
    service = window.service
    provider = next(each for each in await service.configuring.providers() if each.id == "claude")
    if not provider.credentials:
        for at, name in enumerate(NAMES):
            provider = await service.configuring.add_credential("claude", name, f"sk-ant-sample-{at}-0123456789")
        team, group, spare = provider.credentials
        await service.configuring.edit_credential("claude", spare.id, enabled=False)
        await asyncio.sleep(0.3)
        await meet(service, team.id, LIMITED)
        await meet(service, group.id, REJECTED)
    await shown(window, "claude")


async def sheet(window: MainWindow) -> None:
    pane = await shown(window, "openai")
    pane.detail.keys.add.click()
    await asyncio.sleep(0.2)


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "provider-keys-one": one,
    "provider-keys": several,
    "provider-keys-sheet": sheet,
}
