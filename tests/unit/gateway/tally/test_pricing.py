"""Costs to the picodollar."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from conduit_desktop.gateway.tally.pricing import at_least, cost, saved
from conduit_desktop.money import from_usd
from conduit_desktop.records import Price, Usage

PRICE = Price(
    source="list",
    input=2_500_000,
    output=10_000_000,
    cached_read=1_250_000,
    cache_write=3_125_000,
    audio_input=40_000_000,
    audio_output=80_000_000,
)
PLAIN = Price(source="list", input=100_000, output=400_000)
LONG = Price(source="list", input=2_000, output=20, cached_read=200)
LONGER = Price(source="list", input=3_000, output=30)
TIERED = Price(source="list", input=1_000, output=10, cached_read=100, tiers=((100, LONG), (200, LONGER)))


@pytest.mark.parametrize(
    ("price", "usage", "usd"),
    [
        (PRICE, Usage(input=1_000_000, output=1_000_000), "12.5"),
        (PRICE, Usage(input=1_000_000, cached_read=400_000), "2"),
        (PRICE, Usage(input=1_000_000, cache_write=1_000_000), "3.125"),
        (PRICE, Usage(input=1_000_000, audio_input=500_000), "21.25"),
        (PRICE, Usage(output=1_000_000, audio_output=250_000), "27.5"),
        (PRICE, Usage(output=100, reasoning=90), "0.001"),
        (PRICE, Usage(input=1), "0.0000025"),
        (PRICE, Usage(), "0"),
        (PLAIN, Usage(input=1_000_000, cached_read=400_000, cache_write=100_000, audio_input=1), "0.1"),
        (PLAIN, Usage(output=1_000_000, audio_output=10), "0.4"),
        (Price(source="x", input=0, output=0, per_request=5_000_000_000), Usage(input=9), "0.005"),
        (Price(source="free", input=0, output=0), Usage(input=9, output=9), "0"),
    ],
)
def test_what_it_costs(price: Price, usage: Usage, usd: str) -> None:
    assert cost(price, usage) == from_usd(usd)


@pytest.mark.parametrize(
    ("tokens", "expected"), [(0, 0), (100, 100_000), (101, 202_000), (200, 400_000), (201, 603_000)]
)
def test_a_tier_applies_to_the_whole_request_above_its_threshold(tokens: int, expected: int) -> None:
    assert cost(TIERED, Usage(input=tokens)) == expected


def test_a_tier_has_its_own_parts() -> None:
    assert cost(TIERED, Usage(input=150, cached_read=100, output=2)) == 50 * 2_000 + 100 * 200 + 2 * 20
    assert cost(TIERED, Usage(input=300, cached_read=100)) == 300 * 3_000


def test_the_threshold_counts_cached_tokens_too() -> None:
    assert cost(TIERED, Usage(input=150, cached_read=150)) == 150 * 200


def test_parts_larger_than_the_whole_are_billed_once() -> None:
    assert cost(PRICE, Usage(input=10, cached_read=30)) == 30 * 1_250_000
    assert cost(PRICE, Usage(output=10, audio_output=30)) == 30 * 80_000_000


def test_nonsense_counts_cost_nothing() -> None:
    assert cost(PRICE, Usage(input=-5, output=-5, cached_read=-1)) == 0


counts = st.integers(0, 10**9)
rates = st.integers(0, 10**9)


@given(rates, rates, rates, rates, counts, counts, counts, counts)
def test_it_is_exact(
    fresh: int, out: int, read: int, write: int, new: int, cached: int, written: int, output: int
) -> None:
    price = Price(source="x", input=fresh, output=out, cached_read=read, cache_write=write)
    usage = Usage(input=new + cached + written, cached_read=cached, cache_write=written, output=output)
    exact = sum(
        (Fraction(n, 10**6) * Fraction(rate, 10**6) for n, rate in ((new, fresh), (cached, read), (written, write))),
        Fraction(output, 10**6) * Fraction(out, 10**6),
    )
    assert Fraction(cost(price, usage), 10**12) == exact


@given(counts, counts, counts, counts)
def test_more_tokens_never_cost_less(one: int, two: int, more: int, cached: int) -> None:
    less = cost(PRICE, Usage(input=one, output=two, cached_read=min(cached, one)))
    assert cost(PRICE, Usage(input=one + more, output=two + more, cached_read=min(cached, one))) >= less


# ---------------------------------------------------------------- properties

WHOLE = Price(
    source="list",
    input=1_000_003,
    output=5_000_011,
    cached_read=100_003,
    cache_write=1_250_009,
    cache_write_1h=2_000_003,
    reasoning=7_000_003,
    audio_input=11_000_027,
    audio_output=13_000_027,
    image_input=17_000_023,
    image_output=19_000_013,
    video_input=23_000_009,
    cached_audio=29_009,
    cached_image=31_013,
    per_search=37,
    per_file_search=41,
    per_character=43,
)
COUNT = st.integers(0, 10**6)


@st.composite
def usages(draw: st.DrawFn) -> tuple[Usage, int]:
    """A usage whose parts fit into their wholes, and what it costs at ``WHOLE``, added up part by part."""
    names = ("fresh", "cached", "cached_a", "cached_i", "short", "hour", "heard", "seen", "watched")
    counts = {name: draw(COUNT) for name in (*names, "told", "thought", "spoken", "drawn", "searches", "files")}
    n = counts.__getitem__
    usage = Usage(
        input=sum(n(name) for name in names),
        output=n("told") + n("thought") + n("spoken") + n("drawn"),
        cached_read=n("cached") + n("cached_a") + n("cached_i"),
        cached_audio=n("cached_a"),
        cached_image=n("cached_i"),
        cache_write=n("short") + n("hour"),
        cache_write_1h=n("hour"),
        audio_input=n("heard") + n("cached_a"),
        image_input=n("seen") + n("cached_i"),
        video_input=n("watched"),
        reasoning=n("thought"),
        audio_output=n("spoken"),
        image_output=n("drawn"),
        searches=n("searches"),
        file_searches=n("files"),
    )
    rates = (
        *((name, getattr(WHOLE, part)) for name, part in zip(names, _PARTS, strict=True)),
        *(("told", WHOLE.output), ("thought", WHOLE.reasoning), ("spoken", WHOLE.audio_output)),
        *(("drawn", WHOLE.image_output), ("searches", 37), ("files", 41)),
    )
    return usage, sum(n(name) * (rate or 0) for name, rate in rates)


_PARTS = (
    "input",
    "cached_read",
    "cached_audio",
    "cached_image",
    "cache_write",
    "cache_write_1h",
    "audio_input",
    "image_input",
    "video_input",
)


@given(usages())
def test_each_token_is_billed_once_at_its_own_rate(made: tuple[Usage, int]) -> None:
    usage, expected = made
    assert cost(WHOLE, usage) == expected


@given(usages(), usages())
def test_costs_add_up(one: tuple[Usage, int], other: tuple[Usage, int]) -> None:
    names = [name for name in Usage.__struct_fields__ if isinstance(getattr(one[0], name), int)]
    both = Usage(**{name: getattr(one[0], name) + getattr(other[0], name) for name in names if name != "estimated"})
    assert cost(WHOLE, both) == one[1] + other[1]


@given(usages(), st.sampled_from(["input", "output", "searches"]), st.integers(1, 10**6))
def test_more_never_costs_less(made: tuple[Usage, int], part: str, more: int) -> None:
    usage, before = made
    after = cost(WHOLE, replace(usage, **{part: getattr(usage, part) + more}))
    assert after is not None
    assert after > before


@given(usages())
def test_without_prices_of_their_own_parts_cost_what_the_whole_does(made: tuple[Usage, int]) -> None:
    usage = replace(made[0], searches=0, file_searches=0)
    assert cost(PLAIN, usage) == usage.input * PLAIN.input + usage.output * PLAIN.output


@given(usages())
def test_savings_are_the_difference_to_reading_afresh(made: tuple[Usage, int]) -> None:
    usage, total = made
    afresh = replace(usage, cached_read=0, cached_audio=0, cached_image=0)
    assert saved(WHOLE, usage) == (cost(WHOLE, afresh) or 0) - total


@pytest.mark.parametrize(
    "usage",
    [
        Usage(input=1, searches=1),
        Usage(input=1, file_searches=1),
        Usage(characters=1),
        Usage(audio_ms=1),
        Usage(input=1, unlisted=1),
        Usage(input=1, service="priority"),
    ],
)
def test_what_has_no_price_is_never_nought(usage: Usage) -> None:
    assert cost(PLAIN, usage) is None
    assert at_least(PLAIN, usage) == usage.input * PLAIN.input
    assert saved(PLAIN, replace(usage, service="priority")) is None


def test_a_service_tier_has_its_own_prices_and_long_contexts() -> None:
    flex = Price(source="x", input=1, output=2, tiers=((100, Price(source="x", input=3, output=4)),))
    price = Price(source="x", input=10, output=20, services=(("flex", flex), ("*", replace_price(PLAIN))))
    assert cost(price, Usage(input=100, service="flex")) == 100
    assert cost(price, Usage(input=101, service="flex")) == 303
    assert cost(price, Usage(input=1, service="whatever")) == PLAIN.input
    assert cost(price, Usage(input=1)) == 10


def test_sound_by_its_length_is_not_billed_by_its_tokens_too() -> None:
    price = Price(source="x", input=10, output=20, audio_input=1000, per_audio_hour=3_600_000)
    assert cost(price, Usage(input=7 + 50, audio_input=50, output=1, audio_ms=5_000)) == 70 + 20 + 5_000
    assert cost(price, Usage(input=7 + 50, audio_input=50)) == 70 + 50_000
    assert cost(replace_price(price, per_audio_hour=1), Usage(audio_ms=1_800_000)) == 1


def replace_price(price: Price, **changes: int) -> Price:
    return dataclasses.replace(price, **changes)  # type: ignore[arg-type]
