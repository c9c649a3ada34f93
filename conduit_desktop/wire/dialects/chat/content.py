"""Content parts of messages, both ways: text, images, sound, films, documents.

Formats: OpenAI's API reference (chat/create: content parts); Mistral's ContentChunk (``document_url``, ``thinking``,
``reference``, an image or sound as a bare string); Perplexity's ``file_url``; ``video_url`` of OpenRouter and vLLM.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conduit_desktop.wire.dialects.base import Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.chat.thoughts import OWN
from conduit_desktop.wire.dialects.lowering import words_of
from conduit_desktop.wire.dialects.reading import data_url, standard_base64
from conduit_desktop.wire.messages import Cache, Citation, Foreign, Media, MediaKind, Part, Refusal, Text, Thinking
from conduit_desktop.wire.node import Node, misfit
from conduit_desktop.wire.traits import Traits

_SOUNDS = {"audio/mpeg": "mp3", "audio/mp3": "mp3", "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav"}
_MAGIC = (("UklGR", "wav"), ("SUQz", "mp3"), ("//", "mp3"), ("T2dn", "ogg"), ("ZkxhQ", "flac"))
"""How the base64 of some kinds of sound begins."""
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SUFFIXES = {
    "pdf": "application/pdf",
    "docx": _DOCX,
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
}


# ---------------------------------------------------------------- reading


def read_content(node: Node, name: str = "content") -> list[Part]:
    """A message's content: a string, or a list of parts."""
    found = node.get(name)
    if found is None:
        return []
    if isinstance(found, str):
        return [Text(text=found)]
    if not isinstance(found, list):
        raise misfit(node.at(name), "a string or an array", found)
    return [_read(part, f"{node.at(name)}[{at}]") for at, part in enumerate(found)]


def _read(raw: Any, path: str) -> Part:
    if isinstance(raw, str):
        return Text(text=raw)
    node = Node(raw, path)
    kind = node.text("type") or ("text" if node.has("text") else "")
    reader = _READERS.get(kind)
    if reader is None:
        return Foreign(dialect=OWN, kind=kind, data=raw)
    part = reader(node)
    part.cache = read_cache(node)
    if node.has("prompt_cache_breakpoint"):
        part.cache = part.cache or Cache()
    if rest := node.rest():
        part.extras = {OWN: rest}
    return part


def read_cache(node: Node) -> Cache | None:
    """``cache_control``, as OpenRouter takes it over from Anthropic."""
    marker = node.node("cache_control")
    return Cache(ttl=marker.text("ttl")) if marker is not None else None


def _text(node: Node) -> Part:
    return Text(text=node.need_text("text"))


def _refusal(node: Node) -> Part:
    return Refusal(text=node.need_text("refusal"))


def _thinking(node: Node) -> Part:
    node.get("thinking", "closed")
    return Thinking(sections=["".join(thought_words(node.value))], signature=node.text("signature"))


def thought_words(part: Json) -> list[str]:
    """The pieces of one of Mistral's thinking parts."""
    inner = part.get("thinking")
    pieces = [each.get("text") if isinstance(each, dict) else each for each in listed(inner)]
    return [piece for piece in pieces if isinstance(piece, str) and piece]


def pictures(images: Any) -> list[Media]:
    """Pictures that a model made (OpenRouter's guide "Image generation")."""
    found = [image.get("image_url") for image in listed(images) if isinstance(image, dict)]
    urls = [each.get("url") if isinstance(each, dict) else each for each in found]
    return [_located("image", url) for url in urls if isinstance(url, str) and url]


def listed(raw: Any) -> list[Any]:
    return raw if isinstance(raw, list) else [raw]


def _reference(node: Node) -> Part:
    ids = node.array("reference_ids")
    return Text(citations=[Citation(source_id=str(each), origin=OWN, native=node.value) for each in ids])


def _held(node: Node, name: str, inner: str) -> tuple[str, Node | None]:
    """A part's payload: an object with it, or (Mistral) the payload itself."""
    found = node.get(name)
    if isinstance(found, str):
        return found, None
    held = node.node(name)
    return (held.need_text(inner), held) if held is not None else (node.need_text(name), None)


def _image(node: Node) -> Part:
    url, held = _held(node, "image_url", "url")
    part = _located("image", url)
    part.detail = held.text("detail") if held is not None else ""
    return part


def _sound(node: Node) -> Part:
    data, held = _held(node, "input_audio", "data")
    if "://" in data[:8] or data.startswith("data:"):
        return _located("audio", data)
    form = held.text("format") if held is not None else ""
    form = form or next((form for start, form in _MAGIC if data.startswith(start)), "")
    return Media(
        kind="audio",
        media_type={"mp3": "audio/mpeg"}.get(form, f"audio/{form}") if form else "",
        data=standard_base64(data),
    )


def _film(node: Node) -> Part:
    return _located("video", _held(node, "video_url", "url")[0])


def _file(node: Node) -> Part:
    held = node.node("file") or node
    name, data, file_id = held.text("filename"), held.text("file_data"), held.text("file_id")
    if not data:
        return Media(kind="document", file_id=file_id or held.need_text("file_data"), name=name)
    return _document(data, name)


def _document_url(node: Node) -> Part:
    return _document(_held(node, "document_url", "url")[0], node.text("document_name"))


def _file_url(node: Node) -> Part:
    url, held = _held(node, "file_url", "url")
    return _document(url, node.text("file_name") or (held.text("filename") if held is not None else ""))


def _document(source: str, name: str) -> Media:
    """A document from a URL, a data URL or bare base64, whose type its name then tells."""
    found = data_url(source)
    if found is None and "://" not in source[:16]:
        known = _DOCX if source.startswith("UEsDB") else "application/pdf"
        found = _SUFFIXES.get(name.rpartition(".")[2].lower(), known), standard_base64(source)
    if found is None:
        return Media(kind="document", url=source, name=name)
    return Media(kind=_kind(found[0]), media_type=found[0], data=found[1], name=name)


def _kind(media_type: str) -> MediaKind:
    kinds: tuple[MediaKind, ...] = ("image", "audio", "video")
    return next((kind for kind in kinds if media_type.startswith(f"{kind}/")), "document")


def _located(kind: MediaKind, url: str) -> Media:
    found = data_url(url)
    return Media(kind=kind, media_type=found[0], data=found[1]) if found else Media(kind=kind, url=url)


_READERS = {
    "text": _text,
    "input_text": _text,  # as the Responses API calls it
    "output_text": _text,
    "refusal": _refusal,
    "thinking": _thinking,
    "reference": _reference,
    "image_url": _image,
    "input_audio": _sound,
    "video_url": _film,
    "file": _file,
    "document_url": _document_url,
    "file_url": _file_url,
}


# ---------------------------------------------------------------- writing


def write_content(parts: Iterable[Part], traits: Traits, dropped: list[str]) -> str | list[Json]:
    """Content of a user's message: a string where it is nothing but one text, else a list."""
    items = [item for part in flattened(parts) if (item := write_part(part, traits, dropped)) is not None]
    if not items:
        return ""
    return items[0]["text"] if len(items) == 1 and items[0].keys() == {"type", "text"} else items


def flattened(parts: Iterable[Part]) -> list[Part]:
    """``parts``, with documents of several blocks that are not all words taken apart."""
    out: list[Part] = []
    for part in parts:
        if isinstance(part, Media) and part.parts and words_of(part) is None:
            title = part.title or part.name
            out += [*([Text(text=title)] if title else []), *flattened(part.parts)]
        else:
            out.append(part)
    return out


def write_part(part: Part, traits: Traits, dropped: list[str]) -> Json | None:
    """One content part; None for what is left out."""
    item: Json | None = None
    match part:
        case Text():
            item = {"type": "text", "text": part.text} if part.text or not part.citations else None
        case Media():
            item = _media(part, traits)
        case Refusal():
            item = {"type": "text", "text": part.text}
        case Foreign(dialect=dialect) if dialect == OWN:
            return dict(part.data)
        case Foreign():
            dropped.append(part.kind)
    if item is None:
        return None
    dropped += foreign_extras(part.extras, OWN)
    if part.cache is not None:
        if traits.cache_markers:
            item["cache_control"] = write_cache(part.cache)
        elif "prompt_cache_breakpoint" not in part.extras.get(OWN, {}):
            dropped.append("cache_control")
    return {**part.extras.get(OWN, {}), **item}


def write_cache(cache: Cache) -> Json:
    return {"type": "ephemeral", "ttl": cache.ttl} if cache.ttl else {"type": "ephemeral"}


def _media(part: Media, traits: Traits) -> Json:
    words = words_of(part)
    if words is not None:
        title = part.title or part.name
        return {"type": "text", "text": f"{title}\n\n{words}" if title else words}
    writers = {"image": _write_image, "audio": _write_sound, "video": _write_film, "document": _write_document}
    return writers[part.kind](part, traits)


def _url(part: Media, default: str) -> str:
    return part.url or f"data:{part.media_type or default};base64,{part.data}"


def _write_image(part: Media, traits: Traits) -> Json:
    if part.file_id:
        raise unsayable("messages.content", "an image by file id cannot be sent")
    image = {"url": _url(part, "image/png")}
    if part.detail:
        image["detail"] = part.detail
    return {"type": "image_url", "image_url": image}


def _write_sound(part: Media, traits: Traits) -> Json:
    if not part.data:
        raise unsayable("messages.content", "sound can be sent as data only")
    if "audio_string" in traits.takes:
        return {"type": "input_audio", "input_audio": part.data}
    form = _SOUNDS.get(part.media_type) or part.media_type.partition("/")[2].removeprefix("x-") or "wav"
    return {"type": "input_audio", "input_audio": {"data": part.data, "format": form}}


def _write_film(part: Media, traits: Traits) -> Json:
    if "video" not in traits.takes or part.file_id:
        raise unsayable("messages.content", "a film cannot be sent")
    return {"type": "video_url", "video_url": {"url": _url(part, "video/mp4")}}


def _write_document(part: Media, traits: Traits) -> Json:
    if "document_url" in traits.takes and not part.file_id:
        named = {"document_name": part.name} if part.name else {}
        return {"type": "document_url", "document_url": _url(part, "application/pdf"), **named}
    if "file_url" in traits.takes and not part.file_id:
        named = {"file_name": part.name} if part.name else {}
        return {"type": "file_url", "file_url": {"url": part.url or part.data}, **named}
    if part.file_id:
        return {"type": "file", "file": {"file_id": part.file_id}}
    if part.url and traits.kind != "openrouter":
        raise unsayable("messages.content", "a document can be sent as data only")
    name = part.name or part.title or "document"
    if "." not in name and part.media_type in ("", "application/pdf"):
        name += ".pdf"
    return {"type": "file", "file": {"filename": name, "file_data": _url(part, "application/pdf")}}
