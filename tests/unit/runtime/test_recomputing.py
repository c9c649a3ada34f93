"""Pricing history anew: every sum is that of the rows afterwards, and it was said before."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conduit_desktop.gateway.periods import day_of
from conduit_desktop.gateway.tally.pricing import cost, saved
from conduit_desktop.paths import Home
from conduit_desktop.records import Attempt, Deployment, Exchange, ExchangeFilter, Model, Price, Provider, Usage
from conduit_desktop.runtime import pricing, recomputing
from conduit_desktop.store import Store
from conduit_desktop.store.log_rows import SELECT, from_row
from tests.unit.store.samples import NOON, appender, exchange

PROVIDER = Provider(id="p1", name="work", kind="openai", base_url="https://api.openai.com/v1")
LISTED = Price(source="list", input=1_000, output=10_000, cached_read=100)
OWN = Price(source="own price", input=3_000, output=7_000, cached_read=500)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Home(tmp_path))
    opened.settings.put("time_zone", "Europe/Berlin")
    opened.providers.put(PROVIDER)
    for name in ("a", "b", "c"):
        opened.prices.put("openai", name, LISTED, "1")
    opened.models.put(
        Model(
            id="m",
            alias="fast",
            deployments=(Deployment(id="d", model_id="m", provider_id="p1", upstream_model="c", price=OWN),),
        )
    )
    yield opened
    opened.close()


def made(number: int, rng: random.Random, **more: Any) -> Exchange:
    usage = Usage(input=rng.randrange(10_000), output=rng.randrange(1_000), cached_read=rng.randrange(2_000))
    return exchange(
        number,
        started=NOON + rng.randrange(5 * 86_400),
        key_id=rng.choice(["k1", "k2"]),
        model=rng.choice(["fast", "slow"]),
        app=rng.choice(["curl", "x"]),
        provider="work",
        provider_id="p1",
        kind="openai",
        upstream_model=rng.choice(["a", "b", "c"]),
        usage=usage,
        cost=rng.choice([None, rng.randrange(10**9)]),
        price=rng.choice(["old", "older"]),
        saved=rng.choice([None, 5]),
        **more,
    )


def fill(store: Store, count: int, seed: int = 1) -> None:
    rng = random.Random(seed)
    filling = []
    for number in range(count):
        row = made(seed * 100_000 + number, rng)
        if number % 9 == 0:
            row = replace(row, usage=replace(row.usage, reported_cost=77), cost=77, price="reported by the provider")
        if number % 11 == 0:
            row = replace(row, usage=None, cost=0, price="", status=502)
        if row.upstream_model == "c" and number % 2:
            attempt = Attempt(
                n=1, provider_id="p1", provider="work", deployment_id="d", upstream_model="c", url="", offset=0
            )
            row = replace(row, attempts=(attempt,))
        row = replace(row, price=row.price if row.cost is not None else "")
        filling.append(row)
    appender(store)(filling, lambda row: day_of(row.started, None))


def rows(store: Store) -> list[Exchange]:
    with store._activity.reading() as connection:
        return [from_row(row) for row in connection.execute(SELECT % "e.attempts" + " ORDER BY e.seq").fetchall()]


def sums_hold(store: Store) -> None:
    """Every counter and every rollup is what its rows add up to."""
    all_rows = rows(store)
    spend: dict[tuple[str, str, str, str], list[int]] = {}
    for row in all_rows:
        counter = spend.setdefault((day_of(row.started, None), row.key_id or "", row.model, row.provider), [0, 0, 0])
        counter[0] += row.cost or 0
        counter[1] += row.cost is None
        counter[2] += row.saved or 0
    kept = {(s.day, s.key_id, s.model, s.provider): [s.cost, s.unpriced, s.saved] for s in store.spend.rows()}
    assert kept == spend
    groups: dict[tuple[str, int, int], list[int]] = {}
    for row in all_rows:
        for group in ("", f"k:{row.key_id}", f"m:{row.model}", f"p:{row.provider}", f"a:{row.app}"):
            for grain in (60, 3600):
                found = groups.setdefault((group, grain, int(row.started // grain * grain)), [0, 0, 0])
                found[0] += row.cost or 0
                found[1] += row.cost is None
                found[2] += row.saved or 0
    with store._activity.reading() as connection:
        query = "SELECT grp, grain, slot, cost, unpriced, saved FROM rollup WHERE grain <= 3600 AND grp NOT LIKE 'x:%'"
        stored = {(g, n, s): [c, u, v] for g, n, s, c, u, v in connection.execute(query).fetchall()}
        # A mix is one combination of key, model, provider and app: together they are everything.
        mixes = "SELECT sum(cost), sum(unpriced), sum(saved) FROM rollup WHERE grain = 60 AND grp LIKE 'x:%'"
        (mixed,) = connection.execute(mixes).fetchall()
    assert stored == groups
    assert list(mixed) == [sum(found[at] for key, found in groups.items() if key[:2] == ("", 60)) for at in range(3)]


def folded(store: Store) -> None:
    """Wait until the rollups have followed."""
    last = store.corrections.last()
    for _ in range(500):
        with store._activity.reading() as connection:
            if connection.execute("SELECT folded FROM progress").fetchone()[0] >= last:
                return
        time.sleep(0.01)
    raise AssertionError("the rollups do not follow")


@pytest.fixture(autouse=True)
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_every_sum_is_that_of_its_rows_afterwards(store: Store) -> None:
    fill(store, 700)
    folded(store)
    sums_hold(store)
    before = rows(store)
    found = recomputing.preview(store)
    assert rows(store) == before
    assert found.exchanges == 700
    assert found.before == sum(row.cost or 0 for row in before)
    assert found.unpriced_before == sum(row.cost is None for row in before)
    assert recomputing.recompute(store, found) == found.changed > 0
    after = rows(store)
    assert sum(row.cost or 0 for row in after) == found.after
    assert sum(row.cost is None for row in after) == found.unpriced_after == 0
    folded(store)
    sums_hold(store)
    for old, new in zip(before, after, strict=True):
        assert new.usage == old.usage
        if old.usage is None or old.usage.reported_cost is not None:
            assert new == old
            continue
        price = OWN if new.upstream_model == "c" and new.attempts else LISTED
        assert new.cost == cost(price, new.usage or Usage(), new.started)
        assert new.saved == saved(price, new.usage or Usage(), new.started)
        kept = store.used_prices.get(new.price)
        assert kept is not None
        assert cost(kept, new.usage or Usage(), new.started) == new.cost
    assert found.reported == sum(row.usage is not None and row.usage.reported_cost is not None for row in before)
    again = recomputing.preview(store)
    assert again.changed == 0
    assert recomputing.recompute(store, again) == 0


def test_a_rule_a_span_and_only_the_unpriced(store: Store) -> None:
    fill(store, 300)
    folded(store)
    pricing.save_rule(store, "work/a", changed(OWN, input=1))
    since, until = NOON + 86_400, NOON + 3 * 86_400
    found = recomputing.preview(store, since, until, only_unpriced=True)
    before = {row.seq: row for row in rows(store)}
    assert recomputing.recompute(store, found) == found.changed
    for row in rows(store):
        old = before[row.seq]
        within = since <= row.started < until and old.cost is None
        assert (row == old) is not within
        if within and row.upstream_model == "a":
            assert row.price.startswith("own price for work/a #")
    sums_hold(store)


def test_what_comes_meanwhile_is_not_touched(store: Store) -> None:
    fill(store, 50)
    found = recomputing.preview(store)
    fill(store, 20, seed=2)
    before = rows(store)[50:]
    recomputing.recompute(store, found)
    assert rows(store)[50:] == before
    folded(store)
    sums_hold(store)


def test_what_was_priced_once_stays_priced(store: Store) -> None:
    append = appender(store)
    row = made(1, random.Random(3))
    gone = replace(row, kind="no-such-kind", provider_id="gone", cost=9, price="old", upstream_model="x")
    append([gone], day_of(gone.started, None))
    assert recomputing.preview(store).changed == 0
    (found,) = store.exchanges.page(ExchangeFilter())
    assert found.cost == 9


def test_budgets_are_told(store: Store) -> None:
    fill(store, 20)
    before = store.revision.value
    recomputing.recompute(store, recomputing.preview(store))
    assert store.revision.value != before


def test_the_day_is_that_under_which_it_was_counted(store: Store) -> None:
    """Counted in another time zone than the one of now: the counter is found all the same."""
    append = appender(store)
    row = replace(made(1, random.Random(4)), started=NOON + 11.5 * 3600, cost=None, price="", upstream_model="a")
    append([row], day_of(row.started - 86_400, None))
    recomputing.recompute(store, recomputing.preview(store))
    (counter,) = store.spend.rows()
    (found,) = rows(store)
    assert (counter.cost, counter.unpriced) == (found.cost, 0)
