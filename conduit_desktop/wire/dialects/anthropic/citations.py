"""Citations: of documents, search results and web pages (docs: "Citations", "Search results", "Web search tool")."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.anthropic.words import NAME
from conduit_desktop.wire.messages import Citation, Text

_UNITS = {"char_location": "char", "page_location": "page", "content_block_location": "block"}
_BOUNDS = {
    "char": ("char_location", "start_char_index", "end_char_index"),
    "page": ("page_location", "start_page_number", "end_page_number"),
    "block": ("content_block_location", "start_block_index", "end_block_index"),
}


def read_citation(raw: dict[str, Any]) -> Citation:
    """A citation as the API writes it. It means the whole block that holds it."""
    kind = _text(raw, "type")
    found = Citation(quote=_text(raw, "cited_text"), origin=NAME, native=raw)
    if kind in _UNITS:
        found.unit = _UNITS[kind]  # type: ignore[assignment]
        _, start, end = _BOUNDS[found.unit]
        found.document = _whole(raw, "document_index")
        found.title, found.source_id = _text(raw, "document_title"), _text(raw, "file_id")
        found.source_start, found.source_end = _whole(raw, start), _whole(raw, end)
        return found
    found.title, found.url = _text(raw, "title"), _text(raw, "url")
    if kind == "search_result_location":
        found.source_id, found.unit = _text(raw, "source"), "block"
        found.url = found.source_id if found.source_id.startswith(("http://", "https://")) else ""
        found.source_start, found.source_end = _whole(raw, "start_block_index"), _whole(raw, "end_block_index")
    return found


def write_citation(citation: Citation) -> dict[str, Any]:
    """A citation for a client, with all the members that the SDKs' types demand."""
    if citation.origin == NAME and isinstance(citation.native, dict):
        return citation.native
    quote, title = citation.quote or citation.text, citation.title or None
    if citation.url:
        return {
            "type": "web_search_result_location",
            "cited_text": quote,
            "encrypted_index": "",
            "title": title,
            "url": citation.url,
        }
    start, end = citation.source_start or 0, citation.source_end
    if citation.document is None:
        return {
            "type": "search_result_location",
            "cited_text": quote,
            "search_result_index": 0,
            "source": citation.source_id,
            "title": title,
            "start_block_index": start if citation.unit == "block" else 0,
            "end_block_index": end if citation.unit == "block" and end is not None else 1,
        }
    kind, start_name, end_name = _BOUNDS[citation.unit or "char"]
    return {
        "type": kind,
        "cited_text": quote,
        "document_index": citation.document,
        "document_title": title,
        "file_id": citation.source_id or None,
        start_name: start,
        end_name: start + len(quote) if end is None else end,
    }


def cited_spans(part: Text) -> list[tuple[str, list[Citation]]]:
    """The text cut into blocks, as this dialect cites whole blocks only: overlapping spans become one."""
    text = part.text
    groups: list[tuple[int, int, list[Citation]]] = []
    whole: list[Citation] = []
    for citation in sorted(part.citations, key=lambda each: (each.start or 0, each.end or 0)):
        start, end = citation.start, citation.end
        if start is None or end is None or not 0 <= start < end <= len(text):
            whole.append(citation)
        elif groups and start < groups[-1][1]:
            first, last, held = groups.pop()
            groups.append((first, max(last, end), [*held, citation]))
        else:
            groups.append((start, end, [citation]))
    out: list[tuple[str, list[Citation]]] = []
    at = 0
    for start, end, held in groups:
        if at < start:
            out.append((text[at:start], []))
        out.append((text[start:end], held))
        at = end
    if at < len(text) or not out:
        out.append((text[at:], []))
    if whole:
        out[-1] = (out[-1][0], [*out[-1][1], *whole])
    return out


def _text(raw: dict[str, Any], name: str) -> str:
    found = raw.get(name)
    return found if isinstance(found, str) else ""


def _whole(raw: dict[str, Any], name: str) -> int | None:
    found = raw.get(name)
    return found if type(found) is int else None
