"""Costs to the picodollar."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.gateway.tally.pricing import cost
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
