"""Whose price is in force: the deployment's, the most exact pattern's, the list's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from conduit_desktop.gateway.snapshot import Snapshot, Target
from conduit_desktop.gateway.tally import catalogue, rules
from conduit_desktop.gateway.tally.catalogue import CatalogueError
from conduit_desktop.gateway.tally.prices import PriceBook
from conduit_desktop.gateway.tally.pricing import cost
from conduit_desktop.paths import Home
from conduit_desktop.providers import spec
from conduit_desktop.records import Price, PriceRule, Provider, Usage
from conduit_desktop.store import Store

PROVIDER = Provider(id="p", name="work", kind="openai", base_url="https://api.openai.com/v1")


def price(amount: int) -> Price:
    return Price(source="own price", input=amount, output=amount)


def rule(pattern: str, amount: int) -> PriceRule:
    return PriceRule(id=pattern, pattern=pattern, price=price(amount))


def target(model: str = "gpt-5.4-mini", own: Price | None = None) -> Target:
    return Target(
        id=f"d/{model}",
        deployment_id="d",
        provider=PROVIDER,
        spec=spec("openai"),
        upstream_model=model,
        own_price=own,
    )


@pytest.mark.parametrize(
    ("pattern", "model", "fits"),
    [
        ("gpt-5*", "gpt-5.4", True),
        ("gpt-5*", "openai/gpt-5", False),
        ("*gpt-5*", "openai/gpt-5", True),
        ("work/gpt-5*", "gpt-5", True),
        ("home/gpt-5*", "gpt-5", False),
        ("work/*", "anything/at:all", True),
        ("*", "x", True),
        ("GPT-5", "gpt-5", True),
        ("gpt-5.4", "gpt-5x4", False),
        ("a*c*e", "abcde", True),
        ("a*c*e", "abde", False),
    ],
)
def test_patterns(pattern: str, model: str, fits: bool) -> None:
    assert rules.matches(pattern, "work", model) is fits


def test_the_most_exact_pattern_wins() -> None:
    found = [rule(pattern, n) for n, pattern in enumerate(("*", "gpt-5*", "work/*", "gpt-5.4*", "gpt-5.4-mini", "g*i"))]
    for order in (found, found[::-1]):
        assert rules.rule_for(order, "work", "gpt-5.4-mini") == found[4]
        assert rules.rule_for(order, "work", "gpt-5.4-nano") == found[3]
        assert rules.rule_for(order, "work", "o3") == found[2]
        assert rules.rule_for(order, "home", "o3") == found[0]
    assert rules.rule_for([], "work", "o3") is None


def test_a_deployments_own_price_wins_over_every_rule() -> None:
    own = rules.own_price(target(own=price(9)), [rule("gpt-5.4-mini", 1)])
    assert own is not None
    assert own.input == 9
    assert own.source.startswith("own price of work/gpt-5.4-mini #")
    by_rule = rules.own_price(target(), [rule("gpt-5.4-mini", 1)])
    assert by_rule is not None
    assert by_rule.source.startswith("own price for gpt-5.4-mini #")
    assert rules.own_price(target("o3"), [rule("gpt*", 1)]) is None


def test_an_edited_price_has_another_source() -> None:
    first, then = (rules.own_price(target(), [rule("gpt*", n)]) for n in (1, 2))
    assert first is not None
    assert then is not None
    assert first.source != then.source
    assert rules.own_price(target(), [rule("gpt*", 1)]) == first


def test_an_own_price_is_for_any_service_tier_that_it_does_not_name() -> None:
    plain = rules.own_price(target(), [rule("gpt*", 7)])
    assert plain is not None
    assert cost(plain, Usage(input=1, service="priority")) == 7
    named = replace(rule("gpt*", 7), price=replace(price(7), services=(("flex", price(3)),)))
    told = rules.own_price(target(), [named])
    assert told is not None
    assert cost(told, Usage(input=1, service="flex")) == 3
    assert cost(told, Usage(input=1, service="priority")) is None


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store.open(Home(tmp_path))
    yield opened
    opened.close()


async def test_the_book_follows_the_configuration_and_keeps_what_it_gives(store: Store) -> None:
    book = PriceBook(store)
    listed = Price(source="list #1", input=5, output=5)
    snapshot = Snapshot(prices={target().price_key: listed})
    assert book.get(target()) is None
    book.load(snapshot)
    assert book.get(target()) == listed
    book.load(replace(snapshot, rules=(rule("gpt*", 2),)))
    own = book.get(target())
    assert own is not None
    assert own.input == 2
    assert book.knows(target())
    assert not book.knows(target("o3"))
    book.load(snapshot)
    assert book.get(target()) == listed
    await book.close()
    assert store.used_prices.get("list #1") == listed
    assert store.used_prices.get(own.source) == own


async def test_a_list_that_cannot_be_read_is_not_asked_again_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[object] = []

    def broken(wanted: object, fetched: object = None) -> list[Price | None]:
        asked.append(wanted)
        raise CatalogueError("broken")

    monkeypatch.setattr(catalogue, "look_up_all", broken)
    now = 0.0
    book = PriceBook(store, lambda: now)
    assert await asyncio.gather(*(book.find(target()) for _ in range(5))) == [None] * 5
    assert await book.find(target()) is None
    assert len(asked) == 1
    assert not book.knows(target())
    now = 61.0
    assert await book.find(target()) is None
    assert len(asked) == 2
    assert store.prices.all() == {}
    assert "could not be looked up" in caplog.text
