"""Scenes of the connect pane."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import VirtualKey
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.connect import ConnectPane
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from tests.ui.eventually import until


async def _pane(window: MainWindow, key_id: str = "editor") -> ConnectPane:
    window.go("connect", ConnectTarget(key_id))
    pane: Any = window.pane("connect")
    await asyncio.sleep(0.3)
    return pane  # type: ignore[no-any-return]


async def _snippet(window: MainWindow, key: str) -> ConnectPane:
    pane = await _pane(window)
    pane.snippet.list.choose(key)
    return pane


async def python(window: MainWindow) -> None:
    (await _snippet(window, "python")).snippet.reveal.setChecked(True)


async def codex(window: MainWindow) -> None:
    (await _snippet(window, "codex")).snippet.list.setFocus()


async def cursor(window: MainWindow) -> None:
    await _snippet(window, "cursor")


async def powershell(window: MainWindow) -> None:
    await _snippet(window, "powershell")


async def disabled(window: MainWindow) -> None:
    await _pane(window, "notebook")


async def unknown(window: MainWindow) -> None:
    wanted = VirtualKey(id="", name="shown once", digest="", last4="", models=("smart", "openai/gpt-5-mini"))
    views = await window.service.configuring.keys()
    made = next((view.key for view in views if view.key.name == wanted.name), None)
    if made is None:
        made, _ = await window.service.configuring.create_key(wanted, keep_text=False)
    await _pane(window, made.id)


async def stopped(window: MainWindow) -> None:
    await _snippet(window, "curl")
    await window.service.stop()
    await asyncio.sleep(0.3)


async def tried(window: MainWindow) -> None:
    configuring = window.service.configuring
    if not any(model.alias == "hello" for model in await configuring.models()):
        provider = await configuring.add_provider("Demo", "demo")
        await configuring.add_deployment("hello", provider.id, "demo")
    pane = await _snippet(window, "curl")
    pane.facts.model_picked.emit("hello")
    pane.snippet.try_button.click()
    await until(lambda: pane.snippet.outcome.text.startswith("It works"))


SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    "connect-python": python,
    "connect-codex": codex,
    "connect-cursor": cursor,
    "connect-powershell": powershell,
    "connect-disabled": disabled,
    "connect-unknown": unknown,
    "connect-tried": tried,
    "connect-stopped": stopped,
}
