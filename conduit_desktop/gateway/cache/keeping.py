"""The way back to a client whose answer may be kept: what is told to it is remembered on the way."""

from __future__ import annotations

from collections.abc import Callable

from conduit_desktop.gateway import answers
from conduit_desktop.gateway.accept.reply import Reply
from conduit_desktop.gateway.cache.cache import Cache
from conduit_desktop.gateway.cache.entry import Draft, Entry, told
from conduit_desktop.gateway.cache.fitting import MOST_BYTES, worth_keeping
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.send.sent import Sent


class Keeping(answers.Client):
    """A client whose stream is remembered, up to what is kept of one answer. What only keeps it alive is not part of
    the answer."""

    __slots__ = ("_kept", "_size", "_stream_head", "draft")

    def __init__(self, trip: Trip, reply: Reply, cors: answers.Headers, draft: Draft) -> None:
        super().__init__(trip, reply, cors)
        self.draft = draft
        self._stream_head: answers.Headers = []
        self._kept: list[bytes] = []
        self._size = 0

    def begin(self, status: int, headers: answers.Headers, first: bytes) -> None:
        self._stream_head = headers
        if not self._reply.started:  # else it is written
            self._remember(first)
        super().begin(status, headers, first)

    @property
    def write(self) -> Callable[[bytes], None]:
        return self._write

    def _write(self, piece: bytes) -> None:
        self._remember(piece)
        self._reply.write(piece)

    def _remember(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= MOST_BYTES:
            self._kept.append(piece)
        else:
            self._kept.clear()

    def keep(self, cache: Cache, trip: Trip, sent: Sent) -> None:
        """The answer is told and logged: keep it, if it is worth it."""
        if not worth_keeping(trip, self.draft.model) or (sent.relay is None and self.draft.stream):
            return
        if sent.relay is not None:
            headers, last = self._stream_head, sent.relay.watch.held
            if self._size + len(last) > MOST_BYTES:
                return
            body = b"".join((*self._kept, last))
        else:
            headers, body = sent.headers or [], sent.body
        assert trip.target is not None
        entry = Entry(
            exchange_id=trip.id,
            created=trip.started,
            provider=trip.target.provider.name,
            upstream_model=trip.target.upstream_model,
            target_id=trip.target.id,
            answer_id=(sent.relay.watch.id if sent.relay is not None else sent.outcome.id if sent.outcome else ""),
            headers=told(headers),
            body=body,
            streamed=sent.relay is not None,
            usage=trip.usage,
            finish=trip.finish,
            cost=trip.cost,
            dropped=trip.dropped,
        )
        cache.keep(self.draft, entry)
