"""Images, documents, films and sounds of Converse, and the names that its documents must have.

Source: the shapes ImageBlock, DocumentBlock, VideoBlock and AudioBlock of Amazon's service model ``bedrock-runtime``.
All of them carry bytes (base64 in JSON) or the address of an S3 object; no other address is fetched."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.messages import Media, MediaKind, Part, Text
from conduit_desktop.wire.node import Node, invalid

NAME = "bedrock-converse"

FORMATS: dict[MediaKind, dict[str, str]] = {
    "image": {"png": "image/png", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"},
    "document": {
        "pdf": "application/pdf",
        "csv": "text/csv",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "html": "text/html",
        "txt": "text/plain",
        "md": "text/markdown",
    },
    "video": {
        "mkv": "video/x-matroska",
        "mov": "video/quicktime",
        "mp4": "video/mp4",
        "webm": "video/webm",
        "flv": "video/x-flv",
        "mpeg": "video/mpeg",
        "mpg": "video/mpg",
        "wmv": "video/x-ms-wmv",
        "three_gp": "video/3gpp",
    },
    "audio": {
        "mp3": "audio/mp3",
        "opus": "audio/opus",
        "wav": "audio/wav",
        "aac": "audio/aac",
        "flac": "audio/flac",
        "mp4": "audio/mp4",
        "ogg": "audio/ogg",
        "mkv": "audio/x-matroska",
        "mka": "audio/mka",
        "x-aac": "audio/x-aac",
        "m4a": "audio/m4a",
        "mpeg": "audio/mpeg",
        "mpga": "audio/mpga",
        "pcm": "audio/pcm",
        "webm": "audio/webm",
    },
}
"""Converse's word for a format, and its MIME type."""
_WORDS = {kind: {mime: word for word, mime in table.items()} for kind, table in FORMATS.items()}
_ALSO = {
    "image/jpg": "jpeg",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/x-m4a": "m4a",
    "audio/x-flac": "flac",
    "video/x-msvideo": "",
    "text/x-markdown": "md",
    "video/matroska": "mkv",
}
_BEGINNINGS = (("iVBORw0K", "png"), ("/9j/", "jpeg"), ("R0lGOD", "gif"), ("UklGR", "webp"), ("JVBER", "pdf"))
_UNFIT = re.compile(r"[^0-9A-Za-z\s()\[\]_-]+")
_LONGEST = 200


def to_block(part: Media, names: Names, *, texts: bool) -> Json:
    """A content block. ``texts``: the model takes documents in plain words. Raises ``unsayable``."""
    source = search_source(part)
    if source is not None and texts:
        return {"searchResult": _search_result(part, source)}
    if part.kind == "document":
        return {"document": _document(part, names, texts=texts)}
    word = _format(part)
    if not word:
        raise unsayable(part.kind, f"Bedrock takes no {part.kind} of type {part.media_type or 'unknown'}")
    return {part.kind: {"format": word, "source": _source(part)}}


def _format(part: Media) -> str:
    mime = part.media_type.partition(";")[0].strip().lower()
    known = FORMATS[part.kind]
    word = _WORDS[part.kind].get(mime) or _ALSO.get(mime, "")
    if not word:
        ending = (part.name or part.url).rpartition(".")[2].lower()
        word = {"jpg": "jpeg", "3gp": "three_gp", "htm": "html"}.get(ending, ending if ending in known else "")
    if not word and mime.partition("/")[2] in known:
        word = mime.partition("/")[2]
    if not word:
        word = next((each for begin, each in _BEGINNINGS if part.data.startswith(begin)), "")
    if not word and part.kind == "document" and mime.startswith("text/"):
        word = "txt"
    return word if word in known else ""


def _source(part: Media) -> Json:
    if part.data:
        return {"bytes": part.data}
    if part.url.startswith("s3://"):
        owner = part.extras.get(NAME, {}).get("bucketOwner")
        return {"s3Location": {"uri": part.url, "bucketOwner": owner} if owner else {"uri": part.url}}
    if part.url:
        raise unsayable(part.kind, "Bedrock takes the bytes themselves or an s3:// address, and fetches no other")
    if part.file_id:
        raise unsayable(part.kind, "a file that is stored with another provider cannot be sent to Bedrock")
    raise unsayable(part.kind, "it holds nothing")


def _document(part: Media, names: Names, *, texts: bool) -> Json:
    words = part.text or "\n\n".join(each.text for each in part.parts if isinstance(each, Text))
    block: Json = {"format": _format(part) or ("txt" if words else ""), "name": names.take(part)}
    if words and not texts:
        block["source"] = {"bytes": base64.b64encode(words.encode()).decode()}
    elif part.parts:
        block["source"] = {"content": [{"text": each.text} for each in part.parts if isinstance(each, Text)]}
    elif words:
        block["source"] = {"text": words}
    else:
        block["source"] = _source(part)
    if not block["format"]:
        raise unsayable("document", f"Bedrock takes no document of type {part.media_type or 'unknown'}")
    if part.context:
        block["context"] = part.context
    if part.citable is not None:
        block["citations"] = {"enabled": part.citable}
    return block


def search_source(part: Media) -> str | None:
    """Where a search result of the client's comes from; None for any other. Anthropic's dialect has them too."""
    own = part.extras.get(NAME, {}).get("source")
    other = part.extras.get("anthropic-messages", {})
    found = other.get("source") if own is None and other.get("type") == "search_result" else own
    return found if isinstance(found, str) else None


def _search_result(part: Media, source: str) -> Json:
    words = [{"text": each.text} for each in part.parts if isinstance(each, Text)]
    block: Json = {"source": source, "title": part.title, "content": words}
    if part.citable is not None:
        block["citations"] = {"enabled": part.citable}
    return block


class Names:
    """Names of the documents of one request: letters, digits, single blanks, hyphens, parentheses and square brackets
    (and underscores, which Bedrock takes too), at most 200, no two alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, part: Media) -> str:
        """The name of one more document."""
        given = part.name or part.title
        stem, _, ending = given.rpartition(".")
        if stem and ending.lower() in FORMATS["document"]:
            given = stem
        name = " ".join(_UNFIT.sub(" ", given).split())[:_LONGEST].strip() or "Document"
        found, number = name, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{name[: _LONGEST - 6]} {number}"
        self._taken.add(found.lower())
        return found


def from_block(kind: MediaKind, node: Node) -> Media:
    """The part that an ``image``, ``document``, ``video`` or ``audio`` block says. Raises BadRequest."""
    word = node.text("format")
    part = Media(
        kind=kind, media_type=FORMATS[kind].get(word, ""), name=node.text("name"), context=node.text("context")
    )
    citations = node.node("citations")
    if citations is not None:
        part.citable = citations.flag("enabled")
    source = node.node("source")
    if source is None:
        raise invalid(node.at("source"), "must say where the bytes are")
    part.data, part.text = source.text("bytes"), source.text("text")
    place = source.node("s3Location")
    if place is not None:
        part.url = place.need_text("uri")
        if owner := place.text("bucketOwner"):
            part.extras = {NAME: {"bucketOwner": owner}}
    part.parts = _texts(source.nodes("content"))
    if not (part.data or part.text or part.url or part.parts):
        raise invalid(source.path, "holds nothing")
    return part


def from_search_result(node: Node) -> Media:
    """A search result of the client's is a document to everybody else."""
    part = Media(kind="document", title=node.text("title"), parts=_texts(node.nodes("content")))
    part.extras = {NAME: {"source": node.need_text("source")}}
    citations = node.node("citations")
    if citations is not None:
        part.citable = citations.flag("enabled")
    return part


def _texts(nodes: list[Node]) -> list[Part]:
    return [Text(text=each.need_text("text")) for each in nodes]


def sealed(encrypted: str) -> str:
    """Encrypted reasoning as ``redactedContent``: base64 of the text that Anthropic's own API shows. What was no such
    text when it came (see ``unsealed``) goes back as it came."""
    if encrypted.startswith(_BYTES):
        return encrypted.removeprefix(_BYTES)
    return base64.b64encode(encrypted.encode()).decode()


_BYTES = "bedrock:"


def unsealed(blob: Any) -> str:
    """``redactedContent`` as Anthropic's own API would show it: the text inside. Of other models it may be no text,
    and is then kept as base64 with a mark before it."""
    if not isinstance(blob, str) or not blob:
        return ""
    try:
        text = base64.b64decode(blob, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return _BYTES + blob
    return text if text.isprintable() else _BYTES + blob
