"""Settings, Prices: own prices by pattern, over the real service."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from conduit_desktop.records import Price, PriceRule
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.base import Dialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.settings import SettingsPane
from conduit_desktop.ui.panes.settings_rule import Served, preview
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.ui.accessible import unnamed
from tests.ui.eventually import until


async def shown(window: MainWindow) -> Any:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    await until(lambda: pane.prices.rules.add.isEnabled())
    return pane


def sheet_of(window: MainWindow, name: str) -> Any:
    return next((each for each in window.findChildren(Sheet, name) if not each.isHidden()), None)


THERE = (
    Served("smart", "Anthropic", "claude-sonnet-4-5", False),
    Served("smart", "OpenRouter", "anthropic/claude-sonnet-4.5", False),
    Served("code", "Anthropic", "claude-opus-4-5", True),
)
EXACT = PriceRule(id="x", pattern="claude-sonnet-4-5", price=Price(source="", input=1, output=1))


def test_a_preview_says_what_wins() -> None:
    assert preview("*claude*", THERE, [EXACT]) == (
        "Matches 3 deployments:",
        "Anthropic/claude-sonnet-4-5 (claude-sonnet-4-5 is more exact)",
        "OpenRouter/anthropic/claude-sonnet-4.5",
        "Anthropic/claude-opus-4-5 (keeps its own price)",
    )
    assert preview("openrouter/*", THERE, []) == ("Matches 1 deployment:", "OpenRouter/anthropic/claude-sonnet-4.5")
    assert preview("gpt*", THERE, [])[0].startswith("Matches no deployment of now")
    assert preview(" ", THERE, []) == ("Matches nothing yet.",)
    assert preview("claude-sonnet-4-5", THERE, [EXACT], own_id="x")[1] == "Anthropic/claude-sonnet-4-5"


async def test_a_price_is_added_changed_and_removed(window: MainWindow, service: GatewayService) -> None:
    pane = await shown(window)
    rules = pane.prices.rules
    assert rules.none.isVisibleTo(pane)
    rules.add.click()
    sheet = sheet_of(window, "price-rule")
    assert not unnamed(sheet)
    QTest.keyClicks(sheet.pattern, "*claude*")
    await until(lambda: sheet.preview.text().startswith("Matches 3 deployments"))
    sheet.accept_button.click()
    assert sheet.prices._by_part["input"].error == "Needed. 0 if it costs nothing."
    QTest.keyClicks(sheet.prices.fields["input"], "2.5")
    assert sheet.prices.fields["cached_read"].placeholderText() == "as input: 2.5"
    QTest.keyClicks(sheet.prices.fields["output"], "10")
    QTest.keyClicks(sheet.prices.fields["per_search"], "0.01")
    QTest.keyClick(sheet.prices.fields["per_search"], Qt.Key.Key_Return)
    await until(lambda: len(rules.rows) == 1)
    (rule,) = await service.pricing.rules()
    assert (rule.price.input, rule.price.output, rule.price.per_search) == (2_500_000, 10_000_000, 10**10)
    assert rule.price.cached_read is None
    assert [rules.rows.index(0, at).data() for at in range(3)] == ["*claude*", "$2.50 / $10.00", "3 deployments"]

    rules.table.view.selectRow(0)
    rules.edit.click()
    sheet = sheet_of(window, "price-rule")
    assert sheet.prices.fields["per_search"].text() == "0.01"
    sheet.prices.fields["cached_read"].setText("0.25")
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, "price-rule") is None)
    await until(lambda: rules.rows.records[0].rule.price.cached_read == 250_000)
    assert len(await service.pricing.rules()) == 1

    rules.table.view.selectRow(0)
    rules.drop.click()
    await until(lambda: any(each.isVisible() for each in window.findChildren(Dialog)))
    dialog = next(each for each in window.findChildren(Dialog) if each.isVisible())
    assert "3 deployments then cost what the catalogue says" in dialog.accessibleDescription()
    next(each for each in dialog.findChildren(Button) if each.text() == "Remove price").click()
    await until(lambda: len(rules.rows) == 0)
    assert await service.pricing.rules() == []
    assert not unnamed(pane)


async def test_what_the_service_refuses_stands_at_the_pattern(window: MainWindow, service: GatewayService) -> None:
    await service.pricing.save_rule("gpt*", Price(source="", input=1, output=1))
    pane = await shown(window)
    pane.prices.rules.add.click()
    sheet = sheet_of(window, "price-rule")
    sheet.pattern.setText("gpt*")
    sheet.prices.fields["input"].setText("1")
    sheet.prices.fields["output"].setText("1")
    sheet.accept_button.click()
    await until(lambda: "another price" in sheet.row.error)
    sheet.finish()


@pytest.mark.parametrize("typed", ["-1", "2,5", "x", "0.0000001"])
async def test_what_is_no_price_is_refused(window: MainWindow, typed: str) -> None:
    pane = await shown(window)
    pane.prices.rules.add.click()
    sheet = sheet_of(window, "price-rule")
    sheet.pattern.setText("gpt*")
    sheet.prices.fields["output"].setText("1")
    sheet.prices.fields["input"].setText(typed)
    sheet.accept_button.click()
    assert sheet.prices._by_part["input"].error
    assert sheet.prices.fields["input"].hasFocus()
    sheet.finish()
