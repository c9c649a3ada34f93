"""Citations: OpenAI's ``annotations``, and the lists of sources that Perplexity and xAI put beside the choices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.messages import Citation


def read_annotations(raw: Any) -> Iterator[Citation]:
    """The citations among ``annotations``. OpenRouter writes 0 to 0 where it knows no place."""
    for item in raw if isinstance(raw, list) else ():
        cited = _cited(item)
        if cited is not None:
            start, end = _offset(cited.get("start_index")), _offset(cited.get("end_index"))
            yield Citation(
                url=_text(cited.get("url")),
                title=_text(cited.get("title")),
                quote=_text(cited.get("content")),
                start=start if end else None,
                end=end or None,
                origin="openai-chat",
                native=item,
            )


def others(raw: Any) -> list[Any]:
    """The annotations that are no citations (OpenRouter's parsed files)."""
    items = raw if isinstance(raw, list) else []
    return [item for item in items if _cited(item) is None]


def _cited(item: Any) -> Json | None:
    """What a ``url_citation`` holds: some write it flat, as the Responses API does."""
    if not isinstance(item, dict):
        return None
    held = item.get("url_citation")
    if not isinstance(held, dict) and item.get("type") == "url_citation":
        held = item
    return held if isinstance(held, dict) else None


def read_sources(chunk: Json) -> list[Citation]:
    """The sources of an answer as a whole: Perplexity's ``search_results``, else ``citations`` (addresses)."""
    results = chunk.get("search_results")
    found = results if isinstance(results, list) and results else chunk.get("citations")
    out = []
    for item in found if isinstance(found, list) else ():
        row = {"url": item} if isinstance(item, str) else item
        if isinstance(row, dict) and (url := _text(row.get("url"))):
            out.append(
                Citation(url=url, title=_text(row.get("title")), quote=_text(row.get("snippet")), origin="openai-chat")
            )
    return out


def write_annotations(citations: Iterable[Citation], base: int = 0) -> list[Json]:
    """``annotations`` for citations of a text that begins ``base`` characters into the message. A document's has no
    address."""
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": (each.start or 0) + base if each.end else 0,
                "end_index": each.end + base if each.end else 0,
                "title": each.title,
                "url": each.url,
            }
            | ({"content": each.quote} if each.quote else {}),
        }
        for each in citations
    ]


def _text(raw: Any) -> str:
    return raw if isinstance(raw, str) else ""


def _offset(raw: Any) -> int | None:
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0 else None
