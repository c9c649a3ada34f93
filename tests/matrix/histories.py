"""An answer as a client of its dialect puts it into the next request: everything the SDK gave, nothing left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.matrix.neutral import Json, parsed
from tests.matrix.replies.messages import add
from tests.matrix.replies.responses import ENDS


def said_before(dialect: str, objects: list[Json], streamed: bool) -> list[Json]:
    """The items to append to messages, contents or input."""
    return HISTORIES[dialect](objects, streamed)


def chat(objects: list[Json], streamed: bool) -> list[Json]:
    """The message of the first choice; a stream's pieces put together."""
    if not streamed:
        return [without_nulls(objects[0]["choices"][0]["message"])]
    message: Json = {"role": "assistant", "content": ""}
    calls: dict[int, Json] = {}
    for choice in (choice for found in objects for choice in found.get("choices") or [] if choice["index"] == 0):
        for name, value in (choice.get("delta") or {}).items():
            if name == "tool_calls":
                for call in value or []:
                    joined(
                        calls.setdefault(call["index"], {}), {key: one for key, one in call.items() if key != "index"}
                    )
            elif name != "role" and value is not None:
                joined(message, {name: value})
    return [message | ({"tool_calls": [calls[at] for at in sorted(calls)]} if calls else {})]


def joined(held: Json, more: Json) -> None:
    """Put a piece to what is held: texts and lists grow, objects merge, the rest is replaced."""
    for name, value in more.items():
        old = held.get(name)
        grows = isinstance(value, str) and name not in ("id", "type", "name")
        if old is not None and isinstance(value, type(old)) and (grows or isinstance(value, list)):
            held[name] = old + value
        elif isinstance(value, dict):
            joined(held.setdefault(name, {}), value)
        elif value is not None:
            held[name] = value


def without_nulls(message: Json) -> Json:
    """A message without what it left empty; content stays."""
    return {name: value for name, value in message.items() if value is not None or name == "content"}


def responses(objects: list[Json], streamed: bool) -> list[Json]:
    """The output."""
    if not streamed:
        return [without_nulls(item) for item in objects[0]["output"]]
    last = next(found["response"] for found in reversed(objects) if found["type"] in ENDS)
    return [without_nulls(item) for item in last["output"]]


def messages(objects: list[Json], streamed: bool) -> list[Json]:
    """The content."""
    content = objects[0]["content"] if not streamed else blocks(objects)
    return [{"role": "assistant", "content": [without_nulls(block) for block in content]}]


def blocks(objects: list[Json]) -> list[Json]:
    """A stream's blocks."""
    found: dict[int, Json] = {}
    for event in objects:
        if event["type"] == "content_block_start":
            found[event["index"]] = {**event["content_block"], "pieces": ""}
        elif event["type"] == "content_block_delta":
            add(found[event["index"]], event["delta"])
    for block in found.values():
        pieces = block.pop("pieces")
        if block["type"] == "tool_use":
            block["input"] = parsed(pieces)
    return [found[at] for at in sorted(found)]


def gemini(objects: list[Json], streamed: bool) -> list[Json]:
    """The parts of the first candidate, of all pieces."""
    candidates = [candidate for found in objects for candidate in (found.get("candidates") or [])[:1]]
    parts = [part for candidate in candidates for part in (candidate.get("content") or {}).get("parts") or []]
    return [{"role": "model", "parts": parts}]


def cohere(objects: list[Json], streamed: bool) -> list[Json]:
    """The message; a stream's pieces put together."""
    if not streamed:
        return [
            {name: value for name, value in objects[0]["message"].items() if value is not None and name != "citations"}
        ]
    message: Json = {"role": "assistant"}
    content: dict[Any, Json] = {}
    calls: dict[Any, Json] = {}
    for found in objects:
        said = (found.get("delta") or {}).get("message") or {}
        if found["type"].startswith("content-") and said.get("content"):
            joined(content.setdefault(found.get("index"), {}), said["content"])
        elif found["type"].startswith("tool-call-") and said.get("tool_calls"):
            held = said["tool_calls"]
            joined(calls.setdefault(found.get("index"), {}), held[0] if isinstance(held, list) else held)
        elif said.get("tool_plan"):
            joined(message, {"tool_plan": said["tool_plan"]})
    pieces = [content[at] for at in sorted(content, key=str)]
    return [message | ({"content": pieces} if pieces else {}) | ({"tool_calls": list(calls.values())} if calls else {})]


def ollama(objects: list[Json], streamed: bool) -> list[Json]:
    """The message; a stream's pieces put together."""
    message: Json = {}
    for found in objects:
        joined(message, {name: value for name, value in found["message"].items() if value is not None})
    return [message | {"role": "assistant"}]


HISTORIES: dict[str, Callable[[list[Json], bool], list[Json]]] = {
    "chat": chat,
    "responses": responses,
    "messages": messages,
    "gemini": gemini,
    "cohere": cohere,
    "ollama": ollama,
}
