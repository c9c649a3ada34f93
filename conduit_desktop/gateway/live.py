"""The snapshot in force. Every request looks at the store's revision, which costs a read of shared memory; when another
process or the window has changed something, the request waits for the new snapshot, so that a change is never late."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from conduit_desktop.gateway.snapshot import Snapshot, compile_snapshot
from conduit_desktop.store import Store

_log = logging.getLogger(__name__)


class Live:
    """Belongs to the gateway's loop. ``prepare`` readies everything else for a snapshot before it is put in force."""

    def __init__(self, store: Store, prepare: Callable[[Snapshot], Awaitable[None]]) -> None:
        self._store = store
        self._prepare = prepare
        self._lock = asyncio.Lock()
        self.snapshot = Snapshot()

    @property
    def stale(self) -> bool:
        return self._store.revision.value != self.snapshot.revision

    async def current(self) -> Snapshot:
        """The snapshot for a request that begins now."""
        if self._store.revision.value != self.snapshot.revision:
            await self._reload()
        return self.snapshot

    async def _reload(self) -> None:
        async with self._lock:
            # Read before the rows: a change in between is seen as one more change, never missed.
            revision = self._store.revision.value
            if revision == self.snapshot.revision:
                return
            try:
                configuration = await asyncio.to_thread(self._store.configuration)
                snapshot = compile_snapshot(configuration, revision)
                await self._prepare(snapshot)
            except Exception:  # noqa: BLE001 - whatever is wrong with the file, requests go on as they did
                _log.exception("The configuration could not be read again; the one before stays in force")
                return
            self.snapshot = snapshot
