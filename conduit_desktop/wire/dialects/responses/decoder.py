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
from conduit_desktop.wire.assemble import events_of_parts
from conduit_desktop.wire.dialects.base import Json, truncated, unreadable
from conduit_desktop.wire.dialects.chat.errors import decode_error
from conduit_desktop.wire.dialects.responses.notes import extras
from conduit_desktop.wire.dialects.responses.outputs import (
    X_SEARCHES,
    Turn,
    is_of,
    read_call,
    read_custom,
    read_reasoning,
)
from conduit_desktop.wire.dialects.responses.replies import finish_of, rest_of
from conduit_desktop.wire.dialects.responses.usage import read_usage
from conduit_desktop.wire.dialects.responses.words import Live, Row, Texts, delta_of, place_of
from conduit_desktop.wire.messages import Refusal, Text, Thinking, ToolCall
from conduit_desktop.wire.node import Node

_BROKEN = (KeyError, TypeError, ValueError, AttributeError, BadRequest, RecursionError)
_MOST_SECTIONS = 1000
_STREAMED = ("message", "reasoning", "function_call", "custom_tool_call")


class Decoder:
    """Reads one stream."""

    def __init__(self) -> None:
        self._started = False
        self._over = False
        self._row = Row()
        self._texts = texts = Texts(self._row)
        self._live: dict[Any, Live] = {}  # reasoning and calls, by their items' places
        self._summarised: dict[Any, bool] = {}
        self._done: set[Any] = set()
        self._ids: set[Any] = set()
        self._on: dict[str, Callable[[Json, list[e.Event]], None]] = {
            "response.output_text.delta": texts.add,
            "response.refusal.delta": texts.decline,
            "response.function_call_arguments.delta": self._arguments,
            "response.custom_tool_call_input.delta": self._arguments,
            "response.function_call_arguments.done": self._argued,
            "response.custom_tool_call_input.done": self._argued,
            "response.reasoning_summary_text.delta": self._summary,
            "response.reasoning_text.delta": self._thought,
            "response.output_text.annotation.added": texts.cite,
            "response.output_text.done": texts.whole,
            "response.refusal.done": texts.whole,
            "response.content_part.added": texts.part_added,
            "response.content_part.done": texts.part_done,
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
        output = answer.get("output") or []
        for place, live in self._live.items():
            if type(place) is int and place < len(output) and output[place].get("type") in _STREAMED:
                self._complete(output[place], live, out)
        self._rest(output, out)
        out += [e.Close(live.number) for live in (*self._texts.open.values(), *self._live.values())]
        finish, native = finish_of(answer, self._row.parts)
        out.append(e.Finished(finish=finish or "other", native_finish=native))
        usage = read_usage(answer.get("usage"), answer)
        if usage is not None:
            out.append(e.Tokens(usage))
        out.append(e.End(rest_of(answer, "service_tier")))  # by now it is known which tier it was
        self._over = True

    def _failed(self, event: Json, out: list[e.Event]) -> None:
        answer = event.get("response")
        out.append(e.Failed(decode_error(0, answer if isinstance(answer, dict) else event)))
        self._over = True

    # ------------------------------------------------------------ parts

    def _whole(self, items: list[Any], out: list[e.Event]) -> None:
        """Items that came in one piece."""
        turn = Turn()
        for item in items:
            turn.add(Node(item))
        for on, signature in turn.carried:
            number = next((at for at in reversed(range(len(self._row.parts))) if is_of(self._row.parts[at], on)), None)
            if number is not None:
                out.append(e.Sealed(number, signature))
        out += events_of_parts(len(self._row.parts), turn.parts, turn.logprobs)
        self._row.parts += turn.parts

    def _rest(self, output: list[Any], out: list[e.Event]) -> None:
        """What only the answer's end tells: all of it where nothing came before."""
        if self._row.parts:
            output = [item for item in output if isinstance(item, dict) and self._untold(item)]
        self._whole(output, out)

    def _untold(self, item: Json) -> bool:
        """Whether nothing of an item was told. Some give items no ids, or others at the end: those that are streamed
        are known by what they are."""
        parts = self._row.parts
        match item.get("type"):
            case "message":
                return not any(isinstance(part, Text | Refusal) for part in parts)
            case "reasoning":
                return not any(isinstance(part, Thinking) for part in parts)
            case "function_call" | "custom_tool_call" if item.get("name") not in X_SEARCHES:
                called = item.get("call_id") or item.get("id")
                return all(part.id != called for part in parts if isinstance(part, ToolCall))
        return item.get("id") not in self._ids

    # ------------------------------------------------------------ reasoning and calls

    def _thinking_at(self, event: Json, out: list[e.Event], *, summarised: bool) -> Live | None:
        place = place_of(event)
        live = self._live.get(place)
        if live is None:
            noted = self._row.noted.get(place, {})
            part = Thinking(id=str(noted.get("_id") or event.get("item_id") or ""), summarised=summarised)
            part.extras = extras({"_item": "reasoning"})
            live = self._live[place] = self._row.open(part, out)
            self._summarised[place] = summarised
        return live if self._summarised.get(place) == summarised else None

    def _summary(self, event: Json, out: list[e.Event]) -> None:
        live = self._thinking_at(event, out, summarised=True)
        if live is not None:
            live.said = True
            out.append(e.ThinkingDelta(live.number, delta_of(event), _index(event, "summary_index")))

    def _thought(self, event: Json, out: list[e.Event]) -> None:
        live = self._thinking_at(event, out, summarised=False)
        if live is not None:
            live.said = True
            out.append(e.ThinkingDelta(live.number, delta_of(event), _index(event, "content_index")))

    def _arguments(self, event: Json, out: list[e.Event]) -> None:
        live = self._live.get(place_of(event))
        if live is not None and (delta := delta_of(event)):
            live.said = True
            out.append(e.ArgumentsDelta(live.number, delta))

    def _argued(self, event: Json, out: list[e.Event]) -> None:
        live = self._live.get(place_of(event))
        if live is not None:
            self._argue(event, live, out)

    def _argue(self, told: Json, live: Live, out: list[e.Event]) -> None:
        """The arguments as a whole, where no delta told them."""
        whole = told.get("input") or told.get("arguments")
        if whole and not live.said:
            live.said = True
            words = whole if isinstance(whole, str) else msgspec.json.encode(whole).decode()
            out.append(e.ArgumentsDelta(live.number, words))

    # ------------------------------------------------------------ items

    def _item_added(self, event: Json, out: list[e.Event]) -> None:
        item, place = event["item"], place_of(event)
        self._done.discard(place)  # some give all their items one place
        kind = item.get("type")
        if kind in ("message", "reasoning"):
            self._row.noted[place] = {"_id": item.get("id"), "_phase": item.get("phase")}
        elif kind in ("function_call", "custom_tool_call") and item.get("name") not in X_SEARCHES:
            part = (read_call if kind == "function_call" else read_custom)(Node({**item, "status": None}))
            part.arguments = ""
            self._live[place] = self._row.open(part, out)

    def _item_done(self, event: Json, out: list[e.Event]) -> None:
        """An item is whole: tell what of it was not told yet, and close its parts."""
        item, place = event["item"], place_of(event)
        if place in self._done:
            return
        self._done.add(place)
        self._ids.add(item.get("id"))
        live = self._live.pop(place, None)
        if live is not None:
            self._complete(item, live, out)
            out.append(e.Close(live.number))
            return
        if self._texts.of(place):
            self._texts.item_done(item, place, out)
        else:
            self._whole([item], out)

    def _complete(self, item: Json, live: Live, out: list[e.Event]) -> None:
        if item.get("type") != "reasoning":
            self._argue(item, live, out)
            return
        part = read_reasoning(Node(item))
        if part.sections and not live.said:
            out += [e.ThinkingDelta(live.number, words, at) for at, words in enumerate(part.sections)]
        if part.signature or part.encrypted:
            out.append(e.Sealed(live.number, part.signature, part.encrypted))


def _index(event: Json, name: str) -> int:
    found = event.get(name)
    return found if type(found) is int and 0 <= found < _MOST_SECTIONS else 0


def _text(raw: Json, name: str) -> str:
    found = raw.get(name)
    return found if isinstance(found, str) else ""
