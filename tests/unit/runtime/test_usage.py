"""Reports of usage: the sums are those of the rows, in whatever pieces they are kept."""

from __future__ import annotations

import contextlib
import random
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.records import OTHER, Exchange, Sums, Usage, UsageQuery, VirtualKey
from conduit_desktop.runtime import usage
from conduit_desktop.runtime.calendar import edges
from conduit_desktop.runtime.tags import tags
from conduit_desktop.store import Store
from conduit_desktop.store.rollup import DAY, MONTH
from tests.unit.store.samples import appender, exchange

DATABASES = Path(__file__).parents[2] / "data" / "databases"
START = 1_774_500_000.0  # 26 March 2026: the clocks of Berlin change on the 29th
SPAN = 40 * 86_400
ZONES = [ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata"), ZoneInfo("America/Los_Angeles")]
KEYS = {"k1": "home", "k2": "work", "k3": "work", "k4": ""}
NAMES: dict[str, list[str]] = {
    "key_id": [*KEYS, "gone"],
    "model": ["fast", "slow", "it's", "ü*"],
    "provider": ["OpenAI", "Ollama", ""],
    "app": ["curl", "openai-python", ""],
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Home(tmp_path))
    for key_id, tag in KEYS.items():
        opened.keys.put(VirtualKey(id=key_id, name=f"key {key_id}", digest=key_id * 32, last4="wxyz", tag=tag))
    yield opened
    opened.close()


def made(rng: random.Random, count: int, start: float = START, span: float = SPAN) -> list[Exchange]:
    rows = []
    for number in range(count):
        names = {name: rng.choice(values) for name, values in NAMES.items()}
        given = Usage(input=rng.randrange(9), output=rng.randrange(9), cached_read=rng.randrange(3), cache_write=1)
        status = rng.choice([200, 200, 200, 429, 502])
        row = exchange(
            number,
            id=f"req_{rng.getrandbits(60):x}",
            started=start + rng.random() * span,
            key=names["key_id"],
            status=status,
            usage=given if rng.random() < 0.8 else None,
            cost=rng.choice([None, 0, rng.randrange(10**13)]),
            saved=rng.choice([None, rng.randrange(10**9)]),
            ttft=rng.random() if status < 400 else None,
            total=1 + rng.random(),
            stream=rng.random() < 0.5,
            **names,
        )
        rows.append(row)
    return rows


def added(rows: list[Exchange]) -> Sums:
    counted = [row.usage or Usage() for row in rows]
    return Sums(
        requests=len(rows),
        errors=sum(row.status >= 400 for row in rows),
        input=sum(each.input for each in counted),
        output=sum(each.output for each in counted),
        cached_read=sum(each.cached_read for each in counted),
        cache_write=sum(each.cache_write for each in counted),
        cost=sum(row.cost or 0 for row in rows),
        unpriced=sum(row.cost is None for row in rows),
        saved=sum(row.saved or 0 for row in rows),
    )


def fits(row: Exchange, query: UsageQuery) -> bool:
    named = {"key_id": query.key_id, "model": query.model, "provider": query.provider, "app": query.app}
    if any(value is not None and getattr(row, name) != value for name, value in named.items()):
        return False
    return query.tag is None or KEYS.get(row.key_id or "", "") == query.tag


def group_of(row: Exchange, by: str | None) -> str:
    match by:
        case None:
            return ""
        case "key":
            return row.key_id or ""
        case "tag":
            return KEYS.get(row.key_id or "", "")
        case _:
            return str(getattr(row, by))


def check(store: Store, rows: list[Exchange], query: UsageQuery, zone: ZoneInfo) -> None:
    got = usage.report(store, query, zone, now=query.until)
    fitting = [row for row in rows if fits(row, query)]
    inside = [row for row in fitting if query.since <= row.started < query.until]
    assert got.sums == added(inside), query
    length = query.until - query.since
    assert got.before == added([row for row in fitting if query.since - length <= row.started < query.since])
    assert [bar.start for bar in got.bars] + [query.until] == edges(int(query.since), int(query.until), got.grain, zone)
    by_group: dict[str, list[Exchange]] = {}
    for row in inside:
        by_group.setdefault(group_of(row, query.by), []).append(row)
    if query.by:
        assert {group.id: group.sums for group in got.groups} == {name: added(own) for name, own in by_group.items()}
        assert [group.id for group in got.groups] == sorted(
            by_group, key=lambda name: (-added(by_group[name]).cost, -len(by_group[name]), name)
        )
    for bar in got.bars:
        own = [row for row in inside if bar.start <= row.started < bar.end]
        assert bar.sums == added(own)
        if query.by:
            split = {name: added([row for row in own if group_of(row, query.by) == name]) for name in by_group}
            assert dict(bar.parts) == {name: sums for name, sums in split.items() if sums.requests}


def queries(rng: random.Random, count: int) -> Iterator[tuple[UsageQuery, ZoneInfo]]:
    options: dict[str, list[Any]] = {name: [None, None, *values] for name, values in NAMES.items()}
    options |= {"by": [None, "key", "model", "provider", "app", "tag"], "tag": [None, None, None, "work", "", "none"]}
    options["grain"] = [None, "hour", "day", "week", "month"]
    for _ in range(count):
        since = START + rng.uniform(-0.3, 0.9) * SPAN
        until = since + rng.choice([3600, 86_400, 9 * 86_400, SPAN, 2 * SPAN])
        zone = rng.choice(ZONES)
        if rng.random() < 0.5:  # whole days, as the window asks
            since, *_, until = edges(int(since), int(until) + 3 * 86_400, "day", zone)[1:-1]
        chosen = {name: rng.choice(values) for name, values in options.items()}
        yield UsageQuery(since=since // 60 * 60, until=until // 60 * 60, **chosen), zone


@pytest.mark.parametrize("folded", [False, True], ids=["fresh", "folded"])
def test_sums_are_those_of_the_rows(store: Store, folded: bool) -> None:
    rng = random.Random(5)
    rows = made(rng, 600)
    appender(store)(rows)
    if folded:
        _fold(store)
    for query, zone in queries(rng, 60):
        check(store, rows, query, zone)


def test_days_and_months_that_are_summed_up_change_nothing(store: Store) -> None:
    rng = random.Random(7)
    rows = made(rng, 500)
    appender(store)(rows)
    _fold(store)
    assert tags(store) == KEYS
    for zone, (grain, number) in product(ZONES[:2], (("day", DAY), ("month", MONTH))):
        marks = edges(int(START) - 60 * 86_400, int(START + SPAN) + 40 * 86_400, grain, zone)[1:-1]  # type: ignore[arg-type]
        for start, end in pairwise(marks):
            if rng.random() < 0.8:
                store.exchanges.sum_up(number, start, end)
    assert store.exchanges.summed(DAY)
    for query, zone in queries(rng, 60):
        check(store, rows, query, zone)
    late = made(rng, 40, START + SPAN / 2, 86_400)  # they make the sums of that day void, and no others
    appender(store)(late)
    _fold(store)
    assert store.exchanges.summed(DAY)
    for query, zone in queries(rng, 40):
        check(store, rows + late, query, zone)


def test_sums_outlive_the_rows(store: Store) -> None:
    rng = random.Random(9)
    rows = made(rng, 300)
    appender(store)(rows)
    _fold(store)
    while store.exchanges.sweep(START + SPAN / 2, 50):
        pass
    for query, zone in queries(rng, 30):
        check(store, rows, query, zone)


def test_hours_stay_when_the_minutes_leave(store: Store) -> None:
    rng = random.Random(11)
    rows = made(rng, 300)
    appender(store)(rows)
    _fold(store)
    marks = edges(int(START) - 86_400, int(START + SPAN), "day", ZONES[1])[1:-1]
    for start, end in pairwise(marks):
        store.exchanges.sum_up(DAY, start, end)  # in Kolkata, where days begin in the middle of hours
    while store.exchanges.sweep(START + SPAN, 50):
        pass
    while store.exchanges.prune(START + SPAN + 3600):
        pass
    for query, zone in queries(rng, 60):
        query = replace(query, grain=rng.choice(["day", "week", "month"]))
        if zone is ZONES[1]:
            inside = [edge for edge in marks if edge >= query.since]
            if len(inside) < 9:
                continue
            query = replace(query, since=inside[0], until=inside[8], grain="day")
        else:  # whole hours
            query = replace(query, since=query.since // 3600 * 3600, until=query.until // 3600 * 3600 + 3600)
        got = usage.report(store, query, zone, now=query.until)
        inside_rows = [row for row in rows if fits(row, query) and query.since <= row.started < query.until]
        assert got.sums == added(inside_rows), (query, zone)
        for bar in got.bars:
            assert bar.sums == added([row for row in inside_rows if bar.start <= row.started < bar.end])
    query = UsageQuery(since=START - 1000, until=START + SPAN + 7200, grain="hour")  # cut hours count once
    assert usage.report(store, query, ZONES[1]).sums == added(rows)


def test_a_log_of_the_first_schema_adds_up(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    for name in ("activity", "conduit"):
        shutil.copyfile(DATABASES / f"{name}-schema1.db", tmp_path / "home" / f"{name}.db")
    with contextlib.closing(Store.open(Home(tmp_path / "home"))) as store:
        rows = store.exchanges.page(limit=1000)
        assert rows
        for by, key in product(("key", "model", "provider", "app"), (None, rows[0].key_id)):
            query = UsageQuery(since=0, until=time.time(), by=by, key_id=key)  # type: ignore[arg-type]
            got = usage.report(store, query)
            own = [row for row in rows if fits(row, query)]
            assert {group.id for group in got.groups} == {group_of(row, by) for row in own}
            want = replace(added(own), cached_read=0, cache_write=0)  # which were not summed up then
            assert replace(got.sums, cached_read=0, cache_write=0) == want
        assert sum(each.cost for each in store.spend.of_keys().values()) == added(rows).cost


def test_the_rest_is_told_together(store: Store) -> None:
    rows = [exchange(number, model=f"m{number}", cost=1000 - number) for number in range(120)]
    appender(store)(rows)
    query = UsageQuery(since=rows[0].started, until=rows[-1].started + 60, by="model", grain="day")
    got = usage.report(store, query)
    assert [group.id for group in got.groups] == [*(f"m{number}" for number in range(100)), OTHER]
    assert got.groups[-1].sums == added(rows[100:])
    bar = next(bar for bar in got.bars if bar.sums.requests)
    assert [name for name, _ in bar.parts] == [*(f"m{number}" for number in range(8)), OTHER]
    assert sum(sums.cost for _, sums in bar.parts) == bar.sums.cost


def _fold(store: Store) -> None:
    """Wait until the writer has nothing to do any more: then everything is folded."""
    for _ in range(200):
        with store.exchanges._activity.reading() as connection:
            folded, last = connection.execute("SELECT folded, (SELECT max(seq) FROM exchange) FROM progress").fetchone()
        if folded == last:
            return
        time.sleep(0.02)
    raise AssertionError("not folded")
