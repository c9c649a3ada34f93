"""Answers of legacy completions, whole and streamed, both ways.

Format: OpenAI's API reference ("The completion object", for streams too). Read as chat completions whose deltas are
text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Json, ident, sse
from conduit_desktop.wire.dialects.chat.encoder import DONE
from conduit_desktop.wire.dialects.chat.errors import encode_error
from conduit_desktop.wire.dialects.chat.finish import write_finish
from conduit_desktop.wire.dialects.chat.logprobs import write_legacy
from conduit_desktop.wire.dialects.chat.streams import ChatDecoder, whole
from conduit_desktop.wire.dialects.chat.usage import write_usage
from conduit_desktop.wire.messages import Choice, Finish, Refusal, Response, Text
from conduit_desktop.wire.usage import Usage

_SAID = frozenset({"stop", "length", "content_filter"})


def decoder() -> ChatDecoder:
    """Reads a stream, or a whole answer."""
    return ChatDecoder(_as_chat, tags=False)


def _as_chat(choice: Json) -> Json:
    return {**choice, "delta": {"content": choice.get("text")}}


def decode_response(body: Json) -> Response:
    """A whole answer. Raises as the chat dialect's does."""
    return whole(body, decoder())


def encode_response(response: Response, context: Context) -> Json:
    """The body of an answer: the words of each choice, and nothing of its thoughts."""
    body: Json = {
        "id": ident("cmpl-", response.id, context.seed),
        "object": "text_completion",
        "created": response.created if response.created is not None else context.now,
        "model": response.model or context.request.model,
        "choices": [_choice(choice) for choice in response.choices],
    }
    if response.usage is not None:
        body["usage"] = write_usage(response.usage)
    return body


def _choice(choice: Choice) -> Json:
    return {
        "text": "".join(part.text for part in choice.parts if isinstance(part, Text | Refusal)),
        "index": choice.index,
        "logprobs": write_legacy(choice.logprobs),
        "finish_reason": _finish(choice.finish),
    }


def _finish(finish: Finish | None) -> str:
    word = write_finish(finish)
    return word if word in _SAID else "stop"


class CompletionsEncoder:
    """Writes one stream."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._usage_asked = bool(context.request.stream_usage)
        self._usage: Usage | None = None
        self._parts: dict[int, int] = {}
        self._lengths: dict[int, int] = {}
        self._over = False
        self._head: Json = {}
        self._start(e.Start())

    def encode(self, event: e.Event) -> bytes:
        write = None if self._over else _WRITERS.get(type(event))
        return write(self, event) if write is not None else b""

    def _chunk(self, choice: int, text: str, logprobs: Json | None = None, finish: str | None = None) -> bytes:
        chunk = {"text": text, "index": choice, "logprobs": logprobs, "finish_reason": finish}
        return sse({**self._head, "choices": [chunk], **({"usage": None} if self._usage_asked else {})})

    def _start(self, event: e.Start) -> bytes:
        self._usage = event.usage
        self._head = {
            "id": ident("cmpl-", event.id, self._context.seed),
            "object": "text_completion",
            "created": event.created if event.created is not None else self._context.now,
            "model": event.model or self._context.request.model,
        }
        return b""

    def _open(self, event: e.Open) -> bytes:
        if not isinstance(event.part, Text | Refusal):
            return b""
        self._parts[event.index] = event.choice
        return self._text(e.TextDelta(event.index, event.part.text)) if event.part.text else b""

    def _text(self, event: e.TextDelta) -> bytes:
        choice = self._parts.get(event.index)
        return self._chunk(choice, event.text) if choice is not None else b""

    def _logprobs(self, event: e.Logprobs) -> bytes:
        offset = self._lengths.get(event.choice, 0)
        self._lengths[event.choice] = offset + sum(len(each.token) for each in event.logprobs)
        return self._chunk(event.choice, "", write_legacy(event.logprobs, offset))

    def _finished(self, event: e.Finished) -> bytes:
        return self._chunk(event.choice, "", None, _finish(event.finish))

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
        return sse({**self._head, "choices": [], "usage": write_usage(self._usage)}) + DONE


_WRITERS: dict[type, Callable[[CompletionsEncoder, Any], bytes]] = {
    e.Start: CompletionsEncoder._start,
    e.Open: CompletionsEncoder._open,
    e.TextDelta: CompletionsEncoder._text,
    e.Logprobs: CompletionsEncoder._logprobs,
    e.Finished: CompletionsEncoder._finished,
    e.Tokens: CompletionsEncoder._tokens,
    e.Ping: CompletionsEncoder._ping,
    e.Failed: CompletionsEncoder._failed,
    e.End: CompletionsEncoder._end,
}
