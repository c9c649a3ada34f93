"""Content blocks, both ways: texts and media, the same in what users give, models say and tools return.

Source: ai.google.dev/api/interactions-api#Resource:Content.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.gemini.parts import kind_of
from conduit_desktop.wire.dialects.gemini.writing import write_media
from conduit_desktop.wire.dialects.interactions.citations import annotate, write_citation
from conduit_desktop.wire.dialects.interactions.words import NAME
from conduit_desktop.wire.dialects.reading import data_url, standard_base64
from conduit_desktop.wire.messages import Media, MediaKind, Refusal, Text
from conduit_desktop.wire.node import Node

_OWN_FILES = ("gs://", "files/")
_DETAILS = ("low", "high")


def read_content(node: Node) -> Text | Media:
    """The part for a content of one of ``words.CONTENTS``."""
    kind = node.need_text("type")
    if kind == "text":
        text = Text(text=node.text("text"))
        annotate(text, node.array("annotations"))
        if rest := node.rest():
            text.extras[NAME] = {**text.extras.get(NAME, {}), **rest}
        return text
    return read_media(node, kind)  # type: ignore[arg-type]


def read_media(node: Node, kind: MediaKind) -> Media:
    """An image, sound, film or document."""
    node.get("type")
    media = Media(kind=kind, media_type=node.text("mime_type"), name=node.text("name"))
    media.data = standard_base64(node.text("data"))
    uri = node.text("uri")
    if uri.startswith(_OWN_FILES) or "/v1beta/files/" in uri:  # Google's own storage, which nobody else can open
        media.file_id = uri
    elif uri and (found := data_url(uri)):
        media.media_type, media.data = found[0] or media.media_type, found[1]
    else:
        media.url = uri
    if node.value.get("resolution") in _DETAILS:
        media.detail = node.text("resolution")
    if rest := node.rest():
        media.extras[NAME] = rest
    return media


def write_content(part: Text | Refusal | Media) -> list[Json]:
    """The contents for a part. Raises ``unsayable`` for a file that only another provider has."""
    if isinstance(part, Media):
        return write_medium(part)
    if not part.text:
        return []
    out: Json = {"type": "text", "text": part.text}
    own = dict(part.extras.get(NAME) or {})
    others: list[Any] = own.pop("annotations", [])
    cited = [write_citation(each, part.text) for each in part.citations] if isinstance(part, Text) else []
    if cited or others:
        out["annotations"] = [*cited, *others]
    return [{**out, **own}]


def write_medium(media: Media) -> list[Json]:
    """The contents for an image, sound, film or document: Google's other dialect says what of it can be sent, and as
    what. The words of a sound follow it."""
    out: list[Json] = []
    for part in write_media(media):
        if (inner := part.get("inlineData")) is not None:
            out.append({"type": _sort(media, inner), "mime_type": inner["mimeType"], "data": inner["data"]})
        elif (inner := part.get("fileData")) is not None:
            told = {"mime_type": inner["mimeType"]} if "mimeType" in inner else {}
            out.append({"type": _sort(media, inner), **told, "uri": inner["fileUri"]})
        else:
            out.append({"type": "text", "text": part["text"]})
    if out and out[-1]["type"] != "text":
        named = {"name": media.name} if media.name and media.kind == "video" else {}
        detail = {"resolution": media.detail} if media.detail in _DETAILS and media.kind != "audio" else {}
        out[-1] |= {**named, **detail, **(media.extras.get(NAME) or {})}
    return out


def _sort(media: Media, inner: Json) -> str:
    return kind_of(inner["mimeType"]) if inner.get("mimeType") else media.kind
