"""The keys pane over the real service: table, details, and what is done with one key."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from conduit_desktop.money import show
from conduit_desktop.records import ExchangeFilter
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes import keys_menu
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.panes.keys import KeysPane
from conduit_desktop.ui.panes.keys_fresh import FreshKeySheet
from conduit_desktop.ui.panes.keys_sheets import EditKeySheet, NewKeySheet
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import MASK
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.keys_steps import USD, answer, opened, press, question, row_of, sheet_of, shown, stored, texts


async def test_the_text_is_masked_until_it_is_revealed(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("editor")
    secret = await service.configuring.reveal_key((await stored(service, "editor")).key)
    assert secret not in texts(window)
    assert f"{MASK}XY9z" in texts(pane.detail)
    press_name = {button.accessibleName(): button for button in pane.detail.findChildren(Button)}
    press_name["Reveal key text"].click()
    await until(lambda: secret in texts(pane.detail))
    window.go("notifications")
    assert secret not in texts(window)
    window.go("keys")
    press_name["Copy key text"].click()
    await until(lambda: QApplication.clipboard().text() == secret)
    assert secret not in texts(window)


async def test_the_chat_panes_key_is_marked(window: MainWindow, service: GatewayService) -> None:
    await service.configuring.chat_key()
    pane = await shown(window)
    await until(lambda: len(pane.rows) == 5)
    row = next(row for row in pane.rows.records if row.view.key.name == "Chat pane")
    sub = pane.rows.columns[0].sub
    assert sub is not None
    assert sub(row) == "made by the app"
    pane.table.select(row.id)
    pane.edit(row)
    sheet = await opened(window, EditKeySheet)
    assert not sheet.form.name.isEnabled()


async def test_without_keys_there_is_one_thing_to_do(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    for view in await service.configuring.keys():
        await service.configuring.remove_key(view.key)
    await until(lambda: not len(pane.rows))
    assert [button.text() for button in pane.findChildren(Button) if button.isVisible()] == ["New key"]
    press("New key", pane)
    await opened(window, NewKeySheet)


async def test_a_home_without_keys_opens_on_the_empty_state(window: MainWindow, service: GatewayService) -> None:
    for view in await service.configuring.keys():
        await service.configuring.remove_key(view.key)
    window.go("keys")
    await until(lambda: [b.text() for b in window.pane("keys").findChildren(Button) if b.isVisible()] == ["New key"])


async def test_lists_keys_with_status_and_budget_in_words(window: MainWindow, service: GatewayService) -> None:
    while not any([view.last_used for view in await service.configuring.keys()]):
        await asyncio.sleep(0.05)  # the store sums up behind the log
    pane = await shown(window)
    cells = {row.name: {column.title: column.text(row) for column in pane.rows.columns} for row in pane.rows.records}
    assert list(cells) == ["agent", "ci", "editor", "notebook"]
    assert (cells["notebook"]["Key"], cells["notebook"]["Status"]) == ("…XY9z", "Off")
    assert cells["editor"]["Budget"].endswith("of $5.00")
    assert (cells["ci"]["Status"], cells["ci"]["Expires"], cells["ci"]["Resets"]) == (
        "Expires in 5 d",
        "In 5 days",
        "midnight",
    )
    used = [cells[name] for name in cells if cells[name]["Last used"] != "never"]
    assert used
    assert all(int(each["Requests"]) for each in used if each["Budget"].startswith("$0.0") is False)
    assert unnamed(pane) == []


async def test_what_is_unpriced_is_said_beside_the_sum(window: MainWindow) -> None:
    pane = await shown(window)
    budget = next(column for column in pane.rows.columns if column.title == "Budget")
    assert budget.sub is not None
    unpriced = {row.name: row.view.unpriced for row in pane.rows.records}
    assert any(unpriced.values())
    for row in pane.rows.records:
        assert budget.sub(row) == (f"{unpriced[row.name]} unpriced" if unpriced[row.name] else "")


async def test_columns_sort_and_their_widths_are_remembered(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    requests = [column.title for column in pane.rows.columns].index("Requests")
    pane.table.view.sortByColumn(requests, Qt.SortOrder.AscendingOrder)
    numbers = [row.view.requests for row in pane.rows.records]
    assert numbers == sorted(numbers, reverse=True)
    pane.table.view.setColumnWidth(1, 171)
    pane.table._remember()
    again = KeysPane(service, window.bridge)
    again.resize(1000, 600)
    assert again.table.view.columnWidth(1) == 171
    assert again.table.view.horizontalHeader().sortIndicatorSection() == requests
    again.deleteLater()


async def test_rotating_asks_for_a_grace_and_shows_the_new_text_once(
    window: MainWindow, service: GatewayService
) -> None:
    pane = await shown(window)
    before = (await stored(service, "editor")).key
    pane.table.select("editor")
    press("Rotate…", pane.detail)
    await answer(window, "Cancel")
    assert (await stored(service, "editor")).key.digest == before.digest
    press("Rotate…", pane.detail)
    await until(lambda: question(window))
    dialog = question(window)
    assert unnamed(dialog) == []
    assert "at once" in dialog.says.text()
    dialog.grace._segments["86400"].click()
    assert "both texts work" in dialog.says.text()
    await answer(window, "Rotate")
    fresh = await opened(window, FreshKeySheet)
    after = (await stored(service, "editor")).key
    assert after.digest != before.digest
    assert after.old_digest == before.digest
    assert after.old_until is not None
    assert 86000 < after.old_until - time.time() <= 86400
    assert fresh.view.code == await service.configuring.reveal_key(after)
    assert "old text is good until" in texts(fresh)
    fresh.accept_button.click()
    await until(lambda: sheet_of(window, FreshKeySheet) is None)
    assert f"{MASK}{after.last4}" in texts(pane.detail)
    assert "Its old text is good until" in texts(pane.detail.overview)
    press("End now", pane.detail.overview)
    await until(lambda: pane.table.current.view.key.old_digest is None)
    await until(lambda: "Its old text" not in texts(pane.detail.overview))


async def test_resetting_says_what_changes_and_what_stays(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    row = row_of(pane, "agent")
    spent, total = row.view.spent, "Spent in all"
    assert spent > 0
    pane.table.select("agent")
    await until(lambda: total in texts(pane.detail.overview))

    def spent_in_all() -> str:
        return next(line for line in texts(pane.detail.overview).split("\n") if line.startswith(total + ": "))

    before = spent_in_all()
    pane.reset_spend(row)
    await until(lambda: question(window))
    said = texts(question(window))
    assert "count as $0.00 from now on" in said
    assert "all of its $40.00 can be spent again" in said
    await answer(window, "Reset spending")
    await until(lambda: pane.table.current.view.spent == 0)
    assert (await stored(service, "agent")).spent == 0
    assert spent_in_all() == before  # the log and its sums stay


async def test_disabling_enabling_and_deleting(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("editor")
    pane.detail.switch.click()
    await until(lambda: pane.table.current.view.key.enabled is False)
    menu = QMenu()
    keys_menu.fill(pane, menu, [pane.table.current])
    next(action for action in menu.actions() if action.text() == "Enable").trigger()
    await until(lambda: pane.table.current.view.key.enabled is True)
    assert pane.detail.switch.isChecked()
    pane.delete(pane.table.current)
    await answer(window, "Delete key")
    await until(lambda: len(pane.rows) == 3)
    assert not pane.detail.isVisible()


async def test_a_duplicate_has_everything_but_the_text(window: MainWindow, service: GatewayService) -> None:
    key = (await stored(service, "ci")).key
    await service.configuring.edit_key(replace(key, rpm=7, tag="machines", models=("fast",)))
    pane = await shown(window)
    await until(lambda: row_of(pane, "ci").view.key.rpm == 7)
    pane.duplicate(row_of(pane, "ci"))
    sheet = await opened(window, NewKeySheet)
    assert sheet.form.name.text() == "ci copy"
    sheet.accept_button.click()
    await opened(window, FreshKeySheet)
    copy, key = (await stored(service, "ci copy")).key, (await stored(service, "ci")).key
    assert (copy.rpm, copy.tag, copy.models, copy.budget, copy.expires) == (
        7,
        "machines",
        ("fast",),
        2 * USD,
        key.expires,
    )
    assert copy.digest != key.digest
    assert copy.id != key.id


async def test_leads_to_its_requests_and_to_connect(window: MainWindow) -> None:
    pane = await shown(window)
    pane.table.select("agent")
    asked: list[tuple[str, object]] = []
    window.bridge.opened.disconnect()
    window.bridge.opened.connect(lambda key, argument: asked.append((key, argument)))
    pane.detail.tabs.setCurrentWidget(pane.detail.recent)
    recent = pane.detail.recent
    await until(lambda: len(recent.rows))
    assert len(recent.rows) <= 20
    assert {exchange.key_id for exchange in recent.rows.records} == {"agent"}
    press("Show all in Requests", pane.detail)
    press("Connect a tool", pane.detail)
    recent.table.view.clicked.emit(recent.rows.index(0, 0))
    newest = recent.rows.records[0].id
    assert asked == [
        ("requests", ExchangeFilter(key_id="agent")),
        ("connect", ConnectTarget("agent")),
        ("requests", newest),
    ]


async def test_the_spending_of_all_time_is_told(window: MainWindow) -> None:
    pane = await shown(window)
    pane.table.select("agent")
    await until(lambda: "Spent in all: $" in texts(pane.detail) and "requests" in texts(pane.detail))


async def test_its_own_charts_are_bars_a_table_and_words(window: MainWindow) -> None:
    pane = await shown(window)
    pane.table.select("agent")
    usage = pane.detail.usage
    pane.detail.tabs.setCurrentWidget(usage)
    usage.span._segments["7"].click()
    await until(lambda: usage.report is not None and usage.report.query.until - usage.report.query.since < 8 * 86400)
    report = usage.report
    assert report is not None
    assert report.query.key_id == "agent"
    assert report.sums.requests == sum(bar.sums.requests for bar in report.bars) > 0
    spend, requests, times = (chart.plot for chart in usage.charts)
    assert f"total {show(report.sums.cost)}" in spend.accessibleDescription()
    assert f"{report.sums.unpriced} requests unpriced" in spend.accessibleDescription()
    assert requests.accessibleDescription().startswith("Requests per day")
    assert "median" in times.accessibleDescription()
    assert usage.as_table.accessibleName() == "Show the figures as a table"
    usage.as_table.click()
    assert usage.table.isVisible()
    assert len(usage.rows) == 7
    asked: list[tuple[str, object]] = []
    window.bridge.opened.disconnect()
    window.bridge.opened.connect(lambda key, argument: asked.append((key, argument)))
    usage.table.activated.emit(usage.rows.records[0])
    spend.chosen.emit(6, "=fast")
    last = report.bars[-1]
    wanted = ExchangeFilter(key_id="agent", since=last.start, until=last.end)
    assert asked == [("requests", wanted), ("requests", replace(wanted, model="fast"))]
    assert unnamed(pane.detail) == []


async def test_what_it_reaches_is_a_table_with_reasons(window: MainWindow, service: GatewayService) -> None:
    key = (await stored(service, "editor")).key
    await service.configuring.edit_key(replace(key, local_only=True, budget=None))
    pane = await shown(window)
    pane.table.select("editor")
    pane.detail.tabs.setCurrentWidget(pane.detail.reach)
    table = pane.detail.reach.table
    await until(lambda: len(table.rows))
    reached = {row.model: row.reachable for row in table.rows.records}
    assert [model for model, well in reached.items() if well] == ["local"]
    assert all(row.why for row in table.rows.records if not row.reachable)


async def test_the_palette_offers_what_the_menu_does(window: MainWindow) -> None:
    pane = await shown(window)
    assert not any("editor" in command.title for command in pane.commands())
    pane.table.select("editor")
    titles = [command.title for command in pane.commands()]
    for wanted in ("Edit key editor", "Rotate key editor", "Disable key editor", "Copy the id of editor"):
        assert wanted in titles
    next(command for command in pane.commands() if command.title == "Copy the id of editor").run()
    assert QApplication.clipboard().text() == "editor"


async def test_a_failure_is_shown_in_the_tables_place_and_can_be_tried_again(window: MainWindow) -> None:
    pane = await shown(window)
    pane.show_failure("The database is locked by another program.")
    assert "locked by another program" in texts(pane)
    press("Try again", pane)
    await until(lambda: pane.table.view.isVisible())
