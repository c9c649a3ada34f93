"""What a whole reply or a stream in OpenAI's dialect came to: usage, finish reason, and the errors that providers
report in a reply, in a stream or with a status of their own.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from conduit_desktop.wire import framing, sse
from conduit_desktop.wire.dialects.openai_usage import MOST_TOKENS, RawUsage, milliseconds, read_usage
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.usage import Usage

# ---------------------------------------------------------------- whole replies


class _ErrorBody(msgspec.Struct):
    message: str | None = None
    code: int | str | None = None
    type: str | None = None


class _Finish(msgspec.Struct):
    finish_reason: Any = None


class _Reply(msgspec.Struct):
    usage: RawUsage | None = None
    choices: list[_Finish] | None = None
    error: Any = None
    service_tier: Any = None
    duration: Any = None
    meta: Any = None


EXTRACT = 4000
"""Characters of an error in no known shape that are taken over. What is kept of it, its reader decides."""
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


_reply = msgspec.json.Decoder(_Reply, strict=False)


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a reply or stream came to. ``error`` is the provider's message when it reported a failure, with
    ``error_status`` the HTTP status it stands for, and ``id`` the answer's own where somebody may ask for it again."""

    usage: Usage | None = None
    finish: str = ""
    error: str = ""
    error_status: int = 0
    readable: bool = True
    id: str = ""


def read_reply(body: bytes) -> Outcome:
    """What a whole reply came to. A body that is not the expected JSON gives ``readable=False``."""
    try:
        reply = _reply.decode(body)
    except _UNREADABLE:
        return Outcome(readable=False)
    finish = _word(reply.choices[0].finish_reason) if reply.choices else ""
    message, status = _error(reply.error) if reply.error and not reply.choices else ("", 0)
    return Outcome(_usage(reply), finish, message, status)


def _usage(reply: _Reply) -> Usage | None:
    """Usage as OpenAI tells it; else the length of a sound that was written down, or what Cohere bills."""
    usage = read_usage(reply.usage, reply.service_tier)
    if usage is not None:
        return usage
    if length := milliseconds(reply.duration):
        return Usage(audio_ms=length)
    billed = reply.meta.get("billed_units") if isinstance(reply.meta, dict) else None
    units = billed.get("search_units") if isinstance(billed, dict) else None
    return Usage(searches=units) if type(units) is int and 0 <= units <= MOST_TOKENS else None


def _word(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""


def _error(raw: Any) -> tuple[str, int]:
    """The message and status of an ``error`` member, in any of the shapes that compatible providers use."""
    if isinstance(raw, str):
        return raw, 502
    try:
        error = msgspec.convert(raw, _ErrorBody, strict=False)
    except msgspec.ValidationError:
        return "The provider reported an error.", 502
    code = str(error.code or "")
    status = int(code) if len(code) == 3 and code.isascii() and code.isdigit() else 0
    message = error.message or error.type or "The provider reported an error."
    return message, status if 400 <= status < 600 else 502


def read_error(body: bytes) -> str:
    """The message of an upstream error body, in whatever shape; a short extract when it is none known."""
    try:
        raw = msgspec.json.decode(body)
    except _UNREADABLE:
        return body[:EXTRACT].decode("utf-8", "replace").strip()
    if isinstance(raw, dict):
        for key in ("error", "message", "detail", "errors"):
            if raw.get(key):
                return _error(raw[key])[0] if not isinstance(raw[key], list) else str(raw[key])[:EXTRACT]
    return str(raw)[:EXTRACT]


# ---------------------------------------------------------------- streams


class _Groq(msgspec.Struct):
    usage: RawUsage | None = None


class _Chunk(msgspec.Struct):
    choices: list[dict[str, Any]] | None = None
    usage: RawUsage | None = None
    error: Any = None
    x_groq: _Groq | None = None
    service_tier: Any = None


_chunk = msgspec.json.Decoder(_Chunk, strict=False)


class StreamWatch:
    """Reads a chat stream as it passes, parsing only the events that can tell something.

    ``content`` turns true with the first event that carries any of the answer; ``done`` with ``[DONE]``. With
    ``hide_usage`` the chunk that holds nothing but usage is taken out again. ``held`` is the end of the stream, kept
    back until the exchange is in the log.
    """

    __slots__ = (
        "_pieces",
        "closing",
        "content",
        "done",
        "error",
        "error_status",
        "finish",
        "garbled",
        "held",
        "hide_usage",
        "id",
        "usage",
    )

    def __init__(self, *, hide_usage: bool) -> None:
        self.hide_usage = hide_usage
        self.content = False
        self.done = False
        self.closing = False
        self.usage: Usage | None = None
        self.finish = ""
        self.error = ""
        self.error_status = 0
        self.garbled = False
        self.held = b""
        self.id = ""
        self._pieces = framing.Events()

    def feed(self, data: bytes) -> bytes:
        """Take what arrived; gives what may go on to the client (whole events, up to the end marker)."""
        data = self._pieces.block(data)
        if self.done:
            self.held += data
            return b""
        if not self.content or _worth_reading(data):
            return self._read(data)
        return data

    def end(self) -> bytes:
        """The stream ended: what was left of an unfinished event. Afterwards ``complete`` can be asked."""
        rest = self._pieces.left()
        if self.done:
            self.held += rest
            return b""
        return self._read(rest) if rest else b""

    def fail(self, failure: Failure) -> bytes:
        """What tells the client that the stream ends in a failure."""
        error = {"message": failure.message, "type": "server_error", "param": None, "code": failure.code or None}
        return self._pieces.behind(b"data: " + msgspec.json.encode({"error": error}) + b"\n\n")

    @property
    def complete(self) -> bool:
        """Whether the stream said that it was finished: by ``[DONE]``, or by a finish reason."""
        return self.done or bool(self.finish) or bool(self.error)

    def _read(self, block: bytes) -> bytes:
        kept = []
        for event, name, data in sse.events(block):
            if self.done:
                self.held += event
            elif data.strip() == b"[DONE]":
                self.done = True
                self.held = event
            elif not data or self._event(data, name):
                kept.append(event)
        return b"".join(kept)

    def _event(self, data: bytes, name: str) -> bool:
        """Take in one event's data; whether the client is to see it."""
        try:
            chunk = _chunk.decode(data)
        except _UNREADABLE:
            if not self.content:  # afterwards the client sees for itself
                self.garbled = True
                self.error, self.error_status = "The provider's stream holds an event that cannot be read.", 502
            return True
        if chunk.x_groq is not None and self.usage is None:
            self.usage = read_usage(chunk.x_groq.usage, chunk.service_tier)
        if chunk.usage is not None:
            self.usage = read_usage(chunk.usage, chunk.service_tier) or self.usage
            if self.hide_usage and not chunk.choices and not chunk.error:
                return False
        if chunk.error or name == "error":
            self.error, self.error_status = _error(chunk.error or msgspec.json.decode(data))
        for choice in chunk.choices or ():
            said = choice.get("delta") or choice.get("text")
            self.finish = _word(choice.get("finish_reason")) or self.finish
            if isinstance(said, dict):
                said = any(value for name, value in said.items() if name != "role")
            self.content = self.content or bool(said)
        return True


_USAGE = re.compile(rb'usage"\s*+:\s*+[^n\s]')
_FINISH = re.compile(rb'finish_reason"\s*+:\s*+[^n\s]')
_ERROR = re.compile(rb'error"')
_DONE = re.compile(rb"\[DONE\]")
"""Each begins with a letter that is rare enough to be looked for: one expression for all takes twice as long."""


def _worth_reading(block: bytes) -> bool:
    """Whether a block of events can hold more than a piece of the answer. Some send ``"usage":null`` with each."""
    return bool(_USAGE.search(block) or _FINISH.search(block) or _ERROR.search(block) or _DONE.search(block))
