"""Streams of Cohere's chat, written. Format: https://docs.cohere.com/v2/docs/streaming and /docs/tool-use-streaming."""

from __future__ import annotations

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Context, Json, sse
from conduit_desktop.wire.dialects.cohere.blocks import is_plan, signature_of_call, write_citations
from conduit_desktop.wire.dialects.cohere.replies import write_content, write_finish, write_logprob, write_usage
from conduit_desktop.wire.dialects.lowering import media_words
from conduit_desktop.wire.messages import Citation, Foreign, Media, Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.sequence import InOrder
from conduit_desktop.wire.usage import Usage

_DONE = b"data: [DONE]\n\n"


class CohereEncoder:
    """One part at a time. Content blocks, tool calls and citations are numbered each for themselves."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._order = InOrder()
        self._usage: Usage | None = None
        self._finish = "COMPLETE"
        self._failed = False
        self._contents = 0
        self._calls = 0
        self._citations = 0
        self._kind = ""  # of the part that is open: text, thinking, plan, call, or empty for one that is not shown
        self._index = 0
        self._section = 0
        self._said: list[str] = []
        self._others: set[int] = set()  # parts of further choices

    def encode(self, event: e.Event) -> bytes:
        if isinstance(event, e.Open) and event.choice:
            self._others.add(event.index)
        if self._others and getattr(event, "index", None) in self._others:
            return b""
        return b"".join([self._write(each) for each in self._order.feed(event)])

    def _write(self, event: e.Event) -> bytes:
        match event:
            case e.TextDelta() | e.ThinkingDelta() | e.ArgumentsDelta():
                return self._grow(event)
            case e.Open():
                return self._begin(event)
            case e.Close():
                return self._close()
            case e.CitationDelta():
                return self._cite(event.citation)
            case e.Sealed():
                return self._seal(event)
            case _:
                return self._frame(event)

    def _frame(self, event: e.Event) -> bytes:
        match event:
            case e.Start():
                self._usage = event.usage or self._usage
                message = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
                start = {"id": event.id or self._context.seed, "type": "message-start", "delta": {"message": message}}
                return sse(start, "message-start")
            case e.Tokens():
                self._usage = event.usage
            case e.Finished(choice=0):
                self._finish = write_finish(event.finish, event.native_finish, self._calls > 0)
            case e.Logprobs(choice=0) if self._kind == "text":
                return b"".join(
                    self._delta("content", {"text": ""}, logprobs=write_logprob(each)) for each in event.logprobs
                )
            case e.Ping():
                return b": ping\n\n"
            case e.Failed():
                return self._end({"finish_reason": "ERROR", "error": event.failure.message})
            case e.End():
                return self._end({"finish_reason": self._finish}) + _DONE
        return b""

    def _end(self, delta: Json) -> bytes:
        if self._usage is not None:
            delta["usage"] = write_usage(self._usage)
        return sse({"type": "message-end", "delta": delta}, "message-end")

    def _begin(self, event: e.Open) -> bytes:
        part = event.part
        self._said, self._section = [], 0
        match part:
            case ToolCall():
                return self._begin_call(part)
            case Thinking() if is_plan(part):
                self._kind = "plan"
                return self._delta("tool-plan", part.text) if part.text else b""
            case Text() | Refusal() | Thinking():
                self._kind = "thinking" if isinstance(part, Thinking) else "text"
            case Foreign() if (item := write_content(part)) is not None:
                self._kind = "text"
                return self._start(item)
            case Media():
                self._kind = "text"
            case _:
                self._kind = ""
                return b""
        blank: Json = {"type": self._kind, self._kind: ""}
        start = self._start(blank)
        text = media_words(part) if isinstance(part, Media) else part.text
        return start + (self._content(text) if text else b"")

    def _start(self, content: Json) -> bytes:
        self._index = self._contents
        self._contents += 1
        return _event("content-start", self._index, {"message": {"content": content}})

    def _begin_call(self, part: ToolCall) -> bytes:
        self._kind = "call"
        self._index = self._calls
        self._calls += 1
        call = {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": ""}}
        call |= signature_of_call(part)
        start = _event("tool-call-start", self._index, {"message": {"tool_calls": call}})
        return start + (self._arguments(part.arguments) if part.arguments else b"")

    def _grow(self, event: e.TextDelta | e.ThinkingDelta | e.ArgumentsDelta) -> bytes:
        text = event.text
        if not text:
            return b""
        if isinstance(event, e.ThinkingDelta) and event.section > self._section:
            self._section = event.section
            text = "\n\n" + text
        if self._kind == "plan":
            return self._delta("tool-plan", text)
        if self._kind == "call":
            return self._arguments(text)
        return self._content(text) if self._kind else b""

    def _content(self, text: str) -> bytes:
        if self._kind == "text":
            self._said.append(text)
        return self._delta("content", {self._kind: text})

    def _arguments(self, text: str) -> bytes:
        self._said.append(text)
        return self._delta("tool-call", {"function": {"arguments": text}})

    def _delta(self, kind: str, said: Json | str, **more: Json) -> bytes:
        name = f"{kind}-delta"
        if kind == "tool-plan":
            return sse({"type": name, "delta": {"message": {"tool_plan": said}}}, name)
        member = "tool_calls" if kind == "tool-call" else "content"
        return sse({"type": name, "index": self._index, "delta": {"message": {member: said}}} | more, name)

    def _close(self) -> bytes:
        kind, self._kind = self._kind, ""
        if kind == "call":
            none = b"" if any(self._said) else self._delta("tool-call", {"function": {"arguments": "{}"}})
            return none + sse({"type": "tool-call-end", "index": self._index}, "tool-call-end")
        if kind in ("text", "thinking"):
            return sse({"type": "content-end", "index": self._index}, "content-end")
        return b""

    def _cite(self, citation: Citation) -> bytes:
        if self._kind != "text":
            return b""
        told = write_citations("".join(self._said), [citation], self._index)[0]
        index = self._citations
        self._citations += 1
        start = _event("citation-start", index, {"message": {"citations": told}})
        return start + sse({"type": "citation-end", "index": index}, "citation-end")

    def _seal(self, event: e.Sealed) -> bytes:
        """Another provider's proof, in the members that ``blocks.read_content`` reads."""
        if self._kind == "call":
            return self._delta("tool-call", {"function": {"arguments": ""}} | signature_of_call(event))
        if self._kind not in ("text", "thinking"):
            return b""
        seal = {"signature": event.signature, "encrypted": event.encrypted}
        return self._delta("content", {self._kind: ""} | {name: value for name, value in seal.items() if value})


def _event(name: str, index: int, delta: Json) -> bytes:
    return sse({"type": name, "index": index, "delta": delta}, name)
