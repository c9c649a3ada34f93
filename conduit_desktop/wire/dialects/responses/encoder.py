"""Events written as this dialect's stream for a client.

Format: OpenAI's API reference (responses-streaming). Parts may overlap: each item has its own place in the answer.
Texts that follow each other are one message; a text after anything else is the next.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Json, ident, sse
from conduit_desktop.wire.dialects.chat.errors import encode_error
from conduit_desktop.wire.dialects.custom import as_asked
from conduit_desktop.wire.dialects.responses.echo import blank, failed
from conduit_desktop.wire.dialects.responses.notes import NAME, made, named, note, seal, told
from conduit_desktop.wire.dialects.responses.outputs import call_item, image_item, item_id
from conduit_desktop.wire.dialects.responses.usage import write_usage
from conduit_desktop.wire.dialects.responses.writers import Call, Message, Output, Thought, Words
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Finish, Foreign, Media, Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.usage import Usage

_CUT: dict[Finish, str] = {
    "length": "max_output_tokens",
    "context_length": "max_output_tokens",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}


class _Picture:
    """A picture or sound that comes in pieces."""

    def __init__(self, part: Media) -> None:
        self.part = part
        self.signature = part.signature
        self.pieces = [part.data]
        self.words: Words | None = None


class Encoder:
    """Writes one stream. ``final`` is the whole answer, once it has ended."""

    def __init__(self, context: Context) -> None:
        self.final: Json = {}
        self._context = context
        self._output = Output()
        self._answer: Json | None = None
        self._live: dict[int, Words | Thought | Call | _Picture] = {}
        self._message: Message | None = None
        self._rated: Words | None = None
        self._usage: Usage | None = None
        self._finish: e.Finished | None = None
        self._refused = False
        self._made = 0

    def encode(self, event: e.Event) -> bytes:
        """The bytes for one event."""
        self.take(event)
        found, self._output.events = self._output.events, []
        return b"".join([each if isinstance(each, bytes) else sse(each, each["type"]) for each in found])

    def take(self, event: e.Event) -> None:
        """Take one event; what the client is to hear of it stands in the output's events."""
        match event:
            case e.TextDelta():
                self._say(event)
            case e.Start():
                self._start(event)
            case e.Open():
                self._open(event)
            case e.Close():
                self._close(event.index)
            case e.Tokens():
                self._usage = event.usage
            case e.Finished() if event.choice == 0:
                self._settle(event)
            case e.End():
                self._end(event)
            case e.Failed():
                self._fail(event.failure)
            case _:
                self._more(event)

    # ------------------------------------------------------------ the frame

    def _start(self, event: e.Start) -> None:
        self._usage = event.usage
        self._answer = answer = blank(event, self._context)
        self._output.emit("response.created", response=answer)
        self._output.emit("response.in_progress", response=answer)

    def _settle(self, event: e.Finished) -> None:
        self._finish = event
        for index in list(self._live):
            self._close(index)
        self._end_message("incomplete" if event.finish in ("length", "context_length") else "completed")

    def _end(self, event: e.End) -> None:
        if self._answer is None:
            self._start(e.Start())
        if self._finish is None:
            self._settle(e.Finished())
        assert self._finish is not None
        finish = self._finish.finish
        status, reason = "completed", None
        if finish in _CUT and not (finish == "refusal" and self._refused):
            status, reason = "incomplete", _CUT[finish]
        if self._finish.native_finish in ("queued", "in_progress"):  # an answer made in the background
            status = self._finish.native_finish
        answer = self._whole("failed" if finish == "error" else status)
        if reason:
            answer["incomplete_details"] = {"reason": reason}
        if finish == "error":
            answer["error"] = {"code": "server_error", "message": "The provider failed in the middle of its answer."}
        answer |= {name: value for name, value in told(event.extras).items() if name in _LATE or name not in answer}
        self.final = answer
        self._output.emit(f"response.{answer['status']}", response=answer)

    def _whole(self, status: str) -> Json:
        answer = {**(self._answer or {}), "status": status, "output": self._output.items}
        if status == "completed":
            answer["completed_at"] = self._context.now
        answer["usage"] = None if self._usage is None else write_usage(self._usage)
        return answer

    def _fail(self, failure: Failure) -> None:
        if self._answer is None:
            self._start(e.Start())
        error = encode_error(failure)["error"]
        flat = {"code": error["code"], "message": error["message"], "param": error["param"]}
        self._output.emit("error", **flat, error=error)
        answer = self._whole("failed")
        answer["error"] = failed(failure)
        self.final = answer
        self._output.emit("response.failed", response=answer)

    # ------------------------------------------------------------ parts

    def _id(self, prefix: str, given: str = "") -> str:
        if given:
            return given
        self._made += 1
        return made(prefix, self._context.seed, self._made)

    def _open(self, event: e.Open) -> None:
        if event.choice:
            return  # there is one answer here
        if self._answer is None:
            self._start(e.Start())
        part = event.part
        if isinstance(part, Text | Refusal):
            self._live[event.index] = self._words(part)
            return
        if isinstance(part, Foreign) and part.dialect != NAME:
            return
        self._end_message()
        match part:
            case Thinking():
                self._live[event.index] = Thought(self._output, self._id("rs", part.id), part)
            case ToolCall():
                self._live[event.index] = self._call(part)
            case Foreign():
                begun = {**part.data, "status": "in_progress"} if "status" in part.data else None
                self._output.whole(part.data, begun)
            case Media():
                self._live[event.index] = _Picture(part)
            case _:
                pass  # a result is no part of an answer

    def _words(self, part: Text | Refusal) -> Words:
        self._refused = self._refused or isinstance(part, Refusal)
        given, message = item_id(part), self._message
        joins = message is not None and message.at == len(self._output.items) - 1
        if message is None or not joins or (given and given != message.id):
            self._end_message()
            message = self._message = Message(self._output, self._id("msg", given), note(part.extras, "_phase"))
        self._rated = words = message.open(part)
        return words

    def _end_message(self, status: str = "completed") -> None:
        message, self._message = self._message, None
        if message is not None:
            message.ending = True
            message.settle(status)

    def _call(self, part: ToolCall) -> Call:
        request = self._context.request
        asked = as_asked(part, request)
        space, name = named(request, part.name)
        space, name = note(part.extras, "_namespace") or space, note(part.extras, "_name") or name
        call_id = part.id or self._id("call")
        prefix = "ctc_" if asked.custom else "fc_"
        given = item_id(part) or ident(prefix, part.id.removeprefix("call_"), call_id)
        item = call_item(asked, given, call_id, space, name)
        return Call(self._output, part, item, wrapped=asked.custom and not part.custom)

    def _say(self, event: e.TextDelta) -> None:
        live = self._live.get(event.index)
        if isinstance(live, Words):
            live.add(event.text)
        elif isinstance(live, _Picture):  # what a sound says
            if live.words is None:
                live.words = self._words(Text())
            live.words.add(event.text)

    def _more(self, event: Any) -> None:
        if isinstance(event, e.Logprobs):
            if event.choice == 0 and self._rated is not None:
                self._rated.rate(event.logprobs)
            return
        live = self._live.get(getattr(event, "index", -1))
        match event:
            case e.ThinkingDelta() if isinstance(live, Thought):
                live.add(event.section, event.text)
            case e.ArgumentsDelta() if isinstance(live, Call):
                live.add(event.text)
            case e.CitationDelta() if isinstance(live, Words):
                live.cite(event.citation)
            case e.DataDelta() if isinstance(live, _Picture):
                live.pieces.append(event.data)
            case e.Sealed() if isinstance(live, Thought):
                live.seal(event.signature, event.encrypted)
            case e.Sealed() if live is not None:
                live.signature = event.signature or live.signature
            case _:
                pass

    def _close(self, index: int) -> None:
        live = self._live.pop(index, None)
        if live is None:
            return
        if isinstance(live, _Picture):
            self._picture(live)
        else:
            live.close()
        if isinstance(live, Words):
            live.message.settle()
        if live.signature and not isinstance(live, Thought):
            self._carry(live.signature, f"call:{live.id}" if isinstance(live, Call) else "text")

    def _carry(self, signature: str, on: str) -> None:
        """A signature that has no place of its own travels in a reasoning item behind its part."""
        self._end_message()
        item = {"id": self._id("rs"), "type": "reasoning", "summary": []}
        self._output.whole({**item, "encrypted_content": seal({"signature": signature, "on": on})}, item)

    def _picture(self, live: _Picture) -> None:
        part = msgspec.structs.replace(live.part, data="".join(live.pieces))
        if part.kind == "image" and part.data:
            item = image_item(part, self._id("ig", item_id(part)))
            self._output.whole(item, {**item, "status": "in_progress", "result": None})
            return
        words = live.words
        if words is None and (said := part.transcript or part.url):
            words = self._words(Text(text=said))
        if words is not None:
            words.close()
            words.message.settle()


_LATE = (
    "service_tier",
    "metadata",
    "completed_at",
    "moderation",
    "content_filters",
    "billing",
    "tool_usage",
    "prompt_cache_retention",
)
"""What only a provider's last event tells for good."""
