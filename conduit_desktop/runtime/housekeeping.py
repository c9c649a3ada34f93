"""Keeps the log within its limits and its reports quick while a gateway runs: shortly after the start, then hourly.

Works in small steps with a pause after each, on a worker thread, so that no request waits for more than one step. The
settings are read anew each time. Belongs to the gateway's loop.
"""

from __future__ import annotations

import asyncio
import logging
import time

from conduit_desktop.gateway.tally.renewing import renew
from conduit_desktop.runtime.calendar import unsummed
from conduit_desktop.store import Store
from conduit_desktop.tasks import cancel, spawn

FIRST_AFTER = 30.0
EVERY = 3600.0
CHUNK = 200
PAUSE = 0.05
_DAY = 86400.0

_log = logging.getLogger(__name__)


class Housekeeping:
    """``start`` and ``stop`` are called on the loop it runs on."""

    def __init__(self, store: Store, first_after: float = FIRST_AFTER, every: float = EVERY) -> None:
        self._store = store
        self._first_after = first_after
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = spawn(self._go_on(), "housekeeping")

    async def stop(self) -> None:
        await cancel(self._task)
        self._task = None

    async def _go_on(self) -> None:
        await asyncio.sleep(self._first_after)
        while True:
            try:
                await sum_up(self._store)  # before the minutes go that a day may begin with
                await sweep(self._store)
                await asyncio.to_thread(renew, self._store)
            except Exception:  # noqa: BLE001 - whatever it was, the next hour's try may go better
                _log.warning("The log could not be tidied; the next try is in an hour", exc_info=True)
            await asyncio.sleep(self._every)


async def sweep(store: Store, chunk: int = CHUNK, pause: float = PAUSE) -> tuple[int, int]:
    """Delete what is over its time or size; how many exchanges and how many bodies went."""
    settings = await asyncio.to_thread(store.settings.all)
    now, exchanges = time.time(), 0
    days = settings["retention_days"]
    begin = now - days * _DAY if days else 0.0
    begin = max(begin, await asyncio.to_thread(_fitting, store, settings["log_megabytes"] * 1_000_000))
    if begin:
        while gone := await asyncio.to_thread(store.exchanges.sweep, begin, chunk):
            exchanges += gone
            await asyncio.sleep(pause)
        while await asyncio.to_thread(store.exchanges.prune, begin):
            await asyncio.sleep(pause)
    keep_from, most = now - settings["capture_days"] * _DAY, settings["capture_megabytes"] * 1_000_000
    bodies = await asyncio.to_thread(store.captures.sweep, keep_from, most)
    await asyncio.to_thread(store.cache.prune, now)
    if exchanges or bodies:
        _log.info("Deleted %d old requests and %d bodies", exchanges, bodies)
    return exchanges, bodies


async def sum_up(store: Store, pause: float = PAUSE) -> int:
    """Sum up the days and months that are over; how many there were."""
    spans = await asyncio.to_thread(unsummed, store, time.time())
    for span in spans:
        await asyncio.to_thread(store.exchanges.sum_up, *span)
        await asyncio.sleep(pause)
    return len(spans)


def _fitting(store: Store, most: int) -> float:
    """From when on the exchanges fit into so many bytes; 0 when all do, or when nobody minds."""
    taken, exchanges = store.exchanges.size()
    if not most or taken <= most:
        return 0.0
    return store.exchanges.age_of(exchanges * (taken - most) // taken + 1) or 0.0
