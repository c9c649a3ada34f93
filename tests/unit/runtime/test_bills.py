"""Bills: the lines add up to what the gateway charged, to the picodollar; where there is no cost there is a reason."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from typing import Any

import pytest
from msgspec.structs import fields as members

from conduit_desktop.gateway.tally.pricing import cost, saved
from conduit_desktop.records import Price, Usage
from conduit_desktop.runtime.bills import itemised, missing

_NOT_RATES = frozenset({"source", "tiers", "services", "hours"})
_NOT_COUNTS = frozenset({"reported_cost", "estimated", "service", "unlisted"})


def a_price(chance: random.Random, deep: int = 2) -> Price:
    """Any price: some parts set, some not; with steps, service tiers and hours down to ``deep``."""
    rates: dict[str, Any] = {}
    for field in fields(Price):
        needed = field.name in ("input", "output", "per_request")
        if field.name not in _NOT_RATES and (needed or chance.random() < 0.5):
            rates[field.name] = chance.choice((0, chance.randrange(10**8)))
    if deep and chance.random() < 0.4:
        rates["tiers"] = ((1000, a_price(chance, 0)), (128_000, a_price(chance, 0)))
    if deep and chance.random() < 0.3:
        rates["services"] = (("batch", a_price(chance, 1)), ("*", a_price(chance, 0)))
    if deep == 2 and chance.random() < 0.2:
        rates["hours"] = ((60_000, 3_000, a_price(chance, 1)),)
    return Price(source="x", **rates)


def a_usage(chance: random.Random) -> Usage:
    """Any usage, parts that add up to more than their whole included."""
    counts: dict[str, Any] = {}
    for member in members(Usage):
        if member.name not in _NOT_COUNTS and chance.random() < 0.4:
            counts[member.name] = chance.choice((0, 1, 3, chance.randrange(300_000)))
    if chance.random() < 0.8:
        counts.pop("billed_input", None)
    counts["service"] = chance.choice(("", "", "batch", "flex"))
    return Usage(unlisted=chance.random() < 0.05, **counts)


def test_the_lines_add_up_to_the_cost() -> None:
    chance, known = random.Random(4), 0
    for _ in range(2000):
        price, usage, at = a_price(chance), a_usage(chance), chance.random() * 2e9
        found, total = itemised(price, usage, at), cost(price, usage, at)
        if total is None:
            assert (found.lines, found.total) == ((), 0)
            assert found.reason
            continue
        known += 1
        assert found.total == total
        assert found.reason == ""
        assert all(line.units > 0 or line.part in ("input", "output") for line in found.lines)
        if usage.billed_input is None and usage.cached_read > usage.cached_audio + usage.cached_image:
            less = sum(line.units * (line.afresh - line.rate) for line in found.lines if line.afresh is not None)
            assert less == saved(price, usage, at)
    assert known > 500


def test_what_singled_the_rates_out_is_named() -> None:
    high = Price(source="x", input=4, output=8)
    low = Price(source="x", input=2, output=4, tiers=((200_000, high),))
    price = replace(low, services=(("batch", replace(low, input=1)),))
    assert itemised(low, Usage(input=10), 0.0).steps == ()
    assert itemised(low, Usage(input=200_001), 0.0).steps == ("above 200,000 input tokens",)
    assert itemised(price, Usage(input=10, service="batch"), 0.0).steps == ("service tier batch",)


@pytest.mark.parametrize(
    ("usage", "why"),
    [
        (Usage(input=5, searches=1), "web searches"),
        (Usage(input=5, file_searches=1), "searches in files"),
        (Usage(input=5, service="flex"), "service tier flex"),
        (Usage(characters=5), "characters"),
        (Usage(audio_ms=5), "hours of sound"),
    ],
)
def test_a_reason_names_what_the_price_lacks(usage: Usage, why: str) -> None:
    price = Price(source="x", input=2, output=4)
    assert cost(price, usage) is None
    assert why in missing(price, usage, 0.0)
    assert missing(None, usage, 0.0) == "no price is known for it"
