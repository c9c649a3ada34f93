"""Exports: the same columns in both forms, exact amounts, nothing that a spreadsheet would run, no half files."""

from __future__ import annotations

import asyncio
import csv
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from conduit_desktop.errors import ConduitError
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.paths import Home
from conduit_desktop.records import ExchangeFilter, Usage, UsageQuery, VirtualKey
from conduit_desktop.runtime import exporting
from conduit_desktop.runtime.activity import Activity
from conduit_desktop.runtime.exporting import EXCHANGE_COLUMNS, USAGE_COLUMNS, export
from conduit_desktop.store import Store
from conduit_desktop.tasks import spawn
from tests.unit.store.samples import EXCHANGE, NOON, appender, exchange

pytestmark = pytest.mark.leaves_threads  # asyncio's own, which end with the loop

EVERYTHING = ExchangeFilter()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(Home(tmp_path / "home"))
    opened.settings.put("time_zone", "Europe/Berlin")
    yield opened
    opened.close()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_columns_are_a_contract() -> None:
    """Add only at the end of either."""
    assert EXCHANGE_COLUMNS[:33] == (
        *(
            "id",
            "started",
            "key_id",
            "key",
            "app",
            "dialect",
            "endpoint",
            "model",
            "upstream_model",
            "provider",
            "kind",
        ),
        *("status", "error_code", "error", "stream", "finish", "bytes_in", "bytes_out"),
        *("cost_usd", "unpriced", "price", "saved_usd", "ttft_ms", "total_ms", "overhead_ms", "estimated", "service"),
        *("input_tokens", "output_tokens", "cached_read_tokens", "cache_write_tokens", "reasoning_tokens"),
        "audio_input",
    )
    assert (
        *("start", "end", "by", "id", "name", "requests", "errors"),
        *("input_tokens", "output_tokens", "cached_read_tokens", "cache_write_tokens"),
        *("cost_usd", "unpriced", "saved_usd"),
    ) == USAGE_COLUMNS


def test_both_forms_say_the_same(store: Store, tmp_path: Path) -> None:
    appender(store)([EXCHANGE, exchange(1, cost=None, usage=None, ttft=None), exchange(2, cost=0)])
    assert export(store, EVERYTHING, tmp_path / "x.csv", "csv") == 3
    assert export(store, EVERYTHING, tmp_path / "x.jsonl", "jsonl") == 3
    table = read(tmp_path / "x.csv")
    lines = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert [tuple(row) for row in table] == [EXCHANGE_COLUMNS] * 3
    assert [tuple(row) for row in lines] == [EXCHANGE_COLUMNS] * 3
    for cells, values in zip(table, lines, strict=True):
        for name, value in values.items():
            want = "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
            assert cells[name] == want, name
    free, unpriced, full = lines  # newest first
    assert (free["cost_usd"], free["unpriced"]) == ("0", False)
    assert (unpriced["cost_usd"], unpriced["unpriced"], unpriced["input_tokens"]) == (None, True, None)
    assert full["started"] == "2026-03-01T12:00:00Z"
    assert Decimal(full["cost_usd"]) * 10**12 == EXCHANGE.cost
    assert (full["input_tokens"], full["cached_read_tokens"], full["estimated"]) == (1200, 1000, True)


def test_no_text_is_a_formula(store: Store, tmp_path: Path) -> None:
    bad = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "＝1"]
    appender(store)([exchange(n, model=text, error='a,"b"\n\x1b[31mred', usage=Usage()) for n, text in enumerate(bad)])
    export(store, EVERYTHING, tmp_path / "x.csv", "csv")
    rows = read(tmp_path / "x.csv")
    assert [row["model"] for row in rows] == [f"'{text}" for text in reversed(bad)]
    assert {row["error"] for row in rows} == {'a,"b"\n�[31mred'}
    export(store, EVERYTHING, tmp_path / "x.jsonl", "jsonl")
    plain = [json.loads(line)["model"] for line in (tmp_path / "x.jsonl").read_text().splitlines()]
    assert plain == bad[::-1]


def test_bars_of_usage(store: Store, tmp_path: Path) -> None:
    store.keys.put(VirtualKey(id="key1", name="über", digest="d" * 64, last4="wxyz", tag="work"))
    appender(store)([exchange(1), exchange(2, cost=None), exchange(86_400, model="slow", cost=10**12)])
    span = {"since": NOON - 13 * 3600, "until": NOON + 35 * 3600}
    assert export(store, UsageQuery(grain="day", **span), tmp_path / "x.csv", "csv") == 2
    first, second = read(tmp_path / "x.csv")
    assert (first["start"], first["end"]) == ("2026-03-01T00:00:00+01:00", "2026-03-02T00:00:00+01:00")
    assert (first["requests"], first["cost_usd"], first["unpriced"]) == ("2", "0.000000000007", "1")
    assert (second["cost_usd"], second["name"]) == ("1", "")
    assert export(store, UsageQuery(grain="day", by="key", model="fast", **span), tmp_path / "x.csv", "csv") == 1
    (only,) = read(tmp_path / "x.csv")
    assert (only["by"], only["id"], only["name"], only["requests"]) == ("key", "key1", "über", "2")


def test_what_was_ended_leaves_no_file(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 10)
    appender(store)([exchange(number) for number in range(35)])
    path = tmp_path / "out" / "x.csv"
    path.parent.mkdir()
    path.write_text("as it was")
    told: list[tuple[int, int]] = []

    def progress(written: int, total: int) -> bool:
        told.append((written, total))
        return written < 20

    assert export(store, EVERYTHING, path, "csv", progress) is None
    assert told == [(10, 35), (20, 35)]
    assert [each.name for each in path.parent.iterdir()] == ["x.csv"]
    assert path.read_text() == "as it was"
    with pytest.raises(ConduitError, match="cannot be written"):
        export(store, EVERYTHING, tmp_path / "nowhere" / "x.csv", "csv")


async def test_off_the_loop_told_on_it_and_cancelled(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 5)
    appender(store)([exchange(number) for number in range(200)])
    activity = Activity(store, Ring(), asyncio.to_thread)  # type: ignore[arg-type]
    told: list[int] = []
    path = tmp_path / "x.jsonl"
    assert await activity.export(EVERYTHING, path, "jsonl", lambda written, _: told.append(written)) == 200
    await asyncio.sleep(0)
    assert told == list(range(5, 201, 5))
    path.unlink()
    begun = asyncio.Event()
    work = spawn(activity.export(EVERYTHING, path, "jsonl", lambda *_: begun.set()), "export")
    await begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    async with asyncio.timeout(10):
        while list(tmp_path.glob(".x.jsonl*")):
            await asyncio.sleep(0.01)
    assert not path.exists()


def test_a_large_log_takes_the_memory_of_a_page(store: Store, tmp_path: Path) -> None:
    appender(store)([exchange(number, error="x" * 500) for number in range(6_000)])
    tracemalloc.start()
    try:
        assert export(store, EVERYTHING, tmp_path / "x.csv", "csv") == 6_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000  # all of them at once would be 25 MB
