"""Housekeeping on real databases: what goes, what stays, and that settings are read each time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.records import Capture, Exchange, Message
from conduit_desktop.runtime.housekeeping import Housekeeping, sum_up, sweep
from conduit_desktop.store import Store, rollup

DAY = 86400.0


pytestmark = pytest.mark.leaves_threads  # asyncio's own, which end with the loop

Age = tuple[str, float]


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """A store with requests of these names and ages in days. It is opened anew: what is swept is what is in the
    rollups, and a store that closes brings these up to date."""
    stack = contextlib.ExitStack()

    def fill(*ages: Age, body: bytes | None = None) -> Store:
        with contextlib.closing(Store.open(Home(tmp_path))) as store:
            for outcome in [begin(store, name, age, body) for name, age in ages]:
                assert isinstance(outcome.result(5), int)
        return stack.enter_context(contextlib.closing(Store.open(Home(tmp_path))))

    with stack:
        yield fill


def add(store: Store, name: str, age: float) -> None:
    assert isinstance(begin(store, name, age).result(5), int)


def begin(store: Store, name: str, age: float, body: bytes | None = None) -> Future[int | BaseException]:
    started = time.time() - age * DAY
    exchange = Exchange(id=name, started=started, dialect="x", endpoint="x", method="POST", path="/", cost=7)
    capture = Capture(exchange_id=name, request=Message(start="POST /", body=body)) if body is not None else None
    done: Future[int | BaseException] = Future()
    store.exchanges.append(exchange, "2026-01-01", capture, done.set_result)
    return done


def kept(store: Store) -> list[str]:
    return [exchange.id for exchange in store.exchanges.page()][::-1]


async def test_old_requests_go_in_chunks_and_their_spending_stays(filled: Callable[..., Store]) -> None:
    store = filled(*((f"old{n}", 31) for n in range(7)), ("new", 29))
    assert await sweep(store, chunk=2, pause=0) == (7, 0)
    assert kept(store) == ["new"]
    assert store.spend.per_key() == {"": 56}


async def test_settings_are_read_each_time(filled: Callable[..., Store]) -> None:
    store = filled(("old", 31))
    store.settings.put("retention_days", 0)
    assert await sweep(store) == (0, 0)
    store.settings.put("retention_days", 40)
    assert await sweep(store) == (0, 0)
    store.settings.put("retention_days", 30)
    assert await sweep(store) == (1, 0)


async def test_bodies_have_limits_of_their_own(filled: Callable[..., Store]) -> None:
    store = filled(("old", 4), ("new", 1), body=b"x" * 100)
    assert await sweep(store) == (0, 1)
    assert kept(store) == ["old", "new"]
    assert store.captures.get("old") is None
    assert store.captures.get("new") is not None


async def test_the_oldest_go_first_when_the_log_is_too_large(filled: Callable[..., Store]) -> None:
    """Long ids make each take 6 kB or so, in the table and in its index."""
    ages = [(f"{number:04}" + "x" * 3_000, 20 - number / 100) for number in range(300)]
    store = filled(*ages)
    taken, exchanges = store.exchanges.size()
    assert exchanges == 300
    assert taken > 1_500_000
    store.settings.put("log_megabytes", 1)
    for _ in range(6):
        await sweep(store, pause=0)
    taken, exchanges = store.exchanges.size()
    assert taken <= 1_000_000
    assert 50 < exchanges < 250
    assert kept(store) == [name for name, _ in ages[-exchanges:]][-200:]
    assert store.spend.per_key() == {"": 300 * 7}
    store.settings.put("log_megabytes", 0)
    assert await sweep(store) == (0, 0)


async def test_days_that_are_over_are_summed_up(filled: Callable[..., Store]) -> None:
    store = filled(("old", 3), ("older", 3.001))
    assert await sum_up(store, pause=0) in (3, 4)  # and the month, where it has just ended
    assert await sum_up(store, pause=0) == 0
    assert len(store.exchanges.summed(rollup.DAY)) == 3


async def test_it_runs_soon_after_the_start_and_again(filled: Callable[..., Store]) -> None:
    store = filled(("old", 31))
    housekeeping = Housekeeping(store, first_after=0, every=0.5)  # in between the store has time for its rollups
    await housekeeping.start()
    try:
        async with asyncio.timeout(30):
            while kept(store):
                await asyncio.sleep(0.01)
            add(store, "another", 31)
            while kept(store):
                await asyncio.sleep(0.01)
    finally:
        await housekeeping.stop()


async def test_a_failure_is_logged_and_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    class Failing:
        def __init__(self) -> None:
            self.asked = 0

        @property
        def exchanges(self) -> object:
            self.asked += 1
            raise OSError("the disk is gone")

    failing = Failing()
    housekeeping = Housekeeping(failing, first_after=0, every=0)  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING):
        await housekeeping.start()
        async with asyncio.timeout(10):
            while failing.asked < 3:
                await asyncio.sleep(0)
        await housekeeping.stop()
    assert "the next try is in an hour" in caplog.text


async def test_stopping_before_the_start(filled: Callable[..., Store]) -> None:
    await Housekeeping(filled()).stop()
