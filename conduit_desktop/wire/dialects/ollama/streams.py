"""Streams of Ollama's chat, read: one JSON object a line. Format: https://docs.ollama.com/api/chat."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json, truncated, unreadable
from conduit_desktop.wire.dialects.ollama.blocks import NAME, made_id, read_call, read_moment
from conduit_desktop.wire.dialects.ollama.errors import decode_error
from conduit_desktop.wire.dialects.ollama.replies import DURATIONS, read_finish, read_logprob, read_usage
from conduit_desktop.wire.messages import Media, Part, Text, Thinking
from conduit_desktop.wire.node import Node

_DECODE = msgspec.json.Decoder().decode


class OllamaDecoder:
    """Every line is a piece of the message: of its thoughts, its words, or whole calls. The last one is ``done``."""

    def __init__(self) -> None:
        self._ended = False
        self._started = False
        self._next = 0
        self._open: int | None = None
        self._kind: type[Part] | None = None
        self._calls = 0

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        if self._ended:
            return []
        try:
            found = _DECODE(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self._ended = True
            return [e.Failed(unreadable(data))]
        if "error" in found:
            self._ended = True
            return [e.Failed(decode_error(502, found))]
        out: list[e.Event] = []
        if not self._started:
            self._started = True
            model = found.get("model")
            created = read_moment(found.get("created_at"))
            out.append(e.Start(model=model if isinstance(model, str) else "", created=created))
        self.read(found, out)
        if found.get("logprobs"):
            self._logprobs(found["logprobs"], out)
        if found.get("done") is True:
            self._done(found, out)
        return out

    def end(self) -> list[e.Event]:
        if self._ended:
            return []
        self._ended = True
        return [e.Failed(truncated())]

    def read(self, found: Json, out: list[e.Event]) -> None:
        """What one line says."""
        message = found.get("message")
        if not isinstance(message, dict):
            return
        self.grow(Thinking, message.get("thinking"), out)
        self.grow(Text, message.get("content"), out)
        images, calls = message.get("images"), message.get("tool_calls")
        for image in images if isinstance(images, list) else ():
            if isinstance(image, str):
                self.give(Media(kind="image", data=image), out)
        for call in calls if isinstance(calls, list) else ():
            self._call(call, found.get("created_at"), out)
        if (details := message.get("reasoning_details")) and isinstance(details, list):
            self._details(message, details, out)

    def grow(self, kind: type[Text] | type[Thinking], text: Any, out: list[e.Event]) -> None:
        """More words or thoughts."""
        if not isinstance(text, str) or not text:
            return
        if self._kind is not kind or self._open is None:
            self.close(out)
            self._kind, self._open = kind, self._begin(kind(), out)
        if kind is Text:
            out.append(e.TextDelta(self._open, text))
        else:
            out.append(e.ThinkingDelta(self._open, text))

    def _call(self, value: Any, created: Any, out: list[e.Event]) -> None:
        try:
            part = read_call(Node(value), made_id(created, self._calls))
        except BadRequest:
            return
        self._calls += 1
        self.give(part, out)

    def _details(self, message: Json, details: list[Any], out: list[e.Event]) -> None:
        """Proofs of another provider behind its thoughts (see ``blocks.thinking_details``)."""
        for each in details:
            if not isinstance(each, dict):
                continue
            signature, data = str(each.get("signature") or ""), str(each.get("data") or "")
            if self._kind is Thinking and self._open is not None:
                out.append(e.Sealed(self._open, signature, data))
            elif data:
                self.give(Thinking(encrypted=data, signature=signature), out)

    def give(self, part: Part, out: list[e.Event]) -> None:
        """A part that comes whole."""
        self.close(out)
        index = self._begin(part, out)
        out.append(e.Close(index))

    def _begin(self, part: Part, out: list[e.Event]) -> int:
        index = self._next
        self._next += 1
        out.append(e.Open(index, part))
        return index

    def close(self, out: list[e.Event]) -> None:
        """The part that is open is whole."""
        if self._open is not None:
            out.append(e.Close(self._open))
        self._open = self._kind = None

    def _logprobs(self, value: Any, out: list[e.Event]) -> None:
        found = [each for item in value if (each := read_logprob(item))] if isinstance(value, list) else []
        if found:
            out.append(e.Logprobs(found))

    def _done(self, found: Json, out: list[e.Event]) -> None:
        self._ended = True
        self.close(out)
        usage = read_usage(found)
        if usage is not None:
            out.append(e.Tokens(usage))
        reason = found.get("done_reason")
        reason = reason if isinstance(reason, str) else ""
        out.append(e.Finished(finish=read_finish(reason, self._calls > 0), native_finish=reason))
        kept = {name: found[name] for name in (*DURATIONS, "context") if found.get(name)}
        out.append(e.End({NAME: kept} if kept else {}))
