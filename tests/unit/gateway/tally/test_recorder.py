"""An answer waits for the log, but never for ever, and a log that comes late harms nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from conduit_desktop.bus import Bus, ExchangeFinished
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.gateway.tally import recorder as recorders
from conduit_desktop.gateway.tally.recorder import Recorder
from conduit_desktop.gateway.tally.ring import Ring


class Log:
    """A log that acknowledges when it is told to; ``at_once`` is one with its journal."""

    def __init__(self, at_once: bool = False) -> None:
        self.exchanges = self
        self.at_once = at_once
        self.waiting: list[Callable[[int | BaseException], None]] = []

    def append(self, exchange: Any, day: str, capture: Any, done: Callable[[int | BaseException], None]) -> bool:
        self.waiting.append(done)
        return self.at_once


def recorder(log: Log) -> Recorder:
    return Recorder(log, Ring(), Bus())  # type: ignore[arg-type]


def trip() -> Trip:
    return Trip(id="r", started=0.0, began=0.0, method="POST", path="/", snapshot=Snapshot())


async def from_another_thread(done: Callable[[int | BaseException], None], result: int | BaseException) -> None:
    await asyncio.to_thread(done, result)
    await asyncio.sleep(0)


async def test_a_journal_needs_no_waiting() -> None:
    log = Log(at_once=True)
    made = recorder(log)
    assert made.record(trip(), "2026-01-01") is None
    assert made.open == 1
    await from_another_thread(log.waiting[0], 1)
    assert made.open == 0


async def test_without_one_the_answer_waits() -> None:
    log = Log()
    made = recorder(log)
    settled = made.record(trip(), "2026-01-01")
    assert settled is not None
    assert not settled.done()
    await from_another_thread(log.waiting[0], 1)
    await settled
    assert made.open == 0


async def test_a_client_that_leaves_while_the_log_is_stuck() -> None:
    log = Log()
    made = recorder(log)
    settled = made.record(trip(), "2026-01-01")
    assert settled is not None
    settled.cancel()
    await asyncio.sleep(0)
    await from_another_thread(log.waiting[0], 1)
    assert made.open == 0


async def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorders, "PATIENCE", 0.01)
    log = Log()
    made = recorder(log)
    settled = made.record(trip(), "2026-01-01")
    assert settled is not None
    await settled
    assert made.open == 1
    await from_another_thread(log.waiting[0], 1)
    await asyncio.sleep(0.01)
    assert made.open == 0


@pytest.mark.logs_errors
async def test_a_log_that_fails_lets_the_answer_go(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    made = recorder(log)
    settled = made.record(trip(), "2026-01-01")
    assert settled is not None
    await from_another_thread(log.waiting[0], OSError("disk full"))
    await settled
    assert made.open == 0
    assert "could not be logged" in caplog.text


async def test_who_follows_some_exchanges_hears_of_their_end() -> None:
    log, bus, heard = Log(at_once=True), Bus(), list[Any]()
    deaf = bus.subscribe(heard.append, ExchangeFinished, follows=lambda exchange: exchange.status >= 400)
    made = Recorder(log, Ring(), bus)  # type: ignore[arg-type]
    for status in (200, 500):
        ended = trip()
        ended.status = status
        made.record(ended, "2026-01-01")
    log.waiting[0](7)
    log.waiting[1](8)
    assert [(notice.exchange.seq, notice.exchange.status) for notice in heard] == [(8, 500)]
    bus.subscribe(heard.append)
    made.record(trip(), "2026-01-01")
    log.waiting[2](9)
    assert heard[-1].exchange.seq == 9
    deaf()
    assert bus.follows(heard[-1].exchange)
