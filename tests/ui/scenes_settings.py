"""Scenes of the Settings pane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.vault import VaultState


async def opened(window: MainWindow) -> Any:
    window.go("settings")
    await asyncio.sleep(0.3)
    return window.pane("settings")


async def restart(window: MainWindow) -> None:
    pane = await opened(window)
    pane.rows["port"].control.widget.setValue(7901)
    pane.rows["capture_days"].control.widget.setValue(9_000)
    pane.rows["capture"].control.widget.setChecked(True)


async def locked(window: MainWindow) -> None:
    pane = await opened(window)
    problem, hint = "It is locked.", "Enter its passphrase. It is asked for once after each start."
    pane.vault.show_state(VaultState("file", "Encrypted file", ready=False, problem=problem, hint=hint))
    bar = pane.area.verticalScrollBar()
    bar.setValue(bar.maximum())


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "settings-restart": restart,
    "settings-locked": locked,
}
