"""Which framing a stream has, by its content type."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from conduit_desktop.wire import framing
from conduit_desktop.wire.framing import Splitter

Framing = Literal["", "sse", "lines", "array", "eventstream"]


_USUAL: dict[str, Framing] = {"bedrock-converse": "eventstream", "ollama": "lines", "ollama-generate": "lines"}
_WHOLE = (b"json", b"html", b"text/plain", b"xml")


def framing_asked(headers: Iterable[tuple[bytes, bytes]], dialect: str) -> Framing:
    """The framing of an answer to a request for a stream in ``dialect``, where its content type may be missing or
    nothing that is known; empty for what is plainly no stream."""
    return _asked(tuple([value for name, value in headers if name == b"content-type"]), dialect)


@lru_cache(maxsize=64)
def _asked(kinds: tuple[bytes, ...], dialect: str) -> Framing:
    found = _framing(kinds[0], False) if kinds else ""
    if any(mark in kind.lower() for kind in kinds for mark in _WHOLE):
        return found
    return found or _USUAL.get(dialect, "sse")


def framing_of(headers: Iterable[tuple[bytes, bytes]], *, wanted: bool = False) -> Framing:
    """The framing of an answer's body, empty for one that is no stream. ``wanted``: a stream was asked for, so that a
    body of JSON may be one of JSON values (Gemini's array)."""
    for name, value in headers:
        if name == b"content-type":
            return _framing(value, wanted)
    return ""


_FRAMINGS: dict[bytes, Framing] = {
    b"text/event-stream": "sse",
    **dict.fromkeys((b"application/x-ndjson", b"application/ndjson", b"application/jsonl"), "lines"),
    b"application/stream+json": "lines",
    b"application/vnd.amazon.eventstream": "eventstream",
}


@lru_cache(maxsize=64)
def _framing(content_type: bytes, wanted: bool) -> Framing:
    kind = content_type.partition(b";")[0].strip().lower()
    return "array" if wanted and kind == b"application/json" else _FRAMINGS.get(kind, "")


def splitter_of(kind: Framing, *, unwrap: bool = True) -> Splitter:
    """A splitter for a stream of this framing. ``unwrap``: event-stream frames that hold a model's own events give
    those."""
    match kind:
        case "lines":
            return framing.Lines()
        case "array":
            return framing.Array()
        case "eventstream":
            from conduit_desktop.wire import eventstream

            return eventstream.Unwrapped() if unwrap else eventstream.Frames()
        case _:
            return framing.Events()
