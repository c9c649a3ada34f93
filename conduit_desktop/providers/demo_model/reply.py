"""The demo model's answers in OpenAI's wire shapes, whole or as chunks with the pause before each.

Pure: the caller gives the id and the time, and plays the chunks; the same request always gets the same
answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from conduit_desktop.providers.demo_model import tools
from conduit_desktop.providers.demo_model.request import Ask, read, text_of
from conduit_desktop.providers.demo_model.schema import example
from conduit_desktop.providers.demo_model.tokens import estimate, pieces
from conduit_desktop.providers.demo_model.wording import wording

Json = Any
Chunk = dict[str, Json]

FIRST_TOKEN = 0.3
"""Seconds before the first token."""
PER_TOKEN = 0.025
"""Seconds between two tokens: about forty a second."""

_FINGERPRINT = "fp_conduit_demo"


@dataclass(frozen=True, slots=True)
class _Choice:
    """One answer: its text or its tool call (name and id), in pieces, and why it ended."""

    pieces: list[str]
    finish: str
    tool: str = ""
    call_id: str = ""


def complete(body: object, *, id: str, created: int) -> dict[str, Json]:
    """The whole ``chat.completion`` for a decoded request. Raises DemoError."""
    ask = read(body)
    choices = _choices(ask, id)
    return {
        **_head(ask, id, created, "chat.completion"),
        "choices": [
            {"index": n, "message": _message(choice), "logprobs": None, "finish_reason": choice.finish}
            for n, choice in enumerate(choices)
        ],
        "usage": _usage(ask, choices),
    }


def stream(body: object, *, id: str, created: int) -> list[tuple[float, Chunk]]:
    """The answer as ``chat.completion.chunk`` objects, each with the seconds to wait before it goes out. What
    ends the stream (``data: [DONE]``) is the player's to add. Raises DemoError."""
    ask = read(body)
    choices = _choices(ask, id)
    head = _head(ask, id, created, "chat.completion.chunk")
    if ask.stream_usage:
        head["usage"] = None
    timed = [
        (
            delay,
            {**head, "choices": [{"index": n, "delta": delta, "logprobs": None, "finish_reason": finish}]},
        )
        for delay, n, delta, finish in _deltas(choices)
    ]
    if ask.stream_usage:
        timed.append((0.0, {**head, "choices": [], "usage": _usage(ask, choices)}))
    return timed


def pause(completion: dict[str, Json]) -> float:
    """Seconds the demo model would have taken for a whole answer, at the pace at which it streams."""
    tokens: int = completion["usage"]["completion_tokens"]
    return FIRST_TOKEN + PER_TOKEN * tokens


def _choices(ask: Ask, id: str) -> list[_Choice]:
    tool = tools.chosen(ask)
    if tool is not None:
        made = json.dumps(tools.arguments(tool, ask.question), ensure_ascii=False)
        named = f"{id}/{tool['name']}"
        call_id = f"call_{sha256(named.encode()).hexdigest()[:24]}"
        finish = "tool_calls" if ask.choice in ("auto", "required") else "stop"
        return [_cut(ask, made, finish, tool["name"], f"{call_id[:-2]}{n:02d}") for n in range(ask.n)]
    return [_cut(ask, _text(ask, n), "stop") for n in range(ask.n)]


def _text(ask: Ask, variant: int) -> str:
    if ask.form != "json_schema":
        return wording(ask, variant)
    made = example(ask.schema, lambda name, schema: tools.fill(name, schema, ask.question))
    return json.dumps(made, ensure_ascii=False)


def _cut(ask: Ask, text: str, finish: str, tool: str = "", call_id: str = "") -> _Choice:
    """The text up to the first stop sequence and at most as long as allowed."""
    if not tool:
        ends = [at for stop in ask.stops if (at := text.find(stop)) >= 0]
        text = text[: min(ends)] if ends else text
    made = pieces(text)
    if ask.limit is not None and len(made) > ask.limit:
        return _Choice(made[: ask.limit], "length", tool, call_id)
    return _Choice(made, finish, tool, call_id)


def _head(ask: Ask, id: str, created: int, kind: str) -> dict[str, Json]:
    return {
        "id": id,
        "object": kind,
        "created": created,
        "model": ask.model,
        "system_fingerprint": _FINGERPRINT,
    }


def _message(choice: _Choice) -> dict[str, Json]:
    text = "".join(choice.pieces)
    message: dict[str, Json] = {
        "role": "assistant",
        "content": None if choice.tool else text,
        "refusal": None,
    }
    if choice.tool:
        function = {"name": choice.tool, "arguments": text}
        message["tool_calls"] = [{"id": choice.call_id, "type": "function", "function": function}]
    return message


def _deltas(choices: list[_Choice]) -> Iterator[tuple[float, int, dict[str, Json], str | None]]:
    """(pause, choice, delta, finish reason), the choices taking turns as they would."""
    delay = FIRST_TOKEN
    for n, choice in enumerate(choices):
        yield delay, n, _opening(choice), None
        delay = 0.0
    for step in range(max(len(choice.pieces) for choice in choices)):
        delay = PER_TOKEN if step else 0.0
        for n, choice in enumerate(choices):
            if step < len(choice.pieces):
                yield delay, n, _delta(choice, choice.pieces[step]), None
                delay = 0.0
    for n, choice in enumerate(choices):
        yield 0.0, n, {}, choice.finish


def _opening(choice: _Choice) -> dict[str, Json]:
    if not choice.tool:
        return {"role": "assistant", "content": "", "refusal": None}
    function = {"name": choice.tool, "arguments": ""}
    call = {"index": 0, "id": choice.call_id, "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call], "refusal": None}


def _delta(choice: _Choice, piece: str) -> dict[str, Json]:
    if not choice.tool:
        return {"content": piece}
    return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _usage(ask: Ask, choices: list[_Choice]) -> dict[str, Json]:
    prompt = 3 + sum(4 + estimate(text_of(message)) for message in ask.messages)
    prompt += sum(estimate(str(message.get("tool_calls") or "")) for message in ask.messages)
    prompt += sum(estimate(str(dict(tool))) for tool in ask.tools)
    parts = [part for each in ask.messages if isinstance(each.get("content"), list) for part in each["content"]]
    prompt += 85 * sum(1 for part in parts if part.get("type") == "image_url")
    completion = sum(len(choice.pieces) + (8 if choice.tool else 0) for choice in choices)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
