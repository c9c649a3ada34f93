"""Panes made before they are opened: all are there, and none has read or shown anything."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from conduit_desktop.bus import Bus, ExchangeFinished, ExchangeStarted
from conduit_desktop.paths import Home
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.ui import early
from conduit_desktop.ui.early import make_panes
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes import PANES
from conduit_desktop.ui.panes.dashboard import VIEWS, DashboardPane
from conduit_desktop.ui.panes.keys import KeysPane
from conduit_desktop.ui.panes.requests import RequestsPane
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.session import Session
from conduit_desktop.ui.single_instance import SingleInstance
from conduit_desktop.vault import MemoryVault
from tests.ui.conftest import Strays
from tests.ui.eventually import until
from tests.ui.scenes_requests import streamed

EARLY = {entry.key for entry in PANES if entry.early}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early, "QUIET", 0.0)


async def test_panes_are_made_and_none_is_shown_or_read(window: MainWindow, strays: Strays) -> None:
    window.go("notifications")
    pane = window.pane("notifications")
    await make_panes(window)
    assert window.made == EARLY
    assert window.current_key == "notifications"
    assert window.pane("notifications") is pane
    dashboard = window.pane("dashboard")
    assert isinstance(dashboard, DashboardPane)
    assert set(dashboard.views) == {key for key, _ in VIEWS}
    read = {entry.key for entry in PANES if entry.early and window.pane(entry.key)._loaded}
    assert read == {"dashboard", "notifications"}  # the Dashboard's views read for themselves
    assert not any(view._loaded for view in dashboard.views.values())
    assert strays.seen == []


async def test_what_happens_is_nothing_to_panes_that_nobody_opened(window: MainWindow) -> None:
    window.go("notifications")
    await make_panes(window)
    exchange, _ = streamed(1000, time.time())
    for notice in (
        ExchangeStarted(replace(exchange, id="begun", seq=0, status=0)),
        ExchangeFinished(replace(exchange, id="ended")),
    ):
        window.service.bus.publish(notice)
    window.bridge.drain()
    requests = window.pane("requests")
    assert isinstance(requests, RequestsPane)
    assert len(requests.rows) == 0
    assert requests.feed.in_flight == 0
    window.go("requests")
    await until(lambda: requests.feed.total is not None)
    assert "ended" not in {row.id for row in requests.rows.records}  # it was never written


async def test_a_pane_that_was_made_early_opens_as_any_other(window: MainWindow) -> None:
    await make_panes(window)
    for entry in PANES:
        window.go(entry.key)
        await asyncio.sleep(0)
        assert window.current_key == entry.key
        await until(lambda key=entry.key: window.pane(key)._loaded)


async def test_a_session_makes_them_once_its_window_is_up(app: Application, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").make()
    store = Store.open(home)
    store.settings.put("autostart_gateway", False)
    instance = SingleInstance(home)
    assert instance.take()
    session = Session(app, home, instance, lambda: GatewayService(home, store, MemoryVault(), Bus()))
    running = asyncio.get_running_loop().create_task(session.run())
    try:
        await until(lambda: hasattr(session, "window") and session.window.made == EARLY)
    finally:
        session.quit()
        await asyncio.wait_for(running, 10)


async def test_a_pane_asked_for_while_it_is_made_is_whole_at_once(window: MainWindow) -> None:
    making = window.making("keys")
    for _ in range(3):
        next(making)
    assert "keys" not in window.made
    pane = window.pane("keys")
    assert isinstance(pane, KeysPane)
    assert "keys" in window.made
    assert pane.detail.tabs.count() == len(pane.detail.pages) == 4
    assert list(making) == [], "there is nothing left to make"
    assert window.pane("keys") is pane


async def test_each_is_made_once_in_steps(window: MainWindow) -> None:
    steps = [sum(1 for _ in window.making(entry.key)) for entry in PANES if entry.early]
    assert max(steps) > 3
    assert window.made == EARLY
    for entry in PANES:
        if entry.early:
            assert list(window.making(entry.key)) == []
