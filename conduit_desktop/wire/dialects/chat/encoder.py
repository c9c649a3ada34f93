"""A stream of chat completion chunks for a client.

Format: OpenAI's API reference, "The chat completion chunk object". The role comes first; ``usage`` is null in every
chunk and comes in a last one without choices, when the client asked for it; ``[DONE]`` ends what ended well, and
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Json, ident, sse
from conduit_desktop.wire.dialects.chat.errors import encode_error
from conduit_desktop.wire.dialects.chat.finish import write_finish
from conduit_desktop.wire.dialects.chat.logprobs import write_logprobs
from conduit_desktop.wire.dialects.chat.replies import TIERS, call_id, google, image_of, legacy, shifted
from conduit_desktop.wire.dialects.chat.thoughts import OWN
from conduit_desktop.wire.dialects.chat.usage import write_usage
from conduit_desktop.wire.dialects.chat.written import Written, WrittenPart
from conduit_desktop.wire.dialects.custom import unwrapped
from conduit_desktop.wire.messages import Media, Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.usage import Usage

_encode = msgspec.json.encode
DONE = b"data: [DONE]\n\n"


class ChatEncoder:
    """Writes one stream. Parts may overlap: each goes into a member of its own."""

    def __init__(self, context: Context) -> None:
        request = context.request
        self._context = context
        self._usage_asked = bool(request.stream_usage)
        self._without_usage = b',"usage":null' if self._usage_asked else b""
        self._legacy = legacy(request)
        self._customs = {tool.name for tool in request.tools if tool.kind == "custom"}
        self._usage: Usage | None = None
        self._choices: dict[int, Written] = {}
        self._parts: dict[int, WrittenPart] = {}
        self._head = b""
        self._saying: dict[int, bytes] = {}
        self._said = b'},"logprobs":null,"finish_reason":null}]%s}\n\n' % self._without_usage
        self._over = False
        self._begin(e.Start())

    def _begin(self, start: e.Start) -> None:
        """Make the beginning that all chunks share."""
        own = start.extras.get(OWN)
        head: Json = {
            "id": ident("chatcmpl-", start.id, self._context.seed),
            "object": "chat.completion.chunk",
            "created": start.created if start.created is not None else self._context.now,
            "model": start.model or self._context.request.model,
        }
        if isinstance(own, dict) and own.get("system_fingerprint"):
            head["system_fingerprint"] = own["system_fingerprint"]
        if start.service_tier in TIERS:
            head["service_tier"] = start.service_tier
        self._head = b"data: " + _encode(head)[:-1]
        self._saying.clear()

    def encode(self, event: e.Event) -> bytes:
        if self._over:
            return b""
        write = _WRITERS.get(type(event))
        return write(self, event) if write is not None else b""

    # ------------------------------------------------------------ chunks

    def _delta(self, choice: int, delta: Json) -> bytes:
        return self._chunk(choice, _encode(delta), b"null", b"null")

    def _chunk(self, choice: int, delta: bytes, logprobs: bytes, finish: bytes) -> bytes:
        return b'%s,"choices":[{"index":%d,"delta":%s,"logprobs":%s,"finish_reason":%s}]%s}\n\n' % (
            self._head,
            choice,
            delta,
            logprobs,
            finish,
            self._without_usage,
        )

    def _state(self, choice: int) -> tuple[Written, bytes]:
        """A choice, and the chunk that begins it when it is new."""
        state = self._choices.get(choice)
        if state is not None:
            return state, b""
        state = self._choices[choice] = Written()
        return state, self._delta(choice, {"role": "assistant", "content": "", "refusal": None})

    def _start(self, event: e.Start) -> bytes:
        self._begin(event)
        self._usage = event.usage
        return self._state(0)[1]

    def _open(self, event: e.Open) -> bytes:
        state, out = self._state(event.choice)
        held = self._parts[event.index] = WrittenPart(event.part, event.choice)
        match event.part:
            case Text(text=text):
                held.base = state.length
                out += self._say(held, state, text) if text else b""
                out += b"".join(self._cite(e.CitationDelta(event.index, each)) for each in event.part.citations)
            case Refusal(text=text):
                state.declined = True
                out += self._delta(event.choice, {"refusal": text}) if text else b""
            case Thinking():
                out += self._thinking(event.index, event.part)
            case ToolCall():
                out += self._call(held, state, event.part)
            case Media():
                out += self._media(event.choice, event.part)
            case _:
                pass  # a server tool of another dialect: nothing here has a word for it
        if event.part.signature and not isinstance(event.part, Media | ToolCall):
            out += self._sealed(e.Sealed(event.index, event.part.signature))
        return out

    # ------------------------------------------------------------ words

    def _text(self, event: e.TextDelta) -> bytes:
        held = self._parts.get(event.index)
        if held is None:
            return b""
        if isinstance(held.part, Text):
            return self._say(held, self._choices[held.choice], event.text)
        member = {"audio": {"transcript": event.text}} if isinstance(held.part, Media) else {"refusal": event.text}
        return self._delta(held.choice, member)

    def _say(self, held: WrittenPart, state: Written, text: str) -> bytes:
        state.length += len(text)
        state.said = True
        begun = self._saying.get(held.choice)
        if begun is None:
            begun = b'%s,"choices":[{"index":%d,"delta":{"content":' % (self._head, held.choice)
            self._saying[held.choice] = begun
        return begun + _encode(text) + self._said

    def _cite(self, event: e.CitationDelta) -> bytes:
        held = self._parts.get(event.index)
        if held is None:
            return b""
        return self._delta(held.choice, {"annotations": shifted(event.citation, held.base)})

    def _thinking(self, index: int, part: Thinking) -> bytes:
        """What a thinking part brings along when it opens."""
        out = b"".join(self._think(e.ThinkingDelta(index, text, at)) for at, text in enumerate(part.sections))
        return out + (self._sealed(e.Sealed(index, "", part.encrypted)) if part.encrypted else b"")

    def _think(self, event: e.ThinkingDelta) -> bytes:
        held = self._parts.get(event.index)
        if held is None or not isinstance(held.part, Thinking):
            return b""
        state = self._choices[held.choice]
        goes_on = event.section == held.section
        item = state.pen.words(held.part, event.text, goes_on=goes_on)
        text = event.text if goes_on or not state.thoughts else "\n\n" + event.text
        held.section, held.words, state.thoughts = event.section, True, True
        return self._delta(held.choice, {"reasoning_content": text, "reasoning_details": [item]})

    def _sealed(self, event: e.Sealed) -> bytes:
        held = self._parts.get(event.index)
        if held is None:
            return b""
        if isinstance(held.part, Thinking):
            state = self._choices[held.choice]
            items = state.pen.seal(held.part, event.signature, event.encrypted, words=held.words)
            return self._delta(held.choice, {"reasoning_details": items}) if items else b""
        if isinstance(held.part, Media):
            return self._delta(held.choice, {"audio": {"expires_at": event.expires}}) if event.expires else b""
        if not event.signature or held.legacy:
            return b""
        signed: Json = {"extra_content": google(event.signature)}
        if isinstance(held.part, ToolCall):
            signed = {"tool_calls": [{"index": held.at, **signed}]}
        return self._delta(held.choice, signed)

    # ------------------------------------------------------------ calls and media

    def _call(self, held: WrittenPart, state: Written, part: ToolCall) -> bytes:
        held.at, held.legacy = state.calls, self._legacy
        held.unwraps = part.name in self._customs and not part.custom
        state.calls += 1
        if held.legacy:
            opening: Json = {"function_call": {"name": part.name, "arguments": ""}} if not held.at else {}
            return (self._delta(held.choice, opening) if opening else b"") + self._more(held, part.arguments)
        kind, member = ("custom", "input") if part.custom or held.unwraps else ("function", "arguments")
        item: Json = {
            "index": held.at,
            "id": call_id(part.id, self._context, held.choice, held.at),
            "type": kind,
            kind: {"name": part.name, member: ""},
        }
        if part.signature:
            item["extra_content"] = google(part.signature)
        return self._delta(held.choice, {"tool_calls": [item]}) + self._more(held, part.arguments)

    def _arguments(self, event: e.ArgumentsDelta) -> bytes:
        held = self._parts.get(event.index)
        return self._more(held, event.text) if held is not None else b""

    def _more(self, held: WrittenPart, text: str) -> bytes:
        """More of a call's arguments. Those of a custom tool behind a function are held until they are whole."""
        if not text or not isinstance(held.part, ToolCall):
            return b""
        held.words = True
        if held.unwraps:
            held.grown += text
            return b""
        return self._piece(held, held.part.custom, text)

    def _piece(self, held: WrittenPart, custom: bool, text: str) -> bytes:
        if held.legacy:
            return self._delta(held.choice, {"function_call": {"arguments": text}}) if not held.at else b""
        body = {"custom": {"input": text}} if custom else {"function": {"arguments": text}}
        return self._delta(held.choice, {"tool_calls": [{"index": held.at, **body}]})

    def _close(self, event: e.Close) -> bytes:
        held = self._parts.pop(event.index, None)
        if held is None or not isinstance(held.part, ToolCall):
            return b""
        if held.unwraps:
            text = unwrapped(held.grown)
            return self._piece(held, custom=True, text=text) if text else b""
        if not held.words and not held.part.custom:
            return self._piece(held, custom=False, text="{}")
        return b""

    def _media(self, choice: int, part: Media) -> bytes:
        if part.kind == "audio":
            audio: Json = {"id": ident("audio_", part.id, self._context.seed)}
            audio |= {"data": part.data} if part.data else {}
            audio |= {"transcript": part.transcript} if part.transcript else {}
            audio |= {"expires_at": part.expires} if part.expires else {}
            return self._delta(choice, {"audio": audio})
        return self._delta(choice, {"images": [image_of(part, 0)]}) if part.kind == "image" else b""

    def _data(self, event: e.DataDelta) -> bytes:
        held = self._parts.get(event.index)
        return self._delta(held.choice, {"audio": {"data": event.data}}) if held is not None else b""

    # ------------------------------------------------------------ the frame

    def _logprobs(self, event: e.Logprobs) -> bytes:
        state, out = self._state(event.choice)
        refused = state.declined and not state.said
        return out + self._chunk(event.choice, b"{}", _encode(write_logprobs(event.logprobs, refused=refused)), b"null")

    def _finished(self, event: e.Finished) -> bytes:
        state, out = self._state(event.choice)
        calls_legacy = self._legacy and bool(state.calls)
        word = write_finish(event.finish, declined=state.declined, legacy=calls_legacy)
        return out + self._chunk(event.choice, b"{}", b"null", _encode(word))

    def _tokens(self, event: e.Tokens) -> bytes:
        self._usage = event.usage
        return b""

    def _ping(self, _: e.Ping) -> bytes:
        return b": ping\n\n"

    def _failed(self, event: e.Failed) -> bytes:
        self._over = True
        return sse(encode_error(event.failure))

    def _end(self, _: e.End) -> bytes:
        self._over = True
        if not self._usage_asked or self._usage is None:
            return DONE
        return b'%s,"choices":[],"usage":%s}\n\n%s' % (self._head, _encode(write_usage(self._usage)), DONE)


_WRITERS: dict[type, Callable[[ChatEncoder, Any], bytes]] = {
    e.Start: ChatEncoder._start,
    e.Open: ChatEncoder._open,
    e.TextDelta: ChatEncoder._text,
    e.ThinkingDelta: ChatEncoder._think,
    e.ArgumentsDelta: ChatEncoder._arguments,
    e.DataDelta: ChatEncoder._data,
    e.CitationDelta: ChatEncoder._cite,
    e.Sealed: ChatEncoder._sealed,
    e.Close: ChatEncoder._close,
    e.Logprobs: ChatEncoder._logprobs,
    e.Finished: ChatEncoder._finished,
    e.Tokens: ChatEncoder._tokens,
    e.Ping: ChatEncoder._ping,
    e.Failed: ChatEncoder._failed,
    e.End: ChatEncoder._end,
}
