"""Answering with what was told before: onto the exchange's notebook, and out to the client."""

from __future__ import annotations

import time

from msgspec.structs import replace

from conduit_desktop.gateway import answers
from conduit_desktop.gateway.accept.reply import Reply
from conduit_desktop.gateway.cache.entry import Entry
from conduit_desktop.gateway.exchange import Replay, Seen, Trip


def note(trip: Trip, entry: Entry) -> None:
    """The exchange as an answer from the cache: what it used and cost the first time, and nothing now."""
    trip.cache = "hit"
    age = max(trip.started - entry.created, 0.0)
    trip.replay = Replay(entry.provider, entry.upstream_model, entry.cost, age, entry.exchange_id)
    # The provider's own figure is of what it did then; now it does nothing.
    trip.usage = replace(entry.usage, reported_cost=None) if entry.usage is not None else None
    trip.finish, trip.dropped = entry.finish, entry.dropped
    trip.status, trip.bytes_out = 200, len(entry.body)
    now = time.perf_counter()
    trip.own = trip.overhead(now)
    if entry.streamed:
        trip.first = now
    headers = [*entry.headers, *answers.replayed(trip.replay)]
    trip.response = Seen("HTTP/1.1 200", headers, entry.body, (now - trip.began,))


def tell(entry: Entry, reply: Reply, client: answers.Client) -> None:
    """The same bytes once more; a stream with all its events at once."""
    head = client.head(list(entry.headers))
    if entry.streamed:
        reply.start(200, head, entry.body)
        reply.end()
    else:
        reply.whole(200, head, entry.body)
