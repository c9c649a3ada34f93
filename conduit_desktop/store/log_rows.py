"""Exchanges as rows of the log and back. Holds no SQL that changes anything and no connection.

What goes in goes in through ``attrgetter``: one call in C gives the whole tuple.
"""

from __future__ import annotations

import zlib
from operator import attrgetter
from typing import Any

import msgspec

from conduit_desktop.records import Attempt, Capture, Exchange, Usage
from conduit_desktop.store.database import Row

_HEAD = ("dialect", "endpoint", "method", "path", "upstream_model", "provider_id", "kind", "stream", "finish")
_USAGE = (
    "input",
    "output",
    "cached_read",
    "cache_write",
    "reasoning",
    "audio_input",
    "audio_output",
    "reported_cost",
    "estimated",
)
_TAIL = ("cost", "price", "ttft", "total", "overhead", "bytes_in", "bytes_out")
_COHORT = ("key_id", "key", "app", "model", "provider", "status")
_ATTEMPT = (
    "n",
    "provider_id",
    "provider",
    "deployment_id",
    "upstream_model",
    "url",
    "offset",
    "connected",
    "headers",
    "first",
    "duration",
    "status",
    "cause",
    "error",
    "upstream_request_id",
    "reused",
    "dialect",
    "dropped",
)
"""The order in which an attempt's fields are stored. Only ever append to it: rows of old logs are shorter."""

head_of = attrgetter(*_HEAD)
usage_of = attrgetter(*_USAGE)
tail_of = attrgetter(*_TAIL)
cohort_of = attrgetter(*_COHORT)
_attempt_of = attrgetter(*_ATTEMPT)
_NO_USAGE = (None,) * len(_USAGE)

_columns = ("seq", "id", "cohort", "started", *_HEAD, *_USAGE, *_TAIL, "attempts")
INSERT = f"INSERT INTO exchange ({', '.join(_columns)}) VALUES ({', '.join('?' * len(_columns))})"

_SELECTED = ("id", "seq", "started", *_HEAD, *_TAIL)
_error = "coalesce(f.error_code, ''), coalesce(f.error, '')"
SELECT = (
    f"SELECT {', '.join(f'e.{name}' for name in _SELECTED)}, {', '.join(f'c.{name}' for name in _COHORT)},"
    f" {_error}, {', '.join(f'e.{name}' for name in _USAGE)}, %s"
    " FROM exchange e JOIN cohort c ON c.id = e.cohort LEFT JOIN failure f ON f.seq = e.seq"
)
"""Take the last column with ``% "e.attempts"`` or ``% "NULL"``."""
_PLAIN = (*_SELECTED, *_COHORT, "error_code", "error")

_encode = msgspec.msgpack.Encoder().encode
_decode_attempts = msgspec.msgpack.Decoder(list[list[Any]]).decode
_decode_capture = msgspec.msgpack.Decoder(Capture).decode


def to_row(seq: int, cohort: int, exchange: Exchange) -> Row:
    usage = exchange.usage
    return (
        seq,
        exchange.id,
        cohort,
        exchange.started,
        *head_of(exchange),
        *(_NO_USAGE if usage is None else usage_of(usage)),
        *tail_of(exchange),
        _encode([_attempt_of(attempt) for attempt in exchange.attempts]) if exchange.attempts else None,
    )


def from_row(row: Row) -> Exchange:
    plain = len(_PLAIN)
    fields = dict(zip(_PLAIN, row, strict=False))
    fields["key_id"] = fields["key_id"] or None
    fields["stream"] = bool(fields["stream"])
    usage = row[plain:-1]
    if usage[0] is not None:
        counts = dict(zip(_USAGE, usage, strict=True))
        counts["estimated"] = bool(counts["estimated"])
        fields["usage"] = Usage(**counts)
    if row[-1] is not None:
        fields["attempts"] = tuple(
            Attempt(**dict(zip(_ATTEMPT, values, strict=False))) for values in _decode_attempts(row[-1])
        )
    return Exchange(**fields)


def pack_capture(capture: Capture) -> bytes:
    return zlib.compress(_encode(capture), 6)


def unpack_capture(data: bytes) -> Capture:
    return _decode_capture(zlib.decompress(data))
