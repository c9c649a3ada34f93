"""Content blocks into parts, for requests and answers alike.

Source: type ``ContentBlockParam`` of the SDK with its beta members; docs "Messages API".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conduit_desktop.wire.dialects.anthropic.carry import Packed, deliver, thinking_part
from conduit_desktop.wire.dialects.anthropic.citations import read_citation
from conduit_desktop.wire.dialects.anthropic.words import DIRECT, NAME, own, read_cache
from conduit_desktop.wire.dialects.reading import data_url, json_text
from conduit_desktop.wire.messages import Foreign, Media, Part, Text, Thinking, ToolCall, ToolResult
from conduit_desktop.wire.node import Node, misfit


def read_content(node: Node, name: str = "content") -> list[Part]:
    """The parts of a ``content`` member: words, or blocks."""
    found = node.get(name)
    if found is None:
        return []
    if isinstance(found, str):
        return [Text(text=found)]
    if not isinstance(found, list):
        raise misfit(node.at(name), "a string or an array", found)
    return read_blocks(node.nodes(name))


def read_blocks(nodes: list[Node]) -> list[Part]:
    """The parts of a list of blocks. Signatures that travelled in thinking blocks go back to their parts."""
    parts: list[Part] = []
    carried: list[tuple[int, Packed]] = []
    for node in nodes:
        found = read_block(node)
        if isinstance(found, Packed):
            carried.append((len(parts), found))
        else:
            parts.append(found)
    for at, packed in reversed(carried):
        deliver(packed, parts, at)
    return parts


def read_block(node: Node) -> Part | Packed:
    """One block; one of a type that no other dialect has an equal of is kept whole."""
    kind = node.need_text("type")
    reader = _READERS.get(kind)
    found = reader(node) if reader is not None else None
    return Foreign(dialect=NAME, kind=kind, data=node.value) if found is None else found


def _text(node: Node) -> Text:
    return Text(
        text=node.need_text("text"),
        citations=[read_citation(each.value) for each in node.nodes("citations")],
        cache=read_cache(node),
        extras=own(node.rest()),
    )


def _thinking(node: Node) -> Thinking | Packed:
    part = thinking_part(node.text("thinking"), node.text("signature"))
    if isinstance(part, Thinking):
        part.extras = own(node.rest())
    return part


def _redacted(node: Node) -> Thinking:
    return Thinking(encrypted=node.need_text("data"), extras=own(node.rest()))


def _call(node: Node) -> ToolCall:
    arguments = node.table("input")
    if node.value.get("caller") == DIRECT:
        node.get("caller")  # the usual, which needs no saying
    return ToolCall(
        id=node.need_text("id"),
        name=node.need_text("name"),
        arguments=json_text(arguments) if arguments else "{}",
        cache=read_cache(node),
        extras=own(node.rest()),
    )


def _result(node: Node) -> ToolResult:
    return ToolResult(
        call_id=node.need_text("tool_use_id"),
        parts=read_content(node),
        failed=node.flag("is_error"),
        cache=read_cache(node),
        extras=own(node.rest()),
    )


def _image(node: Node) -> Media | None:
    part = Media(kind="image")
    return _finish(node, part) if _source(node, part) else None


def _document(node: Node) -> Media | None:
    part = Media(kind="document", title=node.text("title"), context=node.text("context"))
    citations = node.node("citations")
    part.citable = citations.flag("enabled") if citations is not None else None
    return _finish(node, part) if _source(node, part) else None


def _finish(node: Node, part: Media) -> Media:
    part.cache, part.extras = read_cache(node), own(node.rest())
    return part


def _source(node: Node, part: Media) -> bool:
    """Read where the content of an image or document is; false for a way that is not known."""
    source = node.node("source")
    if source is None:
        return False
    match source.need_text("type"):
        case "base64":
            part.data, part.media_type = source.need_text("data"), source.text("media_type")
        case "url":
            part.url = source.need_text("url")
            inline = data_url(part.url)
            if inline is not None:
                part.url, (part.media_type, part.data) = "", inline
        case "file":
            part.file_id = source.need_text("file_id")
        case "text":
            part.text, part.media_type = source.need_text("data"), source.text("media_type")
        case "content":
            part.parts = read_content(source)
        case _:
            return False
    return True


def _search_result(node: Node) -> Media:
    """A search result of the client's is a document to everybody else."""
    citations = node.node("citations")
    rest: dict[str, Any] = {"type": "search_result", "source": node.text("source")}
    part = Media(
        kind="document",
        title=node.text("title"),
        parts=read_content(node),
        citable=citations.flag("enabled") if citations is not None else None,
        cache=read_cache(node),
    )
    part.extras = own({**node.rest(), **rest})
    return part


_READERS: dict[str, Callable[[Node], Part | Packed | None]] = {
    "text": _text,
    "thinking": _thinking,
    "redacted_thinking": _redacted,
    "tool_use": _call,
    "tool_result": _result,
    "image": _image,
    "document": _document,
    "search_result": _search_result,
}
