"""The Models pane: what each deployment costs, whence its price is, and a price of its own."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from conduit_desktop.records import Price
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes.models import ModelsPane
from conduit_desktop.ui.panes.models_price_words import PARTS, as_whole, change, plain, read, rest, texts, typed
from conduit_desktop.ui.panes.models_words import origin, price_sentence
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.status import Badge
from tests.ui.accessible import unnamed
from tests.ui.eventually import until
from tests.ui.test_models import stored, until_stored


async def shown(window: MainWindow, alias: str) -> Any:
    window.go("models")
    pane = window.pane("models")
    assert isinstance(pane, ModelsPane)
    await until(lambda: len(pane.rows) == 4)
    pane.table.select(alias)
    await until(lambda: all(each.served.looked_up for each in pane.detail.deployments.cards))
    return pane


def sheet_of(window: MainWindow, name: str) -> Any:
    return next((each for each in window.findChildren(Sheet, name) if not each.isHidden()), None)


def badges(card: Any) -> list[str]:
    return [badge.text for badge in card.findChildren(Badge)]


# ---------------------------------------------------------------- words


def test_a_price_goes_through_its_fields_unchanged() -> None:
    tier = Price(source="x", input=6, output=8)
    price = Price(
        source="x",
        input=2_500_000,
        output=10_000_001,
        cached_read=0,
        cache_write_1h=6_000_000,
        per_request=10**9,
        per_search=0,
        per_character=15,
        tiers=((200_000, tier),),
    )
    found, faults = read(texts(price), price)
    assert faults == {}
    assert found is not None
    assert all(getattr(found, part.field) == getattr(price, part.field) for part in PARTS)
    assert found.tiers == price.tiers
    assert texts(price)["output"] == "10.000001"
    assert texts(price)["cached_read"] == "0", "free is not the same as unset"
    assert rest(price) == "above 200,000 input tokens"


def test_an_empty_field_says_what_it_is_billed_as() -> None:
    by_field = {part.field: part for part in PARTS}
    given = texts(None) | {"input": "2.5"}
    assert as_whole(by_field["cached_read"], given) == "as input: 2.5"
    assert as_whole(by_field["cache_write_1h"], given) == "as input: 2.5"
    assert as_whole(by_field["cache_write_1h"], given | {"cache_write": "3"}) == "as cache write, 5 min: 3"
    assert as_whole(by_field["per_search"], given) == "not known"


@pytest.mark.parametrize(("text", "part", "amount"), [("2.5", 0, 2_500_000), ("$1,000", 0, 10**9), ("0.000001", 0, 1)])
def test_what_is_typed_is_exact(text: str, part: int, amount: int) -> None:
    assert typed(text, PARTS[part]) == amount


def test_how_much_a_price_changes() -> None:
    assert [change(100, new) for new in (100, 125, 50, 100_000)] == ["same", "+25 %", "−50 %", "+99,900 %"]
    assert change(0, 5) == "new"
    assert change(1000, 1001) == "+<1 %"
    assert plain(75_000, 10**6) == "0.075"


def test_an_unknown_price_says_what_to_do() -> None:
    assert "Set one here" in price_sentence(None)
    assert origin(None)[0] == "price unknown"
    assert origin(Price(source="own price for gpt* #1a2b3c", input=1, output=1))[0] == "own rule"
    assert origin(Price(source="own price of openai/x #1a2b3c", input=1, output=1))[0] == "own price"
    assert origin(Price(source="genai-prices 1: a/b #1a2b3c", input=1, output=1))[0] == "catalogue"


# ---------------------------------------------------------------- the pane


async def test_a_deployment_gets_a_price_of_its_own_and_gives_it_back(
    window: MainWindow, service: GatewayService, alone: None
) -> None:
    pane = await shown(window, "smart")
    first = pane.detail.deployments.cards[0]
    assert "catalogue" in badges(first)
    before = {label.text() for label in first.findChildren(QLabel)}
    first.price.setFocus()
    QTest.keyClick(first.price, Qt.Key.Key_Space)
    sheet = sheet_of(window, "own-price")
    assert not unnamed(sheet)
    assert sheet.prices.fields["input"].text() == "3", "it begins with the price in force"
    assert not sheet.back.isVisible()
    sheet.prices.fields["input"].setText("2.4")
    sheet.prices.fields["output"].setText("12")
    QTest.keyClick(sheet.prices.fields["output"], Qt.Key.Key_Return)
    await until(lambda: "own price" in badges(pane.detail.deployments.cards[0]))
    await until_stored(service, "smart", lambda model: model.deployments[0].price is not None)
    one, other = (await stored(service, "smart")).deployments
    assert one.price is not None
    assert (one.price.input, one.price.output, one.price.cached_read) == (2_400_000, 12_000_000, 300_000)
    assert other.price is None
    await until(lambda: pane.rows.index(3, 3).data() == "$2.40 / $12.00")

    pane.detail.deployments.cards[0].price.click()
    sheet = sheet_of(window, "own-price")
    assert sheet.back.isVisible()
    sheet.back.click()
    await until(lambda: "catalogue" in badges(pane.detail.deployments.cards[0]))
    await until_stored(service, "smart", lambda model: model.deployments[0].price is None)
    listed = {text for text in before if "million tokens" in text}
    await until(
        lambda: listed <= {label.text() for label in pane.detail.deployments.cards[0].findChildren(QLabel)},
        "the price of the list",
    )
    assert not unnamed(pane)


async def test_a_rule_of_ones_own_shows_at_what_it_matches(
    window: MainWindow, service: GatewayService, alone: None
) -> None:
    pane = await shown(window, "local")
    await service.pricing.save_rule("qwen3*", Price(source="", input=60_000, output=240_000))
    await until(lambda: "own rule" in badges(pane.detail.deployments.cards[0]))
    await until(lambda: pane.rows.index(2, 3).data() == "$0.06 / $0.24")
