"""The Models pane over the real service: adding, ordering, routing, prices, removing."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from conduit_desktop.records import Model, Price
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.models import ModelsPane
from conduit_desktop.ui.panes.models_words import per_million, price_words
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import PATIENCE, until


@pytest.fixture(autouse=True)
async def demo(service: GatewayService, alone: None) -> None:
    """One more provider, whose list of models needs no network; the sample's own are not asked."""
    await service.configuring.add_provider("demo", "demo")


async def shown(window: MainWindow, rows: int = 4) -> ModelsPane:
    window.go("models")
    pane = window.pane("models")
    assert isinstance(pane, ModelsPane)
    await until(lambda: len(pane.rows) == rows)
    return pane


def sheet_of(window: MainWindow, name: str) -> Any:
    return next((each for each in window.findChildren(Sheet, name) if not each.isHidden()), None)


def column(pane: ModelsPane, at: int) -> dict[str, str]:
    return {record.model.alias: pane.rows.index(row, at).data() for row, record in enumerate(pane.rows.records)}


async def stored(service: GatewayService, alias: str) -> Model:
    return next(model for model in await service.configuring.models() if model.alias == alias)


async def until_stored(service: GatewayService, alias: str, holds: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not holds(await stored(service, alias)):
        assert time.monotonic() < end, f"{alias} was not stored so"
        await asyncio.sleep(0.02)


def choose_demo(sheet: Any, provider_id: str) -> None:
    sheet.fields.provider.set_value(provider_id)


def button(parent: QWidget, name: str) -> Button:
    found = parent.findChild(Button, name)
    assert isinstance(found, Button)
    return found


async def demo_id(service: GatewayService) -> str:
    return next(each.id for each in await service.configuring.providers() if each.kind == "demo")


def test_prices_read_a_million_tokens() -> None:
    assert per_million(2_500_000) == "$2.50"
    assert per_million(75_000) == "$0.075"
    assert per_million(15_000_000) == "$15.00"
    assert price_words(Price(source="x", input=150_000, output=600_000)) == "$0.15 / $0.60"
    assert price_words(Price(source="x", input=0, output=0)) == "free"
    assert price_words(None) == "unpriced"


async def test_the_table_says_what_serves_and_what_does_not(window: MainWindow) -> None:
    pane = await shown(window)
    assert list(column(pane, 0)) == ["code", "fast", "local", "smart"]
    assert column(pane, 1)["smart"] == "In order"
    assert column(pane, 2)["smart"] == "Anthropic/claude-sonnet-4-5 → OpenRouter/anthropic/claude-sonnet-4.5"
    assert column(pane, 2)["local"] == "Ollama on this machine/qwen3:14b"
    await until(lambda: column(pane, 3)["fast"].startswith("$"), "the price being looked up")
    await until(lambda: column(pane, 3)["smart"].startswith("$"), "the price being looked up")
    assert column(pane, 4)["smart"] == "On"
    assert column(pane, 4)["fast"] == "On"


async def test_a_model_is_added_with_its_price_by_keyboard(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    window.activateWindow()
    pane.new()
    sheet = sheet_of(window, "add-model")
    assert QApplication.focusWidget() is sheet.fields.provider
    choose_demo(sheet, await demo_id(service))
    await until(lambda: sheet.fields.picker.field.count() == 3)
    assert not unnamed(sheet)
    sheet.fields.picker.setFocus()
    QTest.keyClicks(sheet.fields.picker.field.lineEdit(), "demo-over")
    assert sheet.alias.text() == "demo-over"
    QTest.keyClicks(sheet.fields.picker.field.lineEdit(), "loaded")
    sheet.alias.setFocus()
    sheet.alias.selectAll()
    QTest.keyClicks(sheet.alias, "busy")
    QTest.keyClick(sheet.alias, Qt.Key.Key_Return)
    await until(lambda: sheet_of(window, "add-model") is None)
    await until(lambda: pane.detail.model is not None and pane.detail.model.alias == "busy")
    assert column(pane, 3)["busy"] == "$0.15 / $0.60"
    assert column(pane, 4)["busy"] == "Demo"
    assert (await stored(service, "busy")).deployments[0].upstream_model == "demo-overloaded"
    assert not unnamed(pane)


async def test_a_name_that_exists_gets_one_more_deployment(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.new()
    sheet = sheet_of(window, "add-model")
    sheet.accept_button.click()
    assert sheet.fields.model_row.error
    choose_demo(sheet, await demo_id(service))
    sheet.fields.picker.set_text("demo")
    sheet.alias.setText("fast")
    assert "deployment number 3" in sheet._alias_row._help.text()
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, "add-model") is None)
    await until(lambda: "demo/demo" in column(pane, 2)["fast"])
    pane.new()
    sheet = sheet_of(window, "add-model")
    choose_demo(sheet, await demo_id(service))
    sheet.fields.picker.set_text("demo")
    sheet.alias.setText("fast")
    sheet.accept_button.click()
    await until(lambda: "already" in sheet.fields.model_row.error)
    sheet.finish()


async def test_order_switch_and_removal_of_deployments_are_stored(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("smart")
    cards = pane.detail.deployments.cards
    assert [card.served.provider.name for card in cards if card.served.provider] == ["Anthropic", "OpenRouter"]
    down = button(cards[0], "down-smart-0")
    down.setFocus()
    QTest.keyClick(down, Qt.Key.Key_Space)
    await until_stored(service, "smart", lambda model: model.deployments[0].provider_id == "router")
    assert [each.priority for each in (await stored(service, "smart")).deployments] == [1, 2]
    focused = QApplication.focusWidget()
    assert focused is not None
    assert focused.objectName() == "up-smart-0"
    assert pane.detail.direct.text == "OpenRouter/anthropic/claude-sonnet-4.5"
    pane.detail.deployments.cards[1].enabled.click()
    await until_stored(service, "smart", lambda model: not model.deployments[1].enabled)
    button(pane.detail, "trash-smart-0").click()
    await until_stored(service, "smart", lambda model: len(model.deployments) == 1)
    await until(lambda: column(pane, 4)["smart"] == "On")


async def test_changes_in_quick_succession_all_arrive(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("fast")
    for key in ("random", "round-robin", "least-cost", "least-busy"):
        pane.detail.routing.radios[key].click()
    pane.detail.enabled.click()
    await until_stored(service, "fast", lambda model: model.strategy == "least-busy" and not model.enabled)
    await until(lambda: column(pane, 4)["fast"] == "Off")
    assert pane.detail.deployments.cards[0].weight.isVisibleTo(pane.detail)


async def test_weight_retries_and_fallbacks(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("code")
    pane.detail.deployments.cards[0].weight.setValue(7)
    await until(lambda: pane.detail.model is not None and pane.detail.model.deployments[0].weight == 7)
    pane.detail.tabs.setCurrentIndex(1)
    assert not unnamed(pane)
    routing = pane.detail.routing
    routing.retries.setValue(5)
    await until(lambda: pane.detail.model is not None and pane.detail.model.retries == 5)
    section = routing.fallbacks.sections["fallbacks"]
    assert [section.add.itemData(at) for at in range(section.add.count())] == ["", "fast", "local", "smart"]
    section.add.picked.emit("smart")
    section.add.picked.emit("local")
    next(each for each in section.lines if each.alias == "local").up.click()
    await until_stored(service, "code", lambda model: model.fallbacks == ("local", "smart"))
    code = await stored(service, "code")
    assert (code.retries, code.deployments[0].weight) == (5, 7)


async def test_renaming_carries_the_fallbacks_of_others(window: MainWindow, service: GatewayService) -> None:
    await service.configuring.save_model(replace(await stored(service, "smart"), context_fallbacks=("fast",)))
    pane = await shown(window)
    pane.table.select("fast")
    pane.detail.alias.setText("smart")
    pane.detail.alias.editingFinished.emit()
    assert "already" in pane.detail._alias_row.error
    pane.detail.alias.setText("quick")
    pane.detail.alias.editingFinished.emit()
    await until(lambda: "quick" in column(pane, 0))
    await until_stored(service, "smart", lambda model: model.fallbacks == model.context_fallbacks == ("quick",))
    assert pane.detail.names.text == "quick"


async def test_a_deployment_is_changed_in_a_sheet(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("local")
    button(pane.detail, "edit-local-0").click()
    sheet = sheet_of(window, "deployment")
    assert sheet.fields.picker.text == "qwen3:14b"
    await until(lambda: "No list" in sheet.fields.picker.status.text())
    assert "can be typed" in sheet.fields.picker.status.text()
    choose_demo(sheet, await demo_id(service))
    assert sheet.fields.picker.text == ""
    sheet.fields.picker.set_text("demo")
    sheet.accept_button.click()
    await until_stored(service, "local", lambda model: model.deployments[0].upstream_model == "demo")
    assert (await stored(service, "local")).deployments[0].id == "local-0"
    await until(lambda: column(pane, 3)["local"] == "$0.15 / $0.60")


async def test_try_in_chat_sends_the_alias(window: MainWindow) -> None:
    pane = await shown(window)
    went: list[tuple[str, object]] = []
    pane.bridge.opened.disconnect()
    pane.bridge.opened.connect(lambda key, argument: went.append((key, argument)))
    pane.table.select("smart")
    next(each for each in pane.detail.findChildren(Button) if each.text() == "Try in Chat").click()
    assert went == [("chat", "smart")]


async def test_removing_asks_and_mends_the_fallbacks(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    pane.table.select("fast")
    assert pane.detail.model is not None
    pane.remove(pane.detail.model)
    await until(lambda: any(each.isVisible() for each in window.findChildren(Dialog)))
    dialog = next(each for each in window.findChildren(Dialog) if each.isVisible())
    assert "fallback of smart" in dialog.accessibleDescription()
    next(each for each in dialog.findChildren(Button) if each.text() == "Remove model").click()
    await until(lambda: len(pane.rows) == 3)
    assert (await stored(service, "smart")).fallbacks == ()
    assert not pane.detail.isVisible()


async def test_empty_states_lead_on(window: MainWindow, service: GatewayService) -> None:
    for model in await service.configuring.models():
        await service.configuring.remove_model(model.id)
    window.go("models")
    pane: Any = window.pane("models")
    await until(lambda: pane.empty.isVisible())
    assert pane.empty.button.text() == "Add model"
    assert not unnamed(pane)
    for provider in await service.configuring.providers():
        await service.configuring.remove_provider(provider.id)
    await until(lambda: pane.empty.button.text() == "Add provider")
    pane.empty.button.click()
    assert window.current_key == "providers"
    await until(lambda: sheet_of(window, "add-provider") is not None)
