"""Images and documents of a request, as blocks.

Source: types ``ImageBlockParam`` and ``DocumentBlockParam`` of the SDK; docs "Vision", "PDF support", "Citations".
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from conduit_desktop.wire.dialects.anthropic.words import NAME
from conduit_desktop.wire.dialects.base import unsayable
from conduit_desktop.wire.messages import Media, Text

_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_STARTS = {
    "iVBOR": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi": "application/pdf",
}
_WORDS = ("application/json", "application/xml", "application/yaml", "application/x-yaml", "application/javascript")


def media_block(part: Media, path: str) -> dict[str, Any]:
    """The block of an image or document. Raises ``unsayable`` naming ``path`` for what the API does not take."""
    own = part.extras.get(NAME, {})
    if own.get("type") == "search_result":
        return _search_result(part, own, path)
    media_type = part.media_type.lower().partition(";")[0].strip() or _sniffed(part.data)
    if part.kind == "image" or (part.kind == "document" and media_type in _IMAGES):
        return {"type": "image", "source": _image_source(part, media_type, path), **own}
    if part.kind != "document":
        raise unsayable(path, f"the provider takes no {part.kind}")
    out: dict[str, Any] = {"type": "document", "source": _document_source(part, media_type, path)}
    if part.title or part.name:
        out["title"] = part.title or part.name
    if part.context:
        out["context"] = part.context
    if part.citable is not None:
        out["citations"] = {"enabled": part.citable}
    return {**out, **own}


def _sniffed(data: str) -> str:
    return next((kind for start, kind in _STARTS.items() if data.startswith(start)), "")


def _image_source(part: Media, media_type: str, path: str) -> dict[str, Any]:
    if not part.data:
        return _elsewhere(part, path)
    media_type = "image/jpeg" if media_type == "image/jpg" else media_type
    if media_type not in _IMAGES:
        raise unsayable(
            path, f"the provider takes images as {', '.join(_IMAGES)}, not {media_type or 'an unknown type'}"
        )
    return {"type": "base64", "media_type": media_type, "data": part.data}


def _elsewhere(part: Media, path: str) -> dict[str, Any]:
    """A source that the provider fetches. Its own file ids begin with ``file_``; those of others it cannot know."""
    if part.url.startswith(("http://", "https://")):
        return {"type": "url", "url": part.url}
    if part.file_id.startswith("file_"):
        return {"type": "file", "file_id": part.file_id}
    raise unsayable(path, "the provider cannot reach what it points to; send the content itself or an http(s) URL")


def _document_source(part: Media, media_type: str, path: str) -> dict[str, Any]:
    if part.parts:
        return {"type": "content", "content": [_inner(each, path) for each in part.parts if _worth(each)]}
    if part.text:
        return {"type": "text", "media_type": "text/plain", "data": part.text}
    if not part.data:
        return _elsewhere(part, path)
    if media_type == "application/pdf":
        return {"type": "base64", "media_type": media_type, "data": part.data}
    if media_type.startswith("text/") or media_type in _WORDS:
        try:
            return {"type": "text", "media_type": "text/plain", "data": b64decode(part.data).decode()}
        except ValueError:
            raise unsayable(path, "its content is not text in UTF-8") from None
    raise unsayable(path, f"the provider takes PDF and text as documents, not {media_type or 'an unknown type'}")


def _worth(part: Any) -> bool:
    return not isinstance(part, Text) or bool(part.text.strip())


def _inner(part: Any, path: str) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text, **part.extras.get(NAME, {})}
    if isinstance(part, Media):
        return media_block(part, path)
    raise unsayable(path, "a document can hold text and images only")


def _search_result(part: Media, own: dict[str, Any], path: str) -> dict[str, Any]:
    out = {
        **own,
        "title": part.title,
        "content": [_inner(each, path) for each in part.parts if _worth(each)],
    }
    if part.citable is not None:
        out["citations"] = {"enabled": part.citable}
    return out
