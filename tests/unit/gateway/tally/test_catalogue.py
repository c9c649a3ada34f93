"""List prices out of genai-prices, and what is never a price of 0."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
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

from conduit_desktop.gateway.tally import catalogue, list_prices, reading_lists, rules
from conduit_desktop.gateway.tally.catalogue import CatalogueError, Fetched
from conduit_desktop.gateway.tally.pricing import cost
from conduit_desktop.providers import PROVIDERS, demo, spec
from conduit_desktop.records import Price, Usage

OPENAI = spec("openai")
ANY = spec("openai-compatible")


def look_up(model: str, kind: str = "openai", base_url: str = "") -> Price | None:
    row = spec(kind)
    snapshot = reading_lists.snapshot_of(b"")
    return reading_lists.look_up(row, base_url or row.base_url, model, snapshot, catalogue.name_of(None))


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
    price = look_up(row.test_model, row.kind)
    assert price is not None
    assert price.input > 0


def test_an_unknown_model_has_no_price() -> None:
    assert look_up("nobody-heard-of-it") is None
    assert look_up("") is None


def test_sound_is_priced_by_the_hour_and_speech_by_the_letter() -> None:
    whisper, speech = look_up("whisper-1"), look_up("tts-1")
    assert whisper is not None
    assert speech is not None
    assert whisper.per_audio_hour == 360_000_000_000
    assert speech.per_character == 15_000_000
    assert cost(whisper, Usage(audio_ms=90_000)) == 9_000_000_000
    assert cost(whisper, Usage(input=5, output=3)) is None
    assert cost(speech, Usage(characters=4)) == 60_000_000


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


def test_of_prices_by_the_hour_that_of_the_request_is_taken(shelf: Any) -> None:
    night = TimeOfDateConstraint(start_time=time(23, tzinfo=UTC), end_time=time(2, tzinfo=UTC))
    noon = TimeOfDateConstraint(start_time=time(12, tzinfo=UTC), end_time=time(13, tzinfo=UTC))
    usual, cheap, dear = (ModelPrice(input_mtok=Decimal(n), output_mtok=Decimal(n)) for n in (2, 1, 3))
    shelf(
        [
            ConditionalPrice(prices=usual),
            ConditionalPrice(constraint=night, prices=cheap),
            ConditionalPrice(constraint=noon, prices=dear),
        ]
    )
    price = look_up("m")
    assert price is not None
    at = {
        hour: cost(price, Usage(input=1), datetime(2026, 5, 4, hour, 30, tzinfo=UTC).timestamp()) for hour in range(24)
    }
    assert {hour for hour, found in at.items() if found == 1_000_000} == {23, 0, 1}
    assert {hour for hour, found in at.items() if found == 3_000_000} == {12}
    assert at[5] == 2_000_000


def test_hours_of_an_older_price_list_are_over(shelf: Any) -> None:
    hours = TimeOfDateConstraint(start_time=time(0, tzinfo=UTC), end_time=time(23, tzinfo=UTC))
    one, two, three = (ModelPrice(input_mtok=Decimal(n), output_mtok=Decimal(n)) for n in (1, 2, 3))
    shelf(
        [
            ConditionalPrice(prices=one),
            ConditionalPrice(constraint=hours, prices=two),
            ConditionalPrice(constraint=StartDateConstraint(start_date=date(2020, 1, 1)), prices=three),
        ]
    )
    price = look_up("m")
    assert price is not None
    assert (price.input, price.hours) == (3_000_000, ())


def test_an_empty_price_is_unknown_unless_the_name_says_free(shelf: Any) -> None:
    shelf(ModelPrice())
    assert look_up("m") is None
    free = list_prices._priced(ModelPrice(), "vendor/model:free")
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


def test_an_empty_catalogue_is_an_error() -> None:
    for empty in (b"[]", b'[{"id": "openai", "name": "OpenAI", "api_pattern": "x", "models": []}]'):
        with pytest.raises(CatalogueError, match="empty"):
            reading_lists.snapshot_of(empty)


@pytest.mark.parametrize("data", [b"{", b"null", b"[1]", b'[{"id": 5}]', b"\xff\xfe", b'[{"models": [{}]}]', b"[NaN]"])
def test_a_broken_catalogue_is_an_error(data: bytes) -> None:
    with pytest.raises(CatalogueError):
        reading_lists.snapshot_of(data)


def test_a_price_that_is_none_is_refused(shelf: Any, caplog: pytest.LogCaptureFixture) -> None:
    for odd in (Decimal("-1"), Decimal("NaN"), Decimal("Infinity")):
        shelf(ModelPrice(input_mtok=odd, output_mtok=Decimal(1)))
        with caplog.at_level(logging.WARNING):
            assert look_up("m") is None


def test_our_costs_are_the_packages() -> None:
    """Every model of the catalogue costs the same here and there, now, in each service tier."""
    now = datetime.now(UTC)
    compared = tiers = 0
    for provider in get_snapshot().providers:
        for model in provider.models:
            ours = list_prices.of_model(provider, model, model.id, now)
            if ours is None or ours.source:
                continue
            for service, _ in (("", ours), *ours.services):
                context = {"service_tier": service, "speed": service} if service else None
                prices = model.get_prices(now, context)
                if prices.input_mtok is None:
                    continue
                for total in (20_000, 300_000):
                    theirs, usage = _as_both(prices, total)
                    here = cost(ours, msgspec.structs.replace(usage, service=service), now.timestamp())
                    there = prices.calc_price(theirs)["total_price"] * 10**12
                    assert here is not None
                    assert abs(here - there) <= total, (provider.id, model.id, service)
                    compared += 1
                    tiers += bool(service)
    assert compared > 4_000
    assert tiers > 100


def _as_both(prices: Any, total: int) -> tuple[PackageUsage, Usage]:
    """A usage with every part that a price list has, for the package and for us."""
    parts = {
        "cache_read_tokens": ("cache_read_mtok", "cached_read", 1_000),
        "cache_write_tokens": ("cache_write_mtok", "cache_write", 500),
        "cache_write_1h_tokens": ("cache_write_1h_mtok", "cache_write_1h", 200),
        "output_reasoning_tokens": ("output_reasoning_mtok", "reasoning", 300),
        "input_audio_tokens": ("input_audio_mtok", "audio_input", 0),
        "output_audio_tokens": ("output_audio_mtok", "audio_output", 90),
        "input_image_tokens": ("input_image_mtok", "image_input", 0),
        "output_image_tokens": ("output_image_mtok", "image_output", 80),
        "input_video_tokens": ("input_video_mtok", "video_input", 77),
        "web_searches": ("web_searches_kcount", "searches", 3),
        "storage_searches": ("storage_searches_kcount", "file_searches", 2),
    }
    listed = {name: row for name, row in parts.items() if getattr(prices, row[0], None) is not None}
    theirs = {name: count for name, (_, _, count) in listed.items()}
    ours = {ours: count for _, ours, count in listed.values()}
    for name in ("cache_audio_read_tokens", "cache_image_read_tokens", "output_citation_tokens"):
        theirs[name] = 0
    return PackageUsage(input_tokens=total, output_tokens=700, **theirs), Usage(input=total, output=700, **ours)


def test_what_a_kind_adds_stands_beside_the_list() -> None:
    flash, opus, old = look_up("gemini-2.5-flash", "gemini"), look_up("claude-opus-4-8", "anthropic"), look_up("o3")
    assert flash is not None
    assert opus is not None
    assert old is not None
    assert (flash.per_search, flash.per_searching) == (None, 35 * 10**9)
    assert cost(flash, Usage(searches=3)) == 35 * 10**9
    newer = look_up("gemini-3-flash-preview", "gemini")
    assert newer is not None
    assert cost(newer, Usage(searches=3)) == 42 * 10**9
    services = dict(opus.services)
    assert set(services) == {"fast", "us", "fast+us"}
    assert services["us"].input == 5_500_000
    assert services["fast+us"].cache_write_1h == 22_000_000
    assert services["us"].per_search == opus.per_search
    assert dict(old.services)["flex"].input * 2 == old.input


def test_each_source_stands_for_one_set_of_rates() -> None:
    price = Price(source="", input=1, output=2)
    first, again = rules.named(price, "x"), rules.named(Price(source="y", input=1, output=2), "x")
    assert first == again
    assert first.source.startswith("x #")
    assert rules.named(Price(source="", input=1, output=2, reasoning=2), "x").source != first.source
    tiered = rules.named(Price(source="", input=1, output=2, tiers=((5, price),)), "x")
    assert tiered.tiers[0][1].source == tiered.source != first.source


def test_the_child_answers_like_the_parent() -> None:
    wanted = [
        ("openai", "https://api.openai.com/v1", "gpt-5.5"),
        ("openai", "https://api.openai.com/v1", "nobody-heard-of-it"),
        ("demo", "demo://built-in/v1", "demo"),
        ("openai-compatible", "http://127.0.0.1:1/v1", "x"),
    ]
    prices = catalogue.look_up_all(wanted)
    assert prices == [look_up(model, kind, base) for kind, base, model in wanted]
    assert prices[0] is not None
    assert prices[0].tiers


def test_no_child_is_started_for_what_we_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert catalogue.look_up_all([]) == []
    assert catalogue.look_up_all([("demo", "", "demo")]) == [demo.PRICES["demo"]]


def test_a_child_that_fails_is_an_error_and_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(CatalogueError):
        catalogue.look_up_all([("openai", "", "gpt-4o-mini"), ("demo", "", "demo")])


def test_a_fetched_list_is_used_and_the_packages_own_where_it_knows_nothing() -> None:
    wanted = [("openai", "https://api.openai.com/v1", "m-9"), ("openai", "https://api.openai.com/v1", "gpt-4o-mini")]
    newer = [
        {
            "id": "openai",
            "name": "OpenAI",
            "api_pattern": "https://api.openai.com",
            "models": [{"id": "m-9", "match": {"equals": "m-9"}, "prices": {"input_mtok": 0.3, "output_mtok": 7}}],
        }
    ]
    fresh, known = catalogue.look_up_all(wanted, Fetched("list of today", json.dumps(newer).encode()))
    assert fresh is not None
    assert known is not None
    assert (fresh.input, fresh.output) == (300_000, 7_000_000)
    assert fresh.source.startswith("list of today: openai/m-9")
    assert known.source.startswith("genai-prices")
    broken = catalogue.look_up_all(wanted, Fetched("list of today", b"[[["))
    assert broken == [None, known]


def test_importing_it_does_not_load_the_package() -> None:
    code = (
        "import sys; import conduit_desktop.gateway.tally.prices; "
        "sys.exit('genai_prices' in sys.modules or 'pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_version_changes_with_package_list_and_day(monkeypatch: pytest.MonkeyPatch) -> None:
    today = catalogue.version(date(2026, 11, 22))
    assert today != catalogue.version(date(2026, 11, 23))
    assert today != catalogue.version(date(2026, 11, 22), Fetched("another", b""))
    monkeypatch.setattr(catalogue, "PACKAGE", "not-installed-anywhere")
    assert catalogue.version(date(2026, 11, 22)) == "none 2026-11-22"
