"""Exchanges as rows of the log and back. Holds no SQL that changes anything and no connection."""

from __future__ import annotations

import zlib
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import astuple

from conduit_desktop.records import Attempt, Capture, Exchange, Usage
from conduit_desktop.store.database import Row

_HEAD = ("dialect", "endpoint", "method", "path", "upstream_model", "provider_id", "kind", "stream", "finish")
_MORE_FROM = Usage.__struct_fields__.index("cache_write_1h") + 1
_USAGE = Usage.__struct_fields__[:_MORE_FROM]
"""A column each."""
_MORE = Usage.__struct_fields__[_MORE_FROM:]
"""The rarer counts of a usage: one column together, by name."""
_TAIL = ("cost", "price", "saved", "ttft", "total", "overhead", "bytes_in", "bytes_out")
_COHORT = ("key_id", "key", "app", "model", "provider", "status")
_ATTEMPT = Attempt.__struct_fields__
"""How an attempt's fields are stored: in their own order. Only ever append to them: rows of old logs are shorter."""

_DEPLOYMENT, _FIRST, _DURATION, _CAUSE, _LAB = map(
    _ATTEMPT.index, ("deployment_id", "first", "duration", "cause", "lab")
)


_head_of = attrgetter("started", *_HEAD)
_tail_of = attrgetter(*_TAIL)
cohort_of = attrgetter(*_COHORT)
_NO_USAGE = (None,) * (len(_USAGE) + 1)
_NO_MORE = astuple(Usage())[len(_USAGE) :]

EXCHANGE = ("exchange", ("seq", "id", "cohort", "started", *_HEAD, *_USAGE, "more", *_TAIL, "attempts"))
"""The table and the columns that ``to_row`` fills."""

_SELECTED = ("id", "seq", "started", *_HEAD, *_TAIL)
_error = "coalesce(f.error_code, ''), coalesce(f.error, '')"
SELECT = (
    f"SELECT {', '.join(f'e.{name}' for name in _SELECTED)}, {', '.join(f'c.{name}' for name in _COHORT)},"
    f" {_error}, {', '.join(f'e.{name}' for name in _USAGE)}, e.more, %s"
    " FROM exchange e JOIN cohort c ON c.id = e.cohort LEFT JOIN failure f ON f.seq = e.seq"
)
"""Take the last column with ``% "e.attempts"`` or ``% "NULL"``."""
_PLAIN = (*_SELECTED, *_COHORT, "error_code", "error")

_encode = msgspec.msgpack.Encoder().encode
_decode_attempts = msgspec.msgpack.Decoder(list[list[Any]]).decode
_decode_more = msgspec.msgpack.Decoder(dict[str, Any]).decode
_decode_capture = msgspec.msgpack.Decoder(Capture).decode


def to_row(seq: int, cohort: int, exchange: Exchange) -> Row:
    usage, attempts = exchange.usage, exchange.attempts
    return (
        seq,
        exchange.id,
        cohort,
        *_head_of(exchange),
        *(_NO_USAGE if usage is None else _counts(usage)),
        *_tail_of(exchange),
        _encode([astuple(attempt) for attempt in attempts]) if attempts else None,
    )


def _counts(usage: Usage) -> Row:
    values = astuple(usage)
    return (*values[: len(_USAGE)], _more(values[len(_USAGE) :]))


def from_row(row: Row) -> Exchange:
    plain = len(_PLAIN)
    fields = dict(zip(_PLAIN, row, strict=False))
    fields["key_id"] = fields["key_id"] or None
    fields["stream"] = bool(fields["stream"])
    usage = row[plain:-2]
    if usage[0] is not None:
        counts = dict(zip(_USAGE, usage, strict=True))
        counts["estimated"] = bool(counts["estimated"])
        counts["cache_write_1h"] = counts["cache_write_1h"] or 0
        if row[-2] is not None:
            counts.update(_decode_more(row[-2]))
        fields["usage"] = Usage(**counts)
    if row[-1] is not None:
        fields["attempts"] = tuple(
            Attempt(**dict(zip(_ATTEMPT, values, strict=False))) for values in _decode_attempts(row[-1])
        )
    return Exchange(**fields)


class Called(NamedTuple):
    """What of an attempt tells how its deployment does."""

    deployment_id: str | None
    first: float | None
    duration: float
    cause: str
    lab: str


def calls_of(stored: bytes) -> list[Called]:
    """The attempts of an exchange as they are stored in its row, no more of them than that."""
    return [
        Called(values[_DEPLOYMENT], values[_FIRST], values[_DURATION], values[_CAUSE], "".join(values[_LAB : _LAB + 1]))
        for values in _decode_attempts(stored)
    ]


def _more(values: Row) -> bytes | None:
    if values == _NO_MORE:
        return None
    pairs = zip(_MORE, values, _NO_MORE, strict=True)
    return _encode({name: value for name, value, none in pairs if value != none})


def pack_capture(capture: Capture) -> bytes:
    return zlib.compress(_encode(capture), 6)


def unpack_capture(data: bytes) -> Capture:
    return _decode_capture(zlib.decompress(data))
