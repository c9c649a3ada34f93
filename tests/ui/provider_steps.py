"""What the tests of the Providers pane share: a tiny server, and the steps a user takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.providers import ProvidersPane
from conduit_desktop.ui.panes.providers_words import offers
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.eventually import until

KEY = "sk-test-0123456789abcdef"


@asynccontextmanager
async def server(models: list[str], key: str | None = None) -> AsyncIterator[tuple[str, list[str]]]:
    """A tiny OpenAI-compatible server: its base URL and the paths it was asked for."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.split(" ", 2)[1])
        good = key is None or f"bearer {key}" in head.lower()
        body = {"data": [{"id": name} for name in models]} if good else {"error": {"message": "Incorrect API key"}}
        text = json.dumps(body).encode()
        start = b"HTTP/1.1 200 OK" if good else b"HTTP/1.1 401 Unauthorized"
        writer.write(start + b"\r\ncontent-type: application/json\r\nconnection: close\r\n")
        writer.write(b"content-length: %d\r\n\r\n%s" % (len(text), text))
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/v1", asked
    finally:
        listening.close()
        await listening.wait_closed()


async def shown(window: MainWindow, rows: int = 4) -> ProvidersPane:
    window.go("providers")
    pane = window.pane("providers")
    assert isinstance(pane, ProvidersPane)
    await until(lambda: len(pane.rows) == rows)
    return pane


def sheet_of(window: MainWindow, kind: type[Sheet]) -> Any:
    return next((each for each in window.findChildren(kind) if not each.isHidden()), None)


def offer(key: str) -> Any:
    return next(each for each in offers() if each.key == key)


def focused() -> Any:
    return QApplication.focusWidget()


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key)


def column(pane: ProvidersPane, title: str) -> list[str]:
    at = next(at for at, each in enumerate(pane.rows.columns) if each.title == title)
    return [pane.rows.index(row, at).data() for row in range(len(pane.rows))]


async def answer(window: MainWindow, text: str) -> str:
    """Press a button of the dialog that is open; gives everything the dialog says."""
    await until(lambda: any(each.isVisible() for each in window.findChildren(Dialog)))
    dialog = next(each for each in window.findChildren(Dialog) if each.isVisible())
    said = f"{dialog.windowTitle()} {dialog.accessibleDescription()}"
    next(each for each in dialog.findChildren(Button) if each.text() == text).click()
    return said
