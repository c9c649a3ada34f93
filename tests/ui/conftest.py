"""Async window tests run on the loop the app's window runs on: qasync, over the one QApplication.

In an async test never call ``qtbot.wait…`` or ``waitSignal``: they spin a loop within the loop and hang. Await a
future that the signal resolves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import qasync
from PySide6.QtWidgets import QApplication


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"qasync": qt_loop}


def qt_loop() -> asyncio.AbstractEventLoop:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)  # nobody but the test ends its loop
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
    return loop
