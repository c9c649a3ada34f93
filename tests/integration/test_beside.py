"""The command line and a second process on a home whose gateway is at work: what each does is seen by the other, and no
figure gets wrong by it. Retention while requests are relayed."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import time
from pathlib import Path
from typing import Any

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.records import ExchangeFilter, Price, UsageQuery
from conduit_desktop.runtime import models, providers, usage
from conduit_desktop.runtime.housekeeping import sum_up, sweep
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault
from tests.fakes.raw import Raw, chat
from tests.fakes.rig import running
from tests.fakes.upstream import Upstream
from tests.integration.program import Program
from tests.unit.store.samples import exchange

DAY = 86_400
COST = 11 * 1_000 + 7 * 10_000
"""Of an answer of the fake provider's, which counts 11 tokens and 7."""


async def ask(url: str, key: str, done: asyncio.Event, whole: list[int]) -> None:
    async with await Raw.open(url) as connection:
        while not done.is_set():
            got = await connection.ask(chat(key, stream=len(whole) % 3 == 0))
            whole.append(got.status)
            await asyncio.sleep(0.005)


def set_up(home: Path, url: str) -> None:
    with contextlib.closing(Store.open(Home(home))) as store:
        provider = providers.add(store, MemoryVault(), "one", "openai-compatible", base_url=url)
        store.prices.put(*models.price_key(provider, "real"), Price(source="t", input=1_000, output=10_000), "t")
        models.add(store, "fast", provider, "real")
        old = time.time() - 40 * DAY
        outcomes: list[Any] = []
        for number in range(2_000):
            row = exchange(number, id=f"old{number}", started=old + number, cost=5)
            store.exchanges.append(row, "2026-01-01", None, outcomes.append)
        store.exchanges.flush()
        assert all(isinstance(outcome, int) for outcome in outcomes)


def beside(program: Program) -> None:
    """What people and scripts do meanwhile."""
    for _ in range(2):
        assert program("usage", "--json", "--by", "key", "--since", "1d").rows
        assert program("key", "list", "--json").rows
        program("key", "set", "editor", "--budget", "50")
        rows = list(csv.DictReader(io.StringIO(program("logs", "--csv", "--limit", "500").out)))
        assert len({row["id"] for row in rows}) == len(rows) == 500
    with contextlib.closing(Store.open(Home(program.home))) as store:
        asyncio.run(sum_up(store, pause=0))
        asyncio.run(sweep(store, pause=0))


async def test_a_command_line_beside_a_gateway_at_work(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    async with Upstream() as upstream:
        await asyncio.to_thread(set_up, program.home, upstream.url)
        key = (await asyncio.to_thread(program, "key", "create", "editor", "--budget", "1")).out.strip()
        with program.serving() as serving:
            done, whole = asyncio.Event(), list[int]()
            work = asyncio.gather(*[ask(serving.url, key, done, whole) for _ in range(6)])
            await asyncio.to_thread(beside, program)
            done.set()
            await work
            assert set(whole) == {200}
            await asyncio.to_thread(program, "key", "disable", "editor")
            async with await Raw.open(serving.url) as connection:
                assert (await connection.ask(chat(key))).status == 401
            await asyncio.to_thread(serving.end)
    (row,) = [
        row for row in program("usage", "--json", "--by", "key", "--key", "editor").rows if row["name"] == "editor"
    ]
    assert row["requests"] - row["errors"] == len(whole)
    assert round(float(row["cost_usd"]) * 1e12) == len(whole) * COST
    (listed,) = program("key", "list", "--json").rows
    assert round(float(listed["spent_usd"]) * 1e12) == len(whole) * COST
    with contextlib.closing(Store.open(Home(program.home))) as store:
        assert store.exchanges.count(ExchangeFilter(text="old"), most=10**6) == 0
        assert store.exchanges.count(most=10**6) == len(whole) + 1
        report = usage.report(store, UsageQuery(since=0, until=time.time() + 60))
        assert report.sums.requests == 2_000 + len(whole) + 1
        assert report.sums.cost == 2_000 * 5 + len(whole) * COST
        assert sum(store.spend.per_key().values()) == report.sums.cost


@pytest.mark.leaves_threads  # asyncio's own, which end with the loop
async def test_retention_while_requests_are_relayed(tmp_path: Path) -> None:
    set_up(tmp_path, "http://127.0.0.1:1/v1")
    async with Upstream() as upstream, running(tmp_path) as rig:
        rig.add_model("now", rig.add_provider("two", "openai-compatible", upstream.url), "real")
        done, whole = asyncio.Event(), list[int]()

        async def asking() -> None:
            async with await Raw.open(rig.base_url) as connection:
                while not done.is_set():
                    whole.append((await connection.ask(chat(rig.key, model="now"))).status)

        work = asyncio.gather(*[asking() for _ in range(4)])
        before = await asyncio.to_thread(usage.report, rig.store, UsageQuery(since=0, until=time.time() - DAY))
        assert await sweep(rig.store, chunk=100, pause=0.005) == (2_000, 0)
        done.set()
        await work
        after = await asyncio.to_thread(usage.report, rig.store, UsageQuery(since=0, until=time.time() - DAY))
    assert set(whole) == {200}
    assert len(whole) > 50
    assert after.sums == before.sums
    assert after.sums.requests == 2_000
