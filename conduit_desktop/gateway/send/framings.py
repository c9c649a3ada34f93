"""Which framing a stream has, by its content type."""

from __future__ import annotations

from typing import Literal

from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.wire import framing
from conduit_desktop.wire.framing import Splitter

Framing = Literal["", "sse", "lines", "array", "eventstream"]


def framing_of(headers: Headers, *, wanted: bool = False) -> Framing:
    """The framing of an answer's body, empty for one that is no stream. ``wanted``: a stream was asked for, so that a
    body of JSON may be one of JSON values (Gemini's array)."""
    for name, value in headers:
        if name != b"content-type":
            continue
        kind = value.partition(b";")[0].strip().lower()
        if kind == b"text/event-stream":
            return "sse"
        if kind in (b"application/x-ndjson", b"application/stream+json", b"application/jsonl", b"application/ndjson"):
            return "lines"
        if kind == b"application/vnd.amazon.eventstream":
            return "eventstream"
        if kind == b"application/json" and wanted:
            return "array"
    return ""


def splitter_of(headers: Headers, *, unwrap: bool = True) -> tuple[Splitter, Framing]:
    """A splitter for the stream that begins with these headers. ``unwrap``: event-stream frames that hold a model's own
    events give those."""
    kind = framing_of(headers, wanted=True)
    match kind:
        case "lines":
            return framing.Lines(), kind
        case "array":
            return framing.Array(), kind
        case "eventstream":
            from conduit_desktop.wire import eventstream

            return (eventstream.Unwrapped() if unwrap else eventstream.Frames()), kind
        case _:
            return framing.Events(), kind
