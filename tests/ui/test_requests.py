"""The requests pane over the real service: list, filters, following, inspector, keys."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QDateTime, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from conduit_desktop.bus import ExchangeFinished, ExchangeStarted, GatewayChanged
from conduit_desktop.records import Capture, Exchange, ExchangeFilter, Message, Price, Usage
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes import requests_feed
from conduit_desktop.ui.panes.requests import RequestsPane
from conduit_desktop.ui.panes.requests_columns import COST, STATUS, TOTAL
from conduit_desktop.ui.panes.requests_rows import SLACK
from conduit_desktop.ui.panes.requests_span import SpanSheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.scenes_requests import streamed

NUMBER = 40  # exchanges of the sample home


async def shown(window: MainWindow) -> RequestsPane:
    window.go("requests")
    pane = window.pane("requests")
    assert isinstance(pane, RequestsPane)
    await until(lambda: pane.feed.total is not None)
    return pane


def made(number: int, **more: Any) -> Exchange:
    exchange, _ = streamed(1000 + number, time.time())
    return replace(exchange, id=f"new{number:05}", **more)


def begun(number: int, **more: Any) -> Exchange:
    return made(
        number,
        **{"seq": 0, "status": 0, "started": time.time() - 1, "usage": None, "cost": None, "attempts": (), **more},
    )


def publish(pane: RequestsPane, *notices: ExchangeStarted | ExchangeFinished) -> None:
    for notice in notices:
        pane.service.bus.publish(notice)
    pane.bridge.drain()


def ids(pane: RequestsPane, most: int = 5) -> list[str]:
    return [exchange.id for exchange in pane.rows.records[:most]]


async def logged(pane: RequestsPane, exchange: Exchange, capture: Capture | None = None) -> None:
    """Put an exchange into the log and the list."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[int] = loop.create_future()

    def acknowledged(seq: int | BaseException) -> None:
        assert isinstance(seq, int), seq
        loop.call_soon_threadsafe(done.set_result, seq)

    pane.service._store.exchanges.append(exchange, "2026-01-01", capture, acknowledged)
    publish(pane, ExchangeFinished(replace(exchange, seq=await done)))


# ---------------------------------------------------------------- the list


async def test_lists_the_log_newest_first_with_its_count(window: MainWindow) -> None:
    pane = await shown(window)
    assert len(pane.rows) == NUMBER
    assert [exchange.seq for exchange in pane.rows.records] == list(range(NUMBER, 0, -1))
    assert pane._counted.text() == "40 requests"
    statuses = {pane.rows.index(row, STATUS).data() for row in range(NUMBER)}
    assert "200 OK" in statuses
    assert unnamed(pane) == []


async def test_unpriced_is_said_and_never_shown_as_nothing(window: MainWindow) -> None:
    pane = await shown(window)
    unpriced = [row for row in range(NUMBER) if pane.rows.record(row).cost is None and pane.rows.record(row).usage]
    assert unpriced
    assert {pane.rows.index(row, COST).data() for row in unpriced} == {"unpriced"}


async def test_older_pages_are_read_when_the_end_comes_into_sight(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conduit_desktop.ui.panes.requests.PAGE", 25)
    pane = await shown(window)
    assert len(pane.rows) == 25
    pane.table.view.scrollToBottom()
    await until(lambda: len(pane.rows) == NUMBER)
    assert [exchange.seq for exchange in pane.rows.records] == list(range(NUMBER, 0, -1))
    assert not pane.rows.canFetchMore(QModelIndex())


async def test_columns_give_way_when_the_inspector_opens(window: MainWindow) -> None:
    window.resize(1240, 800)
    pane = await shown(window)
    assert not pane.table.view.isColumnHidden(COST)
    pane.table.view.selectRow(0)
    await until(lambda: pane.table.view.isColumnHidden(COST))
    assert not pane.table.view.isColumnHidden(TOTAL)


# ---------------------------------------------------------------- filters


async def test_filters_go_to_the_store_and_can_be_cleared(window: MainWindow) -> None:
    pane = await shown(window)
    pane.filters.outcome.set_value("error")
    pane.filters.outcome.picked.emit("error")
    await until(lambda: 0 < len(pane.rows) < NUMBER)
    assert all(exchange.status >= 400 for exchange in pane.rows.records)
    assert pane.filters.clear_button.isVisible()
    pane.filters.clear_button.click()
    await until(lambda: len(pane.rows) == NUMBER)
    assert not pane.filters.clear_button.isVisible()


async def test_typing_searches_when_it_pauses(window: MainWindow) -> None:
    pane = await shown(window)
    QTest.keyClicks(pane.filters.search, "qwen-nothing")
    await until(lambda: not len(pane.rows))
    assert not pane.table.view.isVisible()
    pane._nothing.button.click()
    await until(lambda: len(pane.rows) == NUMBER)
    assert pane.filters.search.text() == ""


async def test_choices_offer_what_occurs_in_the_log(window: MainWindow) -> None:
    pane = await shown(window)
    await until(lambda: pane.filters.model.count() > 1)
    models = {pane.filters.model.itemData(at) for at in range(pane.filters.model.count())}
    assert {"fast", "smart"} <= models


async def test_another_pane_opens_it_with_a_filter(window: MainWindow) -> None:
    pane = await shown(window)
    wanted = ExchangeFilter(model="smart", since=1.0, until=time.time() + 60)
    window.bridge.open_pane("requests", wanted)
    await until(lambda: pane.feed.filter == wanted and len(pane.rows) and len(pane.rows) < NUMBER)
    assert {exchange.model for exchange in pane.rows.records} == {"smart"}
    assert pane.filters.time.currentText() != "Time"


async def test_a_range_of_ones_own_is_asked_for_in_a_sheet(window: MainWindow) -> None:
    pane = await shown(window)
    choice = pane.filters.time
    choice.set_value("own")
    choice.picked.emit("own")
    sheet = window.findChild(SpanSheet)
    assert sheet is not None
    sheet.cancel()
    assert choice.value == ""
    choice.set_value("own")
    choice.picked.emit("own")
    sheet = window.findChildren(SpanSheet)[-1]
    middle = pane.rows.record(20).started
    sheet.since.setDateTime(QDateTime.fromSecsSinceEpoch(int(middle) + 3600))
    sheet.until.setDateTime(QDateTime.fromSecsSinceEpoch(int(middle)))
    sheet.accept_button.click()
    assert sheet.isVisible()
    sheet.since.setDateTime(QDateTime.fromSecsSinceEpoch(int(middle) - 3600))
    sheet.accept_button.click()
    assert not sheet.isVisible()
    await until(lambda: 0 < len(pane.rows) < NUMBER)
    wanted = pane.feed.filter
    assert wanted.since is not None
    assert wanted.until is not None
    assert all(wanted.since <= exchange.started < wanted.until for exchange in pane.rows.records)
    assert "–" in choice.currentText()


async def test_another_pane_opens_one_request_by_its_id(window: MainWindow) -> None:
    pane = await shown(window)
    wanted = pane.rows.record(7).id
    window.bridge.open_pane("requests", wanted)
    await until(lambda: pane.inspector.isVisible() and pane.inspector.exchange is not None)
    assert pane.inspector.exchange is not None
    assert pane.inspector.exchange.id == wanted
    assert len(pane.rows) == 1


async def test_the_menu_narrows_to_what_a_row_has(window: MainWindow) -> None:
    pane = await shown(window)
    exchange = pane.rows.record(0)
    menu = QMenu()
    pane._fill_menu(menu, [exchange])
    next(action for action in menu.actions() if action.text() == f"Only {exchange.key}").trigger()
    await until(lambda: pane.feed.filter.key_id == exchange.key_id and pane.filters.key.value == exchange.key_id)
    await until(lambda: {each.key for each in pane.rows.records} == {exchange.key})


async def test_a_log_that_cannot_be_read_says_so_and_offers_to_try_again(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from conduit_desktop.errors import ConduitError

    async def broken(*_args: object, **_named: object) -> list[Exchange]:
        raise ConduitError("The log is locked.")

    with monkeypatch.context() as context:
        context.setattr(service.activity, "page", broken)
        window.go("requests")
        pane: Any = window.pane("requests")
        await until(lambda: pane.table._failed.isVisible())
    pane.table._failed.button.click()
    await until(lambda: len(pane.rows) == NUMBER)


# ---------------------------------------------------------------- following


async def test_an_exchange_that_ends_appears_on_top_without_a_reset(window: MainWindow) -> None:
    pane = await shown(window)
    resets: list[int] = []
    pane.rows.modelReset.connect(lambda: resets.append(1))
    publish(pane, ExchangeFinished(made(1)), ExchangeFinished(made(2)))
    assert ids(pane, 2) == ["new00002", "new00001"]
    assert pane._counted.text() == "42 requests"
    assert resets == []


async def test_one_in_flight_is_on_top_and_becomes_a_finished_row_in_place(window: MainWindow) -> None:
    pane = await shown(window)
    slow, slower = begun(1, started=time.time() - 1), begun(2, started=time.time() - 2)
    publish(pane, ExchangeStarted(slow), ExchangeStarted(slower))
    await until(lambda: pane.rows.live == 2)
    assert ids(pane, 2) == ["new00001", "new00002"]
    assert pane.rows.index(0, STATUS).data() == "In flight"
    assert "2 in flight" in pane._counted.text()
    publish(pane, ExchangeFinished(made(3)))
    assert ids(pane, 3) == ["new00001", "new00002", "new00003"]
    pane.table.view.selectRow(0)
    publish(pane, ExchangeFinished(made(1)))
    assert ids(pane, 3) == ["new00002", "new00001", "new00003"]
    assert pane.table.current.id == "new00001"
    assert pane.rows.live == 1
    publish(pane, ExchangeFinished(made(2)))
    assert pane.rows.live == 0
    assert [pane.rows.find(exchange.id) for exchange in pane.rows.records] == list(range(len(pane.rows)))


async def test_a_quick_request_gets_no_row_in_flight(window: MainWindow) -> None:
    pane = await shown(window)
    publish(pane, ExchangeStarted(begun(1, started=time.time())), ExchangeFinished(made(1)))
    assert pane.rows.live == 0
    assert pane.rows.record(0).status == 200


async def test_what_does_not_fit_the_filter_stays_out(window: MainWindow) -> None:
    pane = await shown(window)
    pane.open_with(ExchangeFilter(model="smart"))
    await until(lambda: pane.feed.filter.model == "smart" and pane.feed.total == len(pane.rows) < NUMBER)
    before = len(pane.rows)
    publish(pane, ExchangeFinished(made(1, model="code")), ExchangeFinished(made(2)))
    assert len(pane.rows) == before + 1
    publish(pane, ExchangeStarted(begun(3, started=time.time() - 1)))
    await until(lambda: pane.rows.live == 1)
    publish(pane, ExchangeFinished(made(3, model="code")))
    assert pane.rows.live == 0
    assert "new00003" not in ids(pane)


async def test_scrolled_the_list_holds_still_and_says_how_many_wait(window: MainWindow) -> None:
    pane = await shown(window)
    pane.table.view.verticalScrollBar().setValue(300)
    first = ids(pane, 1)
    publish(pane, *(ExchangeFinished(made(number)) for number in range(3)))
    assert ids(pane, 1) == first
    assert pane.pill.isVisible()
    assert pane.pill.text() == "3 new"
    pane.pill.click()
    assert ids(pane, 3) == ["new00002", "new00001", "new00000"]
    assert not pane.pill.isVisible()
    assert pane.table.view.verticalScrollBar().value() == 0


async def test_paused_it_waits_and_resumes(window: MainWindow) -> None:
    pane = await shown(window)
    pane.pause_button.click()
    assert pane._state.word == "Paused"
    publish(pane, ExchangeFinished(made(1)))
    assert pane.pill.isVisible()
    pane.pause_button.click()
    assert ids(pane, 1) == ["new00001"]
    assert pane._state.word == "Live"


async def test_too_many_waiting_are_read_from_the_log_again(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = await shown(window)
    pane.pause_button.click()
    many = requests_feed.MOST_WAITING + 5
    publish(pane, *(ExchangeFinished(made(number)) for number in range(many)))
    assert pane.pill.text() == f"{many} new"
    pane.go_to_newest()
    await until(lambda: pane.feed.total == NUMBER)  # those were never written
    assert len(pane.rows) == NUMBER


async def test_hidden_it_gathers_and_shown_again_it_catches_up(window: MainWindow) -> None:
    pane = await shown(window)
    window.go("notifications")
    publish(pane, ExchangeFinished(made(1)))
    assert len(pane.rows) == NUMBER
    window.go("requests")
    assert ids(pane, 1) == ["new00001"]


async def test_following_keeps_a_bounded_number_of_rows_which_can_be_read_again(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests_feed, "MOST_FOLLOWING", 20)
    pane = await shown(window)
    for batch in range(4):
        publish(pane, *(ExchangeFinished(made(batch * 200 + number)) for number in range(200)))
        assert len(pane.rows) <= 20 + SLACK + 200
    assert pane.rows.canFetchMore(QModelIndex())
    assert [pane.rows.find(exchange.id) for exchange in pane.rows.records] == list(range(len(pane.rows)))


async def test_those_in_flight_go_when_the_gateway_stops(window: MainWindow) -> None:
    pane = await shown(window)
    publish(pane, ExchangeStarted(begun(1)))
    await until(lambda: pane.rows.live == 1)
    pane.service.bus.publish(GatewayChanged("stopped"))
    pane.bridge.drain()
    assert pane.rows.live == 0
    assert len(pane.rows) == NUMBER


# ---------------------------------------------------------------- the inspector


async def inspected(window: MainWindow) -> RequestsPane:
    pane = await shown(window)
    exchange, capture = streamed(0, time.time())
    await logged(pane, exchange, capture)
    pane.table.view.selectRow(0)
    await until(lambda: pane.inspector.inspected is not None and pane.inspector.inspected.fetched)
    return pane


def page(pane: RequestsPane, title: str) -> Any:
    at = next(at for at, each in enumerate(pane.inspector.pages) if each.title == title)
    pane.inspector.tabs.setCurrentIndex(at)
    return pane.inspector.pages[at]


async def test_every_tab_shows_the_exchange(window: MainWindow) -> None:
    pane = await inspected(window)
    assert pane.inspector.isVisible()
    overview = page(pane, "Overview")
    facts = {entry.name: entry.value for table in overview.tables for entry in table._entries}
    assert facts["Served by"] == "anthropic/claude-sonnet-4.5 at OpenRouter after 2 attempts"
    assert facts["  cached"] == "1,024 read, 0 written"
    timeline = page(pane, "Timeline")
    assert "529 Overloaded" in timeline.chart.accessibleDescription()
    assert not timeline.chart.grab().isNull()
    request = page(pane, "Request")
    await until(lambda: '"model": "smart"' in request.code.code)
    request.side._segments["upstream"].click()
    await until(lambda: "anthropic/claude-sonnet-4.5" in request.code.code)
    request.part._segments["head"].click()
    await until(lambda: "authorization: Bearer …" in request.code.code)
    response = page(pane, "Response")
    await until(lambda: response.code.code.startswith("Water finds its way,"))
    response.part._segments["body"].click()
    await until(lambda: response.code.code.startswith("data: {"))
    stream = page(pane, "Stream")
    await until(lambda: len(stream.rows) == 61)
    stream.table.view.selectRow(0)
    assert json.loads(stream.code.code)["choices"][0]["delta"]["content"] == "Water "
    attempts = page(pane, "Attempts")
    assert [each.attempt.status for each in attempts.rows.records] == [529, 200]
    assert attempts.said.text().startswith("Anthropic (529 Overloaded) failed")
    cost = page(pane, "Cost")
    await until(lambda: cost.total.text() == "$0.005217")
    assert unnamed(pane) == []


async def test_bodies_that_are_gone_say_why_and_lead_to_the_setting(window: MainWindow) -> None:
    pane = await shown(window)
    opened: list[tuple[str, object]] = []
    pane.bridge.opened.connect(lambda key, argument: opened.append((key, argument)))
    pane.table.view.selectRow(NUMBER - 1)
    request = page(pane, "Request")
    await until(lambda: request.missing.button.isVisible())
    assert "last 200" in request.missing._text.text()
    request.missing._open_settings()
    assert opened == [("settings", "capture")]


async def test_a_failure_says_what_to_do_and_leads_there(window: MainWindow) -> None:
    pane = await shown(window)
    row = next(row for row in range(NUMBER) if pane.rows.record(row).status >= 400)
    pane.table.view.selectRow(row)
    problem = page(pane, "Overview").problem
    await until(lambda: problem.isVisible() and problem._todo.text())


async def test_what_is_looked_at_in_flight_is_shown_when_it_ends(window: MainWindow) -> None:
    pane = await shown(window)
    exchange, capture = streamed(0, time.time())
    publish(pane, ExchangeStarted(replace(exchange, status=0, usage=None, cost=None, attempts=())))
    await until(lambda: pane.rows.live == 1)
    pane.table.view.selectRow(0)
    response = page(pane, "Response")
    await until(lambda: response.missing.isVisible() and response.missing._title.text() == "Still in flight")
    await logged(pane, exchange, capture)
    await until(lambda: response.code.isVisible() and response.code.code.startswith("Water"))


async def test_a_row_that_leaves_the_list_stays_in_the_inspector(window: MainWindow) -> None:
    pane = await inspected(window)
    pane.filters.narrow(outcome="error")
    await until(lambda: all(exchange.status >= 400 for exchange in pane.rows.records))
    assert pane.inspector.isVisible()
    assert pane.inspector.exchange is not None
    assert pane.inspector.exchange.status == 200


async def test_a_body_of_megabytes_is_shown_in_part_and_copied_whole(window: MainWindow) -> None:
    pane = await shown(window)
    exchange, capture = streamed(0, time.time())
    body = json.dumps({"messages": ["word " * 10] * 150_000}).encode()
    request = Message(start="POST / HTTP/1.1", headers=(("content-type", "application/json"),), body=body)
    await logged(pane, exchange, Capture(exchange_id=exchange.id, request=request, response=capture.response))
    pane.table.view.selectRow(0)
    shown_request = page(pane, "Request")
    await until(lambda: "Copy gives all of it" in shown_request.note.text())
    assert len(shown_request.code.toPlainText()) < 200_000
    shown_request.copy.click()
    assert QGuiApplication.clipboard().text() == body.decode()


# ---------------------------------------------------------------- keys and copying


async def test_the_keyboard_walks_opens_and_closes(window: MainWindow) -> None:
    pane = await shown(window)
    view = pane.table.view
    QTest.keyClick(view, Qt.Key.Key_J)
    QTest.keyClick(view, Qt.Key.Key_J)
    assert view.currentIndex().row() == 1
    QTest.keyClick(view, Qt.Key.Key_K)
    assert view.currentIndex().row() == 0
    assert pane.inspector.isVisible()
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClick(pane.inspector, Qt.Key.Key_Escape)
    assert not pane.inspector.isVisible()
    assert pane.table.current is None


async def test_copying_the_id_the_body_and_curl_without_the_key(window: MainWindow) -> None:
    pane = await inspected(window)
    exchange = pane.rows.record(0)
    menu = QMenu()
    pane.actions_.fill(menu, exchange)
    verbs = {action.text(): action for action in menu.actions()}
    clipboard = QGuiApplication.clipboard()
    verbs["Copy request id"].trigger()
    assert clipboard.text() == exchange.id
    verbs["Copy as curl"].trigger()
    await until(lambda: clipboard.text().startswith("curl -X POST"))
    assert "Bearer $CONDUIT_KEY" in clipboard.text()
    assert "plumbing" in clipboard.text()
    verbs["Copy response body"].trigger()
    await until(lambda: clipboard.text().startswith("data: {"))


async def test_the_palette_pauses_and_filters(window: MainWindow) -> None:
    pane = await shown(window)
    commands = {command.title: command.run for command in pane.commands()}
    commands["Pause the list"]()
    assert pane.feed.holding
    commands["Show only errors"]()
    await until(lambda: len(pane.rows) < NUMBER)
    assert "Resume the list" in {command.title for command in pane.commands()}


async def test_the_cost_is_taken_apart_by_the_rates_that_it_was_priced_with(
    window: MainWindow, service: GatewayService
) -> None:
    price = Price(source="genai-prices 1: a/b #123abc", input=3_000_000, output=15_000_000, cached_read=300_000)
    usage = Usage(input=48_210, output=2_311, cached_read=36_864, estimated=True)
    total = 11_346 * 3_000_000 + 36_864 * 300_000 + 2_311 * 15_000_000
    service._store.used_prices.keep(price)
    exchange, _ = streamed(0, time.time() + 5)
    pane = await shown(window)
    priced = replace(exchange, id="req_priced", usage=usage, cost=total, price=price.source, saved=36_864 * 2_700_000)
    unknown = replace(exchange, id="req_unknown", usage=usage, cost=None, price="", upstream_model="mystery-1")
    await logged(pane, priced, None)
    await logged(pane, unknown, None)
    pane.table.select("req_priced")
    cost = page(pane, "Cost")
    await until(lambda: cost.rows.records)
    assert [(row.name, row.text) for row in cost.rows.records] == [
        ("Fresh input", "$0.0340380"),
        ("Cached read", "$0.0110592"),
        ("Output", "$0.0346650"),
        ("Total", "$0.0797622"),
    ]
    assert sum(row.amount for row in cost.rows.records[:-1]) == total
    assert cost.told.marks == ("tokens estimated here",)
    assert cost.saving.isVisible()
    opened: list[tuple[str, object]] = []
    pane.bridge.opened.connect(lambda key, argument: opened.append((key, argument)))
    pane.table.select("req_unknown")
    await until(lambda: cost.told.fix == "price")
    assert cost.total.text() == "unpriced"
    assert not cost.table.isVisible()
    assert "mystery-1 has no cost here: no price is known for it." in cost.note.text()
    cost.fix.click()
    assert opened == [("models", "smart")]
    assert unnamed(pane) == []


async def test_following_opens_no_inspector_by_itself(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row that has the keyboard, and is not chosen, goes when the oldest are forgotten."""
    monkeypatch.setattr(requests_feed, "MOST_FOLLOWING", 20)
    pane = await shown(window)
    pane.table.view.setCurrentIndex(QModelIndex())
    pane.table.view.selectionModel().setCurrentIndex(pane.rows.index(0, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    for batch in range(4):
        publish(pane, *(ExchangeFinished(made(batch * 200 + number)) for number in range(200)))
    assert len(pane.rows) < 800
    assert pane.table.current is None
    assert not pane.inspector.isVisible()


async def test_one_that_is_looked_at_stays_when_its_row_is_forgotten(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests_feed, "MOST_FOLLOWING", 20)
    pane = await inspected(window)
    assert pane.inspector.exchange is not None
    looked_at = pane.inspector.exchange.id
    for batch in range(4):
        publish(pane, *(ExchangeFinished(made(batch * 200 + number)) for number in range(200)))
    assert pane.rows.find(looked_at) < 0
    assert pane.inspector.isVisible()
    assert pane.inspector.exchange.id == looked_at
