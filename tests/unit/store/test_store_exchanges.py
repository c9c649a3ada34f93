"""The log: what comes back, and that every filter, page, count and overview says what a plain loop would say."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit_desktop.paths import Home
from conduit_desktop.records import Attempt, Exchange, ExchangeFilter, Usage
from conduit_desktop.store import Store, overview, rollup, search
from conduit_desktop.store.overview import percentile
from tests.unit.store.samples import EXCHANGE, NOON, Append, appender, exchange

# ---------------------------------------------------------------- round trip

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
count = st.integers(0, 2**40)
moment = st.floats(0, 1e6)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def records(kind: type, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Records with anything in every field, by its annotation."""
    by_annotation = {
        "str": text,
        "str | None": maybe(text.filter(bool)),
        "int": count,
        "int | None": maybe(count),
        "float": moment,
        "float | None": maybe(moment),
        "bool": st.booleans(),
    }
    fields = {name: by_annotation[each] for name, each in kind.__annotations__.items() if each in by_annotation}
    return st.builds(kind, **(fields | fixed))


exchanges = records(
    Exchange,
    seq=st.just(0),
    usage=maybe(records(Usage)),
    attempts=st.lists(records(Attempt), max_size=3).map(tuple),
)
numbers = itertools.count()


@pytest.fixture(scope="module")
def shared() -> Iterator[Store]:
    with TemporaryDirectory() as folder, contextlib.closing(Store.open(Home(Path(folder)))) as store:
        yield store


@settings(max_examples=60, deadline=None)
@given(exchanges)
def test_exchanges_come_back_as_they_went(shared: Store, given: Exchange) -> None:
    given = msgspec.structs.replace(given, id=f"{given.id}{next(numbers)}")
    (seq,) = appender(shared)([given])
    assert isinstance(seq, int)
    assert shared.exchanges.get(given.id) == msgspec.structs.replace(given, seq=seq)
    assert shared.exchanges.page(limit=1) == [msgspec.structs.replace(given, seq=seq, attempts=())]


def test_what_is_not_there(store: Store) -> None:
    assert store.exchanges.get("x") is None
    assert store.exchanges.page() == store.exchanges.page(ExchangeFilter(text="x", until=5.0)) == []
    assert store.exchanges.count(ExchangeFilter(model="x")) == 0
    assert store.exchanges.facets() == ((), (), (), ())
    assert store.exchanges.sweep(1e12) == 0
    empty = store.exchanges.overview(0, 100, 4)
    assert (empty.requests, empty.total_p50, len(empty.buckets)) == (0, None, 4)


# ---------------------------------------------------------------- filters against a plain loop

WORDS = ["fast", "FASTER", "a%b", "a_b", "x\\y", "über", "zz"]


def lower(name: str) -> str:
    """As SQLite's LIKE sees it: only ASCII letters have a case."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def matches(each: Exchange, filter: ExchangeFilter) -> bool:
    if filter.key_id is not None and (each.key_id or "") != filter.key_id:
        return False
    if filter.model is not None and each.model != filter.model:
        return False
    if filter.provider is not None and each.provider != filter.provider:
        return False
    if filter.outcome is not None:
        asked = {"ok": each.status < 400, "error": each.status >= 400}
        if not asked.get(filter.outcome, str(each.status) == filter.outcome):
            return False
    if filter.since is not None and each.started < filter.since:
        return False
    if filter.until is not None and each.started >= filter.until:
        return False
    names = (each.model, each.key, each.provider, each.app, each.error, each.error_code)
    anywhere = any(lower(filter.text) in lower(name) for name in names)
    return not filter.text or anywhere or each.id.startswith(filter.text)


plain = st.fixed_dictionaries(
    {
        "started": st.floats(NOON, NOON + 3 * 3600),
        "key_id": st.sampled_from([None, "k1", "k2"]),
        "key": st.sampled_from(WORDS),
        "app": st.sampled_from(["curl", "zz"]),
        "model": st.sampled_from(WORDS),
        "provider": st.sampled_from(["OpenAI", "Ollama"]),
        "status": st.sampled_from([200, 200, 204, 429, 500]),
        "error": st.sampled_from(["", "", "Fasting took too long", "100 % zz_top"]),
        "error_code": st.sampled_from(["", "a_b"]),
        "usage": st.none() | st.builds(Usage, input=st.integers(0, 9), output=st.integers(0, 9)),
        "cost": st.none() | st.integers(0, 100),
        "ttft": st.none() | st.floats(0, 1),
        "total": st.floats(0, 10),
    }
)
filters = st.builds(
    ExchangeFilter,
    text=st.sampled_from(["", "", "fast", "%", "_", "\\", "zz", "ÜBER", "über", "id-00", "id-0001", "nowhere"]),
    key_id=st.sampled_from([None, None, "", "k1", "k2", "k3"]),
    model=st.sampled_from([None, None, None, "fast", "zz"]),
    provider=st.sampled_from([None, None, None, "OpenAI"]),
    outcome=st.sampled_from([None, None, "ok", "error", "429", "none"]),
    since=st.none() | st.floats(NOON - 60, NOON + 3 * 3600),
    until=st.none() | st.floats(NOON, NOON + 4 * 3600),
)


@pytest.fixture(params=["window", "merge", "sort"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the search take each of its ways, which otherwise only large logs do."""
    if request.param != "window":
        monkeypatch.setattr(search, "WINDOW", 3)
    if request.param == "sort":
        monkeypatch.setattr(search, "_MANY_COHORTS", 0)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(plain, max_size=40),
    asked=st.lists(filters, min_size=4, max_size=4),
    limit=st.integers(1, 9),
    folded=st.integers(0, 40),
)
def test_pages_and_counts_are_those_of_a_plain_loop(
    way: None, rows: list[dict[str, Any]], asked: list[ExchangeFilter], limit: int, folded: int
) -> None:
    given = [exchange(0, id=f"id-{number:04d}", **row) for number, row in enumerate(rows)]
    with TemporaryDirectory() as folder, contextlib.closing(Store.open(Home(Path(folder)))) as store:
        append = appender(store)
        append(given[:folded])
        fold_all(store)
        append(given[folded:])
        for filter in asked:
            wanted = [number + 1 for number, each in enumerate(given) if matches(each, filter)][::-1]
            found: list[int] = []
            while page := store.exchanges.page(filter, before=found[-1] if found else None, limit=limit):
                assert len(page) <= limit
                found += [each.seq for each in page]
            assert found == wanted
            assert store.exchanges.count(filter) == len(wanted)
            assert store.exchanges.count(filter, most=3) == min(len(wanted), 3)


def fold_all(store: Store) -> None:
    """Let the rollups catch up: the writer does so by itself once it has nothing else to do."""
    store._writer.run(store._activity, lambda: None)
    while rollup.fold(store._activity):
        pass


# ---------------------------------------------------------------- overview


def by_hand(given: list[Exchange], since: float, until: float, buckets: int) -> list[list[int]]:
    bars = [[0] * 6 for _ in range(buckets)]
    for each in given:
        if since <= each.started < until:
            bar = bars[min(int((each.started - since) / ((until - since) / buckets)), buckets - 1)]
            usage = each.usage or Usage()
            more = (1, each.status >= 400, usage.input, usage.output, each.cost or 0, each.cost is None)
            bar[:] = [have + new for have, new in zip(bar, more, strict=True)]
    return bars


def bars_of(found: Any) -> list[list[int]]:
    return [[b.requests, b.errors, b.input, b.output, b.cost, b.unpriced] for b in found.buckets]


@pytest.mark.parametrize("exact", [5000, -1], ids=["rows", "rollups"])
@pytest.mark.parametrize("many", [50_000, -1], ids=["minutes", "hours"])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(plain, max_size=40), buckets=st.integers(1, 5), folded=st.integers(0, 40))
def test_overviews_are_those_of_a_plain_loop(
    monkeypatch: pytest.MonkeyPatch,
    exact: int,
    many: int,
    rows: list[dict[str, Any]],
    buckets: int,
    folded: int,
) -> None:
    monkeypatch.setattr(overview, "EXACT", exact)
    monkeypatch.setattr(overview, "_MANY_MINUTES", many)
    monkeypatch.setattr(overview, "_WIDE", 3600)
    since = NOON // 3600 * 3600
    until = since + buckets * 3600
    given = [exchange(0, id=f"id-{number:04d}", **row) for number, row in enumerate(rows)]
    with TemporaryDirectory() as folder, contextlib.closing(Store.open(Home(Path(folder)))) as store:
        append = appender(store)
        append(given[:folded])
        fold_all(store)
        append(given[folded:])
        found = store.exchanges.overview(since, until, buckets)
    wanted = by_hand(given, since, until, buckets)
    assert bars_of(found) == wanted
    assert found.requests == sum(bar[0] for bar in wanted)
    assert found.cost == sum(bar[4] for bar in wanted)
    inside = [each for each in given if since <= each.started < until]
    totals = sorted(each.total for each in inside)
    firsts = sorted(each.ttft for each in inside if each.ttft is not None)
    assert (found.total_p50, found.total_p95) == (percentile(totals, 50), percentile(totals, 95))
    assert (found.ttft_p50, found.ttft_p95) == (percentile(firsts, 50), percentile(firsts, 95))


def test_bars_of_an_overview(store: Store, append: Append) -> None:
    append(exchange(number) for number in range(50, 210, 10))
    found = store.exchanges.overview(NOON, NOON + 400, 4)
    assert [bar.requests for bar in found.buckets] == [5, 10, 1, 0]
    assert [bar.start for bar in found.buckets] == [NOON, NOON + 100, NOON + 200, NOON + 300]
    assert found.buckets[0].seconds == 100


def test_overview_of_all_time(store: Store, append: Append) -> None:
    append(exchange(number) for number in range(10))
    for since, until in ((0.0, NOON * 2), (NOON, NOON), (NOON + 5, NOON), (NOON - 1, float("inf"))):
        found = store.exchanges.overview(since, until, 3)
        assert found.requests == (10 if since < until else 0)


def test_percentiles_are_nearest_ranks() -> None:
    values = [float(number) for number in range(1, 11)]
    assert [percentile(values, percent) for percent in (1, 10, 11, 50, 95, 100)] == [1, 1, 2, 5, 10, 10]
    assert percentile([], 50) is None


# ---------------------------------------------------------------- facets, sweeping


def test_facets(store: Store, append: Append) -> None:
    append(
        [
            exchange(1, model="b", provider="P", key_id="k1", key="old name"),
            exchange(2, model="a", provider="", key_id=None, key=""),
            exchange(3, model="", provider="O", key_id="k1", key="new name"),
        ]
    )
    facets = store.exchanges.facets()
    assert facets.models == ("a", "b")
    assert facets.providers == ("O", "P")
    assert facets.keys == (("k1", "new name"),)


def test_sweeping_leaves_what_it_adds_up_to(store: Store, append: Append) -> None:
    append(exchange(number, error="x" if number % 2 else "") for number in range(30))
    append([msgspec.structs.replace(EXCHANGE, started=NOON + 5)])
    assert store.exchanges.sweep(NOON + 20) in (0, 21)  # only what the rollups have may go
    fold_all(store)
    while store.exchanges.sweep(NOON + 20, limit=8):
        pass
    assert [each.started for each in store.exchanges.page()] == [NOON + number for number in range(29, 19, -1)]
    assert store.exchanges.count(ExchangeFilter(text="x")) == 5
    assert sum(counter.requests for counter in store.spend.rows()) == 31
    found = store.exchanges.overview(NOON - 60, NOON + 120, 1)
    assert (found.requests, found.cost) == (31, 30 * 7 + (EXCHANGE.cost or 0))


def test_a_number_is_never_given_twice(store: Store, append: Append, home: Home) -> None:
    assert append(exchange(number) for number in range(5)) == [1, 2, 3, 4, 5]
    fold_all(store)
    assert store.exchanges.sweep(1e12) == 5
    assert append([exchange(7)]) == [6]


def test_sweeping_in_any_order_of_time(store: Store, append: Append) -> None:
    append([exchange(0, id="late", started=NOON + 9000), exchange(1), exchange(2, id="b", started=NOON + 9000)])
    fold_all(store)
    assert store.exchanges.sweep(NOON + 100) == 1
    assert [each.seq for each in store.exchanges.page()] == [3, 1]


def test_the_rollups_follow_by_themselves(home: Home) -> None:
    store = Store.open(home)
    appender(store)(exchange(number) for number in range(20))
    store.close()
    with contextlib.closing(Store.open(home)) as again, again._activity.reading() as connection:
        assert rollup.folded_up_to(connection) == 20


def test_overlong_lists_of_cohorts(store: Store, append: Append) -> None:
    append(exchange(number, model=f"model {number}", error="odd" if number % 2 else "") for number in range(3000))
    fold_all(store)
    assert len(store.exchanges.page(ExchangeFilter(text="model"), limit=5000)) == 3000
    assert len(store.exchanges.page(ExchangeFilter(text="odd"), limit=5000)) == 1500


def test_the_order_of_stored_attempts() -> None:
    """Old logs have attempts in this order, or the beginning of it: more fields may follow, none may come between."""
    known = (
        *("n", "provider_id", "provider", "deployment_id", "upstream_model", "url", "offset", "connected", "headers"),
        *("first", "duration", "status", "cause", "error", "upstream_request_id", "reused", "dialect", "dropped"),
        *("waited", "credential", "model", "next", "lab"),
    )
    assert Attempt.__struct_fields__[: len(known)] == known
