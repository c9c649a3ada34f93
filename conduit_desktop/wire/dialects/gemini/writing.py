"""Parts of a content, written, for requests and answers alike."""

from __future__ import annotations

import base64
from typing import Any

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.gemini.words import NAME
from conduit_desktop.wire.dialects.reading import data_url, json_object
from conduit_desktop.wire.messages import Media, Part, Text, ToolCall, ToolResult

_MAGIC = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi0", "application/pdf"),
    ("SUQz", "audio/mp3"),
)
_ENDINGS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "mp3": "audio/mp3",
    "wav": "audio/wav",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mov": "video/quicktime",
}
_USUAL = {"image": "image/jpeg", "audio": "audio/wav", "video": "video/mp4", "document": "application/pdf"}
_IN_RESULTS = ("image/png", "image/jpeg", "image/webp", "application/pdf", "text/plain")


def own(part: Part) -> tuple[Json, Json]:
    """What Gemini's own words added to a part: beside its data, and inside of it."""
    beside: Json = dict(part.extras.get(NAME) or {})
    inside = beside.pop("", {})
    return beside, inside


def write_media(media: Media) -> list[Json]:
    """The parts for an image, sound, film or document."""
    if media.text:
        heading = [{"text": text} for text in (media.title, media.context) if text]
        data = base64.b64encode(media.text.encode()).decode()
        return [*heading, {"inlineData": {"mimeType": media.media_type or "text/plain", "data": data}}]
    if media.parts:
        return [each for part in media.parts for each in _block(part)]
    beside, inside = own(media)
    if media.data:
        return [{"inlineData": {"mimeType": _type(media), "data": media.data, **inside}, **beside}]
    if found := data_url(media.url):
        return [{"inlineData": {"mimeType": found[0] or _type(media), "data": found[1], **inside}, **beside}]
    if media.url or media.file_id.startswith(("gs://", "files/", "https://", "http://")):
        uri = media.url or media.file_id
        return [{"fileData": {**_uri_type(media, uri), "fileUri": uri, **inside}, **beside}]
    if media.transcript:
        return [{"text": media.transcript}]
    raise unsayable("file_id", f"the {media.kind} is a file of another provider's")


def _block(part: Part) -> list[Json]:
    if isinstance(part, Text):
        return [{"text": part.text}]
    return write_media(part) if isinstance(part, Media) else []


def _type(media: Media) -> str:
    if media.media_type:
        return media.media_type
    found = next((kind for magic, kind in _MAGIC if media.data.startswith(magic)), "")
    return found or _USUAL[media.kind]


def _uri_type(media: Media, uri: str) -> Json:
    if media.media_type:
        return {"mimeType": media.media_type}
    path = uri.partition("?")[0].rpartition("/")[2]
    ending = path.rpartition(".")[2].lower() if "." in path else ""
    if ending in _ENDINGS:
        return {"mimeType": _ENDINGS[ending]}
    return {} if "youtu" in uri else {"mimeType": _USUAL[media.kind]}


def write_call(call: ToolCall) -> Json | None:
    """The ``functionCall``; None when the arguments are no JSON object, for which Gemini has no form. The plain input
    of a custom tool is the one argument of the function that stands for it."""
    args: Any = {"input": call.arguments} if call.custom else json_object(call.arguments)
    if args is None:
        return None
    _, inside = own(call)
    return {**({"id": call.id} if call.id else {}), "name": call.name, "args": args, **inside}


def write_result(result: ToolResult, name: str, nested: bool) -> list[Json]:
    """The ``functionResponse``, and the parts that must follow it: media, unless ``nested`` media are known (Gemini
    3)."""
    texts = [part.text for part in result.parts if isinstance(part, Text)]
    inside: list[Json] = []
    behind: list[Json] = []
    for part in result.parts:
        if isinstance(part, Media):
            written = write_media(part)
            fits = nested and all("text" not in each and _nests(each) for each in written)
            (inside if fits else behind).extend(written)
    _, extra = own(result)
    response: Json = {
        **({"id": result.call_id} if result.call_id else {}),
        "name": name,
        "response": _response("\n".join(texts), result.failed),
    }
    if inside:
        response["parts"] = inside
    return [{"functionResponse": {**response, **extra}}, *behind]


def _nests(part: Json) -> bool:
    data = part.get("inlineData") or part.get("fileData") or {}
    return data.get("mimeType") in _IN_RESULTS


def _response(text: str, failed: bool | None) -> Json:
    if failed:
        return {"error": text}
    if text.lstrip().startswith("{") and isinstance(found := json_object(text), dict):
        return found
    return {"result": text}
