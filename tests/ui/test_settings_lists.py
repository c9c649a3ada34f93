"""Settings, Prices: a newer price list shown before it is kept and taken back; requests priced anew, shown first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from conduit_desktop.records import Catalogue, ExchangeFilter, Price
from conduit_desktop.runtime import price_lists
from conduit_desktop.runtime.price_lists import CatalogueChange, CatalogueState, PriceChange
from conduit_desktop.runtime.recomputing import ModelChange, Recomputation
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.ui.panes import settings_catalogue_words, settings_recompute_words
from conduit_desktop.ui.panes.settings import SettingsPane
from conduit_desktop.ui.widgets.sheet import Sheet
from tests.fakes.price_list import published
from tests.ui.accessible import unnamed
from tests.ui.eventually import until


class _Publishing(BaseHTTPRequestHandler):
    answer: ClassVar[tuple[int, bytes]] = (200, b"")

    def do_GET(self) -> None:
        status, body = self.answer
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Publishing]]:
    """A server on this machine in place of the one where the lists are published."""
    server = HTTPServer(("127.0.0.1", 0), _Publishing)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(price_lists, "address", lambda: f"http://127.0.0.1:{server.server_address[1]}/data.json")
    yield _Publishing
    server.shutdown()
    thread.join()
    server.server_close()


async def shown(window: MainWindow) -> Any:
    window.go("settings")
    pane = window.pane("settings")
    assert isinstance(pane, SettingsPane)
    await until(lambda: pane.prices.catalogue.state is not None, "the price list being read")
    return pane


def sheet_of(window: MainWindow, name: str) -> Any:
    return next((each for each in window.findChildren(Sheet, name) if not each.isHidden()), None)


# ---------------------------------------------------------------- words


def test_the_list_in_force_is_told_with_its_date() -> None:
    kept = Catalogue(id="k", fetched=1_764_000_000.0, source="genai-prices list", models=2_340, active=True)
    own = CatalogueState(version="0.2.3", models=2_299, kept=(), active=None, prices=7, unknown=1)
    words = settings_catalogue_words
    assert words.in_force(own) == "genai-prices 0.2.3, which came with Conduit: 2,299 priced models."
    assert words.in_use(own) == "7 of your models were looked up; 1 has no known price. Set one under own prices."
    fetched = CatalogueState(version="0.2.3", models=2_340, kept=(kept,), active=kept, prices=7, unknown=0)
    assert "(2025-11-24): 2,340 priced models." in words.in_force(fetched)
    assert [key for key, _ in words.choices(fetched)] == ["k", ""]


def test_the_biggest_changes_come_first() -> None:
    examples = (
        PriceChange("a/small", (1_000_000, 2_000_000), (1_100_000, 2_000_000)),
        PriceChange("a/half", (4_000_000, 8_000_000), (2_000_000, 4_000_000)),
        PriceChange("a/cache", (1_000_000, 1_000_000), (1_000_000, 1_000_000)),
    )
    change = CatalogueChange(None, False, 100, 3, 1, 3, examples, 0)
    found = settings_catalogue_words.biggest(change)
    assert [(line.model, line.difference, line.tone) for line in found] == [
        ("a/half", "−50 %", "success"),
        ("a/small", "+10 % · same", "danger"),
        ("a/cache", "other parts", "text-muted"),
    ]
    assert settings_catalogue_words.summary(change) == ("100 priced models: 3 new, 1 gone, 3 cost something else.")


def test_what_pricing_anew_comes_to() -> None:
    dollar = 10**12
    found = Recomputation(
        since=None,
        until=1_764_000_000.0,
        only_unpriced=False,
        last=9,
        exchanges=12,
        changed=4,
        reported=2,
        before=2 * dollar,
        after=3 * dollar,
        unpriced_before=3,
        unpriced_after=0,
        models=(ModelChange("local", 3, 0, dollar, 3, 0), ModelChange("fast", 1, 2 * dollar, 2 * dollar, 0, 0)),
    )
    assert settings_recompute_words.summary(found) == (
        "12 requests looked at: 4 would cost something else.",
        "Together $2.00 → $3.00: +$1.00 (+50 %).",
        "Unpriced: 3 → 0. Sums leave these out.",
        "2 keep the cost that their provider reported itself.",
    )
    first, second = settings_recompute_words.lines(found)
    assert (first.before, first.after, first.difference) == ("unpriced", "$1.00", "+$1.00")
    assert (second.difference, second.tone) == ("–", "text-muted")


# ---------------------------------------------------------------- the list


async def test_a_newer_list_is_shown_then_kept_then_taken_back(
    window: MainWindow, service: GatewayService, publisher: type[_Publishing]
) -> None:
    doubled = {"anthropic/claude-sonnet-4-5": {"input_mtok": "6", "output_mtok": "30"}}
    publisher.answer = (200, published(doubled))
    assert await service.pricing.price_of("claude", "claude-sonnet-4-5") is not None
    pane = await shown(window)
    part = pane.prices.catalogue
    assert "which came with Conduit" in part.said.text()
    assert not part.list.isVisibleTo(pane)
    part.update_list.click()
    sheet = sheet_of(window, "update-prices")
    await until(lambda: sheet.draft is not None, "the list being fetched and checked")
    assert "cost something else" in sheet.said.text()
    line = next(line for line in sheet.rows.records if line.model == "anthropic/claude-sonnet-4-5")
    assert (line.before, line.after, line.difference) == ("$3.00 / $15.00", "$6.00 / $30.00", "+100 %")
    assert not unnamed(sheet)
    before = await service.pricing.price_of("claude", "claude-sonnet-4-5")
    assert before is not None
    assert before.input == 3_000_000, "nothing is in force before it is kept"
    sheet.accept_button.click()
    await until(lambda: sheet_of(window, "update-prices") is None)
    await until(lambda: part.state.active is not None)
    then = await service.pricing.price_of("claude", "claude-sonnet-4-5")
    assert then is not None
    assert then.input == 6_000_000
    assert part.list.isVisibleTo(pane)
    at = part.list.findData("")
    part.list.setCurrentIndex(at)
    part.list.activated.emit(at)
    await until(lambda: part.state.active is None and part.list.isEnabled())
    again = await service.pricing.price_of("claude", "claude-sonnet-4-5")
    assert again is not None
    assert again.input == 3_000_000
    assert not unnamed(pane)


@pytest.mark.parametrize(
    ("answer", "why"),
    [((503, b""), "answered 503"), ((200, b"[]"), "empty"), ((200, b"<html>"), "cannot be read")],
)
async def test_a_list_that_is_none_changes_nothing_and_says_why(
    window: MainWindow, service: GatewayService, publisher: type[_Publishing], answer: tuple[int, bytes], why: str
) -> None:
    publisher.answer = answer
    pane = await shown(window)
    pane.prices.catalogue.update_list.click()
    sheet = sheet_of(window, "update-prices")
    await until(lambda: why in sheet.said.text(), f"{why} being told")
    assert "stays in force" in sheet.said.text()
    assert sheet.accept_button.text() == "Try again"
    assert (await service.pricing.catalogue()).active is None
    publisher.answer = (200, published(drop_half=True))
    sheet.accept_button.click()
    await until(lambda: "priced models only, of the" in sheet.said.text())
    assert (await service.pricing.catalogue()).kept == ()
    sheet.finish()


# ---------------------------------------------------------------- pricing anew


async def test_requests_without_a_price_are_priced_anew_once_it_is_seen_what_changes(
    window: MainWindow, service: GatewayService
) -> None:
    spent = await service.spend_today()
    page = await service.activity.page(ExchangeFilter(model="local"), limit=100)
    unpriced = [each for each in page if each.usage is not None and each.cost is None]
    assert unpriced
    await service.pricing.save_rule("qwen3*", Price(source="", input=2_000_000, output=4_000_000))
    due = sum(each.usage.input * 2_000_000 + each.usage.output * 4_000_000 for each in unpriced if each.usage)
    pane = await shown(window)
    pane.open_with("recompute")
    sheet = sheet_of(window, "recompute")
    assert sheet.only.isChecked()
    assert not unnamed(sheet)
    sheet.accept_button.click()
    await until(lambda: sheet.found is not None, "the preview")
    assert [(line.model, line.exchanges, line.before) for line in sheet.rows.records] == [
        ("local", str(len(unpriced)), "unpriced")
    ]
    assert sheet.found.after == due
    assert await service.spend_today() == spent, "nothing is changed by looking"
    sheet.accept_button.click()
    await until(lambda: sheet.accept_button.text() == "Done")
    assert sheet.said.text() == f"{len(unpriced)} request{'s' if len(unpriced) != 1 else ''} priced anew."
    for each in unpriced:
        after = await service.activity.exchange(each.id)
        assert after is not None
        assert after.usage is not None
        assert after.cost == after.usage.input * 2_000_000 + after.usage.output * 4_000_000
        assert after.price.startswith("own price for qwen3*")
    sheet.accept_button.click()
    pane.prices.recompute()
    sheet = sheet_of(window, "recompute")
    sheet.accept_button.click()
    await until(lambda: sheet.found is not None)
    assert not sheet.accept_button.isEnabled()
    sheet.back.click()
    assert sheet.accept_button.text() == "Show what changes"
    sheet.range.set_value("custom")
    sheet.range.picked.emit("custom")
    assert sheet.since.isVisible()
    sheet.finish()
