"""Scenes of the notifications pane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.main_window import MainWindow


async def detail(window: MainWindow) -> None:
    window.go("notifications")
    pane: Any = window.pane("notifications")
    await asyncio.sleep(0.2)
    pane.table.view.selectRow(2)


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {"notifications-detail": detail}
