"""Scenes of the inspector's Attempts tab: one attempt, twelve of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Attempt
from conduit_desktop.ui.main_window import MainWindow
from tests.ui.attempt_steps import twelve, with_attempts
from tests.ui.scenes_requests import opened, streamed


def shown(name: str, attempts: tuple[Attempt, ...], chosen: int) -> Callable[[MainWindow], Awaitable[QWidget | None]]:
    async def scene(window: MainWindow) -> None:
        store, id_ = window.service._store, f"req_attempts_{name}"
        exchange, _ = streamed(100_000, time.time())
        if store.exchanges.get(id_) is None:
            store.exchanges.append(with_attempts(exchange, id_, attempts), "2026-01-01", None, lambda _result: None)
            await asyncio.sleep(0.2)
        pane = await opened(window)
        pane.table.select(id_)
        pane.inspector.tabs.setCurrentIndex(5)
        await asyncio.sleep(0.5)
        pane.inspector.pages[5].table.select(chosen)
        await asyncio.sleep(0.2)

    return scene


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "attempts-one": shown("one", twelve()[-1:], 12),
    "attempts-twelve": shown("twelve", twelve(), 5),
}
