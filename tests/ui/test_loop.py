"""The ground async window tests stand on: Qt's loop, its screen, slots and sockets together."""

from __future__ import annotations

import asyncio
import threading

import qasync
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication


async def test_async_tests_run_on_qts_loop() -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, qasync.QEventLoop)
    fired: asyncio.Future[str] = loop.create_future()
    QTimer.singleShot(0, lambda: fired.set_result(threading.current_thread().name))
    assert await asyncio.wait_for(fired, 5) == threading.main_thread().name


async def test_sockets_work_on_qts_loop() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"ping\n")
        assert await asyncio.wait_for(reader.readline(), 5) == b"ping\n"
        writer.close()
        await writer.wait_closed()


def test_the_screen_is_a_users(qapp: QApplication) -> None:
    if QGuiApplication.platformName() == "offscreen":
        size = QGuiApplication.primaryScreen().size()
        assert (size.width(), size.height()) == (1440, 900)
