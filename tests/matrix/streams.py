"""What a dialect promises of the order of its events and of its ids, beyond the types: clients lean on each of these.

Checked on translated answers only; recorded ones break some of it themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.matrix.neutral import Json

ID_SHAPES = {"chat": r"chatcmpl-.+", "responses": r"resp_.+", "messages": r"msg_.+"}
"""Ids of tool calls are not here: they are the provider's, which must know them again."""


def problems(dialect: str, objects: list[Json], streamed: bool) -> list[str]:
    """What is wrong with an answer that ended well."""
    if not objects:
        return ["no event"]
    found = list(CHECKS[dialect](objects)) if streamed else []
    return [*found, *ids(dialect, objects[0])]


def ids(dialect: str, first: Json) -> Iterator[str]:
    """The answer's own id."""
    own = first.get("message") or first.get("response") or first
    shape = ID_SHAPES.get(dialect)
    if shape and not re.fullmatch(shape, str(own.get("id"))):
        yield f"id {own.get('id')!r} is not like {shape}"


def chat(objects: list[Json]) -> Iterator[str]:
    """One id; a role first; each choice ends once; calls are numbered from 0 and start with id and name; usage last."""
    if len({found.get("id") for found in objects}) != 1:
        yield "chunks of several ids"
    ends: dict[int, int] = {}
    calls: dict[tuple[int, int], Json] = {}
    for found in objects:
        for choice in found.get("choices") or []:
            index = choice["index"]
            if index not in ends and not choice["delta"].get("role"):
                yield "a choice starts without a role"
            ends.setdefault(index, 0)
            ends[index] += choice.get("finish_reason") is not None
            yield from chat_calls(calls, index, choice["delta"])
    yield from (f"choice {index} ends {count} times" for index, count in ends.items() if count != 1)
    if objects[-1].get("choices") and any(found.get("usage") for found in objects):
        yield "usage is not in a last chunk of its own"


def chat_calls(calls: dict[tuple[int, int], Json], choice: int, delta: Json) -> Iterator[str]:
    """Tool calls in one chunk."""
    for call in delta.get("tool_calls") or []:
        key = (choice, call["index"])
        if key not in calls:
            if call["index"] != sum(1 for held, _ in calls if held == choice):
                yield f"tool call index {call['index']} jumps"
            if not (call.get("id") and (call.get("function") or {}).get("name")):
                yield "a tool call starts without id or name"
        elif call.get("id") and call["id"] != calls[key].get("id"):
            yield "a tool call changes its id"
        calls.setdefault(key, call)


def responses(objects: list[Json]) -> Iterator[str]:
    """Numbered from 0 without a gap; created first and an end last; each item opens and closes once, in order, and is
    in the end what its pieces were."""
    numbers = [found.get("sequence_number") for found in objects]
    if numbers != list(range(len(objects))):
        yield f"sequence numbers {numbers[:8]}…"
    kinds = [found["type"] for found in objects]
    if kinds[0] != "response.created" or kinds[-1] not in (
        "response.completed",
        "response.incomplete",
        "response.failed",
    ):
        yield f"starts with {kinds[0]}, ends with {kinds[-1]}"
        return
    added = [found for found in objects if found["type"] == "response.output_item.added"]
    done = [found for found in objects if found["type"] == "response.output_item.done"]
    if [found["output_index"] for found in added] != list(range(len(added))):
        yield f"output indexes {[found['output_index'] for found in added]}"
    if {found["item"].get("id") for found in added} != {found["item"].get("id") for found in done}:
        yield "items that open and items that close are not the same"
    output = objects[-1]["response"].get("output") or []
    closed = [found["item"] for found in sorted(done, key=lambda found: found["output_index"])]
    if [bare(item) for item in output] != [bare(item) for item in closed]:
        yield "the last event's output is not what the items were"
    yield from response_pieces(objects)


def bare(item: Json) -> Any:
    """What counts of an item."""
    return [item.get(name) for name in ("type", "id", "call_id", "name", "arguments")], texts(item)


def texts(item: Json) -> list[Any]:
    """The texts of an item."""
    parts = [*(item.get("content") or []), *(item.get("summary") or [])]
    return [part.get("text") or part.get("refusal") for part in parts]


def response_pieces(objects: list[Json]) -> Iterator[str]:
    """Each text and each argument list adds up to what is said when it is done."""
    sums: dict[tuple[Any, ...], str] = {}
    for found in objects:
        kind = found["type"].removeprefix("response.")
        place = (found.get("item_id"), found.get("content_index"), found.get("summary_index"))
        head, _, tail = kind.rpartition(".")
        if head not in (
            "output_text",
            "function_call_arguments",
            "reasoning_summary_text",
            "reasoning_text",
            "refusal",
        ):
            continue
        if tail == "delta":
            sums[(head, *place)] = sums.get((head, *place), "") + found["delta"]
        elif tail == "done":
            whole = found.get("text", found.get("arguments", found.get("refusal")))
            if sums.get((head, *place), "") != whole:
                yield f"the pieces of {head} are not what it was when done"


def messages(objects: list[Json]) -> Iterator[str]:
    """message_start, blocks numbered from 0 one after the other, message_delta, message_stop."""
    kinds = [found["type"] for found in objects if found["type"] != "ping"]
    if kinds[0] != "message_start" or kinds[-2:] != ["message_delta", "message_stop"]:
        yield f"starts with {kinds[0]}, ends with {kinds[-2:]}"
    opened: int | None = None
    count = 0
    for found in objects:
        kind = found["type"]
        if kind == "content_block_start":
            if opened is not None or found["index"] != count:
                yield f"block {found['index']} opens as number {count}, open: {opened}"
            opened, count = found["index"], count + 1
            if found["content_block"]["type"] == "tool_use" and not found["content_block"].get("id"):
                yield "a tool call without id"
        elif kind == "content_block_delta" and found["index"] != opened:
            yield f"a piece of block {found['index']}, open: {opened}"
        elif kind == "content_block_stop":
            if found["index"] != opened:
                yield f"block {found['index']} closes, open: {opened}"
            opened = None
    if opened is not None:
        yield f"block {opened} is never closed"


def gemini(objects: list[Json]) -> Iterator[str]:
    """One response id; only the last piece of a candidate says why it ended."""
    if len({found.get("responseId") for found in objects}) != 1:
        yield "pieces of several response ids"
    ends: dict[int, int] = {}
    for found in objects:
        for candidate in found.get("candidates") or []:
            index = candidate.get("index") or 0
            if ends.get(index):
                yield "a piece after the end"
            ends[index] = ends.get(index, 0) + bool(candidate.get("finishReason"))
    if not any(found.get("usageMetadata") for found in objects):
        yield "no usage"


def cohere(objects: list[Json]) -> Iterator[str]:
    """message-start, things that open, go on and close, message-end."""
    kinds = [found["type"] for found in objects]
    if kinds[0] != "message-start" or kinds[-1] != "message-end":
        yield f"starts with {kinds[0]}, ends with {kinds[-1]}"
    opened: set[tuple[str, Any]] = set()
    for found in objects:
        head, _, tail = found["type"].rpartition("-")
        if head not in ("content", "tool-call", "citation"):
            continue
        place = (head, found.get("index"))
        if tail == "start":
            if place in opened:
                yield f"{head} {found.get('index')} opens again"
            opened.add(place)
        elif place not in opened:
            yield f"{found['type']} of something that is not open"
        elif tail == "end":
            opened.discard(place)
    yield from (f"{head} {index} is never closed" for head, index in sorted(opened, key=str))


def ollama(objects: list[Json]) -> Iterator[str]:
    """Done in the last line, and there only."""
    done = [bool(found.get("done")) for found in objects]
    if done != [False] * (len(done) - 1) + [True]:
        yield f"done in lines {[at for at, is_done in enumerate(done) if is_done]} of {len(done)}"
    if not objects[-1].get("done_reason"):
        yield "no done_reason"


CHECKS = {
    "chat": chat,
    "responses": responses,
    "messages": messages,
    "gemini": gemini,
    "cohere": cohere,
    "ollama": ollama,
}


def pieces(dialect: str, objects: list[Json]) -> int:
    """How many pieces of text and thinking a stream's first choice came in."""
    return sum(bool(text) for found in objects for text in PIECES[dialect](found))


def chat_pieces(found: Json) -> Iterator[Any]:
    for choice in (choice for choice in found.get("choices") or [] if not choice.get("index")):
        delta = choice.get("delta") or {}
        yield delta.get("content") or delta.get("reasoning_content") or delta.get("reasoning")


def responses_pieces(found: Json) -> Iterator[Any]:
    kind = str(found.get("type"))
    yield found.get("delta") if kind.endswith(".delta") and "arguments" not in kind and "code" not in kind else ""


def messages_pieces(found: Json) -> Iterator[Any]:
    delta = found.get("delta") or {}
    yield delta.get("text") or delta.get("thinking")


def gemini_pieces(found: Json) -> Iterator[Any]:
    for candidate in (found.get("candidates") or [])[:1]:
        for part in (candidate.get("content") or {}).get("parts") or []:
            yield part.get("text")


def cohere_pieces(found: Json) -> Iterator[Any]:
    message = (found.get("delta") or {}).get("message") or {}
    content = message.get("content")
    held = content if isinstance(content, dict) else {}
    yield held.get("text") or held.get("thinking") or message.get("tool_plan")


def ollama_pieces(found: Json) -> Iterator[Any]:
    message = found.get("message") or {}
    yield message.get("content") or message.get("thinking")


def converse_pieces(found: Json) -> Iterator[Any]:
    delta = (found.get("contentBlockDelta") or {}).get("delta") or {}
    yield delta.get("text") or (delta.get("reasoningContent") or {}).get("text")


PIECES = {
    "chat": chat_pieces,
    "responses": responses_pieces,
    "messages": messages_pieces,
    "gemini": gemini_pieces,
    "cohere": cohere_pieces,
    "ollama": ollama_pieces,
    "converse": converse_pieces,
}
