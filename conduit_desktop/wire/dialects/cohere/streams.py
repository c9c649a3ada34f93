"""Streams of Cohere's chat, read. Format: https://docs.cohere.com/v2/docs/streaming and /docs/tool-use-streaming."""

from __future__ import annotations

import msgspec

from conduit_desktop.wire import events as e
from conduit_desktop.wire.dialects.base import Json, truncated, unreadable
from conduit_desktop.wire.dialects.cohere.blocks import NAME, read_citation
from conduit_desktop.wire.dialects.cohere.errors import decode_error
from conduit_desktop.wire.dialects.cohere.replies import read_finish, read_logprob, read_usage
from conduit_desktop.wire.messages import Part, Text, Thinking, ToolCall

_DECODE = msgspec.json.Decoder().decode


class CohereDecoder:
    """Content blocks, tool calls and citations are numbered each for themselves by Cohere. A block of words is closed
    late: citations may come after its end."""

    def __init__(self) -> None:
        self._ended = False
        self._started = False
        self._next = 0
        self._content: dict[int, int] = {}  # content index -> part
        self._text: dict[int, bool] = {}  # part -> whether it is words
        self._calls: dict[int, int] = {}
        self._open: list[int] = []
        self._late: int | None = None
        self._plan: int | None = None
        self._last_text: int | None = None

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        if self._ended:
            return []
        if data == b"[DONE]":
            return self.end()
        try:
            found = _DECODE(data)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self._ended = True
            return [e.Failed(unreadable(data))]
        kind = found.get("type") or name
        out: list[e.Event] = []
        if not self._started and kind != "error":
            self._start(found, out)
        if self._late is not None and not (isinstance(kind, str) and kind.startswith("citation")):
            self._close(self._late, out)
            self._late = None
        handle = _HANDLERS.get(kind) if isinstance(kind, str) else None
        if handle is not None:
            handle(self, found, out)
        elif "message" in found or "error" in found:
            self._ended = True
            out.append(e.Failed(decode_error(502, found)))
        return out

    def end(self) -> list[e.Event]:
        if self._ended:
            return []
        self._ended = True
        return [e.Failed(truncated())]

    def _start(self, found: Json, out: list[e.Event]) -> None:
        self._started = True
        ident = found.get("id")
        out.append(e.Start(id=ident if isinstance(ident, str) else ""))

    def _begin(self, part: Part, out: list[e.Event]) -> int:
        index = self._next
        self._next += 1
        self._open.append(index)
        out.append(e.Open(index, part))
        return index

    def _close(self, index: int, out: list[e.Event]) -> None:
        if index in self._open:
            self._open.remove(index)
            out.append(e.Close(index))

    def _message_start(self, found: Json, out: list[e.Event]) -> None:
        pass  # _start has said it

    def _content_start(self, found: Json, out: list[e.Event]) -> None:
        self._words(found, out, True)

    def _content_delta(self, found: Json, out: list[e.Event]) -> None:
        self._words(found, out, False)

    def _words(self, found: Json, out: list[e.Event], fresh: bool) -> None:
        said = _inside(found, "content")
        thinks = said.get("type") == "thinking" or ("thinking" in said and "text" not in said)
        at = _at(found)
        index = self._content.get(at)
        if fresh or index is None or index not in self._open:
            if self._plan is not None:
                self._close(self._plan, out)
            index = self._content[at] = self._begin(Thinking() if thinks else Text(), out)
            self._text[index] = not thinks
        if self._text[index]:
            self._last_text = index
            text = said.get("text")
            if isinstance(text, str) and text:
                out.append(e.TextDelta(index, text))
            if (logprob := read_logprob(found.get("logprobs"))) is not None:
                out.append(e.Logprobs([logprob]))
        else:
            text = said.get("thinking")
            if isinstance(text, str) and text:
                out.append(e.ThinkingDelta(index, text))
        if len(said) > 1 and ("signature" in said or "encrypted" in said):  # our own members: see blocks.read_content
            out.append(e.Sealed(index, str(said.get("signature") or ""), str(said.get("encrypted") or "")))

    def _content_end(self, found: Json, out: list[e.Event]) -> None:
        index = self._content.get(_at(found))
        if index is None:
            return
        if self._text.get(index) and index in self._open:
            self._late = index
        else:
            self._close(index, out)

    def _plan_delta(self, found: Json, out: list[e.Event]) -> None:
        text = _message(found).get("tool_plan")
        if not isinstance(text, str) or not text:
            return
        if self._plan is None or self._plan not in self._open:
            self._plan = self._begin(Thinking(extras={NAME: {"_tool_plan": True}}), out)
        out.append(e.ThinkingDelta(self._plan, text))

    def _call_start(self, found: Json, out: list[e.Event]) -> None:
        for index in [each for each in self._open if each not in self._calls.values()]:
            self._close(index, out)
        call = _inside(found, "tool_calls")
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        ident, name = call.get("id"), function.get("name")
        part = ToolCall(
            id=ident if isinstance(ident, str) else "", name=name if isinstance(name, str) else "", arguments=""
        )
        self._calls[_at(found)] = index = self._begin(part, out)
        _arguments(index, function, out)

    def _call_delta(self, found: Json, out: list[e.Event]) -> None:
        index = self._calls.get(_at(found))
        function = _inside(found, "tool_calls").get("function")
        if index is not None and index in self._open and isinstance(function, dict):
            _arguments(index, function, out)

    def _call_end(self, found: Json, out: list[e.Event]) -> None:
        index = self._calls.get(_at(found))
        if index is not None:
            self._close(index, out)

    def _citation(self, found: Json, out: list[e.Event]) -> None:
        told = _message(found).get("citations")
        for each in told if isinstance(told, list) else [told]:
            if not isinstance(each, dict):
                continue
            at = each.get("content_index")
            index = self._content.get(at) if isinstance(at, int) else None
            if index is None or not self._text.get(index):
                index = self._last_text
            if index is not None and index in self._open:
                out.extend(e.CitationDelta(index, citation) for citation in read_citation(each))

    def _nothing(self, found: Json, out: list[e.Event]) -> None:
        pass

    def _message_end(self, found: Json, out: list[e.Event]) -> None:
        self._ended = True
        for index in list(self._open):
            self._close(index, out)
        delta = found.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        usage = read_usage(delta.get("usage"))
        if usage is not None:
            out.append(e.Tokens(usage))
        error = delta.get("error")
        if error:
            out.append(e.Failed(decode_error(502, error if isinstance(error, dict | str) else {})))
            return
        reason = delta.get("finish_reason")
        reason = reason if isinstance(reason, str) else ""
        out.append(e.Finished(finish=read_finish(reason) if reason else "stop", native_finish=reason))
        out.append(e.End())


_HANDLERS = {
    "message-start": CohereDecoder._message_start,
    "content-start": CohereDecoder._content_start,
    "content-delta": CohereDecoder._content_delta,
    "content-end": CohereDecoder._content_end,
    "tool-plan-delta": CohereDecoder._plan_delta,
    "tool-call-start": CohereDecoder._call_start,
    "tool-call-delta": CohereDecoder._call_delta,
    "tool-call-end": CohereDecoder._call_end,
    "citation-start": CohereDecoder._citation,
    "citation-end": CohereDecoder._nothing,
    "message-end": CohereDecoder._message_end,
    "debug": CohereDecoder._nothing,
}


def _at(found: Json) -> int:
    at = found.get("index")
    return at if isinstance(at, int) else 0


def _message(found: Json) -> Json:
    delta = found.get("delta")
    message = delta.get("message") if isinstance(delta, dict) else None
    return message if isinstance(message, dict) else {}


def _inside(found: Json, name: str) -> Json:
    """``delta.message.NAME``, which is an object (in some SDKs' records a list of one)."""
    inner = _message(found).get(name)
    if isinstance(inner, list) and inner:
        inner = inner[0]
    return inner if isinstance(inner, dict) else {}


def _arguments(index: int, function: Json, out: list[e.Event]) -> None:
    text = function.get("arguments")
    if isinstance(text, str) and text:
        out.append(e.ArgumentsDelta(index, text))
