"""The items that a model's turn is made of, both ways: messages, reasoning, calls, images. In an answer they are its
``output``, in a request the turns before.

Format: OpenAI's API reference (responses/object, ``output``). A server tool's item stays whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.dialects.responses.citations import read_citation, read_logprobs
from conduit_desktop.wire.dialects.responses.content import read_part
from conduit_desktop.wire.dialects.responses.notes import NAME, extras, is_made, note, told, unseal
from conduit_desktop.wire.messages import Foreign, Logprob, Media, Part, Text, Thinking, ToolCall
from conduit_desktop.wire.node import Node

Naming = Callable[[str, str], str]
X_SEARCHES = frozenset({"x_keyword_search", "x_semantic_search", "x_user_search", "x_thread_fetch"})
"""xAI tells its own searches in X as calls of custom tools of these names (docs.x.ai, "X Search"), and answers them."""


class Turn:
    """Takes the items of one turn, and holds the parts that they are. ``carried`` are signatures whose part has not
    come, with whose they are. ``named`` makes one name of a tool's namespace and its own: in an answer that is its own,
    as most clients never told a namespace."""

    def __init__(self, named: Naming = lambda _, name: name) -> None:
        self.parts: list[Part] = []
        self.logprobs: list[Logprob] | None = None
        self.carried: list[tuple[str, str]] = []
        self._named = named

    def add(self, item: Node) -> None:
        """Take one item."""
        kind = item.text("type") or "message"
        if kind == "message":
            self._message(item)
        elif kind == "reasoning":
            self._reasoning(item)
        elif kind == "function_call":
            self.parts.append(read_call(item, self._named))
        elif kind == "custom_tool_call" and item.value.get("name") not in X_SEARCHES:
            self.parts.append(read_custom(item, self._named))
        elif kind == "image_generation_call" and isinstance(item.value.get("result"), str):
            self.parts.append(read_image(item))
        else:
            self.parts.append(Foreign(dialect=NAME, kind=kind, data=item.value))
        if self.carried:
            self._deliver()

    def _message(self, item: Node) -> None:
        noted = {"_id": item.text("id"), "_status": status_of(item), "_phase": item.text("phase")}
        content = item.get("content")
        if isinstance(content, str):
            self.parts.append(Text(text=content, extras=extras(noted)))
            return
        for node in item.nodes("content"):
            citations = [cited for each in node.array("annotations") if (cited := read_citation(each))]
            found = node.array("logprobs")
            part = read_part(node)
            if isinstance(part, Text):
                part.citations = citations
            if found:
                self.logprobs = [*(self.logprobs or ()), *read_logprobs(found)]
            members = {**noted, **part.extras.get(NAME, {})}
            part.extras = extras(members)
            self.parts.append(part)

    def _reasoning(self, item: Node) -> None:
        part = read_reasoning(item)
        carried = unseal(item.text("encrypted_content")) or {}
        if carried.get("on"):
            self.carried.append((str(carried["on"]), str(carried.get("signature", ""))))
        else:
            self.parts.append(part)

    def _deliver(self) -> None:
        """Give carried signatures to the parts that they are of, as far as those have come."""
        waiting = []
        for on, signature in self.carried:
            part = next((each for each in reversed(self.parts) if is_of(each, on)), None)
            if part is None:
                waiting.append((on, signature))
            else:
                part.signature = signature
        self.carried = waiting


def is_of(part: Part, on: str) -> bool:
    """Whether a part is the one that a carried signature is of (``notes.seal``)."""
    if on == "text":
        return isinstance(part, Text)
    return isinstance(part, ToolCall) and on == f"call:{part.id}"


def status_of(item: Node) -> str:
    """An item's status, empty for the one that goes without saying."""
    found = item.text("status")
    return "" if found == "completed" else found


def read_reasoning(item: Node) -> Thinking:
    """A reasoning item. Where it has thoughts and their summary, the thoughts count, and the summary is kept beside
    them. An id of our own making says nothing to anybody."""
    summary, content = _sections(item, "summary"), _sections(item, "content")
    encrypted, given = item.text("encrypted_content"), item.text("id")
    made = is_made(given)
    found = Thinking(
        sections=content or summary,
        summarised=not content and bool(summary),
        encrypted=encrypted,
        id="" if made else given,
    )
    sealed = unseal(encrypted)
    if sealed is not None:
        found.signature = str(sealed.get("signature", ""))
        found.encrypted = str(sealed.get("encrypted", ""))
        found.summarised = found.summarised and not sealed.get("raw")
    item.get("type")
    kept: dict[str, Any] = {"_item": "ours" if made else "reasoning", "_status": status_of(item)}
    found.extras = extras({**kept, "_summary": (summary or None) if content else None, **item.rest()})
    return found


def _sections(item: Node, name: str) -> list[str]:
    return [node.text("text") for node in item.nodes(name)]


def read_call(item: Node, named: Naming = lambda _, name: name) -> ToolCall:
    """A function's call."""
    name, space = item.need_text("name"), item.text("namespace")
    call_id = item.text("call_id") or item.text("id")
    arguments = item.get("arguments")
    item.text("type")
    noted = {"_id": item.text("id"), "_status": status_of(item), "_namespace": space, "_name": name if space else ""}
    return ToolCall(
        id=call_id,
        name=named(space, name),
        arguments=item.text("arguments") or "{}" if isinstance(arguments, str) else _object(item),
        extras=extras({**noted, **item.rest()}),
    )


def _object(item: Node) -> str:
    """Arguments that came as an object instead of its text, or not at all."""
    return json_text(item.table("arguments") or {})


def read_custom(item: Node, named: Naming = lambda _, name: name) -> ToolCall:
    """A custom tool's call, whose input is plain text."""
    name, space = item.need_text("name"), item.text("namespace")
    call_id = item.text("call_id") or item.text("id")
    item.text("type")
    noted = {"_id": item.text("id"), "_status": status_of(item), "_namespace": space, "_name": name if space else ""}
    return ToolCall(
        id=call_id,
        name=named(space, name),
        arguments=item.text("input"),
        custom=True,
        extras=extras({**noted, **item.rest()}),
    )


_IMAGE_TYPES = {"jpeg": "image/jpeg", "webp": "image/webp", "gif": "image/gif", "svg": "image/svg+xml"}


def read_image(item: Node) -> Media:
    """A picture that the model made."""
    noted = {"_id": item.text("id"), "_status": status_of(item)}
    form = item.value.get("output_format")
    item.text("type")
    return Media(
        kind="image",
        media_type=_IMAGE_TYPES.get(form, "image/png") if isinstance(form, str) else "image/png",
        data=item.text("result"),
        extras=extras({**noted, **item.rest()}),
    )


def call_item(part: ToolCall, item_id: str, call_id: str, space: str, name: str) -> Json:
    """A call as an item, without its status."""
    kind, member = ("custom_tool_call", "input") if part.custom else ("function_call", "arguments")
    raw: Json = {"type": kind, "id": item_id, "call_id": call_id, "name": name, member: part.arguments}
    if space:
        raw["namespace"] = space
    return raw | told(part.extras)


def reasoning_item(part: Thinking, item_id: str, encrypted: str, *, raw: bool) -> Json:
    """Reasoning as an item; with ``raw`` the thoughts stand where thoughts do, else where clients look for a
    summary."""
    item: Json = {"type": "reasoning", "id": item_id, "summary": summary_of(part.sections)}
    if raw:
        kept = part.extras.get(NAME, {}).get("_summary")
        item["summary"] = summary_of(kept) if isinstance(kept, list) else []
        item["content"] = [{"type": "reasoning_text", "text": each} for each in part.sections]
    if encrypted:
        item["encrypted_content"] = encrypted
    return item | told(part.extras)


def summary_of(sections: list[str]) -> list[Json]:
    return [{"type": "summary_text", "text": each} for each in sections]


def image_item(part: Media, item_id: str) -> Json:
    """A picture that the model made, as an item."""
    raw: Json = {"type": "image_generation_call", "id": item_id, "status": "completed", "result": part.data}
    if part.media_type not in ("", "image/png"):
        raw["output_format"] = part.media_type.removeprefix("image/").removesuffix("+xml")
    return raw | told(part.extras)


def item_id(part: Part) -> str:
    """The id that a part's item came with; empty where it came in another dialect."""
    return part.id if isinstance(part, Thinking) else note(part.extras, "_id")
