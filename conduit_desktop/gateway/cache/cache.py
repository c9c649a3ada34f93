"""The cache itself: finds answers and keeps them, in memory at once and on disk by a thread of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from conduit_desktop.gateway.cache import fitting
from conduit_desktop.gateway.cache.digest import digest, mark
from conduit_desktop.gateway.cache.entry import Draft, Entry, pack, unpack
from conduit_desktop.gateway.cache.memory import Lately
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.snapshot import Route, Snapshot
from conduit_desktop.records import VirtualKey
from conduit_desktop.store.cache import CacheFile, Kept
from conduit_desktop.tasks import spawn

MEMORY_BYTES = 32 * 1024 * 1024
MOST_ENTRIES = 200_000
"""On disk: what is there is known in memory, at some 200 bytes each."""
MEGABYTE = 1_000_000
LONG_BODY = 256 * 1024
"""Of a request: from here on its digest would hold the loop up."""
_UNTOLD = 256
_SKEW = 60.0
"""Seconds by which a clock may have been set back."""
P = ParamSpec("P")
T = TypeVar("T")


class Cache:
    """Belongs to the gateway's loop. ``faulty`` are the deployments that play a fault at the moment: a model with one
    of them has no cache, for somebody wants to see what comes of the fault."""

    def __init__(self, file: CacheFile, faulty: Collection[str] = ()) -> None:
        self._file = file
        self._faulty = faulty
        self._memory: Lately[Entry] = Lately(MEMORY_BYTES)
        self._disk: Lately[None] = Lately(0, MOST_ENTRIES)
        self._used: dict[bytes, float] = {}
        self._generation = 0
        self._clears = 0
        self._known = False
        self._pool: ThreadPoolExecutor | None = None
        self._writing: set[asyncio.Task[None]] = set()
        self._under_way = 0
        """Bytes that are on their way to the disk."""
        self._marks: dict[str, bytes] = {}
        self._marked: Snapshot | None = None

    async def prepare(self, snapshot: Snapshot) -> None:
        """Before a configuration is put in force: look what is on disk, or whether it is still the same."""
        if all(route.cache_seconds is None for route in snapshot.routes.values()):
            return
        self._disk.most_bytes = snapshot.settings["cache_megabytes"] * MEGABYTE
        same = self._known and self._clears == self._file.clears
        if not same or await self._do(self._file.generation) != self._generation:
            await self._look()
        if gone := self._disk.fit():
            self._note(gone)

    async def _look(self) -> None:
        """Forget everything, and take over what is on disk."""
        self._known, self._clears = True, self._file.clears
        contents = await self._do(self._file.contents, time.time())
        self._memory.clear()
        self._disk.clear()
        self._used.clear()
        self._generation = contents.generation
        gone = [each for found, size in contents.entries for each in self._disk.put(found, None, size)]
        if gone:
            self._note(gone)

    # ------------------------------------------------------------ one request

    async def look(self, trip: Trip, job: Job, key: VirtualKey, route: Route) -> Draft | None:
        """The draft of a request that the cache is for; None for any other."""
        if route.cache_seconds is None or not key.cache or not fitting.may_be_cached(job):
            return None
        terms = fitting.terms(job.headers)
        if not terms.keep or (self._faulty and any(target.id in self._faulty for target in route.targets)):
            return None
        marked = self._mark(trip.snapshot, route)
        long = len(job.body) > LONG_BODY
        found = await asyncio.to_thread(digest, job, key, marked) if long else digest(job, key, marked)
        seconds = float(route.cache_seconds)
        oldest = seconds if terms.max_age is None else min(seconds, terms.max_age)
        trip.cache = "miss"
        return Draft(found, route.alias, job.ask.stream, terms.give, oldest, seconds)

    def _mark(self, snapshot: Snapshot, route: Route) -> bytes:
        if self._marked is not snapshot:
            self._marked, self._marks = snapshot, {}
        if route.alias not in self._marks:
            self._marks[route.alias] = mark(route)
        return self._marks[route.alias]

    async def find(self, draft: Draft, now: float) -> Entry | None:
        """The answer that was kept, if it may be given."""
        if not draft.give:
            return None
        entry = self._memory.get(draft.digest)
        if entry is None:
            if draft.digest not in self._disk:
                return None
            entry = await self._do(self._read, draft.digest)
            if entry is None:
                self._disk.pop(draft.digest)
                return None
            self._memory.put(draft.digest, entry, entry.size)
        if not -_SKEW <= now - entry.created <= draft.seconds:
            return None
        if draft.digest in self._disk:
            self._disk.get(draft.digest)
            self._used[draft.digest] = now
            if len(self._used) >= _UNTOLD:
                self._note([])
        return entry

    def keep(self, draft: Draft, entry: Entry) -> None:
        """Keep an answer: in memory now, on disk soon."""
        if len(entry.body) > fitting.MOST_BYTES:
            return
        self._memory.put(draft.digest, entry, entry.size)
        if self._under_way > MEMORY_BYTES or entry.size > self._disk.most_bytes:
            return  # the disk is slower than the providers; what it lacks it gets another time
        self._under_way += entry.size
        gone = [each for each in self._disk.put(draft.digest, None, entry.size) if each != draft.digest]
        used, self._used = self._used, {}
        self._write(self._put(draft, entry, gone, used, self._generation))

    async def close(self) -> None:
        """Write what was given so far."""
        while self._writing:
            await asyncio.gather(*self._writing, return_exceptions=True)
        if self._pool is None:
            return
        if self._used:
            await self._do(self._file.note, [], self._used)
        await asyncio.to_thread(self._pool.shutdown)
        self._pool = None

    # ------------------------------------------------------------ the disk

    def _read(self, wanted: bytes) -> Entry | None:
        data = self._file.get(wanted)
        return None if data is None else unpack(data)

    async def _put(self, draft: Draft, entry: Entry, gone: list[bytes], used: dict[bytes, float], known: int) -> None:
        def put() -> int:
            until = entry.created + draft.keep_seconds
            kept = Kept(draft.digest, draft.model, entry.size, entry.created, until, pack(entry))
            return self._file.put(kept, gone, used, known)

        try:
            found = await self._do(put)
        finally:
            self._under_way -= entry.size
        if known in (0, found):
            self._generation = self._generation or found
        elif self._generation == known:  # emptied meanwhile, or made anew
            await self._look()

    def _note(self, gone: list[bytes]) -> None:
        used, self._used = self._used, {}
        self._write(self._do(self._file.note, gone, used))

    def _write(self, work: Coroutine[Any, Any, None]) -> None:
        task = spawn(work, "response cache")
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _do(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Do ``work`` with the file on the cache's own thread, in the order in which it is asked for."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="conduit-cache")
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **named))
