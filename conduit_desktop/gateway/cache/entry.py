"""One kept answer: what the client was told, and what the log needs to tell of it again."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from conduit_desktop.records import Usage

ROW_BYTES = 1024
"""What an answer takes beside its body, about."""
Headers = tuple[tuple[bytes, bytes], ...]
TOLD = (b"content-type", b"content-encoding", b"content-language", b"content-disposition")
"""The headers that belong to a body; the others belonged to that one call."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """``exchange_id`` is the request that it was made for, ``created`` when (Unix seconds); ``streamed``: the body is a
    stream's. ``answer_id`` is the provider's id of it, ``target_id`` the deployment that made it. ``cost`` is None
    where nobody knows it."""

    exchange_id: str
    created: float
    provider: str
    upstream_model: str
    target_id: str
    answer_id: str
    headers: Headers
    body: bytes
    streamed: bool
    usage: Usage | None
    finish: str
    cost: int | None
    dropped: str

    @property
    def size(self) -> int:
        return len(self.body) + ROW_BYTES


class Draft(NamedTuple):
    """A request whose answer may be in the cache, or be kept there. ``give``: a kept one will do, if it is no older
    than ``seconds``; ``keep_seconds`` is how long an answer is kept."""

    digest: bytes
    model: str
    stream: bool
    give: bool
    seconds: float
    keep_seconds: float


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def pack(entry: Entry) -> bytes:
    return _encode(entry)


def unpack(data: bytes) -> Entry | None:
    """The entry; None for what cannot be read."""
    try:
        return _decode(data)
    except msgspec.MsgspecError:
        return None


def told(headers: list[tuple[bytes, bytes]]) -> Headers:
    """The headers to keep."""
    return tuple(pair for pair in headers if pair[0] in TOLD)
