"""Usage over the real service and a log of real exchanges: figures, charts, filters, and the requests behind them."""

from __future__ import annotations

import asyncio
import csv
import dataclasses
import json
import time
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget

from conduit_desktop.bus import ExchangeFinished
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.money import to_usd
from conduit_desktop.records import ExchangeFilter
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.dashboard import DashboardPane
from conduit_desktop.ui.panes.requests import RequestsPane
from conduit_desktop.ui.panes.requests_span import SpanSheet
from conduit_desktop.ui.panes.usage import UsageView
from conduit_desktop.ui.panes.usage_asked import SPLITS, Asked
from conduit_desktop.ui.panes.usage_export import ExportSheet
from conduit_desktop.ui.panes.usage_figures import UsageFigures
from conduit_desktop.ui.panes.usage_measures import MEASURES
from conduit_desktop.ui.panes.usage_spans import RANGES
from conduit_desktop.ui.panes.usage_tiles import MeasureTile, _broken
from conduit_desktop.ui.panes.usage_words import Change, Figure
from conduit_desktop.ui.qapp import Application
from conduit_desktop.ui.widgets.plot import Plot
from tests.ui import sample, sample_month
from tests.ui.accessible import unnamed
from tests.ui.conftest import Strays
from tests.ui.eventually import until


@pytest.fixture
async def usage(window: MainWindow, service: GatewayService) -> UsageView:
    """Usage over 40 days of use, split by model."""
    store: Any = service._store
    await asyncio.to_thread(sample_month.fill, store, days=40, scale=0.25)
    pane = window.pane("dashboard")
    assert isinstance(pane, DashboardPane)
    window.go("dashboard", Asked(range="30d"))
    await settled(pane.usage)
    return pane.usage


async def settled(view: UsageView) -> None:
    """Wait until what is asked is shown."""
    await until(lambda: view.look is not None and view.look.seen.asked == view.asked and not view._reading)


async def ask(view: UsageView, **wanted: Any) -> None:
    view.ask(dataclasses.replace(view.asked, **wanted))
    await settled(view)


def report(view: UsageView) -> Any:
    assert view.look is not None
    return view.look.seen.report


async def logged(service: GatewayService, wanted: ExchangeFilter) -> int:
    return await service.activity.count(wanted, 100_000)


async def arrived(window: MainWindow, expected: int) -> RequestsPane:
    """In Requests, once as many are listed."""
    assert window.current_key == "requests"
    pane = window.pane("requests")
    assert isinstance(pane, RequestsPane)
    await until(lambda: pane.feed.total == expected, f"{expected} requests in the list, not {pane.feed.total}")
    return pane


# ---------------------------------------------------------------- figures


async def test_what_is_shown_is_what_is_in_the_log(usage: UsageView, service: GatewayService, strays: Strays) -> None:
    found = report(usage)
    span = usage.look.seen.span  # type: ignore[union-attr]
    assert found.sums.requests == await logged(service, ExchangeFilter(since=span.since, until=span.until))
    assert usage.tiles.tiles["requests"].figure.value == f"{found.sums.requests:,}"
    assert sum(point.total for point in usage.chart.plot.data.points) == found.sums.cost
    assert sum(line.sums.cost for line in usage.figures.groups.records) == found.sums.cost
    assert "unpriced" in usage.tiles.tiles["spend"].accessibleName()
    assert unnamed(usage) == []
    assert strays.seen == []


async def test_every_measure_split_and_range(usage: UsageView) -> None:
    for range_, _ in RANGES[:-1]:
        for by, _ in SPLITS:
            await ask(usage, range=range_, by=by)
            for measure in MEASURES:
                usage.tiles.tiles[measure.key].click()
                data = usage.chart.plot.data
                assert usage.chart.plot.accessibleName() == data.name
                assert data.name.startswith(measure.text)
                assert usage.chart.plot.accessibleDescription() == usage.chart.words.text()
                assert data.words.startswith(f"{data.name}, {usage.look.seen.span.words}: ")  # type: ignore[union-attr]
                if measure.of is not None and by and report(usage).sums.requests:
                    whole = measure.of(report(usage).sums)
                    assert sum(point.total for point in data.points) == whole, (range_, by, measure.key)
                usage.chart.plot.grab()


async def test_the_chart_can_be_read(usage: UsageView) -> None:
    usage.chart.as_words.click()
    assert usage.chart.words.isVisible()
    assert usage.chart.words.text().startswith("Spend per day by model, ")
    assert "total $" in usage.chart.words.text()
    assert usage.chart.as_words.accessibleName() == "Hide the chart's words"


async def test_the_period_before_is_shown_and_told(usage: UsageView) -> None:
    assert not any(point.before for point in usage.chart.plot.data.points)
    usage.compare.click()
    await settled(usage)
    assert any(point.before for point in usage.chart.plot.data.points)
    assert usage.chart.legend.entries[-1].entry.name
    assert "the 30 days before" in usage.tiles.tiles["requests"].accessibleName()
    assert any(word in usage.tiles.tiles["requests"].accessibleName() for word in ("more", "less", "before"))


# ---------------------------------------------------------------- the requests behind it


def walk(plot: QWidget, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(plot, key)


async def test_a_bar_leads_to_exactly_its_requests_by_keyboard(usage: UsageView, window: MainWindow) -> None:
    plot = usage.chart.plot
    plot.setFocus()
    walk(plot, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Left)
    bar = report(usage).bars[plot.at]
    assert bar.sums.requests
    walk(plot, Qt.Key.Key_Return)
    pane = await arrived(window, bar.sums.requests)
    assert (pane.filters.wanted().since, pane.filters.wanted().until) == (bar.start, bar.end)


async def test_a_part_of_a_bar_leads_to_its_requests(usage: UsageView, window: MainWindow) -> None:
    plot: Plot = usage.chart.plot
    at = max(range(len(plot.data.points)), key=lambda n: plot.data.points[n].values[0] or 0)
    plot.setFocus()
    plot.point(at)
    walk(plot, Qt.Key.Key_Up, Qt.Key.Key_Return)
    group = plot.data.series[0].name
    bar = report(usage).bars[at]
    pane = await arrived(window, dict(bar.parts)[group].requests)
    assert pane.filters.wanted().model == group


async def test_a_click_on_a_part_leads_there_too(usage: UsageView, window: MainWindow) -> None:
    plot: Any = usage.chart.bars
    at = max(range(len(plot.data.points)), key=lambda n: plot.data.points[n].values[0] or 0)
    box = plot.plot_box()
    where = QPoint(round(plot.centre(at, box)), round(box.bottom() - 3))
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=where)
    pane = await arrived(window, dict(report(usage).bars[at].parts)[plot.data.series[0].name].requests)
    assert pane.filters.wanted().model == plot.data.series[0].name


@pytest.mark.parametrize("by", ["key", "model", "provider", "app", "tag"])
async def test_every_row_leads_to_exactly_its_requests(
    usage: UsageView, window: MainWindow, service: GatewayService, by: str
) -> None:
    await ask(usage, by=by)
    for line in tuple(usage.figures.groups.records):
        window.go("dashboard")
        usage.figures.by_group.select(line.id)
        QTest.keyClick(usage.figures.by_group.view, Qt.Key.Key_Return)
        await arrived(window, line.sums.requests)


async def test_errors_lead_to_errors(usage: UsageView, window: MainWindow) -> None:
    usage.tiles.tiles["errors"].click()
    line = max(usage.figures.groups.records, key=lambda each: each.sums.errors)
    usage.figures.opened.emit(line)
    pane = await arrived(window, line.sums.errors)
    assert pane.filters.wanted().outcome == "error"


async def test_filters_go_along(usage: UsageView, window: MainWindow) -> None:
    await ask(usage, filters={"key": "agent", "app": "claude-cli"}, by="model")
    line = usage.figures.groups.records[0]
    usage.figures.opened.emit(line)
    pane = await arrived(window, line.sums.requests)
    wanted = pane.filters.wanted()
    assert (wanted.key_id, wanted.app, wanted.model) == ("agent", "claude-cli", line.id)


# ---------------------------------------------------------------- filters, table


async def test_the_legend_filters_and_a_chip_takes_it_back(usage: UsageView) -> None:
    whole = report(usage).sums.requests
    first = usage.chart.legend.entries[0]
    first.click()
    await settled(usage)
    assert usage.asked.filters == {"model": first.entry.name}
    assert report(usage).sums.requests < whole
    assert usage.filters.chips["model"].text() == f"Model: {first.entry.name}"
    QTest.keyClick(usage.filters.chips["model"], Qt.Key.Key_Space)
    await settled(usage)
    assert usage.asked.filters == {}
    assert report(usage).sums.requests == whole


async def test_a_click_on_a_row_filters_and_another_takes_it_back(usage: UsageView) -> None:
    view = usage.figures.by_group.view
    name = usage.figures.groups.records[1].name
    usage.area.ensureWidgetVisible(view)
    where = view.visualRect(usage.figures.groups.index(1, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    await settled(usage)
    assert usage.asked.filters == {"model": name}
    assert [line.name for line in usage.figures.groups.records] == [name]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    await settled(usage)
    assert usage.asked.filters == {}
    assert len(usage.figures.groups) > 1


async def test_the_menu_offers_what_can_be_filtered_by(usage: UsageView) -> None:
    usage.filters._fill()
    offered: dict[str, Any] = {action.text(): action.menu() for action in usage.filters._menu.actions()}
    assert list(offered) == ["Key", "Model", "Provider", "App", "Tag"]
    key = next(action for action in offered["Key"].actions() if action.text() == "agent")
    key.trigger()
    await settled(usage)
    assert usage.asked.filters == {"key": "agent"}


async def test_rows_can_be_ordered_and_copied(usage: UsageView) -> None:
    table = usage.figures.by_group
    titles = [column.title for column in usage.figures.groups.columns]
    table.view.sortByColumn(titles.index("Requests"), Qt.SortOrder.DescendingOrder)
    numbers = [line.sums.requests for line in usage.figures.groups.records]
    assert numbers == sorted(numbers, reverse=True)
    usage.figures.copy_button.click()
    rows = QGuiApplication.clipboard().text().split("\n")
    assert len(rows) == len(numbers) + 1
    assert rows[0].startswith("model\tspend_usd\t")
    assert [int(row.split("\t")[4]) for row in rows[1:]] == numbers


async def test_the_table_over_time_has_a_row_a_bar(usage: UsageView, window: MainWindow) -> None:
    usage.figures.view.set_value("time")
    usage.figures._choose("time")
    lines = usage.figures.bars.records
    assert len(lines) == 30
    assert lines[0].since > lines[-1].since, "the newest first"
    usage.figures.by_bar.select(lines[2].id)
    QTest.keyClick(usage.figures.by_bar.view, Qt.Key.Key_Return)
    await arrived(window, lines[2].sums.requests)


# ---------------------------------------------------------------- export


def sheet_of(window: MainWindow) -> ExportSheet:
    return window.findChildren(ExportSheet)[-1]


async def test_the_figures_are_exported_as_they_are_shown(usage: UsageView, window: MainWindow, tmp_path: Path) -> None:
    await ask(usage, range="7d", by="key", filters={"provider": "Anthropic"})
    usage.export_button.click()
    sheet = sheet_of(window)
    assert unnamed(sheet) == []
    assert "per day and key. Only provider Anthropic." in sheet._row._help.text()
    dialog = sheet.choose()
    assert Path(dialog.selectedFiles()[0]).name == sheet.file_name()
    assert sheet.file_name().endswith("-by-key.csv")
    path = tmp_path / "usage.csv"
    dialog.fileSelected.emit(str(path))
    dialog.close()
    await until(lambda: sheet.accept_button.text() == "Open its folder")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert f"Wrote {len(rows)} rows to {path}" in sheet.said.text()
    assert sum(Decimal(row["cost_usd"]) for row in rows) == to_usd(report(usage).sums.cost)
    assert {row["id"] for row in rows} == {line.id for line in usage.figures.groups.records}
    sheet.cancel()
    assert path.exists()


async def test_the_requests_behind_are_exported(usage: UsageView, window: MainWindow, tmp_path: Path) -> None:
    await ask(usage, range="7d", measure="errors", by="")
    usage.export()
    sheet = sheet_of(window)
    buttons = {button.text(): button for button in sheet.findChildren(QPushButton)}
    buttons["The requests behind them"].click()
    buttons["JSON Lines"].click()
    failed = report(usage).sums.errors
    assert sheet._row._help.text().startswith(f"{failed} failed request")
    path = tmp_path / sheet.file_name()
    sheet.write(path)
    assert not sheet.form.isEnabled()
    await until(lambda: sheet.accept_button.text() == "Open its folder")
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == failed
    assert {row["status"] >= 400 for row in rows} == {True}


async def test_what_cannot_be_written_is_said(usage: UsageView, window: MainWindow, tmp_path: Path) -> None:
    usage.export()
    sheet = sheet_of(window)
    sheet.write(tmp_path / "no" / "such" / "folder.csv")
    await until(lambda: sheet._fault.isVisible())
    assert "cannot be written" in sheet._fault.text()
    assert sheet.form.isEnabled()


async def test_an_export_given_up_leaves_no_file(usage: UsageView, window: MainWindow, tmp_path: Path) -> None:
    usage.export()
    sheet = sheet_of(window)
    sheet.what.set_value("requests")
    sheet.write(tmp_path / "requests.csv")
    sheet.cancel()
    await asyncio.sleep(0.3)
    assert list(tmp_path.glob("*requests*")) == []


# ---------------------------------------------------------------- live


async def test_what_comes_in_is_shown_without_losing_the_place(
    usage: UsageView, service: GatewayService, window: MainWindow
) -> None:
    usage._follow.setInterval(30)
    resets: list[int] = []
    usage.figures.groups.modelReset.connect(lambda: resets.append(1))
    usage.figures.by_group.select("smart")
    usage.chart.plot.point(20)
    bar = usage.area.verticalScrollBar()
    bar.setValue(120)
    before = report(usage).sums.requests
    store: Any = service._store
    await asyncio.to_thread(sample._exchanges, store, 25, time.time())
    newest = await service.activity.page(ExchangeFilter(), limit=1)
    service.bus.publish(ExchangeFinished(newest[0]))
    await until(lambda: report(usage).sums.requests >= before + 20)
    assert resets == []
    assert usage.figures.by_group.current.id == "smart"
    assert usage.chart.plot.at == 20
    assert bar.value() == 120


async def test_nothing_is_read_while_nobody_looks(
    usage: UsageView, service: GatewayService, window: MainWindow
) -> None:
    usage._follow.setInterval(30)
    look = usage.look
    window.go("keys")
    newest = await service.activity.page(ExchangeFilter(), limit=1)
    service.bus.publish(ExchangeFinished(newest[0]))
    await until(lambda: usage._stale and not usage._follow.isActive())
    assert usage.look is look
    window.go("dashboard")
    await until(lambda: usage.look is not look)


# ---------------------------------------------------------------- getting there, states


async def test_the_views_are_turned_by_keyboard_and_by_the_palette(window: MainWindow, usage: UsageView) -> None:
    pane: Any = window.pane("dashboard")
    QTest.keyClick(usage, Qt.Key.Key_PageUp, Qt.KeyboardModifier.ControlModifier)
    assert pane.view is pane.overview
    assert not usage.tools.isVisible()
    go = next(command for command in window.commands.all() if command.title == "Usage")
    go.run()
    assert pane.view is usage
    assert usage.tools.isVisible()
    next(command for command in pane.commands() if command.title == "Usage: by app").run()
    await settled(usage)
    assert usage.chart.by.value == "app"


async def test_how_it_was_asked_is_remembered(usage: UsageView, service: GatewayService) -> None:
    await ask(usage, range="7d", by="key", measure="tokens", compare=True, filters={"model": "fast"})
    again = UsageView(service, usage.bridge, UsageFigures())
    assert again.asked == dataclasses.replace(usage.asked, filters={})
    again.deleteLater()


async def test_days_of_ones_own_are_chosen_from_a_calendar(usage: UsageView, window: MainWindow) -> None:
    usage.range.setCurrentIndex(usage.range.findData("custom"))
    usage.range.activated.emit(usage.range.currentIndex())
    sheet = window.findChildren(SpanSheet)[-1]
    assert sheet.since.calendarPopup()
    assert sheet.accept_button.text() == "Show usage"
    since = sheet.since.dateTime()
    sheet.until.setDateTime(since.addDays(2).addSecs(-60))
    sheet.accept_button.click()
    await settled(usage)
    assert usage.asked.range == "custom"
    assert usage.asked.custom == (since.toSecsSinceEpoch() // 60 * 60, since.addDays(2).toSecsSinceEpoch() // 60 * 60)


async def test_a_key_near_its_limit_is_named_with_the_way_to_it(
    usage: UsageView, service: GatewayService, window: MainWindow
) -> None:
    (view, *_) = [each for each in await service.configuring.keys() if each.key.name == "agent"]
    await service.configuring.edit_key(dataclasses.replace(view.key, budget=max(view.spent, 1) * 10 // 9))
    usage.load()
    await until(lambda: usage.near.isVisible() and "agent has used 90 %" in usage.near.first.text())
    assert unnamed(usage) == []
    usage.near.first.click()
    assert window.current_key == "keys"


async def test_the_night_with_an_hour_twice(usage: UsageView, service: GatewayService, window: MainWindow) -> None:
    """In the user's own zone: 25 bars, each hour's requests in its own, and those of both found again."""
    await service.set_setting("time_zone", "Europe/Berlin")
    night = datetime(2025, 10, 26, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
    first, second = night + 2.5 * 3600, night + 3.5 * 3600  # 02:30, and 02:30 again
    store: Any = service._store
    for started in (first, second, second + 60):
        exchange = sample_month.exchanges(1, 0.1, started)[0]
        exchange = msgspec.structs.replace(exchange, id=f"req_night{started:.0f}", started=started)
        store.exchanges.append(exchange, "2025-10-26", None, lambda _: None)
    await until(lambda: store.exchanges.count(ExchangeFilter(since=night, until=night + 25 * 3600)) == 3)
    await ask(usage, range="custom", custom=(night, night + 25 * 3600), by="", measure="requests")
    points = usage.chart.plot.data.points
    assert len(points) == 25
    assert [(point.title, point.total) for point in points[2:5]] == [
        ("Sun 26 Oct, 02:00–02:00 (clocks go back)", 1),
        ("Sun 26 Oct, 02:00–03:00 (second time)", 2),
        ("Sun 26 Oct, 03:00–04:00", 0),
    ]
    assert usage.subtitle == "Sun 26 Oct 2025"
    usage.chart.plot.point(3)
    walk(usage.chart.plot, Qt.Key.Key_Return)
    await arrived(window, 2)


async def test_everything_has_room_in_a_small_window(usage: UsageView, window: MainWindow) -> None:
    window.resize(window.minimumSize())
    await asyncio.sleep(0.05)
    pane: Any = window.pane("dashboard")
    for part in (pane.switch, usage.range, usage.export_button, usage.compare):
        assert part.width() >= part.sizeHint().width(), part.accessibleName()
    assert usage.chart.width() <= usage.area.viewport().width()


async def test_a_span_without_requests_says_so(usage: UsageView, window: MainWindow) -> None:
    await ask(usage, range="custom", custom=(1_600_000_000.0, 1_600_086_400.0))
    assert usage.chart._stack.currentWidget() is usage.chart._empty
    assert "No requests" in usage.chart._empty._title.text()
    await ask(usage, range="30d", filters={"model": "fast", "app": "no-such-app"})
    usage.chart._empty.button.click()
    await settled(usage)
    assert usage.asked.filters == {}


async def test_what_cannot_be_read_is_said_with_a_way_on(
    usage: UsageView, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: object) -> None:
        raise ConfigurationError("The log cannot be read.", code="broken")

    with monkeypatch.context() as patch:
        patch.setattr(service.activity, "usage", broken)
        usage.load()
        await until(lambda: usage._stack.currentWidget() is usage._failed)
    usage._failed.button.click()
    await until(lambda: usage._stack.currentWidget() is usage.area)


async def test_a_narrow_tile_says_in_two_lines_what_one_has_no_room_for(app: Application) -> None:
    tile = MeasureTile("tokens", "Tokens")
    tile.set_figure(
        Figure("tokens", "Tokens", "3.68 M", "", "3.4 M in · 284 k out · 34 % cached", Change("↑ 18 % more")), "before"
    )
    tile.resize(600, 80)
    tile.show()
    one = tile.sizeHint().height()
    tile.resize(150, 80)
    assert tile.sizeHint().height() > one
    tile.close()
    metrics = theme.current().metrics("small")
    assert _broken("3.4 M in · 284 k out", metrics, 100, 2) == ["3.4 M in", "284 k out"]
    assert _broken("nothing read from caches", metrics, 120, 2) == ["nothing read from", "caches"]
    assert _broken("nothing read from caches", metrics, 120, 1)[0].endswith("…")
