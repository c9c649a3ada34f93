"""Annotations of texts, both ways. The API counts bytes, the canonical form characters.

Source: ai.google.dev/api/interactions-api#Resource:Annotation.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.interactions.words import NAME
from conduit_desktop.wire.messages import Citation, Text

_KINDS = ("url_citation", "file_citation", "place_citation")


def annotate(part: Text, found: list[Any]) -> None:
    """Gives the text its citations; what else was noted of it (who speaks when) is kept."""
    others = [each for each in found if not (isinstance(each, dict) and each.get("type") in _KINDS)]
    part.citations = read_citations(found, part.text)
    if others:
        part.extras[NAME] = {**part.extras.get(NAME, {}), "annotations": others}


def read_citations(found: list[Any], text: str) -> list[Citation]:
    """The citations among the annotations of ``text``."""
    return [_read(each, text) for each in found if isinstance(each, dict) and each.get("type") in _KINDS]


def _read(found: Json, text: str) -> Citation:
    start, end = _characters(text, found.get("start_index"), found.get("end_index"))
    page = found.get("page_number")
    paged = isinstance(page, int) and not isinstance(page, bool)
    return Citation(
        url=_word(found, "url"),
        title=_word(found, "title", "file_name", "name"),
        text=text[start:end] if end is not None else "",
        start=start,
        end=end,
        source_id=_word(found, "document_uri", "place_id"),
        unit="page" if paged else "",
        source_start=page if paged else None,
        source_end=page if paged else None,
        origin=NAME,
        native=found,
    )


def _word(found: Json, *names: str) -> str:
    return next((found[name] for name in names if isinstance(found.get(name), str)), "")


def _characters(text: str, start: Any, end: Any) -> tuple[int | None, int | None]:
    """Offsets in characters; none where the bytes are not all there. Zero is left out on the wire."""
    start = 0 if start is None else start
    if isinstance(start, bool) or not isinstance(start, int) or not isinstance(end, int) or not 0 <= start <= end:
        return None, None
    if text.isascii():
        return (start, end) if end <= len(text) else (None, None)
    encoded = text.encode("utf-8", "surrogatepass")
    if end > len(encoded):
        return None, None
    before = len(encoded[:start].decode("utf-8", "ignore"))
    return before, before + len(encoded[start:end].decode("utf-8", "ignore"))


def write_citation(citation: Citation, text: str) -> Json:
    """The annotation of ``text``, with the API's own words where it came in them."""
    place: Json = {}
    if citation.start is not None and citation.end is not None:
        first = len(text[: citation.start].encode("utf-8", "surrogatepass"))
        size = len(text[citation.start : citation.end].encode("utf-8", "surrogatepass"))
        place = {"start_index": first, "end_index": first + size}
    if citation.origin == NAME and isinstance(citation.native, dict):
        return {**citation.native, **place}
    if citation.url:
        return {"type": "url_citation", **_given(url=citation.url, title=citation.title), **place}
    source = citation.source_id or ("" if citation.document is None else f"document {citation.document}")
    told = _given(document_uri=source, file_name=citation.title, source=citation.quote)
    if citation.unit == "page" and citation.source_start is not None:
        told["page_number"] = citation.source_start
    return {"type": "file_citation", **told, **place}


def _given(**members: str) -> Json:
    return {name: value for name, value in members.items() if value}
