"""Citations of Converse: a block of generated words with the sources they come from.

Source: the shapes CitationsContentBlock, Citation and CitationLocation of Amazon's service model ``bedrock-runtime``.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.converse.media import NAME
from conduit_desktop.wire.messages import Citation, Text

_UNITS = {"documentChar": "char", "documentPage": "page", "documentChunk": "block"}
_PLACES = {"char": "documentChar", "page": "documentPage", "block": "documentChunk"}


def read(raw: Any) -> Citation:
    """A citation as Bedrock wrote it. What does not fit is left out: it stands in ``native``."""
    raw = raw if isinstance(raw, dict) else {}
    quotes = raw.get("sourceContent")
    quotes = quotes if isinstance(quotes, list) else []
    found = Citation(
        title=_text(raw.get("title")),
        quote="".join(_text(each.get("text")) for each in quotes if isinstance(each, dict)),
        source_id=_text(raw.get("source")),
        origin=NAME,
        native=raw,
    )
    if found.source_id.startswith(("http://", "https://")):
        found.url = found.source_id
    location = raw.get("location")
    for kind, place in location.items() if isinstance(location, dict) else ():
        if isinstance(place, dict):
            _locate(found, kind, place)
    return found


def _locate(citation: Citation, kind: str, place: Json) -> None:
    if kind == "web":
        citation.url = _text(place.get("url"))
        return
    if kind == "searchResultLocation":
        citation.unit = "block"  # of a search result, which is no numbered document
    elif kind in _UNITS:
        citation.document, citation.unit = _whole(place.get("documentIndex")), _UNITS[kind]  # type: ignore[assignment]
    citation.source_start, citation.source_end = _whole(place.get("start")), _whole(place.get("end"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def write(citation: Citation) -> Json:
    """A citation as Bedrock writes it."""
    if citation.origin == NAME and isinstance(citation.native, dict):
        return citation.native
    found: Json = {}
    if citation.title:
        found["title"] = citation.title
    if citation.source_id:
        found["source"] = citation.source_id
    if citation.quote:
        found["sourceContent"] = [{"text": citation.quote}]
    if citation.unit:
        search = citation.document is None
        place: Json = {"searchResultIndex": _search_index(citation)} if search else {"documentIndex": citation.document}
        for name, value in (("start", citation.source_start), ("end", citation.source_end)):
            if value is not None:
                place[name] = value
        found["location"] = {"searchResultLocation" if search else _PLACES[citation.unit]: place}
    elif citation.url:
        found["location"] = {"web": {"url": citation.url}}
    return found


def _search_index(citation: Citation) -> int:
    """Which search result is cited, as far as the dialect that the citation came in counted them."""
    native = citation.native if isinstance(citation.native, dict) else {}
    return _whole(native.get("search_result_index")) or 0


def blocks(part: Text) -> list[Json]:
    """The content blocks of words with citations: words that a citation covers are a block of their own."""
    whole = [each for each in part.citations if each.start is None or each.end is None]
    spans: dict[tuple[int, int], list[Citation]] = {}
    for each in part.citations:
        if each.start is not None and each.end is not None:
            spans.setdefault((each.start, each.end), []).append(each)
    if whole or not spans:
        return [_block(part.text, part.citations)]
    out: list[Json] = []
    at = 0
    for (start, end), citations in sorted(spans.items()):
        start, end = max(start, at), min(end, len(part.text))
        if start > at:
            out.append({"text": part.text[at:start]})
        if end > start:
            out.append(_block(part.text[start:end], citations))
            at = end
        elif out and "citationsContent" in out[-1]:
            out[-1]["citationsContent"]["citations"] += [write(each) for each in citations]
    if at < len(part.text):
        out.append({"text": part.text[at:]})
    return out


def _block(text: str, citations: list[Citation]) -> Json:
    return {
        "citationsContent": {"content": [{"text": text}], "citations": [write(each) for each in citations]},
    }
