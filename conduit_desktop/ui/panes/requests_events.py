"""A streamed answer: its events with their times, and what they add up to. Runs on worker threads; no Qt."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from conduit_desktop.records import Message
from conduit_desktop.ui.panes.requests_render import MOST_SHOWN, pretty
from conduit_desktop.wire import sse

MOST_EVENTS = 20_000
MOST_DATA = 2_000
MOST_PARSED = 2_000_000
_BREATH = 200


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``at`` is seconds after the exchange began, ``gap`` since the event before; ``None``: not known."""

    n: int
    at: float | None
    gap: float | None
    size: int
    name: str
    data: str


@dataclass(slots=True)
class ToolCall:
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Answer:
    """What one choice says."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish: str = ""
    tools: dict[int, ToolCall] = field(default_factory=dict)


def is_stream(message: Message) -> bool:
    return any(name.lower() == "content-type" and "event-stream" in value for name, value in message.headers) or (
        message.body[:6] in (b"data: ", b"event:")
    )


def events_of(message: Message, most: int = MOST_EVENTS) -> tuple[tuple[Event, ...], int]:
    """The first ``most`` events, and how many there are. An event has the time of the piece it was complete with."""
    blocks = sse.split(message.body)
    events: list[Event] = []
    pieces = iter(message.pieces)
    end, covered = 0, 0
    at: float | None = None
    before: float | None = None
    for n, block in enumerate(blocks[:most]):
        end += len(block)
        while covered < end:
            piece = next(pieces, None)
            if piece is None:
                break
            at, covered = piece[0], covered + piece[1]
        gap = at - before if at is not None and before is not None else None
        data = sse.data_of(block)[: MOST_DATA * 4].decode("utf-8", "replace")[:MOST_DATA]
        events.append(Event(n + 1, at, gap, len(block), _name(block), data))
        before = at
        _breathe(n)
    return tuple(events), len(blocks)


def _name(block: bytes) -> str:
    for line in block.splitlines():
        if line.startswith(b"event:"):
            return line[6:].strip().decode("utf-8", "replace")
    return "comment" if block.startswith(b":") else ""


def _breathe(n: int) -> None:
    """Lets the window in: a thread that only computes would make it wait at each of its calls."""
    if n % _BREATH == _BREATH - 1:
        time.sleep(0.0005)


def answers_of(message: Message) -> tuple[Answer, ...]:
    """What the model said, in the order of the choices; empty when that cannot be told."""
    if is_stream(message):
        return assemble(sse.data_of(block) for block in sse.split(message.body)[:MOST_EVENTS])
    if len(message.body) > MOST_PARSED:
        return ()
    return assemble((message.body,))


def assemble(datas: Iterable[bytes]) -> tuple[Answer, ...]:
    """The chunks of an OpenAI chat completion (or a whole one) put together, choice by choice."""
    found: dict[int, Answer] = {}
    for n, data in enumerate(datas):
        _breathe(n)
        if not data or data == b"[DONE]":
            continue
        try:
            chunk = json.loads(data)
        except (ValueError, RecursionError):
            continue
        choices = chunk.get("choices") if isinstance(chunk, dict) else None
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                index = choice.get("index")
                _take(found.setdefault(index if isinstance(index, int) else 0, Answer()), choice)
    return tuple(found[index] for index in sorted(found))


def _take(answer: Answer, choice: dict[str, Any]) -> None:
    said = choice.get("delta") or choice.get("message") or {}
    if not isinstance(said, dict):
        return
    answer.text += _text(said.get("content")) + _text(choice.get("text"))
    answer.reasoning += _text(said.get("reasoning_content") or said.get("reasoning"))
    answer.refusal += _text(said.get("refusal"))
    answer.finish = _text(choice.get("finish_reason")) or answer.finish
    calls = said.get("tool_calls")
    for at, call in enumerate(calls if isinstance(calls, list) else ()):
        if isinstance(call, dict):
            index = call.get("index")
            _call(answer.tools.setdefault(index if isinstance(index, int) else at, ToolCall()), call.get("function"))


def _call(tool: ToolCall, function: Any) -> None:
    if isinstance(function, dict):
        tool.name += _text(function.get("name"))
        tool.arguments += _text(function.get("arguments"))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_text(part.get("text")) for part in value if isinstance(part, dict))
    return ""


def answer_text(answers: Sequence[Answer]) -> str:
    """The answers as they are read: reasoning and tool calls named as such."""
    said: list[str] = []
    for number, answer in enumerate(answers, 1):
        if len(answers) > 1:
            said.append(f"Choice {number}")
        if answer.reasoning:
            said.append(f"Reasoning:\n{answer.reasoning}")
        if answer.text:
            said.append(answer.text)
        if answer.refusal:
            said.append(f"Refusal:\n{answer.refusal}")
        said += [f"Tool call: {tool.name}\n{pretty(tool.arguments, MOST_SHOWN)[0]}" for tool in answer.tools.values()]
    return "\n\n".join(said)
