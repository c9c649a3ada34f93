"""What requests and answers of Cohere's chat share: content blocks, tool calls, citations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Citation, Part, Text, Thinking, ToolCall
from conduit_desktop.wire.node import Node

NAME = "cohere"
_NUMBERED = re.compile(r"doc[:_](\d{1,6})")  # the ids that Cohere gives documents without one


class _Signed(Protocol):
    signature: str


def is_plan(part: Part) -> bool:
    """Whether a part is what the model said before its calls (``tool_plan``)."""
    return isinstance(part, Thinking) and bool(part.extras.get(NAME, {}).get("_tool_plan"))


def read_content(node: Node) -> Text | Thinking:
    """A block of words or thoughts. ``signature``, ``encrypted`` and ``id`` are our own members beside Cohere's: they
    carry another provider's proofs to the client and back."""
    part: Text | Thinking
    if node.need_text("type") == "thinking":
        text = node.text("thinking")
        part = Thinking(sections=[text] if text else [], encrypted=node.text("encrypted"), id=node.text("id"))
    else:
        part = Text(text=node.text("text"))
    part.signature = node.text("signature")
    if rest := node.rest():
        part.extras[NAME] = rest
    return part


def read_tool_call(node: Node) -> ToolCall:
    """A call. ``extra_content`` is where Google's own translation puts the signature of a call."""
    node.get("type")
    function = node.node("function") or Node({}, node.at("function"))
    found = function.get("arguments")
    arguments = json_text(found) if isinstance(found, dict) else function.text("arguments")
    call = ToolCall(id=node.text("id"), name=function.text("name"), arguments=arguments or "{}")
    signed = node.value.get("extra_content")
    google = signed.get("google") if isinstance(signed, dict) else None
    if isinstance(google, dict) and isinstance(google.get("thought_signature"), str):
        call.signature = google["thought_signature"]
        node.get("extra_content")
    if rest := node.rest():
        call.extras[NAME] = rest
    return call


def write_tool_call(call: ToolCall) -> Json:
    """A call as Cohere writes it."""
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def signature_of_call(call: _Signed) -> Json:
    """The member that carries a call's signature to a client."""
    return {"extra_content": {"google": {"thought_signature": call.signature}}} if call.signature else {}


def citation_parts(content: list[Part], nodes: Iterable[Node]) -> None:
    """Put citations to the words that they are about: the block of their index, else the first one of words."""
    for node in nodes:
        at = node.whole("content_index")
        part = content[at] if at is not None and 0 <= at < len(content) else None
        if not isinstance(part, Text):
            part = next((each for each in content if isinstance(each, Text)), None)
        if part is not None:
            part.citations.extend(read_citation(node.value))


def read_citation(value: Any) -> list[Citation]:
    """A place of the answer, once for each of its sources. What does not fit is left out."""
    if not isinstance(value, dict):
        return []
    start, end, text = value.get("start"), value.get("end"), value.get("text")
    sources = value.get("sources")
    found = []
    for source in sources if isinstance(sources, list) and sources else [{}]:
        citation = _source(source if isinstance(source, dict) else {})
        citation.start = start if isinstance(start, int) else None
        citation.end = end if isinstance(end, int) else None
        citation.text = text if isinstance(text, str) else ""
        found.append(citation)
    return found


def _source(source: Json) -> Citation:
    held = source.get("document") or source.get("tool_output")
    held = held if isinstance(held, dict) else {}
    words = next(
        (held[name] for name in ("text", "snippet", "content", "output") if isinstance(held.get(name), str)), None
    )
    ident = source.get("id") if isinstance(source.get("id"), str) else ""
    numbered = _NUMBERED.fullmatch(ident or "")
    return Citation(
        quote=words if words is not None else (json_text(held) if held else ""),
        url=held["url"] if isinstance(held.get("url"), str) else "",
        title=held["title"] if isinstance(held.get("title"), str) else "",
        document=int(numbered[1]) if numbered and source.get("type") == "document" else None,
        source_id=ident or "",
        origin=NAME,
        native=source,
    )


def write_citations(text: str, citations: list[Citation], content_index: int) -> list[Json]:
    """The citations of a block: those of one place with all their sources together. A citation of the whole block spans
    it."""
    found: list[Json] = []
    for citation in citations:
        start = 0 if citation.start is None else citation.start
        end = len(text) if citation.end is None else citation.end
        source = _write_source(citation)
        if found and (found[-1]["start"], found[-1]["end"]) == (start, end):
            found[-1]["sources"].append(source)
            continue
        found.append(
            {
                "start": start,
                "end": end,
                "text": citation.text or text[start:end],
                "sources": [source],
                "content_index": content_index,
                "type": "TEXT_CONTENT",
            }
        )
    return found


def _write_source(citation: Citation) -> Json:
    if citation.origin == NAME and isinstance(citation.native, dict) and citation.native:
        return citation.native
    number = f"doc:{citation.document}" if citation.document is not None else ""
    ident = citation.source_id or citation.url or number
    held = {"id": ident, "title": citation.title, "url": citation.url, "text": citation.quote}
    return {"type": "document", "id": ident, "document": {name: value for name, value in held.items() if value}}
