"""A stream for a client: an interaction's beginning, its steps one after the other, its end with the usage, ``[DONE]``.

Source: ai.google.dev/gemini-api/docs/interactions/streaming. Everything goes out at once but what a step's last delta
says: the signature of thoughts, and the words of a sound.
"""

from __future__ import annotations

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.custom import wrapped
from conduit_desktop.wire.dialects.gemini.words import write_tier
from conduit_desktop.wire.dialects.interactions.citations import write_citation
from conduit_desktop.wire.dialects.interactions.errors import encode_error
from conduit_desktop.wire.dialects.interactions.replies import call_id, frame
from conduit_desktop.wire.dialects.interactions.signatures import beside, seal
from conduit_desktop.wire.dialects.interactions.usage import write_usage
from conduit_desktop.wire.dialects.interactions.words import NAME, write_status, write_time
from conduit_desktop.wire.dialects.interactions.writing import write_foreign, write_said, write_thought
from conduit_desktop.wire.messages import Foreign, Media, Part, Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.sequence import InOrder
from conduit_desktop.wire.usage import Usage

_DONE = b"event: done\ndata: [DONE]\n\n"
_DELTA = b'event: step.delta\ndata: {"index":%d,"delta":%s,"event_type":"step.delta"}\n\n'


class _Open(msgspec.Struct):
    """The part that is being told. ``late`` is the signature that came after its beginning; ``grown``: something of it
    was told; ``section`` is the one that is being thought."""

    part: Part
    pieces: list[str] = msgspec.field(default_factory=list)
    late: str = ""
    grown: bool = False
    section: int = 0


class StreamEncoder:
    """Writes one stream."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._order = InOrder()
        self._frame: Json = {}
        self._usage: Usage | None = None
        self._tier = ""
        self._extras: Json = {}
        self._created = context.now
        self._others: set[int] = set()
        self._finished: e.Finished | None = None
        self._called = False
        self._step = -1
        self._open: _Open | None = None

    def encode(self, event: e.Event) -> bytes:
        if isinstance(event, e.Open) and event.choice:
            self._others.add(event.index)  # one answer is all that a client can ask for
        if self._others and getattr(event, "index", -1) in self._others:
            return b""
        return b"".join([self._write(each) for each in self._order.feed(event)])

    def _write(self, event: e.Event) -> bytes:
        match event:
            case e.TextDelta() | e.ThinkingDelta() | e.ArgumentsDelta() | e.DataDelta():
                return self._more(event)
            case e.Open():
                return self._begin(event)
            case e.Close():
                return self._close()
            case e.CitationDelta():
                return self._cite(event)
            case e.Start():
                return self._start(event)
            case e.End():
                return self._end(event)
            case e.Failed():
                return _event("error", encode_error(event.failure))
            case e.Ping():
                return b": ping\n\n"
            case _:
                self._note(event)
        return b""

    def _note(self, event: e.Event) -> None:
        """What is said with the end."""
        match event:
            case e.Sealed() if self._open is not None:
                self._seal(self._open, event)
            case e.Tokens():
                self._usage = event.usage
            case e.Finished() if not event.choice:
                self._finished = event
            case _:
                pass  # log probabilities, of which the API knows nothing

    # ------------------------------------------------------------ the interaction

    def _start(self, event: e.Start) -> bytes:
        self._frame = frame(event.id, event.model, self._context, "in_progress")
        self._usage, self._tier = event.usage, write_tier(event.service_tier)
        self._extras = event.extras.get(NAME) or {}
        self._created = self._created if event.created is None else event.created
        update = {"interaction_id": self._frame["id"], "status": "in_progress"}
        return _event("interaction.created", {"interaction": self._frame}) + _event("interaction.status_update", update)

    def _end(self, event: e.End) -> bytes:
        finished = self._finished
        finish, native = (finished.finish, finished.native_finish) if finished else (None, "")
        usage = self._usage or Usage(input=self._context.input_tokens, estimated=True)
        told = {
            **(self._frame or frame("", "", self._context, "")),
            "status": write_status(finish, native, self._called),
            "created": write_time(self._created),
            "updated": write_time(self._created),
            **({"service_tier": self._tier} if self._tier else {}),
            "usage": write_usage(usage),
            **self._extras,
            **(event.extras.get(NAME) or {}),
        }
        return _event("interaction.completed", {"interaction": told}) + _DONE

    # ------------------------------------------------------------ its steps

    def _begin(self, event: e.Open) -> bytes:
        part = event.part
        self._open = held = _Open(part)
        before = b""
        if part.signature and not isinstance(part, Thinking):
            before = self._aside(beside(part.signature))
        match part:
            case Text() | Refusal() | Media():
                content = write_said(part)
                held.grown = bool(content)
                out = self._start_step({"type": "model_output"})
                if isinstance(part, Text) and part.text:
                    held.pieces.append(part.text)
                return before + out + b"".join([self._delta(each) for each in _deltas(content)])
            case Thinking():
                step = write_thought(part, "")
                summary = step.pop("summary", [])
                held.section = max(len(part.sections) - 1, 0)
                told = [{"type": "thought_summary", "content": each} for each in summary]
                return self._start_step(step) + b"".join([self._delta(each) for each in told])
            case ToolCall():
                return before + self._begin_call(part)
            case Foreign():
                step = write_foreign(part) or {}
                return before + self._start_step(step) if step else before
            case _:
                return before

    def _begin_call(self, part: ToolCall) -> bytes:
        self._called = True
        ident = call_id(part, self._step + 1, self._context)
        step = {"type": "function_call", "id": ident, "name": part.name, "arguments": {}}
        return self._start_step({**step, **(part.extras.get(NAME) or {})}) + self._argue(part.arguments)

    def _more(self, event: e.TextDelta | e.ThinkingDelta | e.ArgumentsDelta | e.DataDelta) -> bytes:
        held = self._open
        if held is None:
            return b""
        part = held.part
        if isinstance(event, e.DataDelta):
            if not isinstance(part, Media):
                return b""
            held.grown = True
            piece = msgspec.structs.replace(part, data=event.data, transcript="", extras={}, detail="")
            return b"".join([self._delta(each) for each in write_said(piece)])
        if not event.text:
            return b""
        if isinstance(event, e.ArgumentsDelta):
            return self._argue(event.text)
        if isinstance(event, e.ThinkingDelta):
            joint = "\n\n" if event.section != held.section else ""
            held.section = event.section
            return self._delta({"type": "thought_summary", "content": {"type": "text", "text": joint + event.text}})
        held.pieces.append(event.text)
        if isinstance(part, Media):
            return b""
        held.grown = True
        return self._delta({"type": "text", "text": event.text})

    def _argue(self, text: str) -> bytes:
        """More of a call's arguments. A custom tool's input is an argument when it is whole."""
        held = self._open
        if held is None or not text:
            return b""
        if isinstance(held.part, ToolCall) and held.part.custom:
            held.pieces.append(text)
            return b""
        held.grown = True
        return self._delta({"type": "arguments_delta", "arguments": text})

    def _cite(self, event: e.CitationDelta) -> bytes:
        if self._open is None:
            return b""
        note = write_citation(event.citation, "".join(self._open.pieces))
        return self._delta({"type": "text_annotation_delta", "annotations": [note]})

    @staticmethod
    def _seal(held: _Open, event: e.Sealed) -> None:
        if isinstance(held.part, Thinking):
            signature = event.signature or held.part.signature
            encrypted = event.encrypted or held.part.encrypted
            held.part = msgspec.structs.replace(held.part, signature=signature, encrypted=encrypted)
        else:
            held.late = event.signature

    def _close(self) -> bytes:
        held, self._open = self._open, None
        if held is None or (isinstance(held.part, Foreign) and held.part.dialect != NAME):
            return b""
        out = self._last(held) + _event("step.stop", {"index": self._step})
        return out + (self._aside(beside(held.late, "last")) if held.late else b"")

    def _last(self, held: _Open) -> bytes:
        """What a step's last delta says."""
        part = held.part
        if isinstance(part, Thinking) and (signature := seal(part)):
            return self._delta({"type": "thought_signature", "signature": signature})
        if isinstance(part, Media) and held.pieces:
            return self._delta({"type": "text", "text": "".join(held.pieces)})
        if isinstance(part, ToolCall) and not held.grown:
            arguments = wrapped("".join(held.pieces)) if part.custom else "{}"
            return self._delta({"type": "arguments_delta", "arguments": arguments})
        return b""

    # ------------------------------------------------------------ events

    def _start_step(self, step: Json) -> bytes:
        self._step += 1
        return _event("step.start", {"index": self._step, "step": step})

    def _delta(self, delta: Json) -> bytes:
        return _DELTA % (self._step, msgspec.json.encode(delta))

    def _aside(self, step: Json) -> bytes:
        """A whole step that carries a signature."""
        begun = self._start_step({"type": "thought"})
        sealed = self._delta({"type": "thought_signature", "signature": step["signature"]})
        return begun + sealed + _event("step.stop", {"index": self._step})


def _deltas(content: list[Json]) -> list[Json]:
    """Contents as deltas: the annotations of a text come after it."""
    out: list[Json] = []
    for each in content:
        notes = each.pop("annotations", None)
        out.append(each)
        if notes:
            out.append({"type": "text_annotation_delta", "annotations": notes})
    return out


def _event(name: str, data: Json) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode({**data, "event_type": name}))
