"""Streams of ConverseStream, to canonical events.

Source: the shape ConverseStreamOutput of Amazon's service model ``bedrock-runtime``. Only tool calls, tool results
and images announce themselves (``contentBlockStart``); words and thoughts begin with their first delta. ``metadata``
comes last."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire import eventstream
from conduit_desktop.wire.dialects.base import truncated, unreadable
from conduit_desktop.wire.dialects.converse import citations, media, replies, shapes
from conduit_desktop.wire.dialects.converse.content import ANSWER_TOOL
from conduit_desktop.wire.dialects.converse.errors import of_exception
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.messages import Foreign, Media, Part, Text, Thinking, ToolCall


class _Block:
    """A block that is open: ``part`` numbers it, -1 while it is gathered (a server tool's call or result)."""

    __slots__ = ("answer", "gathered", "kind", "opening", "part", "redacted", "signature")

    def __init__(self, kind: str, part: int) -> None:
        self.kind = kind
        self.part = part
        self.signature = ""
        self.redacted: list[str] = []
        self.opening: dict[str, Any] = {}
        self.gathered: list[Any] = []
        self.answer = False


class Decoder:
    """Reads one stream. See ``base.Decoder``."""

    def __init__(self) -> None:
        self._blocks: dict[int, _Block] = {}
        self._next = 0
        self._begun = self._stopped = self._over = False
        self._answered = self._called = False
        self._more: Any = None

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        if self._over:
            return []
        if name == "contentBlockDelta":
            try:
                event = shapes.read_delta.decode(data)
            except (msgspec.MsgspecError, UnicodeError, RecursionError):
                return self._failed(data)
            return self._delta(event.contentBlockIndex, event.delta)
        return self._other(name, data)

    def end(self) -> list[e.Event]:
        if self._over:
            return []
        self._over = True
        return [e.Failed(truncated())]  # ``metadata``, the last event, has not come

    def _failed(self, data: bytes) -> list[e.Event]:
        self._over = True
        return [e.Failed(unreadable(data))]

    def _other(self, name: str, data: bytes) -> list[e.Event]:
        if eventstream.failed(name):
            self._over = True
            return [e.Failed(of_exception(name, data))]
        try:
            match name:
                case "contentBlockStart":
                    event = shapes.read_start.decode(data)
                    return self._open(event.contentBlockIndex, event.start)
                case "contentBlockStop":
                    return self._close(shapes.read_stop.decode(data).contentBlockIndex)
                case "messageStart":
                    return self._start()
                case "messageStop":
                    return self._finish(shapes.read_message_stop.decode(data))
                case "metadata":
                    return self._metadata(msgspec.json.decode(data))
                case "":
                    return self._failed(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return self._failed(data)
        return []  # an event that is newer than this

    def _start(self) -> list[e.Event]:
        if self._begun:
            return []
        self._begun = True
        return [e.Start()]

    def _new(self, index: int, kind: str, part: Part) -> tuple[_Block, list[e.Event]]:
        """A block's begin; one that is open under the same number ends."""
        before = [*self._start(), *self._close(index)]
        block = self._blocks[index] = _Block(kind, self._next)
        self._next += 1
        return block, [*before, e.Open(block.part, part)]

    def _open(self, index: int, start: shapes.Start) -> list[e.Event]:
        if start.toolUse is not None:
            return self._open_call(index, start.toolUse)
        if start.toolResult is not None:
            out = [*self._start(), *self._close(index)]
            block = self._blocks[index] = _Block("toolResult", -1)
            block.opening = start.toolResult
            return out
        if start.image is not None:
            word = start.image.get("format")
            mime = media.FORMATS["image"].get(word, "") if isinstance(word, str) else ""
            return self._new(index, "image", Media(kind="image", media_type=mime))[1]
        return self._start()

    def _open_call(self, index: int, raw: dict[str, Any]) -> list[e.Event]:
        name, given = raw.get("name"), raw.get("toolUseId")
        if raw.get("type") == "server_tool_use":
            out = [*self._start(), *self._close(index)]
            block = self._blocks[index] = _Block("toolUse", -1)
            block.opening = raw
            return out
        if name == ANSWER_TOOL:
            self._answered = True
            block, out = self._new(index, "text", Text())
            block.answer = True
            return out
        self._called = True
        call = ToolCall(
            id=given if isinstance(given, str) else "", name=name if isinstance(name, str) else "", arguments=""
        )
        return self._new(index, "call", call)[1]

    def _delta(self, index: int, delta: shapes.Delta) -> list[e.Event]:
        block = self._blocks.get(index)
        if delta.text is not None:
            if block is not None and block.kind == "text":
                return [e.TextDelta(block.part, delta.text)] if delta.text else []
            if not delta.text:  # some models begin with a block that stays empty
                return self._start()
            block, out = self._new(index, "text", Text())
            return [*out, e.TextDelta(block.part, delta.text)]
        if delta.toolUse is not None:
            return self._arguments(block, delta.toolUse.input)
        if delta.reasoningContent is not None:
            return self._thought(index, block, delta.reasoningContent)
        if delta.citation is not None:
            out = []
            if block is None or block.kind != "text":
                block, out = self._new(index, "text", Text())
            return [*out, e.CitationDelta(block.part, citations.read(delta.citation))]
        if block is not None and delta.toolResult is not None:
            block.gathered += delta.toolResult
        elif block is not None and delta.image is not None:
            return self._picture(block, delta.image)
        return []

    def _arguments(self, block: _Block | None, text: str) -> list[e.Event]:
        if block is None or not text:
            return []
        if block.part < 0:
            block.gathered.append(text)
            return []
        return [e.TextDelta(block.part, text) if block.answer else e.ArgumentsDelta(block.part, text)]

    def _thought(self, index: int, block: _Block | None, thought: shapes.Thought) -> list[e.Event]:
        out: list[e.Event] = []
        if block is None or block.kind != "thought":
            block, out = self._new(index, "thought", Thinking())
        if thought.text:
            out.append(e.ThinkingDelta(block.part, thought.text))
        block.signature += thought.signature or ""
        if thought.redactedContent:
            block.redacted.append(thought.redactedContent)
        return out

    def _picture(self, block: _Block, image: dict[str, Any]) -> list[e.Event]:
        source = image.get("source")
        data = source.get("bytes") if isinstance(source, dict) else None
        return [e.DataDelta(block.part, data)] if block.kind == "image" and isinstance(data, str) else []

    def _close(self, index: int) -> list[e.Event]:
        block = self._blocks.pop(index, None)
        if block is None:
            return []
        if block.part < 0:
            part = Foreign(dialect=NAME, kind=block.kind, data={block.kind: _whole(block)})
            self._next += 1
            return [e.Open(self._next - 1, part), e.Close(self._next - 1)]
        out: list[e.Event] = []
        if block.signature or block.redacted:
            out.append(e.Sealed(block.part, block.signature, media.unsealed(_joined(block.redacted))))
        return [*out, e.Close(block.part)]

    def _finish(self, event: shapes.MessageStop) -> list[e.Event]:
        out = self._start()
        for index in list(self._blocks):
            out += self._close(index)
        if self._stopped:
            return out
        self._stopped = True
        finish = replies.finish_of(event.stopReason)
        if finish == "tool_calls" and self._answered and not self._called:
            finish = "stop"
        more = event.additionalModelResponseFields
        self._more = more
        sequence = replies.stop_sequence(more)
        return [*out, e.Finished(finish=finish, native_finish=event.stopReason, stop_sequence=sequence)]

    def _metadata(self, raw: Any) -> list[e.Event]:
        out = self._start()
        if not isinstance(raw, dict):
            return out
        usage = replies.read_usage(raw.get("usage"), raw.get("serviceTier"))
        if usage is not None:
            out.append(e.Tokens(usage))
        if self._stopped:
            self._over = True
            extras = replies.kept(raw | {"additionalModelResponseFields": self._more})
            if tier := replies.tier_of(raw.get("serviceTier")):
                extras.setdefault(NAME, {})["serviceTier"] = {"type": tier}
            out.append(e.End(extras=extras))
        return out


def _whole(block: _Block) -> dict[str, Any]:
    """A server tool's call or result as it stands in an answer that is no stream."""
    if block.kind == "toolResult":
        return {**block.opening, "content": block.gathered}
    try:
        arguments = msgspec.json.decode("".join(block.gathered) or "{}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        arguments = {}
    return {**block.opening, "input": arguments}


def _joined(pieces: list[str]) -> str:
    """Base64 of what several pieces of base64 hold together."""
    if len(pieces) < 2:
        return "".join(pieces)
    try:
        return base64.b64encode(b"".join(base64.b64decode(each) for each in pieces)).decode()
    except (binascii.Error, ValueError):
        return "".join(pieces)
