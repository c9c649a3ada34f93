"""The window's questions to the log. Every query runs on a worker thread, in SQL, through an index."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.records import Capture, Exchange, ExchangeFilter, Overview, Spend, UsageQuery, UsageReport
from conduit_desktop.runtime.configuring import Run
from conduit_desktop.runtime.exporting import Format, export
from conduit_desktop.runtime.tags import bearers, tagged
from conduit_desktop.runtime.usage import key_series, users_report
from conduit_desktop.store import Store
from conduit_desktop.store.spend import KeySpend as KeySpend


@dataclass(frozen=True, slots=True)
class Facets:
    """What the log's filters can be set to: names of models, of providers, of apps, (id, name) of keys, and tags with
    the ids of the keys that have them (the empty one: those without)."""

    models: tuple[str, ...]
    providers: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    apps: tuple[str, ...] = ()
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Activity:
    """Exchanges, their bodies, and sums over them."""

    def __init__(self, store: Store, ring: Ring, run: Run) -> None:
        self._store = store
        self._ring = ring
        self._run = run

    async def page(self, wanted: ExchangeFilter, *, before: int | None = None, limit: int = 200) -> list[Exchange]:
        """The newest exchanges that fit, at most ``limit``, older than the row number ``before``; no attempts."""
        return await self._run(lambda: self._store.exchanges.page(tagged(self._store, wanted), before, limit))

    async def count(self, wanted: ExchangeFilter, most: int = 10_000) -> int:
        """How many fit; counting stops at ``most``."""
        return await self._run(lambda: self._store.exchanges.count(tagged(self._store, wanted), most))

    async def exchange(self, exchange_id: str) -> Exchange | None:
        """One exchange with its attempts."""
        return await self._run(self._store.exchanges.get, exchange_id)

    async def capture(self, exchange_id: str) -> Capture | None:
        """The bodies of one exchange: from memory, else from disk when it was captured."""
        return await self._run(self._capture, exchange_id)

    def _capture(self, exchange_id: str) -> Capture | None:
        # Not on the caller's thread even for what is in memory: a body of megabytes is put together only now.
        return self._ring.get(exchange_id) or self._store.captures.get(exchange_id)

    async def overview(self, since: float, until: float, buckets: int = 24) -> Overview:
        return await self._run(self._store.exchanges.overview, since, until, buckets)

    async def usage(self, query: UsageQuery) -> UsageReport:
        """Sums, bars, groups and timing of a span, in the user's calendar."""
        return await self._run(users_report, self._store, query)

    async def export(
        self,
        wanted: ExchangeFilter | UsageQuery,
        path: Path,
        format: Format,
        progress: Callable[[int, int], None] | None = None,
    ) -> int | None:
        """Write exchanges, newest first, or bars of usage into a file; how many rows. ``progress`` is called on this
        loop with how many are written and how many there will be. Cancelling ends it and leaves no file."""
        loop, stopped = asyncio.get_running_loop(), threading.Event()

        def told(written: int, total: int) -> bool:
            if progress is not None and not stopped.is_set():
                loop.call_soon_threadsafe(progress, written, total)
            return not stopped.is_set()

        try:
            return await self._run(export, self._store, wanted, path, format, told)
        except asyncio.CancelledError:
            stopped.set()
            raise

    async def facets(self) -> Facets:
        return await self._run(self._facets)

    def _facets(self) -> Facets:
        found = self._store.exchanges.facets()
        return Facets(
            found.models, found.providers, found.keys, found.apps, tuple(sorted(bearers(self._store).items()))
        )

    async def key_series(self, days: int = 30) -> dict[str, list[int]]:
        """What each key cost on each of the last ``days`` days, today at the end (picodollars); keys that cost nothing
        are not in it."""
        return await self._run(key_series, self._store, days)

    async def spend(self, since_day: str, until_day: str) -> list[Spend]:
        """What each key came to on each model of each provider in these days, both included; no tokens."""
        return await self._run(self._store.spend.sums, since_day, until_day)

    async def spent_ever(self) -> dict[str, KeySpend]:
        """What each key came to in all, by its id: the counters outlive the log."""
        return await self._run(self._store.spend.of_keys)
