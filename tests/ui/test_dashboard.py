"""The Dashboard over the real service, with requests that the gateway really answers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from conduit_desktop.bus import Bus
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import ExchangeFilter, VirtualKey
from conduit_desktop.runtime.configuring import Found, ProbeResult
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.store import Store
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes import dashboard_overview, dashboard_sources
from conduit_desktop.ui.panes.dashboard import DashboardPane
from conduit_desktop.ui.panes.dashboard_overview import OverviewView
from conduit_desktop.ui.panes.dashboard_seen import read
from conduit_desktop.ui.panes.dashboard_spans import range_of, span
from conduit_desktop.ui.panes.providers_found import Find
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.widgets import memory
from conduit_desktop.vault import MemoryVault
from tests.ui.accessible import unnamed
from tests.ui.conftest import Strays
from tests.ui.eventually import until

Opened = list[tuple[str, object]]


@pytest.fixture
def opened(bridge: Bridge) -> Opened:
    """Where the pane sent the user, instead of going there."""
    bridge.opened.disconnect()
    gone: Opened = []
    bridge.opened.connect(lambda key, argument: gone.append((key, argument)))
    return gone


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def shown(window: MainWindow) -> OverviewView:
    """The Overview over 7 days: all of the sample, whatever the time of day."""
    memory.write("dashboard/range", "7d")
    window.go("dashboard")
    pane = window.pane("dashboard")
    assert isinstance(pane, DashboardPane)
    await until(lambda: pane.overview._stack.currentWidget() is pane.overview.area)
    return pane.overview


def tile(pane: OverviewView, name: str) -> str:
    return next(each.accessibleName() for each in pane.tiles.tiles if each.accessibleName().startswith(name))


# ---------------------------------------------------------------- figures over the sample home


async def test_shows_figures_bars_spend_and_the_last_requests(
    window: MainWindow, service: GatewayService, opened: Opened, strays: Strays
) -> None:
    pane = await shown(window)
    assert tile(pane, "Requests").startswith("Requests: 40")
    assert "unpriced" in tile(pane, "Spend")
    assert pane.start.isHidden()
    assert not pane.gateway.isHidden(), "the gateway of these tests is not started"
    assert "40" in pane.chart.chart.accessibleDescription()
    newest = await service.activity.page(ExchangeFilter(), limit=10)
    assert [each.id for each in pane.recent.rows.records] == [each.id for each in newest]
    assert [line.accessibleName() for line in pane.ranking._lines()]
    assert unnamed(pane) == []
    assert strays.seen == []


async def test_a_bar_leads_to_its_requests_by_keyboard(window: MainWindow, opened: Opened) -> None:
    pane = await shown(window)
    for _ in range(28):
        QTest.keyClick(pane.chart.chart, Qt.Key.Key_Right)
    QTest.keyClick(pane.chart.chart, Qt.Key.Key_Return)
    assert pane.chart._overview is not None
    last = pane.chart._overview.buckets[-1]
    assert opened == [("requests", ExchangeFilter(since=last.start, until=last.start + last.seconds))]


async def test_the_chart_is_a_table_too(window: MainWindow, opened: Opened) -> None:
    pane = await shown(window)
    pane.chart.as_table.click()
    assert pane.chart.table.isVisible()
    assert unnamed(pane) == []
    requests = sum(bucket.requests for bucket in pane.chart.rows.records)
    assert requests == 40
    pane.chart.table.view.setFocus()
    QTest.keyClick(pane.chart.table.view, Qt.Key.Key_Down)
    QTest.keyClick(pane.chart.table.view, Qt.Key.Key_Return)
    first = pane.chart.rows.record(0)
    assert opened == [("requests", ExchangeFilter(since=first.start, until=first.start + first.seconds))]


async def test_spend_and_tokens_are_charted(window: MainWindow, opened: Opened) -> None:
    pane = await shown(window)
    buttons = {button.text(): button for button in pane.chart.metrics.findChildren(QPushButton)}
    buttons["Spend"].click()
    assert "$" in pane.chart.chart.accessibleDescription()
    assert "unpriced" in pane.chart._note.full_text
    buttons["Tokens"].click()
    assert pane.chart.chart.accessibleName().startswith("Tokens")
    assert pane.chart._note.full_text == ""


async def test_another_range_asks_anew(window: MainWindow, opened: Opened) -> None:
    pane = await shown(window)
    next(button for button in pane.range.findChildren(QPushButton) if button.text() == "30 d").click()
    await until(lambda: pane.chart._overview is not None and len(pane.chart._overview.buckets) == 30)
    assert window.pane("dashboard")._subtitle.text() == "The last 30 days"


async def test_spend_is_of_the_days_that_the_span_touches(window: MainWindow, service: GatewayService) -> None:
    moments = (
        (datetime(2026, 3, 12, 23, 30), "24h"),
        (datetime(2026, 3, 12, 0, 5), "24h"),
        (datetime(2026, 3, 12, 12, 0), "7d"),
    )
    titles = [(await read(service, span(range_of(key), now.timestamp()), 1)).spend_title for now, key in moments]
    assert titles == ["Spend today", "Spend since yesterday", "Spend since 5 Mar"]


async def test_keys_models_and_providers_lead_to_their_requests(window: MainWindow, opened: Opened) -> None:
    pane = await shown(window)
    pane.ranking.ranking.picked.emit("agent")
    pane.ranking.by.set_value("model")
    pane.ranking._draw()
    assert [rank.key for rank in pane.ranking._shown]
    pane.ranking.ranking.picked.emit("fast")
    wanted = [argument for _, argument in opened]
    assert [(each.key_id, each.model) for each in wanted if isinstance(each, ExchangeFilter)] == [
        ("agent", None),
        (None, "fast"),
    ]


async def test_a_recent_request_opens_in_the_log(window: MainWindow, opened: Opened) -> None:
    pane = await shown(window)
    view = pane.recent.table.view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert opened == [("requests", ExchangeFilter(text=pane.recent.rows.record(0).id))]


async def test_the_page_scrolls_by_keyboard(window: MainWindow, opened: Opened) -> None:
    pane = await shown(window)
    window.resize(900, 600)
    await until(lambda: pane.area.verticalScrollBar().maximum() > 0)
    pane.focus_default()
    QTest.keyClick(pane, Qt.Key.Key_End)
    assert pane.area.verticalScrollBar().value() == pane.area.verticalScrollBar().maximum()


async def test_what_cannot_be_read_is_said_with_a_way_on(
    window: MainWindow, service: GatewayService, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: object) -> None:
        raise ConfigurationError("The log cannot be read.", code="broken")

    with monkeypatch.context() as patch:
        patch.setattr(service.activity, "overview", broken)
        window.go("dashboard")
        whole = window.pane("dashboard")
        assert isinstance(whole, DashboardPane)
        pane = whole.overview
        await until(lambda: pane._stack.currentWidget() is pane._failed)
    pane._failed.button.click()
    await until(lambda: pane._stack.currentWidget() is pane.area)


# ---------------------------------------------------------------- the first minute, in an empty home


@pytest.fixture
async def empty(app: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MainWindow]:
    """The window over a home with nothing in it; the gateway runs."""
    monkeypatch.setattr(dashboard_overview, "FOLLOW", 50)
    home = Home(tmp_path / "empty").make()
    store = Store.open(home)
    store.settings.put("port", free_port())
    service = GatewayService(home, store, MemoryVault(), Bus())

    async def no_servers() -> list[Found]:
        return []

    monkeypatch.setattr(service.configuring, "detect_local", no_servers)
    monkeypatch.setattr(service.configuring, "environment_keys", lambda: [])
    await service.start()
    bridge = Bridge(service.bus)
    window = MainWindow(service, bridge)
    window.resize(1200, 780)
    window.show()
    yield window
    bridge.close()
    window.hide()
    await service.close()
    window.deleteLater()
    bridge.deleteLater()


def steps_done(pane: OverviewView) -> list[bool]:
    return [line.accessibleName().endswith("done") for line in pane.start.lines]


async def ask(service: GatewayService, key: str, model: str = "demo") -> int:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}

    def post() -> int:
        address = f"{service.status.base_url}/v1/chat/completions"
        return httpx.post(address, json=body, headers={"authorization": f"Bearer {key}"}, timeout=10).status_code

    return await asyncio.to_thread(post)


@pytest.mark.parametrize("good", [True, False])
async def test_a_key_of_the_environment_is_tested(
    empty: MainWindow, monkeypatch: pytest.MonkeyPatch, good: bool
) -> None:
    service = empty.service
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")

    async def tested(_provider_id: str) -> ProbeResult:
        return ProbeResult(
            ok=good, cause="ok" if good else "unauthorised", message="OpenAI rejects the key.", hint="Copy it again."
        )

    monkeypatch.setattr(service.configuring, "test_provider", tested)
    find = Find("key:OPENAI_API_KEY", "OpenAI key", "", "key", variable="OPENAI_API_KEY")
    if good:
        assert "takes the key" in await dashboard_sources.add_find(service, find)
    else:
        with pytest.raises(ConfigurationError, match=r"openai is added, but its test failed: OpenAI rejects the key"):
            await dashboard_sources.add_find(service, find)
    assert [provider.name for provider in await service.configuring.providers()] == ["openai"]


async def test_from_nothing_to_the_first_request(empty: MainWindow, strays: Strays) -> None:
    pane, service = await shown(empty), empty.service
    assert steps_done(pane) == [False] * 4
    assert pane.start.isVisible()
    assert not pane.figures.isVisible()
    await until(lambda: pane.start._finds == [])
    assert unnamed(pane) == []
    pane.start.demo.setFocus()
    QTest.keyClick(pane.start.demo, Qt.Key.Key_Space)
    await until(lambda: steps_done(pane) == [True, True, False, False])
    assert [model.alias for model in await service.configuring.models()] == ["demo"]
    assert pane.start.chat.kind == "primary"
    key = await service.configuring.chat_key()
    assert await ask(service, key, "no-such-model") == 404
    await until(lambda: pane.figures.isVisible())
    assert steps_done(pane) == [True, True, False, False], "a request that failed is no proof that all is set"
    assert any("None was answered so far" in label.text() for label in pane.start.lines[3].findChildren(QLabel))
    assert await ask(service, key) == 200
    await until(lambda: steps_done(pane) == [True, True, False, True])
    await until(lambda: pane.figures.isVisible() and len(pane.recent.rows) == 2)
    assert pane.start.isVisible(), "what was begun stays until it is finished or closed"
    wanted = VirtualKey(id="", name="editor", digest="", last4="")
    await service.configuring.create_key(wanted)
    await until(lambda: steps_done(pane) == [True] * 4)
    assert pane.start._title.text() == "You are set"
    assert strays.seen == []


async def test_closing_get_started_is_remembered_and_taken_back(empty: MainWindow) -> None:
    pane = await shown(empty)
    pane.start.dismissed.emit()
    assert not pane.start.isVisible()
    assert pane.figures.isVisible()
    assert "–" in tile(pane, "Errors")
    pane.load()
    await until(lambda: not pane._reading)
    assert not pane.start.isVisible()
    next(command for command in pane.commands() if "Get started" in command.title).run()
    await until(lambda: pane.start.isVisible())


async def test_figures_and_requests_follow_live(empty: MainWindow) -> None:
    pane, service = await shown(empty), empty.service
    await dashboard_sources.add_demo(service)
    assert await dashboard_sources.add_demo(service), "a second time changes nothing"
    assert len(await service.configuring.providers()) == 1
    key = await service.configuring.chat_key()
    for number in range(1, 4):
        assert await ask(service, key) == 200
        await until(lambda number=number: tile(pane, "Requests").startswith(f"Requests: {number},"))
    assert await ask(service, key, "no-such-model") == 404
    await until(lambda: "1 request failed" in tile(pane, "Errors"))
    assert [each.status for each in pane.recent.rows.records] == [404, 200, 200, 200]
    assert tile(pane, "Spend").startswith("Spend: $")


async def test_what_runs_here_is_one_click_away(empty: MainWindow) -> None:
    pane, service = await shown(empty), empty.service
    await until(lambda: pane.start._finds is not None)
    found = Found(
        kind="openai-compatible",
        preset="ollama",
        title="Ollama",
        base_url="http://127.0.0.1:9/v1",
        models=("nomic-embed-text", "qwen3:14b"),
    )
    find = Find("server:x", "Ollama", "Answers at 127.0.0.1:9, 2 models.", "display", found=found)
    pane.start.show_finds([find])
    assert unnamed(pane) == []
    pane.start.add_buttons["server:x"].click()
    await until(lambda: steps_done(pane)[:2] == [True, True])
    assert [provider.name for provider in await service.configuring.providers()] == ["ollama"]
    (model,) = await service.configuring.models()
    assert [each.upstream_model for each in model.deployments] == ["qwen3:14b"], "the first that can chat"


async def test_a_stopped_gateway_is_said_with_its_start(empty: MainWindow) -> None:
    pane, service = await shown(empty), empty.service
    assert pane.gateway.isHidden()
    await service.stop()
    await until(lambda: not pane.gateway.isHidden())
    assert "stopped" in pane.gateway.accessibleName()
    pane.gateway.start.click()
    await until(lambda: pane.gateway.isHidden())
    await until(lambda: service.status.state == "running")


async def test_nothing_is_read_while_nobody_looks(empty: MainWindow) -> None:
    pane, service = await shown(empty), empty.service
    await dashboard_sources.add_demo(service)
    await until(lambda: steps_done(pane)[0] and not pane._follow.isActive() and not pane._reading)
    empty.go("keys")
    assert await ask(service, await service.configuring.chat_key()) == 200
    await until(lambda: pane._stale and not pane._follow.isActive())
    assert tile(pane, "Requests").startswith("Requests: 0,")
    empty.go("dashboard")
    await until(lambda: tile(pane, "Requests").startswith("Requests: 1,"))
