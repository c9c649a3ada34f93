"""Async window tests run on the loop the app's window runs on: qasync, over the one QApplication.

In an async test never call ``qtbot.wait…`` or ``waitSignal``: they spin a loop within the loop and hang. Await a
future that the signal resolves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from conduit_desktop.bus import Bus
from conduit_desktop.paths import Home
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.ui import theme
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.widgets import memory
from conduit_desktop.vault import MemoryVault
from tests.ui import sample


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"qasync": qt_loop}


def qt_loop() -> asyncio.AbstractEventLoop:
    app = QApplication.instance() or Application([])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)  # nobody but the test ends its loop
    loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
    return loop


# ---------------------------------------------------------------- the window over a sample home


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """For pytest-qt: should one of its fixtures come first."""
    return Application


@pytest.fixture
def app() -> Application:
    """The application with the light theme at normal size, remembering nothing of the test before."""
    found = QApplication.instance() or Application([])
    assert isinstance(found, Application)
    chosen = theme.install(found, "light")
    chosen.set_mode("light")
    chosen.set_text_size("normal")
    memory.forget()
    return found


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[GatewayService]:
    """The real service over ``sample``'s home; its gateway is not started."""
    home = Home(tmp_path / "home").make()
    store, vault = Store.open(home), MemoryVault()
    sample.fill(store, vault, exchanges=40)
    store.settings.put("theme", "light")
    made = GatewayService(home, store, vault, Bus())
    yield made
    await made.close()


@pytest.fixture
async def bridge(app: QApplication, service: GatewayService) -> AsyncIterator[Bridge]:
    made = Bridge(service.bus)
    yield made
    made.close()
    made.deleteLater()


@pytest.fixture
async def window(app: QApplication, service: GatewayService, bridge: Bridge) -> AsyncIterator[MainWindow]:
    """The main window, shown; no pane is open yet."""
    made = MainWindow(service, bridge)
    made.resize(1200, 780)
    made.show()
    yield made
    bridge.close()
    made.hide()
    made.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
