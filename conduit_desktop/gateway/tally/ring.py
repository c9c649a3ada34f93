"""The bodies of the last exchanges, in memory, for the inspector: the last 200, and no more than 64 MB of them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import NamedTuple

import msgspec

from conduit_desktop.gateway.exchange import Seen, Trip, capture_of
from conduit_desktop.records import Capture
from conduit_desktop.store.captures import masked

MOST = 200
MOST_BYTES = 64 * 1024 * 1024
PACKED = 64 * 1024
"""Up to how many bytes of bodies an exchange is kept as one piece of memory. Its hundred little objects are free for
the next request then, while the processor still has them at hand: kept, they would come back 200 requests later, which
costs more than packing does. Large bodies are kept as they are, not copied."""


class Bodies(NamedTuple):
    """What was seen of one exchange."""

    request: Seen | None
    upstream_request: Seen | None
    response: Seen | None


_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Bodies).decode


class Ring:
    """Filled by the gateway's loop, read from any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[Bodies | bytes, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def keep(self, trip: Trip) -> None:
        """Remember the bodies of a finished exchange."""
        bodies = Bodies(trip.request, trip.upstream_request, trip.response)
        size = 0
        for seen in bodies:
            if seen is not None:
                body = seen.body
                size += len(body) if isinstance(body, bytes) else sum(map(len, body))
        kept = _pack(bodies) if size <= PACKED else bodies
        with self._lock:
            self._kept[trip.id] = (kept, size)
            self._bytes += size
            while len(self._kept) > MOST or (self._bytes > MOST_BYTES and len(self._kept) > 1):
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone

    def get(self, exchange_id: str) -> Capture | None:
        """The bodies of one exchange, secrets masked; None when it is not among the last."""
        with self._lock:
            found = self._kept.get(exchange_id)
        if found is None:
            return None
        kept = found[0]
        capture = capture_of(exchange_id, *(_unpack(kept) if isinstance(kept, bytes) else kept))
        return masked(capture) if capture else None

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0
