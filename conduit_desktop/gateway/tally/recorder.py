"""One exchange, once, into the log: the answer's last byte waits for it, so that what a client received whole is on
disk even if the process is killed in the next instant."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial

import msgspec
from msgspec.structs import replace

from conduit_desktop.bus import Bus, ExchangeFinished, ExchangeLost
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.records import Exchange
from conduit_desktop.store import Store

PATIENCE = 2.0
"""Seconds an answer waits for a log that is stuck (a full disk, a file locked by another program)."""

_log = logging.getLogger(__name__)


class Recorder:
    """Belongs to the gateway's loop."""

    def __init__(self, store: Store, ring: Ring, bus: Bus) -> None:
        self._store = store
        self._ring = ring
        self._bus = bus
        self._given = 0
        self._taken = 0

    @property
    def open(self) -> int:
        """Exchanges given to the log that its database does not have yet."""
        return self._given - self._taken

    def record(self, trip: Trip, day: str) -> asyncio.Future[None] | None:
        """Log the exchange. None when it is on disk already; else a future that is done when it is, or when
        ``PATIENCE`` is over. Never fails."""
        exchange = trip.record()
        given = _Given(self, trip.id, exchange if self._bus.follows(exchange) else None)
        capture = trip.capture() if trip.snapshot.settings["capture"] else None
        self._given += 1
        if self._store.exchanges.append(exchange, day, capture, given):
            return None
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[None] = loop.create_future()
        given.wake = partial(_wake, loop, settled)
        if given.told:  # in between, on the writer's thread
            _done(settled)
        loop.call_later(PATIENCE, _done, settled)
        return settled

    def keep(self, trip: Trip) -> None:
        """Remember its bodies for the inspector. Nobody waits for that: it comes behind the answer."""
        self._ring.keep(trip)

    def acknowledged(self, given: _Given, result: int | BaseException) -> None:
        """On the writer thread: the exchange is in the database, or is not."""
        # A database that was locked may take it later, and tell again.
        self._taken += not given.told
        given.told = True
        if given.wake is not None:
            given.wake()
        if isinstance(result, BaseException):
            _log.error("Exchange %s could not be logged: %s", given.id, result)
            self._bus.publish(ExchangeLost(str(result)))
        elif given.exchange is not None:
            self._bus.publish(ExchangeFinished(replace(given.exchange, seq=result)))


class _Given(msgspec.Struct, gc=False):
    """An exchange that was given to the log (itself only where somebody follows it): whether the log has told of it,
    and whom to wake then."""

    recorder: Recorder
    id: str
    exchange: Exchange | None
    told: bool = False
    wake: Callable[[], None] | None = None

    def __call__(self, result: int | BaseException) -> None:
        self.recorder.acknowledged(self, result)


def _wake(loop: asyncio.AbstractEventLoop, settled: asyncio.Future[None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is gone, and whoever waited with it
        loop.call_soon_threadsafe(_done, settled)


def _done(settled: asyncio.Future[None]) -> None:
    if not settled.done():
        settled.set_result(None)
