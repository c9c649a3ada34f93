"""Annotations of an answer's text and its log probabilities, both ways.

Formats: OpenAI's API reference (responses/object: ``url_citation``, ``file_citation``, ``container_file_citation``,
``file_path``; ``logprobs`` of ``output_text``).
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.responses.notes import NAME
from conduit_desktop.wire.messages import Citation, Logprob


def read_citation(raw: Any) -> Citation | None:
    """One annotation; None for what is none."""
    if not isinstance(raw, dict):
        return None
    kind = raw.get("type")
    found = Citation(origin=NAME, native=raw)
    if kind == "url_citation":
        found.url, found.title = _text(raw, "url"), _text(raw, "title")
    else:
        found.source_id, found.title = _text(raw, "file_id"), _text(raw, "filename")
    found.start, found.end = _whole(raw, "start_index"), _whole(raw, "end_index")
    if kind in ("file_citation", "file_path"):
        found.start = _whole(raw, "index")
    return found


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""


def _whole(raw: dict[str, Any], name: str) -> int | None:
    value = raw.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def write_citation(citation: Citation, length: int) -> dict[str, Any]:
    """One annotation of a text of ``length`` characters: as it came, where it came in this dialect."""
    if citation.origin == NAME and isinstance(citation.native, dict):
        return citation.native
    start, end = citation.start or 0, length if citation.end is None else citation.end
    if citation.url:
        return {
            "type": "url_citation",
            "start_index": start,
            "end_index": end,
            "url": citation.url,
            "title": citation.title,
        }
    source = citation.source_id or f"document_{citation.document or 0}"
    return {"type": "file_citation", "index": end, "file_id": source, "filename": citation.title or source}


def read_logprobs(raw: Any) -> list[Logprob]:
    """Log probabilities; what cannot be read of them is left out."""
    found = []
    for each in raw if isinstance(raw, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("token"), str):
            continue
        value = each.get("logprob")
        if isinstance(value, int | float) and not isinstance(value, bool):
            spelled = each.get("bytes")
            found.append(
                Logprob(
                    token=each["token"],
                    logprob=value,
                    bytes=spelled if _is_bytes(spelled) else None,
                    top=read_logprobs(each.get("top_logprobs")),
                )
            )
    return found


def _is_bytes(found: Any) -> bool:
    return isinstance(found, list) and all(type(each) is int for each in found)


def write_logprob(found: Logprob) -> dict[str, Any]:
    """One token's log probability, with its rivals."""
    return {
        **_plain(found),
        "top_logprobs": [_plain(each) for each in found.top],
    }


def _plain(found: Logprob) -> dict[str, Any]:
    spelled = list(found.token.encode("utf-8", "replace")) if found.bytes is None else found.bytes
    return {"token": found.token, "bytes": spelled, "logprob": found.logprob}
