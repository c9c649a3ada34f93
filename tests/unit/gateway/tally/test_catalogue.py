"""List prices out of genai-prices, and what is never a price of 0."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from genai_prices import data_snapshot
from genai_prices.data_snapshot import DataSnapshot, get_snapshot, set_custom_snapshot
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)
from genai_prices.types import Usage as PackageUsage

from conduit_desktop.gateway.tally import catalogue
from conduit_desktop.gateway.tally.pricing import cost
from conduit_desktop.providers import PROVIDERS, demo, spec
from conduit_desktop.records import Price, Usage

OPENAI = spec("openai")
ANY = spec("openai-compatible")


def look_up(model: str, kind: str = "openai", base_url: str = "") -> Price | None:
    row = spec(kind)
    return catalogue.look_up(row, base_url or row.base_url, model)


@pytest.fixture
def shelf() -> Iterator[Any]:
    """A catalogue of our own: called with prices, it holds the one model ``m`` of OpenAI at them."""

    def put(prices: Any) -> None:
        models = [ModelInfo(id="m", match=ClauseEquals(equals="m"), prices=prices)]
        provider = Provider(id="openai", name="OpenAI", api_pattern=r"https://api\.openai\.com", models=models)
        set_custom_snapshot(DataSnapshot(providers=[provider], from_auto_update=False))

    yield put
    set_custom_snapshot(None)


def test_a_known_model_has_its_list_price() -> None:
    price = look_up("gpt-4o-mini")
    assert price is not None
    assert (price.input, price.output, price.cached_read) == (150_000, 600_000, 75_000)
    assert "openai/gpt-4o-mini" in price.source
    assert "genai-prices" in price.source


@pytest.mark.parametrize(
    "row", [row for row in PROVIDERS if row.price_provider and row.test_model], ids=lambda row: row.kind
)
def test_the_test_model_of_each_kind_is_priced(row: Any) -> None:
    price = catalogue.look_up(row, row.base_url, row.test_model)
    assert price is not None
    assert price.input > 0


def test_an_unknown_model_has_no_price() -> None:
    assert look_up("nobody-heard-of-it") is None
    assert look_up("") is None


def test_a_model_that_is_not_priced_by_the_token_has_no_price() -> None:
    assert look_up("whisper-1") is None


def test_embeddings_cost_input_only() -> None:
    price = look_up("text-embedding-3-small")
    assert price is not None
    assert (price.input, price.output) == (20_000, 0)


def test_long_contexts_cost_more(shelf: Any) -> None:
    shelf(
        ModelPrice(
            input_mtok=TieredPrices(base=Decimal(1), tiers=[Tier(200_000, Decimal(2)), Tier(400_000, Decimal(4))]),
            output_mtok=TieredPrices(base=Decimal(5), tiers=[Tier(400_000, Decimal(9))]),
            cache_read_mtok=Decimal("0.1"),
        )
    )
    price = look_up("m")
    assert price is not None
    assert [(above, then.input, then.output, then.cached_read) for above, then in price.tiers] == [
        (200_000, 2_000_000, 5_000_000, 100_000),
        (400_000, 4_000_000, 9_000_000, 100_000),
    ]
    assert (price.input, price.output) == (1_000_000, 5_000_000)


def test_a_price_change_on_a_date_is_followed(shelf: Any) -> None:
    old, new, later = (ModelPrice(input_mtok=Decimal(n), output_mtok=Decimal(n)) for n in (3, 2, 9))
    shelf(
        [
            ConditionalPrice(prices=old),
            ConditionalPrice(constraint=StartDateConstraint(start_date=date(2020, 1, 1)), prices=new),
            ConditionalPrice(constraint=StartDateConstraint(start_date=date(9000, 1, 1)), prices=later),
        ]
    )
    price = look_up("m")
    assert price is not None
    assert price.input == 2_000_000


def test_of_prices_by_the_hour_the_dearest_is_taken(shelf: Any) -> None:
    hours = TimeOfDateConstraint(start_time=time(1, tzinfo=UTC), end_time=time(2, tzinfo=UTC))
    cheap, dear = (ModelPrice(input_mtok=Decimal(n), output_mtok=Decimal(n)) for n in (1, 2))
    for first, second in ((cheap, dear), (dear, cheap)):
        shelf([ConditionalPrice(prices=first), ConditionalPrice(constraint=hours, prices=second)])
        price = look_up("m")
        assert price is not None
        assert price.input == 2_000_000


def test_an_empty_price_is_unknown_unless_the_name_says_free(shelf: Any) -> None:
    shelf(ModelPrice())
    assert look_up("m") is None
    free = catalogue._price(ModelPrice(), "source", "vendor/model:free")
    assert free is not None
    assert free.input == free.output == 0
    assert "free" in free.source


def test_a_request_fee_is_kept(shelf: Any) -> None:
    shelf(ModelPrice(input_mtok=Decimal(1), output_mtok=Decimal(1), requests_kcount=Decimal(12)))
    price = look_up("m")
    assert price is not None
    assert price.per_request == 12_000_000_000


def test_this_machine_bills_nobody() -> None:
    for url in ("http://127.0.0.1:11434/v1", "http://localhost:1234/v1", "http://[::1]:8080/v1"):
        price = look_up("llama3", "openai-compatible", url)
        assert price is not None
        assert (price.input, price.output) == (0, 0)
        assert "local server" in price.source


def test_a_vendor_is_known_by_its_address() -> None:
    price = look_up("openai/gpt-oss-20b", "openai-compatible", "https://api.groq.com/openai/v1")
    assert price is not None
    assert "groq/" in price.source
    assert look_up("gpt-4o", "openai-compatible", "https://unknown.example/v1") is None
    assert look_up("gpt-4o", "openai-compatible", "http://192.168.1.2:8000/v1") is None


def test_the_demo_price_says_that_nothing_is_billed() -> None:
    for model in demo.DEMO.models:
        price = look_up(model, "demo")
        assert price is not None
        assert "nothing is billed" in price.source
    assert look_up("other", "demo") is None


def test_an_empty_catalogue_is_logged_and_gives_no_price(caplog: pytest.LogCaptureFixture) -> None:
    set_custom_snapshot(DataSnapshot(providers=[], from_auto_update=False))
    try:
        with caplog.at_level(logging.WARNING):
            assert look_up("gpt-4o-mini") is None
    finally:
        set_custom_snapshot(None)
    assert "empty" in caplog.text


def test_a_broken_catalogue_is_logged_and_gives_no_price(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> DataSnapshot:
        raise RuntimeError("no data")

    monkeypatch.setattr(data_snapshot, "get_snapshot", broken)
    with caplog.at_level(logging.WARNING):
        assert look_up("gpt-4o-mini") is None
    assert "could not be read" in caplog.text


def test_a_price_that_is_none_is_refused(shelf: Any, caplog: pytest.LogCaptureFixture) -> None:
    for odd in (Decimal("-1"), Decimal("NaN"), Decimal("Infinity")):
        shelf(ModelPrice(input_mtok=odd, output_mtok=Decimal(1)))
        with caplog.at_level(logging.WARNING):
            assert look_up("m") is None


def test_our_costs_are_the_packages() -> None:
    """Every model of the catalogue that has a token price costs the same here and there, today."""
    now = datetime.now(UTC)
    compared = 0
    for provider in get_snapshot().providers:
        for model in provider.models:
            prices = model.get_prices(now)
            current = catalogue._current(model.prices, now)
            ours = catalogue._price(prices, "x", model.id) if len(current) == 1 else None
            if ours is None or ours.source.endswith("(free)"):
                continue
            assert current == [prices]
            parts = {"cache_read_tokens": 1_000} if prices.cache_read_mtok is not None else {}
            for total in (20_000, 300_000):
                there = prices.calc_price(PackageUsage(input_tokens=total, output_tokens=700, **parts))
                here = cost(ours, Usage(input=total, output=700, cached_read=parts.get("cache_read_tokens", 0)))
                if any(
                    name in vars(prices) for name in ("output_reasoning_mtok", "input_image_mtok", "requests_kcount")
                ):
                    continue
                assert abs(here - there["total_price"] * 10**12) <= total, (provider.id, model.id)
                compared += 1
    assert compared > 2_000


def test_the_child_answers_like_the_parent() -> None:
    wanted = [
        ("openai", "https://api.openai.com/v1", "gpt-5.5"),
        ("openai", "https://api.openai.com/v1", "nobody-heard-of-it"),
        ("demo", "demo://built-in/v1", "demo"),
        ("openai-compatible", "http://127.0.0.1:1/v1", "x"),
    ]
    prices = catalogue.look_up_all(wanted)
    assert prices == [catalogue.look_up(spec(kind), base, model) for kind, base, model in wanted]
    assert prices[0] is not None
    assert prices[0].tiers


def test_no_child_is_started_for_what_we_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert catalogue.look_up_all([]) == []
    assert catalogue.look_up_all([("demo", "", "demo")]) == [demo.PRICES["demo"]]


def test_a_child_that_fails_gives_no_price(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    wanted = [("openai", "", "gpt-4o-mini"), ("demo", "", "demo")]
    with caplog.at_level(logging.WARNING):
        assert catalogue.look_up_all(wanted) == [None, demo.PRICES["demo"]]
    assert "could not be read" in caplog.text


def test_importing_it_does_not_load_the_package() -> None:
    code = (
        "import sys; import conduit_desktop.gateway.tally.catalogue; "
        "sys.exit('genai_prices' in sys.modules or 'pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_version_changes_with_package_and_day(monkeypatch: pytest.MonkeyPatch) -> None:
    today = catalogue.version(date(2026, 11, 22))
    assert today != catalogue.version(date(2026, 11, 23))
    monkeypatch.setattr(catalogue, "PACKAGE", "not-installed-anywhere")
    assert catalogue.version(date(2026, 11, 22)) == "none 2026-11-22"
