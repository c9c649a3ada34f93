"""Writing a client's stream. Source: docs "Streaming Messages"; type ``RawMessageStreamEvent`` of the SDK."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.anthropic.carry import AFTER, BEFORE, carrier, on_call, seal
from conduit_desktop.wire.dialects.anthropic.citations import write_citation
from conduit_desktop.wire.dialects.anthropic.errors import encode_error
from conduit_desktop.wire.dialects.anthropic.replies import message
from conduit_desktop.wire.dialects.anthropic.usage import write_delta_usage
from conduit_desktop.wire.dialects.anthropic.words import CUSTOM_INPUT, NAME, stop_reason
from conduit_desktop.wire.dialects.anthropic.writing import call_block, text_block, tool_id
from conduit_desktop.wire.dialects.base import Context, sse
from conduit_desktop.wire.dialects.lowering import media_words
from conduit_desktop.wire.failure import Failure, broken_off
from conduit_desktop.wire.messages import Foreign, Media, Part, Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.sequence import InOrder
from conduit_desktop.wire.usage import Usage

_WORDS = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":{"type":"%s_delta","%s":'
_GROWING = (e.TextDelta, e.ThinkingDelta, e.ArgumentsDelta)
_encode = msgspec.json.Encoder().encode
_SPOKEN = (Text, Refusal)


def _event(kind: str, **members: Any) -> bytes:
    return sse({"type": kind, **members}, kind)


class AnthropicEncoder:
    """Writes one stream. Blocks come one at a time, numbered from 0. A thinking block begins with its first thought,
    as only then is it known that it is not a redacted one; the stop reason and the usage wait for the end."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._order = InOrder()
        self._started = False
        self._over = False
        self._blocks = 0
        self._part: Part | None = None
        self._begun = False
        self._head = b""
        self._said = False
        self._carried: list[dict[str, Any]] = []
        self._lazy: dict[str, Any] = {}
        self._finish = e.Finished()
        self._calls = False
        self._refused = False
        self._usage: Usage | None = None
        self._rest: dict[str, Any] = {}

    def encode(self, event: e.Event) -> bytes:
        if self._over:
            return b""
        if isinstance(event, _GROWING) and event.index == self._order.open:  # as nearly all are
            return self._delta(event)
        return b"".join([self._take(each) for each in self._order.feed(event)])

    def _take(self, event: e.Event) -> bytes:
        match event:
            case e.TextDelta() | e.ThinkingDelta() | e.ArgumentsDelta() | e.DataDelta() | e.CitationDelta():
                return self._delta(event)
            case e.Sealed():
                return self._seal(event)
            case e.Open():
                return self._open(event)
            case e.Close():
                return self._close()
            case _:
                return self._frame(event)

    def _frame(self, event: e.Event) -> bytes:
        """What concerns the answer as a whole."""
        match event:
            case e.Start():
                return self._start(event)
            case e.Finished() if event.choice == 0:
                self._finish = event
            case e.Tokens():
                self._usage = event.usage
            case e.Ping():
                return _event("ping") if self._started else b""
            case e.Failed():
                self._over = True
                return self._failed(event.failure)
            case e.End():
                return self._end(event)
        return b""

    def _start(self, event: e.Start) -> bytes:
        if self._started:
            return b""
        self._started = True
        extras = event.extras.get(NAME, {})
        self._usage, self._rest = event.usage, extras.get("usage", {})
        told = message(event.id, event.model, event.usage, event.service_tier, extras, self._context)
        return _event("message_start", message=told)

    def _failed(self, failure: Failure) -> bytes:
        named = self._context.request_id or failure.request_id
        return sse(encode_error(msgspec.structs.replace(failure, request_id=named)), "error")

    def _end(self, event: e.End) -> bytes:
        begun = b"" if self._started else self._start(e.Start())
        self._over = True
        if self._finish.finish == "error":  # there is no stop reason that would say so
            return begun + self._failed(broken_off(self._finish.native_finish))
        reason = stop_reason(self._finish.finish, self._finish.native_finish, calls=self._calls, refused=self._refused)
        rest = event.extras.get(NAME, {}).get("usage", self._rest)
        own = self._finish.extras.get(NAME, {})
        usage = self._usage or Usage(input=self._context.input_tokens, estimated=True)
        delta = {"stop_reason": reason, "stop_sequence": self._finish.stop_sequence or None, "stop_details": None}
        beside = {name: value for name, value in own.items() if name == "context_management"}
        delta.update((name, value) for name, value in own.items() if name not in beside)
        return (
            begun
            + _event("message_delta", delta=delta, usage=write_delta_usage(usage, rest), **beside)
            + _event("message_stop")
        )

    def _open(self, event: e.Open) -> bytes:
        out = b"" if self._started else self._start(e.Start())
        part = self._part = None if event.choice else msgspec.structs.replace(event.part)
        self._said = False
        match part:
            case Text() | Refusal():
                self._refused = self._refused or isinstance(part, Refusal)
                out += self._whole(carrier(part.signature, AFTER)) if part.signature else b""
                self._lazy = {**text_block(""), **part.extras.get(NAME, {})}
                out += self._words("text", part.text) if part.text else b""
                for citation in part.citations if isinstance(part, Text) else ():
                    out += self._piece("citations_delta", citation=write_citation(citation))
            case ToolCall():
                out += self._call(part)
            case Thinking():
                self._lazy = {"type": "thinking", "thinking": "", "signature": ""}
                out += self._begin(self._lazy) if part.id else b""
                out += self._words("thinking", part.text) if part.text else b""
            case Foreign() if part.dialect == NAME and isinstance(part.data, dict):
                out += self._whole(part.data)
        return out

    def _call(self, part: ToolCall) -> bytes:
        self._calls = True
        part.id = tool_id(part, self._context, self._blocks)
        out = self._whole(carrier(part.signature, on_call(part.id))) if part.signature else b""
        out += self._begin({**call_block(part, part.id), **part.extras.get(NAME, {})})
        if part.custom:
            out += self._piece("input_json_delta", partial_json=f'{{"{CUSTOM_INPUT}":"')
        return out + (self._argue(part.arguments) if part.arguments else b"")

    def _argue(self, text: str) -> bytes:
        """A piece of a call's input; of a plain-text one, a piece of the JSON string that holds it."""
        part = self._part
        if isinstance(part, ToolCall) and part.custom:
            text = msgspec.json.encode(text).decode()[1:-1]
        return self._piece("input_json_delta", partial_json=text)

    def _delta(self, event: e.Event) -> bytes:
        part = self._part
        match event:
            case e.TextDelta() if isinstance(part, _SPOKEN):
                return self._words("text", event.text)
            case e.TextDelta() if isinstance(part, Media):
                part.transcript += event.text
            case e.DataDelta() if isinstance(part, Media):
                part.data += event.data
            case e.ArgumentsDelta() if isinstance(part, ToolCall):
                return self._argue(event.text)
            case e.ThinkingDelta() if isinstance(part, Thinking):
                return self._thought(part, event)
            case e.CitationDelta() if isinstance(part, Text):
                return self._piece("citations_delta", citation=write_citation(event.citation))
        return b""

    def _thought(self, part: Thinking, event: e.ThinkingDelta) -> bytes:
        """More thoughts; a new section begins a new paragraph."""
        border = "\n\n" if self._said and event.section >= len(part.sections) else ""
        part.sections += [""] * (event.section + 1 - len(part.sections))
        self._said = True
        return self._words("thinking", border + event.text)

    def _seal(self, event: e.Sealed) -> bytes:
        part = self._part
        if isinstance(part, Thinking):
            part.signature = event.signature or part.signature
            part.encrypted = event.encrypted or part.encrypted
        elif isinstance(part, Text | ToolCall) and event.signature:
            self._carried.append(carrier(event.signature, on_call(part.id) if isinstance(part, ToolCall) else BEFORE))
        return b""

    def _close(self) -> bytes:
        part, self._part = self._part, None
        out = b""
        match part:
            case Thinking():
                out = self._close_thinking(part)
            case Media():
                self._lazy, words = text_block(""), media_words(part)
                out = self._words("text", words) if words else b""
            case ToolCall() if part.custom:
                out = self._piece("input_json_delta", partial_json='"}')
        if self._begun:
            out += self._stop()
        for block in self._carried:
            out += self._whole(block)
        self._carried.clear()
        return out

    def _close_thinking(self, part: Thinking) -> bytes:
        if not self._begun and part.encrypted and not (part.signature or part.id):
            return self._whole({"type": "redacted_thinking", "data": part.encrypted})
        signature = seal(part)
        return self._piece("signature_delta", signature=signature) if signature else b""

    def _begin(self, block: dict[str, Any]) -> bytes:
        self._begun, self._head = True, b""
        return _event("content_block_start", index=self._blocks, content_block=block)

    def _piece(self, kind: str, **members: Any) -> bytes:
        """A delta of the block that is open, which begins with it where it has not yet."""
        begun = b"" if self._begun else self._begin(self._lazy)
        return begun + _event("content_block_delta", index=self._blocks, delta={"type": kind, **members})

    def _words(self, kind: str, text: str) -> bytes:
        """A delta of words or thoughts; nearly every event of a stream is one."""
        begun = b"" if self._begun else self._begin(self._lazy)
        if not self._head:  # the same for all of a block
            name = kind.encode()
            self._head = _WORDS % (self._blocks, name, name)
        return b"%s%s%s}}\n\n" % (begun, self._head, _encode(text))

    def _stop(self) -> bytes:
        self._begun = False
        self._blocks += 1
        return _event("content_block_stop", index=self._blocks - 1)

    def _whole(self, block: dict[str, Any]) -> bytes:
        """A block that is there at once; as the API does, what grows elsewhere comes in a delta here too."""
        if block.get("type") == "thinking":
            begun = self._begin({**block, "signature": ""})
            begun += self._piece("signature_delta", signature=block["signature"])
        elif block.get("input") and block.get("type") in ("server_tool_use", "mcp_tool_use"):
            begun = self._begin({**block, "input": {}})
            begun += self._piece("input_json_delta", partial_json=msgspec.json.encode(block["input"]).decode())
        else:
            begun = self._begin(block)
        return begun + self._stop()
