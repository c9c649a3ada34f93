"""Where an answer's statements come from: ``groundingMetadata`` and ``citationMetadata``, both ways.

Gemini counts bytes, the canonical form characters. Source: ai.google.dev/api/generate-content#GroundingMetadata.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini.words import NAME
from conduit_desktop.wire.messages import Citation

_SOURCES = ("web", "retrievedContext", "maps", "image")


def read_grounding(found: Json, text: str) -> list[Citation]:
    """A citation for each source of each supported statement, with offsets in ``text``; sources that support no
    statement in particular are citations of the whole."""
    chunks = [each for each in found.get("groundingChunks") or [] if isinstance(each, dict)]
    sources = [_source(chunk) for chunk in chunks]
    used: set[int] = set()
    out: list[Citation] = []
    encoded = text.encode()
    for support in found.get("groundingSupports") or []:
        segment = support.get("segment") or {}
        words = segment.get("text") or ""
        start, end = _place(encoded, text, segment.get("startIndex") or 0, segment.get("endIndex"), words)
        for at in support.get("groundingChunkIndices") or []:
            if isinstance(at, int) and 0 <= at < len(sources):
                used.add(at)
                native = {"chunk": chunks[at], "support": support}
                out.append(Citation(**sources[at], text=words, start=start, end=end, origin=NAME, native=native))
    for at, source in enumerate(sources):
        if at not in used:
            out.append(Citation(**source, origin=NAME, native={"chunk": chunks[at]}))
    return out


def read_recitations(found: Any, text: str) -> list[Citation]:
    """Citations of ``citationMetadata``: what the answer repeats word for word."""
    encoded = text.encode()
    out = []
    for each in found.get("citations") or found.get("citationSources") or []:
        start, end = None, None
        if isinstance(each.get("endIndex"), int):
            start, end = _place(encoded, text, each.get("startIndex") or 0, each["endIndex"], "")
        words = text[start:end] if end is not None else ""
        out.append(
            Citation(
                url=each.get("uri") or "",
                title=each.get("title") or "",
                text=words,
                start=start,
                end=end,
                origin=NAME,
                native={"citation": each},
            )
        )
    return out


def _source(chunk: Json) -> Json:
    inner: Any = next((chunk[name] for name in _SOURCES if isinstance(chunk.get(name), dict)), {})
    return {
        "url": inner.get("uri") or inner.get("sourceUri") or "",
        "title": inner.get("title") or "",
        "quote": (inner.get("text") or "") if "retrievedContext" in chunk else "",
        "source_id": inner.get("documentName") or inner.get("placeId") or "",
    }


def _place(encoded: bytes, text: str, start: int, end: int | None, words: str) -> tuple[int | None, int | None]:
    """Character offsets for byte offsets. The words decide where they are told: offsets count from the beginning of a
    part, which pieces of a stream hide."""
    if isinstance(end, int) and 0 <= start <= end <= len(encoded):
        found = encoded[start:end].decode("utf-8", "ignore")
        if not words or found == words:
            before = len(encoded[:start].decode("utf-8", "ignore"))
            return before, before + len(found)
    at = text.find(words) if words else -1
    return (at, at + len(words)) if at >= 0 else (None, None)


def write_grounding(citations: list[tuple[Citation, int]], text: str) -> Json:
    """``groundingMetadata`` for citations in ``text``, each with the place at which its part begins."""
    chunks: list[Json] = []
    supports: list[Json] = []
    places: dict[tuple[int, int], Json] = {}
    for citation, base in citations:
        chunk = _chunk(citation)
        if chunk not in chunks:
            chunks.append(chunk)
        at = chunks.index(chunk)
        start, end = citation.start, citation.end
        if start is None or end is None:
            continue
        start, end = start + base, end + base
        support = places.get((start, end))
        if support is None:
            support = places[start, end] = {"segment": _segment(text, start, end), "groundingChunkIndices": []}
            supports.append(support)
        if at not in support["groundingChunkIndices"]:
            support["groundingChunkIndices"].append(at)
    return {"groundingChunks": chunks, **({"groundingSupports": supports} if supports else {})}


def _segment(text: str, start: int, end: int) -> Json:
    words = text[start:end]
    first = len(text[:start].encode())
    return {"startIndex": first, "endIndex": first + len(words.encode()), "text": words}


def _chunk(citation: Citation) -> Json:
    if citation.origin == NAME and isinstance(citation.native, dict) and isinstance(citation.native.get("chunk"), dict):
        return dict(citation.native["chunk"])
    if citation.url and not citation.quote:
        return {"web": {"uri": citation.url, **({"title": citation.title} if citation.title else {})}}
    told = {"uri": citation.url, "title": citation.title or citation.source_id, "text": citation.quote}
    return {"retrievedContext": {name: value for name, value in told.items() if value}}
