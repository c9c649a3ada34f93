"""Reading a provider's stream. Source: docs "Streaming Messages"; type ``RawMessageStreamEvent`` of the SDK."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.anthropic.citations import read_citation
from conduit_desktop.wire.dialects.anthropic.errors import decode_error
from conduit_desktop.wire.dialects.anthropic.replies import LATE, read_tier
from conduit_desktop.wire.dialects.anthropic.usage import left_over, merge_usage, read_usage
from conduit_desktop.wire.dialects.anthropic.words import DIRECT, FINISHES, NAME, own
from conduit_desktop.wire.dialects.base import truncated, unreadable
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Foreign, Part, Text, Thinking, ToolCall

_decode = msgspec.json.Decoder().decode
_BEFORE = ("message_start", "ping", "error")
"""What may come before the message has started."""
_NO_START: dict[str, Any] = {"message": {}}
_FRAME = ("id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage")


class _Block:
    """A block that is open at the provider. ``index`` is its part's number, None until the part has opened; ``data``
    is the block itself where it is kept whole; ``input`` the pieces of its input, or what its start held of it."""

    __slots__ = ("data", "index", "input", "whole")

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.index: int | None = None
        self.input: list[str] = []
        self.whole = ""


class AnthropicDecoder:
    """Reads one stream. Blocks that only this dialect knows are passed on whole, when they end. A stream is whole with
    ``message_stop``, or when it has said why it stopped: some compatible providers end there, or with ``[DONE]``."""

    def __init__(self) -> None:
        self._parts = 0
        self._open: dict[Any, _Block] = {}
        self._usage: dict[str, Any] = {}
        self._extras: dict[str, Any] = {}
        self._started = False
        self._over = False
        self._stopped = False
        self._readers: dict[str, Callable[[dict[str, Any]], list[e.Event]]] = {
            "content_block_delta": self._delta,
            "content_block_start": self._start_block,
            "content_block_stop": self._stop_block,
            "message_start": self._start,
            "message_delta": self._end_message,
            "message_stop": self._stop,
            "ping": self._ping,
            "error": self._error,
        }

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        if self._over:
            return []
        try:
            told = _decode(data)
            kind = told.get("type", name)
            reader = self._readers.get(kind)
            if reader is None:
                return []
            return reader(told) if self._started or kind in _BEFORE else [*self._start(_NO_START), *reader(told)]
        except (msgspec.MsgspecError, UnicodeError, RecursionError, AttributeError, TypeError, KeyError):
            if data.strip() == b"[DONE]":
                return self.end()
            self._over = True
            return [e.Failed(unreadable(data))]

    def end(self) -> list[e.Event]:
        if self._over:
            return []
        if self._stopped:
            return self._stop({})
        self._over = True
        return [e.Failed(truncated())]

    def _start(self, told: dict[str, Any]) -> list[e.Event]:
        if self._started:
            return []
        message = told["message"]
        self._usage = message.get("usage") or {}
        self._started = True
        rest = {name: value for name, value in message.items() if name not in _FRAME and value is not None}
        left = left_over(self._usage)
        self._extras = {**rest, **({"usage": left} if left else {})}
        start = e.Start(
            id=_words(message.get("id")),
            model=_words(message.get("model")),
            usage=read_usage(self._usage) if self._usage else None,
            service_tier=read_tier(self._usage),
            extras=own(dict(self._extras)),
        )
        return [start]

    def _start_block(self, told: dict[str, Any]) -> list[e.Event]:
        raw = told["content_block"]
        block = self._open[told.get("index")] = _Block(raw)
        part = _part(raw)
        if part is None:
            return []
        index = block.index = self._parts
        self._parts += 1
        out: list[e.Event] = [e.Open(index, part)]
        match part:
            case Text() if raw.get("text"):
                out.append(e.TextDelta(index, _words(raw["text"])))
            case Thinking() if raw.get("thinking"):
                out.append(e.ThinkingDelta(index, _words(raw["thinking"])))
            case ToolCall() if raw.get("input"):
                block.whole = json_text(raw["input"])
        out += [e.CitationDelta(index, read_citation(each)) for each in raw.get("citations") or ()]
        return out

    def _delta(self, told: dict[str, Any]) -> list[e.Event]:
        block = self._open.get(told.get("index"))
        delta = told["delta"]
        if block is None:
            return []
        index = block.index
        if index is None:
            _grow(block, delta)
            return []
        match delta.get("type"):
            case "text_delta":
                words = _words(delta["text"])
                return [e.TextDelta(index, words)] if words else []
            case "input_json_delta":
                piece = _words(delta["partial_json"])
                block.input.append(piece)
                return [e.ArgumentsDelta(index, piece)] if piece else []
            case "thinking_delta":
                words = _words(delta["thinking"])
                return [e.ThinkingDelta(index, words)] if words else []
            case "signature_delta":
                return [e.Sealed(index, signature=_words(delta["signature"]))]
            case "citations_delta":
                return [e.CitationDelta(index, read_citation(delta["citation"]))]
        return []

    def _stop_block(self, told: dict[str, Any]) -> list[e.Event]:
        block = self._open.pop(told.get("index"), None)
        return [] if block is None else self._close(block)

    def _close(self, block: _Block) -> list[e.Event]:
        if block.index is not None:
            late = [e.ArgumentsDelta(block.index, block.whole)] if block.whole and not any(block.input) else []
            return [*late, e.Close(block.index)]
        data = dict(block.data)
        written = "".join(block.input)
        if written:
            try:
                data["input"] = _decode(written)
            except (msgspec.MsgspecError, UnicodeError):
                data["input"] = {"arguments": written}
        index, self._parts = self._parts, self._parts + 1
        return [e.Open(index, Foreign(dialect=NAME, kind=_words(data["type"]), data=data)), e.Close(index)]

    def _end_message(self, told: dict[str, Any]) -> list[e.Event]:
        delta = told.get("delta") or {}
        out: list[e.Event] = []
        if isinstance(told.get("usage"), dict):
            self._usage = merge_usage(self._usage, told["usage"])
            out.append(e.Tokens(read_usage(self._usage)))
        native = _words(delta.get("stop_reason"))
        if native and not self._stopped:
            self._stopped = True
            out = [event for block in self._open.values() for event in self._close(block)] + out
            self._open.clear()
            late = {**delta, "context_management": told.get("context_management")}
            finished = e.Finished(
                finish=FINISHES.get(native, "other"),
                native_finish=native,
                stop_sequence=_words(delta.get("stop_sequence")),
                extras=own({name: late[name] for name in LATE if late.get(name) is not None}),
            )
            out.append(finished)
        return out

    def _stop(self, told: dict[str, Any]) -> list[e.Event]:
        self._over = True
        left = left_over(self._usage)
        if left == self._extras.get("usage", {}):
            return [e.End()]
        return [e.End(extras=own({**self._extras, "usage": left}))]

    def _ping(self, told: dict[str, Any]) -> list[e.Event]:
        return [e.Ping()] if self._started else []

    def _error(self, told: dict[str, Any]) -> list[e.Event]:
        self._over = True
        return [e.Failed(decode_error(0, told))]


def _words(value: Any) -> str:
    """A string; empty when absent. TypeError, which makes the event unreadable, for anything else."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    raise TypeError


def _part(raw: dict[str, Any]) -> Part | None:
    """What a block is by its start; None for one that is kept whole."""
    match _words(raw["type"]):
        case "text":
            return Text()
        case "thinking":
            return Thinking(signature=_words(raw.get("signature")))
        case "redacted_thinking":
            return Thinking(encrypted=_words(raw["data"]))
        case "tool_use":
            rest = {name: value for name, value in raw.items() if name not in ("type", "id", "name", "input")}
            if rest.get("caller") == DIRECT:
                del rest["caller"]
            return ToolCall(
                id=_words(raw.get("id")),
                name=_words(raw["name"]),
                arguments="",
                extras=own({name: value for name, value in rest.items() if value is not None}),
            )
    return None


def _grow(block: _Block, delta: dict[str, Any]) -> None:
    """Add a delta to a block that is kept whole."""
    if delta.get("type") == "input_json_delta":
        block.input.append(_words(delta["partial_json"]))
        return
    data = block.data = dict(block.data)
    for name, value in delta.items():
        if name == "type":
            continue
        known = data.get(name)
        data[name] = known + value if isinstance(known, str) and isinstance(value, str) else value
