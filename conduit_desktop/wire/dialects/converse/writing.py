"""Streams of ConverseStream as a client gets them: canonical events to frames of an AWS event stream.

Source: the shape ConverseStreamOutput of Amazon's service model ``bedrock-runtime``. Blocks may not overlap.
"""

from __future__ import annotations

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire import eventstream
from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.converse import citations, media, replies
from conduit_desktop.wire.dialects.converse.content import fit_id
from conduit_desktop.wire.dialects.converse.errors import name_of
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Foreign, Media, Part, Text, Thinking, ToolCall
from conduit_desktop.wire.sequence import InOrder
from conduit_desktop.wire.usage import Usage


class Encoder:
    """Writes one stream. See ``base.Encoder``. Only the first choice is written: this dialect has one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._order = InOrder()
        self._index = -1
        self._skipped: set[int] = set()
        self._part: Part | None = None
        self._usage: Usage | None = None
        self._extras: Json = {}
        self._begun = self._over = False

    def encode(self, event: e.Event) -> bytes:
        if self._over:
            return b""
        return b"".join(frame for each in self._order.feed(event) for frame in self._frames(each))

    def _frames(self, event: e.Event) -> list[bytes]:
        match event:
            case e.Failed():
                self._over = True
                payload = msgspec.json.encode({"message": event.failure.message})
                name = name_of(event.failure)
                return [eventstream.frame(name[0].lower() + name[1:], payload, exception=True)]
            case e.Start():
                self._usage, self._extras = event.usage, event.extras.get(NAME) or {}
                return self._start()
            case e.Tokens():
                self._usage = event.usage
                return []
            case e.Finished():
                return self._finished(event)
            case e.End():
                return self._end(event)
            case e.Open() if event.choice:
                self._skipped.add(event.index)
                return []
            case e.Open():
                return [*self._start(), *self._open(event.part)]
            case e.Logprobs() | e.Ping():
                return []
            case _:
                return [] if event.index in self._skipped else self._inside(event)

    def _start(self) -> list[bytes]:
        if self._begun:
            return []
        self._begun = True
        return [_frame("messageStart", {"role": "assistant"})]

    def _open(self, part: Part) -> list[bytes]:
        self._part = part
        self._index += 1
        match part:
            case ToolCall():
                given = part.id or f"tooluse_{self._context.seed}{self._index}"
                start: Json = {"toolUse": {"toolUseId": fit_id(given), "name": part.name}}
                out = [self._block("contentBlockStart", start=start)]
                return [*out, self._delta({"toolUse": {"input": part.arguments}})] if part.arguments else out
            case Media(kind="image"):
                word = next((word for word, mime in media.FORMATS["image"].items() if mime == part.media_type), "png")
                out = [self._block("contentBlockStart", start={"image": {"format": word}})]
                return [*out, self._delta({"image": {"source": {"bytes": part.data}}})] if part.data else out
            case Foreign() if part.dialect == NAME and isinstance(part.data, dict):
                return self._foreign(part.data)
            case Text():
                out = [self._delta({"text": part.text})] if part.text else []
                return out + [self._delta({"citation": citations.write(each)}) for each in part.citations]
            case Thinking():
                out = [self._delta({"reasoningContent": {"text": part.text}})] if part.text else []
                return out + self._seal(part.signature, part.encrypted)
            case _:
                self._index -= 1  # nothing that this dialect could say
                self._part = None
                return []

    def _foreign(self, data: Json) -> list[bytes]:
        """A server tool's call or result, in one piece."""
        call, result = data.get("toolUse"), data.get("toolResult")
        if isinstance(call, dict):
            start = {name: value for name, value in call.items() if name != "input"}
            return [
                self._block("contentBlockStart", start={"toolUse": start}),
                self._delta({"toolUse": {"input": json_text(call.get("input"))}}),
            ]
        if isinstance(result, dict):
            start = {name: value for name, value in result.items() if name != "content"}
            return [
                self._block("contentBlockStart", start={"toolResult": start}),
                self._delta({"toolResult": result.get("content") or []}),
            ]
        return []

    def _inside(self, event: e.Event) -> list[bytes]:
        if self._part is None:
            return []
        match event:
            case e.TextDelta():
                return [self._delta({"text": event.text})]
            case e.ThinkingDelta():
                return [self._delta({"reasoningContent": {"text": event.text}})]
            case e.ArgumentsDelta():
                return [self._delta({"toolUse": {"input": event.text}})]
            case e.DataDelta():
                return [self._delta({"image": {"source": {"bytes": event.data}}})]
            case e.CitationDelta():
                return [self._delta({"citation": citations.write(event.citation)})]
            case e.Sealed():
                return self._seal(event.signature, event.encrypted)
            case _:
                self._part = None
                return [_frame("contentBlockStop", {"contentBlockIndex": self._index})]

    def _seal(self, signature: str, encrypted: str) -> list[bytes]:
        out = []
        if isinstance(self._part, Thinking):
            if encrypted:
                out.append(self._delta({"reasoningContent": {"redactedContent": media.sealed(encrypted)}}))
            if signature:
                out.append(self._delta({"reasoningContent": {"signature": signature}}))
        return out

    def _block(self, name: str, **members: object) -> bytes:
        return _frame(name, {"contentBlockIndex": self._index, **members})

    def _delta(self, delta: Json) -> bytes:
        return self._block("contentBlockDelta", delta=delta)

    def _finished(self, event: e.Finished) -> list[bytes]:
        if event.choice:
            return []
        body: Json = {"stopReason": replies.reason_of(event.finish, event.native_finish)}
        if event.stop_sequence:
            body["additionalModelResponseFields"] = {"stop_sequence": event.stop_sequence}
        return [*self._start(), _frame("messageStop", body)]

    def _end(self, event: e.End) -> list[bytes]:
        self._over = True
        own = self._extras | (event.extras.get(NAME) or {})
        extras = {name: value for name, value in own.items() if name in _LAST}
        usage = self._usage or Usage(input=self._context.input_tokens)
        body: Json = {"metrics": {"latencyMs": 0}, "usage": replies.write_usage(usage), **extras}
        return [_frame("metadata", body)]


_LAST = ("metrics", "trace", "performanceConfig", "serviceTier")


def _frame(name: str, body: Json) -> bytes:
    return eventstream.frame(name, msgspec.json.encode(body))
