"""Async window tests run on the loop the app's window runs on: qasync, over the one QApplication.

In an async test never call ``qtbot.wait…`` or ``waitSignal``: they spin a loop within the loop and hang. Await a
future that the signal resolves.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import QEvent, QObject, QTimerEvent
from PySide6.QtWidgets import QApplication, QWidget

from conduit_desktop.bus import Bus
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.runtime.configuring import Found
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
    loop: asyncio.AbstractEventLoop = Loop(app)
    return loop


class Loop(qasync.QEventLoop):  # type: ignore[misc]
    """Qt's loop, whose callbacks wait while it does not run: pytest-qt turns Qt's events between the phases of a
    test, and a task's step would then find no running loop."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._timer = _Timer(self)


class _Timer(qasync._SimpleTimer):  # type: ignore[misc]
    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._loop = loop

    def timerEvent(self, event: QTimerEvent) -> None:
        if self._loop.is_running() or self._loop.is_closed():
            super().timerEvent(event)


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
def alone(monkeypatch: pytest.MonkeyPatch, service: GatewayService) -> None:
    """No server that happens to run on this machine, no key of the environment, nothing asked beyond this machine."""
    listed = service.configuring.provider_models

    async def nothing() -> list[Found]:
        return []

    async def here(provider_id: str) -> list[str]:
        provider = next(each for each in await service.configuring.providers() if each.id == provider_id)
        if provider.base_url.startswith("https:"):
            raise ConfigurationError("No request leaves this machine in tests.")
        return await listed(provider_id)

    monkeypatch.setattr(service.configuring, "detect_local", nothing)
    monkeypatch.setattr(service.configuring, "provider_models", here)
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "FIREWORKS_API_KEY"):
        monkeypatch.delenv(name, raising=False)


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


class Strays(QObject):
    """Keeps the class names of the windows that came up, be it for a moment: a widget that is made visible before it
    has a parent flashes as one."""

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        self.seen: list[str] = []
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.seen.append(type(watched).__name__)
        return False


@pytest.fixture
def strays(app: Application) -> Iterator[Strays]:
    made = Strays(app)
    yield made
    app.removeEventFilter(made)
    made.deleteLater()
