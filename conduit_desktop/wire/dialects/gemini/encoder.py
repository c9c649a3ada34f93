"""A stream for a client: server-sent events as Google frames them, or the elements of one JSON array.

Calls go out whole, as Gemini knows no pieces of arguments; everything else goes at once. Why a candidate ended, what
it leans on and the usage are said in one last chunk.
"""

from __future__ import annotations

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.gemini.errors import encode_error
from conduit_desktop.wire.dialects.gemini.logprobs import write_logprobs
from conduit_desktop.wire.dialects.gemini.replies import (
    ending,
    feedback_of,
    frame,
    malformed_call,
    tier_of,
    write_citations,
    write_part,
)
from conduit_desktop.wire.dialects.gemini.signatures import sealed, write_signature
from conduit_desktop.wire.dialects.gemini.usage import write_usage
from conduit_desktop.wire.dialects.gemini.words import NAME
from conduit_desktop.wire.messages import Citation, Logprob, Media, Part, Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.usage import Usage

_encode = msgspec.json.Encoder().encode
_CHUNK = b'{"candidates":[{"content":{"parts":%s,"role":"model"},"index":%d}],%s'


class _Open(msgspec.Struct):
    """A part that is being told. ``begin`` is where its text begins in that of the choice; of thoughts, the section."""

    part: Part
    choice: int
    begin: int = 0
    pieces: list[str] = msgspec.field(default_factory=list)


class _Choice(msgspec.Struct):
    """What the last chunk says of a choice."""

    texts: list[str] = msgspec.field(default_factory=list)
    length: int = 0
    citations: list[tuple[Citation, int]] = msgspec.field(default_factory=list)
    logprobs: list[Logprob] = msgspec.field(default_factory=list)
    malformed: str = ""
    before: list[Thinking] = msgspec.field(default_factory=list)
    finished: e.Finished | None = None


class StreamEncoder:
    """Writes one stream."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._frame: Json = frame("", "", context)
        self._tier: Json = {}
        self._extras: Json = {}
        self._usage: Json | None = None
        self._parts: dict[int, _Open] = {}
        self._choices: dict[int, _Choice] = {}
        self._begun = False
        self._beside = b""

    def encode(self, event: e.Event) -> bytes:
        match event:
            case e.TextDelta() | e.ThinkingDelta() | e.DataDelta():
                return self._delta(event)
            case e.ArgumentsDelta():
                if (held := self._parts.get(event.index)) is not None:
                    held.pieces.append(event.text)
            case e.Open():
                return self._opened(event)
            case e.Close():
                return self._closed(event.index)
            case e.Sealed() | e.CitationDelta():
                self._mark(event)
            case e.Failed():
                return self._failed(event)
            case e.End():
                return self._end()
            case _:
                self._note(event)
        return b""

    def _note(self, event: e.Event) -> None:
        """What is said with the chunks to come, or with the last."""
        match event:
            case e.Start():
                self._frame, self._beside = frame(event.id, event.model, self._context), b""
                self._tier = tier_of(event.service_tier)
                self._extras = event.extras.get(NAME) or {}
                if event.usage is not None:
                    self._tell(event.usage)
            case e.Tokens():
                self._tell(event.usage)
            case e.Logprobs():
                self._choice(event.choice).logprobs += event.logprobs
            case e.Finished():
                self._choice(event.choice).finished = event
            case _:
                pass  # a ping: there is no chunk that says nothing

    def _tell(self, usage: Usage) -> None:
        self._usage, self._beside = {**write_usage(usage), **self._tier}, b""

    def _choice(self, index: int) -> _Choice:
        if index not in self._choices:
            self._choices[index] = _Choice()
        return self._choices[index]

    def _opened(self, event: e.Open) -> bytes:
        choice, part = self._choice(event.choice), event.part
        self._parts[event.index] = held = _Open(part, event.choice, choice.length)
        match part:
            case Text() | Refusal():
                if isinstance(part, Text):
                    choice.citations += [(each, held.begin) for each in part.citations]
                return self._say(held, part.text) if part.text else b""
            case Thinking():
                return self._parts_out(event.choice, [{"text": part.text, "thought": True}]) if part.text else b""
            case ToolCall():
                return b""
            case _:
                return self._parts_out(event.choice, write_part(part) or [])

    def _delta(self, event: e.TextDelta | e.ThinkingDelta | e.DataDelta) -> bytes:
        held = self._parts.get(event.index)
        if held is None:
            return b""
        if isinstance(event, e.DataDelta):
            piece = msgspec.structs.replace(held.part, data=event.data) if isinstance(held.part, Media) else held.part
            return self._parts_out(held.choice, write_part(piece) or [])
        if not event.text:
            return b""
        if isinstance(held.part, Media):
            return self._parts_out(held.choice, [{"audioTranscription": {"text": event.text}}])
        if isinstance(event, e.ThinkingDelta):
            joint = "\n\n" if event.section and held.begin != event.section else ""
            held.begin = event.section
            held.pieces.append(joint + event.text)
            return self._parts_out(held.choice, [{"text": joint + event.text, "thought": True}])
        return self._say(held, event.text)

    def _say(self, held: _Open, text: str) -> bytes:
        choice = self._choice(held.choice)
        choice.texts.append(text)
        choice.length += len(text)
        return self._parts_out(held.choice, [{"text": text}])

    def _mark(self, event: e.Sealed | e.CitationDelta) -> None:
        held = self._parts.get(event.index)
        if held is None:
            return
        if isinstance(event, e.CitationDelta):
            self._choice(held.choice).citations.append((event.citation, held.begin))
            return
        seal: Json = {"signature": event.signature or held.part.signature}
        if isinstance(held.part, Thinking):
            seal["encrypted"] = event.encrypted or held.part.encrypted
        held.part = msgspec.structs.replace(held.part, **seal)

    def _closed(self, index: int) -> bytes:
        held = self._parts.pop(index, None)
        if held is None:
            return b""
        part = held.part
        if isinstance(part, ToolCall):
            return self._call(held, part)
        if isinstance(part, Thinking):
            return self._thought(held, part)
        seal = write_signature(part.signature) if isinstance(part, Text) else ""
        return self._parts_out(held.choice, [{"text": "", "thoughtSignature": seal}] if seal else [])

    def _thought(self, held: _Open, part: Thinking) -> bytes:
        """The seal of thoughts, which the next call carries too."""
        if sealed(part):
            text = part.text + "".join(held.pieces)
            self._choice(held.choice).before.append(msgspec.structs.replace(part, sections=[text] if text else []))
        if not (seal := write_signature(part.signature, part.encrypted, part.id)):
            return b""
        return self._parts_out(held.choice, [{"text": "", "thought": True, "thoughtSignature": seal}])

    def _call(self, held: _Open, part: ToolCall) -> bytes:
        arguments = part.arguments + "".join(held.pieces) if held.pieces else part.arguments
        call = msgspec.structs.replace(part, arguments=arguments if arguments or part.custom else "{}")
        choice = self._choice(held.choice)
        written = write_part(call, choice.before)
        choice.before = []
        if written is None:
            choice.malformed = malformed_call(call)
            return b""
        return self._parts_out(held.choice, written)

    def _parts_out(self, choice: int, parts: list[Json]) -> bytes:
        if not parts:
            return b""
        if not self._beside:  # the same for many chunks
            told = {} if self._usage is None else {"usageMetadata": self._usage}
            self._beside = _encode({**told, **self._frame})[1:]
        return self._framed(_CHUNK % (_encode(parts), choice, self._beside))

    def _end(self) -> bytes:
        out = b"".join([self._closed(index) for index in list(self._parts)])
        if self._usage is None:
            self._tell(Usage(input=self._context.input_tokens, estimated=True))
        last: Json = {"usageMetadata": self._usage, **self._frame, **self._extras}
        blocked = next((choice.finished for choice in self._choices.values() if self._is_block(choice)), None)
        if blocked is not None:
            last = {"promptFeedback": feedback_of(blocked.extras), **last}
        else:
            last = {
                "candidates": [self._ending(index, choice) for index, choice in sorted(self._choices.items())],
                **last,
            }
        out += self._framed(_encode(last))
        return out if self._context.sse else out + b"]"

    @staticmethod
    def _is_block(choice: _Choice) -> bool:
        return choice.finished is not None and not choice.length and bool(feedback_of(choice.finished.extras))

    def _ending(self, index: int, choice: _Choice) -> Json:
        finished = choice.finished or e.Finished(choice=index)
        cited = write_citations(choice.citations, "".join(choice.texts))
        told = ending(finished.finish, finished.native_finish, choice.malformed, finished.extras, cited)
        out: Json = {"content": {"parts": [{"text": ""}], "role": "model"}, **told, "index": index}
        if choice.logprobs:
            out["logprobsResult"] = write_logprobs(choice.logprobs)
        return out

    def _failed(self, event: e.Failed) -> bytes:
        named = self._context.request_id or event.failure.request_id
        out = self._framed(_encode(encode_error(msgspec.structs.replace(event.failure, request_id=named))))
        return out if self._context.sse else out + b"]"

    def _framed(self, body: bytes) -> bytes:
        if self._context.sse:
            return b"data: " + body + b"\r\n\r\n"
        begun, self._begun = self._begun, True
        return (b",\r\n" if begun else b"[") + body
