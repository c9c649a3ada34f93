"""Streams of Ollama's chat, written: one JSON object a line. Format: https://docs.ollama.com/api/chat."""

from __future__ import annotations

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Json
from conduit_desktop.wire.dialects.ollama.blocks import (
    signature_of_call,
    thinking_details,
    write_call,
    write_moment,
)
from conduit_desktop.wire.dialects.ollama.errors import encode_error
from conduit_desktop.wire.dialects.ollama.replies import metrics, write_finish, write_logprob
from conduit_desktop.wire.messages import Finish, Media, Part, Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.usage import Usage


class OllamaEncoder:
    """Words and thoughts leave piece by piece; a tool call leaves when it is whole, as Ollama has no pieces of one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._head: Json = {"model": context.request.model, "created_at": write_moment(context.now)}
        self._usage: Usage | None = None
        self._finish: Finish = "stop"
        self._parts: dict[int, Part] = {}
        self._arguments: dict[int, list[str]] = {}
        self._sections: dict[int, int] = {}
        self._calls = 0

    def encode(self, event: e.Event) -> bytes:
        match event:
            case e.TextDelta():
                part = self._parts.get(event.index)
                return self._line(self.words(event.text)) if part is not None and event.text else b""
            case e.ThinkingDelta():
                return self._think(event)
            case e.ArgumentsDelta():
                if event.index in self._arguments:
                    self._arguments[event.index].append(event.text)
            case e.Open(choice=0):
                return self._begin(event)
            case e.Close():
                return self._close(event.index)
            case e.Sealed():
                return self._seal(event)
            case _:
                return self._frame(event)
        return b""

    def _frame(self, event: e.Event) -> bytes:
        match event:
            case e.Start():
                self._usage = event.usage or self._usage
                created = event.created or self._context.now
                model = event.model or self._context.request.model
                self._head = {"model": model, "created_at": write_moment(created)}
            case e.Tokens():
                self._usage = event.usage
            case e.Finished(choice=0):
                self._finish = event.finish
            case e.Logprobs(choice=0):
                return self._line(self.words(""), logprobs=[write_logprob(each) for each in event.logprobs])
            case e.Failed():
                return msgspec.json.encode(encode_error(event.failure)) + b"\n"
            case e.End():
                last: Json = {"done": True, "done_reason": write_finish(self._finish)}
                told = metrics(self._usage, event.extras, self._context)
                return self._line(self.words("") | self.last(event.extras) | last | told)
        return b""

    def words(self, text: str) -> Json:
        """The member that says ``text``."""
        return {"message": {"role": "assistant", "content": text}}

    def thoughts(self, text: str) -> Json:
        """The member that thinks ``text``."""
        return {"message": {"role": "assistant", "content": "", "thinking": text}}

    def more(self, **members: object) -> Json:
        """A message with other members."""
        return {"message": {"role": "assistant", "content": "", **members}}

    def picture(self, data: str) -> Json:
        """The member that shows an image; none where there is none."""
        return {}

    def last(self, extras: Json) -> Json:
        """What the last line has besides."""
        return {}

    def _line(self, said: Json, **more: object) -> bytes:
        return msgspec.json.encode(self._head | {"done": False} | said | more) + b"\n"

    def _begin(self, event: e.Open) -> bytes:
        part = self._parts[event.index] = event.part
        match part:
            case Text() | Refusal() if part.text:
                return self._line(self.words(part.text))
            case Thinking() if part.text:
                return self._line(self.thoughts(part.text))
            case ToolCall():
                self._arguments[event.index] = [part.arguments]
            case Media(kind="image") if part.data:
                return self._line(said) if (said := self.picture(part.data)) else b""
            case Media() if part.transcript:
                return self._line(self.words(part.transcript))
            case _:
                pass
        return b""

    def _think(self, event: e.ThinkingDelta) -> bytes:
        if event.index not in self._parts or not event.text:
            return b""
        text = event.text
        if event.section > self._sections.get(event.index, 0):
            self._sections[event.index] = event.section
            text = "\n\n" + text
        return self._line(self.thoughts(text))

    def _close(self, index: int) -> bytes:
        part = self._parts.get(index)
        pieces = self._arguments.pop(index, None)
        if not isinstance(part, ToolCall) or pieces is None:
            return b""
        whole = msgspec.structs.replace(part, arguments="".join(pieces) or "{}")
        call = write_call(whole, self._calls) | signature_of_call(whole.signature)
        self._calls += 1
        return self._line(self.more(tool_calls=[call]))

    def _seal(self, event: e.Sealed) -> bytes:
        part = self._parts.get(event.index)
        if isinstance(part, ToolCall):
            self._parts[event.index] = msgspec.structs.replace(part, signature=event.signature)
        elif isinstance(part, Thinking):
            proof = Thinking(signature=event.signature, encrypted=event.encrypted, id=part.id)
            return self._line(self.more(**thinking_details([proof])))
        return b""
