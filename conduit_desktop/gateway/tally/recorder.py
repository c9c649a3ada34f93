"""One exchange, once, into the log: the answer's last byte waits for it, so that what a client received whole is on
disk even if the process is killed in the next instant."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from conduit_desktop.bus import Bus, ExchangeFinished
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
        self.open = 0
        """Exchanges given to the log that it has not acknowledged yet."""

    def record(self, trip: Trip, day: str) -> asyncio.Future[None]:
        """Log the exchange; the future is done when it is on disk (or ``PATIENCE`` is over). Never fails."""
        loop = asyncio.get_running_loop()
        settled: asyncio.Future[None] = loop.create_future()
        exchange = trip.record()
        self._ring.keep(trip)
        capture = trip.capture() if trip.snapshot.settings["capture"] else None
        self.open += 1
        timer = loop.call_later(PATIENCE, _done, settled)

        def acknowledged(result: int | BaseException) -> None:
            loop.call_soon_threadsafe(self._acknowledged, exchange, result, settled, timer)

        self._store.exchanges.append(exchange, day, capture, acknowledged)
        return settled

    def _acknowledged(
        self,
        exchange: Exchange,
        result: int | BaseException,
        settled: asyncio.Future[None],
        timer: asyncio.TimerHandle,
    ) -> None:
        self.open -= 1
        timer.cancel()
        _done(settled)
        if isinstance(result, BaseException):
            _log.error("Exchange %s could not be logged: %s", exchange.id, result)
        elif self._bus.listening:
            self._bus.publish(ExchangeFinished(replace(exchange, seq=result)))


def _done(settled: asyncio.Future[None]) -> None:
    if not settled.done():
        settled.set_result(None)
