"""A provider's stream in this dialect, read into events.

Format: OpenAI's API reference (responses-streaming). What a later event tells whole (``.done``) counts only where no
delta told it before. Events that are not known say nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import events_of_part
from conduit_desktop.wire.dialects.base import Json, truncated, unreadable
from conduit_desktop.wire.dialects.chat.errors import decode_error
from conduit_desktop.wire.dialects.responses.citations import read_citation, read_logprobs
from conduit_desktop.wire.dialects.responses.notes import extras
from conduit_desktop.wire.dialects.responses.outputs import Turn, is_of, read_call, read_custom, read_reasoning
from conduit_desktop.wire.dialects.responses.replies import finish_of, rest_of
from conduit_desktop.wire.dialects.responses.usage import read_usage
from conduit_desktop.wire.messages import Part, Refusal, Text, Thinking
from conduit_desktop.wire.node import Node

_BROKEN = (KeyError, TypeError, ValueError, AttributeError, BadRequest, RecursionError)


class _Live:
    """A part that is open: its number, whether anything of it was told, how many citations, whether log
    probabilities."""

    __slots__ = ("cited", "number", "rated", "said")

    def __init__(self, number: int) -> None:
        self.number = number
        self.said = False
        self.cited = 0
        self.rated = False


class Decoder:
    """Reads one stream."""

    def __init__(self) -> None:
        self._started = False
        self._over = False
        self._next = 0
        self._parts: list[Part] = []
        self._messages: dict[Any, Json] = {}  # what is noted of a message, by its place
        self._texts: dict[tuple[Any, Any], _Live] = {}
        self._live: dict[Any, _Live] = {}  # reasoning and calls, by their items' places
        self._summarised: dict[Any, bool] = {}
        self._done: set[Any] = set()
        self._on: dict[str, Callable[[Json, list[e.Event]], None]] = {
            "response.output_text.delta": self._words,
            "response.refusal.delta": self._declines,
            "response.function_call_arguments.delta": self._arguments,
            "response.custom_tool_call_input.delta": self._arguments,
            "response.reasoning_summary_text.delta": self._summary,
            "response.reasoning_text.delta": self._thought,
            "response.output_text.annotation.added": self._annotation,
            "response.output_text.done": self._worded,
            "response.refusal.done": self._worded,
            "response.content_part.added": self._part_added,
            "response.content_part.done": self._part_done,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
            "response.completed": self._finished,
            "response.incomplete": self._finished,
            "response.done": self._finished,
            "response.failed": self._failed,
            "error": self._failed,
        }

    def feed(self, name: str, data: bytes) -> list[e.Event]:
        """The events told by one event of the stream."""
        if self._over or data == b"[DONE]":
            return []
        out: list[e.Event] = []
        try:
            event = msgspec.json.decode(data)
            kind = event.get("type") or name
            if kind not in self._on and event.get("error"):
                kind = "error"
            if not self._started and kind not in ("response.failed", "error"):
                self._start(event.get("response") or {}, out)
            handle = self._on.get(kind)
            if handle is not None:
                handle(event, out)
        except _BROKEN:
            self._over = True
            return [*out, e.Failed(unreadable(data))]
        return out

    def end(self) -> list[e.Event]:
        """The events told by the end of the connection."""
        if self._over:
            return []
        self._over = True
        return [e.Failed(truncated())]

    # ------------------------------------------------------------ the frame

    def _start(self, answer: Json, out: list[e.Event]) -> None:
        self._started = True
        created = answer.get("created_at")
        tier = answer.get("service_tier")
        out.append(
            e.Start(
                id=_text(answer, "id"),
                model=_text(answer, "model"),
                created=int(created) if isinstance(created, int | float) else None,
                service_tier=tier if isinstance(tier, str) else "",
            )
        )

    def _finished(self, event: Json, out: list[e.Event]) -> None:
        answer = event["response"]
        if answer.get("status") == "failed":
            self._failed(event, out)
            return
        if not self._next:
            self._whole(answer.get("output") or [], out)
        out += [e.Close(live.number) for live in (*self._texts.values(), *self._live.values())]
        finish, native = finish_of(answer, self._parts)
        out.append(e.Finished(finish=finish or "other", native_finish=native))
        usage = read_usage(answer.get("usage"), answer.get("output"))
        if usage is not None:
            out.append(e.Tokens(usage))
        out.append(e.End(rest_of(answer, "service_tier")))  # by now it is known which tier it was
        self._over = True

    def _failed(self, event: Json, out: list[e.Event]) -> None:
        answer = event.get("response")
        out.append(e.Failed(decode_error(0, answer if isinstance(answer, dict) else event)))
        self._over = True

    # ------------------------------------------------------------ parts

    def _open(self, part: Part, out: list[e.Event]) -> _Live:
        live = _Live(self._next)
        self._next += 1
        self._parts.append(part)
        out.append(e.Open(live.number, part))
        return live

    def _whole(self, items: list[Any], out: list[e.Event]) -> None:
        """Items that came in one piece."""
        turn = Turn()
        for item in items:
            turn.add(Node(item))
        for on, signature in turn.carried:
            number = next((at for at in reversed(range(self._next)) if is_of(self._parts[at], on)), None)
            if number is not None:
                out.append(e.Sealed(number, signature))
        for part in turn.parts:
            out += events_of_part(self._next, part)
            self._next += 1
            self._parts.append(part)
        if turn.logprobs:
            out.append(e.Logprobs(turn.logprobs))

    # ------------------------------------------------------------ words

    def _text_at(self, event: Json, out: list[e.Event], *, refusal: bool = False) -> _Live:
        place = (_place(event), event.get("content_index", 0))
        live = self._texts.get(place)
        if live is None:
            noted = extras(self._messages.get(place[0], {}))
            live = self._texts[place] = self._open(Refusal(extras=noted) if refusal else Text(extras=noted), out)
        return live

    def _words(self, event: Json, out: list[e.Event]) -> None:
        live = self._texts.get((event.get("output_index", event.get("item_id")), event.get("content_index", 0)))
        if live is None:
            live = self._text_at(event, out)
        rated, delta = event.get("logprobs"), event["delta"]
        if rated and (found := read_logprobs(rated)):
            live.rated = True
            out.append(e.Logprobs(found))
        if delta:
            live.said = True
            out.append(e.TextDelta(live.number, delta))

    def _declines(self, event: Json, out: list[e.Event]) -> None:
        live = self._text_at(event, out, refusal=True)
        live.said = True
        out.append(e.TextDelta(live.number, event["delta"]))

    def _worded(self, event: Json, out: list[e.Event]) -> None:
        """The words of a text or refusal, whole."""
        refusal = "refusal" in event
        live = self._text_at(event, out, refusal=refusal)
        words = event.get("refusal") if refusal else event.get("text")
        if words and not live.said:
            live.said = True
            out.append(e.TextDelta(live.number, words))
        if not live.rated and (found := read_logprobs(event.get("logprobs"))):
            live.rated = True
            out.append(e.Logprobs(found))

    def _annotation(self, event: Json, out: list[e.Event]) -> None:
        live = self._text_at(event, out)
        live.cited += 1
        citation = read_citation(event.get("annotation"))
        if citation is not None:
            out.append(e.CitationDelta(live.number, citation))

    def _part_added(self, event: Json, out: list[e.Event]) -> None:
        kind = event["part"].get("type")
        if kind in ("output_text", "refusal"):
            self._text_at(event, out, refusal=kind == "refusal")

    def _part_done(self, event: Json, out: list[e.Event]) -> None:
        part = event["part"]
        if part.get("type") not in ("output_text", "refusal"):
            return
        self._worded(event | part, out)
        live = self._text_at(event, out)
        for annotation in (part.get("annotations") or [])[live.cited :]:
            live.cited += 1
            if (citation := read_citation(annotation)) is not None:
                out.append(e.CitationDelta(live.number, citation))

    # ------------------------------------------------------------ reasoning and calls

    def _thinking_at(self, event: Json, out: list[e.Event], *, summarised: bool) -> _Live | None:
        place = _place(event)
        live = self._live.get(place)
        if live is None:
            noted = self._messages.get(place, {})
            part = Thinking(id=str(noted.get("_id") or event.get("item_id") or ""), summarised=summarised)
            part.extras = extras({"_item": "reasoning"})
            live = self._live[place] = self._open(part, out)
            self._summarised[place] = summarised
        return live if self._summarised.get(place) == summarised else None

    def _summary(self, event: Json, out: list[e.Event]) -> None:
        live = self._thinking_at(event, out, summarised=True)
        if live is not None:
            live.said = True
            out.append(e.ThinkingDelta(live.number, event["delta"], event.get("summary_index") or 0))

    def _thought(self, event: Json, out: list[e.Event]) -> None:
        live = self._thinking_at(event, out, summarised=False)
        if live is not None:
            live.said = True
            out.append(e.ThinkingDelta(live.number, event["delta"], event.get("content_index") or 0))

    def _arguments(self, event: Json, out: list[e.Event]) -> None:
        live = self._live.get(_place(event))
        if live is not None and event["delta"]:
            live.said = True
            out.append(e.ArgumentsDelta(live.number, event["delta"]))

    # ------------------------------------------------------------ items

    def _item_added(self, event: Json, out: list[e.Event]) -> None:
        item, place = event["item"], _place(event)
        kind = item.get("type")
        if kind in ("message", "reasoning"):
            self._messages[place] = {"_id": item.get("id"), "_phase": item.get("phase")}
        elif kind in ("function_call", "custom_tool_call"):
            part = (read_call if kind == "function_call" else read_custom)(Node({**item, "status": None}))
            part.arguments = ""
            self._live[place] = self._open(part, out)

    def _item_done(self, event: Json, out: list[e.Event]) -> None:
        """An item is whole: tell what of it was not told yet, and close its parts."""
        item, place = event["item"], _place(event)
        if place in self._done:
            return
        self._done.add(place)
        live = self._live.pop(place, None)
        if live is not None:
            self._complete(item, live, out)
            out.append(e.Close(live.number))
            return
        told = [at for at in self._texts if at[0] == place]
        if not told:
            self._whole([item], out)
            return
        for at, part in enumerate(item.get("content") or []):
            index = told[at][1] if at < len(told) else at  # some count reasoning and text in one row
            if isinstance(part, dict):
                self._part_done({"output_index": place, "content_index": index, "part": part}, out)
        mine = [at for at in self._texts if at[0] == place]
        out += [e.Close(self._texts.pop(at).number) for at in mine]

    def _complete(self, item: Json, live: _Live, out: list[e.Event]) -> None:
        if item.get("type") != "reasoning":
            whole = item.get("input") if item.get("type") == "custom_tool_call" else item.get("arguments")
            if whole and not live.said:
                words = whole if isinstance(whole, str) else msgspec.json.encode(whole).decode()
                out.append(e.ArgumentsDelta(live.number, words))
            return
        part = read_reasoning(Node(item))
        if part.sections and not live.said:
            out += [e.ThinkingDelta(live.number, words, at) for at, words in enumerate(part.sections)]
        if part.signature or part.encrypted:
            out.append(e.Sealed(live.number, part.signature, part.encrypted))


def _place(event: Json) -> Any:
    """Where an event's item stands in the answer."""
    return event.get("output_index", event.get("item_id"))


def _text(raw: Json, name: str) -> str:
    found = raw.get(name)
    return found if isinstance(found, str) else ""
