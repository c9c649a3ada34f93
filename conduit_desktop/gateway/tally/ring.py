"""The bodies of the last exchanges, in memory, for the inspector: the last 200, and no more than 64 MB of them."""

from __future__ import annotations

import threading
from collections import OrderedDict

from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.records import Capture
from conduit_desktop.store.captures import masked

MOST = 200
MOST_BYTES = 64 * 1024 * 1024


class Ring:
    """Filled by the gateway's loop, read from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Trip, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, trip: Trip) -> None:
        """Remember the bodies of a finished exchange."""
        size = 0
        for seen in (trip.request, trip.upstream_request, trip.response):
            if seen is not None:
                body = seen.body
                size += len(body) if isinstance(body, bytes) else sum(map(len, body))
        with self._lock:
            self._kept[trip.id] = (trip, size)
            self._bytes += size
            while len(self._kept) > MOST or (self._bytes > MOST_BYTES and len(self._kept) > 1):
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone

    def get(self, exchange_id: str) -> Capture | None:
        """The bodies of one exchange, secrets masked; None when it is not among the last."""
        with self._lock:
            found = self._kept.get(exchange_id)
        capture = found[0].capture() if found else None
        return masked(capture) if capture else None

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0
