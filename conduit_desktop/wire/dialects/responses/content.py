"""Content that goes to the model: ``input_text``, ``input_image``, ``input_file`` and ``input_audio``, both ways.

Format: OpenAI's API reference (responses/create, ``input``).
"""

from __future__ import annotations

from conduit_desktop.wire.dialects.base import Json, unsayable
from conduit_desktop.wire.dialects.lowering import words_of
from conduit_desktop.wire.dialects.reading import data_url, standard_base64
from conduit_desktop.wire.dialects.responses.notes import NAME, extras, told
from conduit_desktop.wire.messages import Cache, Foreign, Media, MediaKind, Part, Refusal, Text
from conduit_desktop.wire.node import Node

_SOUNDS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}
_NAMES = {"application/pdf": "document.pdf", "text/plain": "document.txt", "text/html": "document.html"}
_PARTS = (Text, Refusal, Media)


def read_content(node: Node, *names: str) -> list[Part]:
    """The parts of a member that is a string or an array of content parts."""
    found = node.get(*names)
    if found is None:
        return []
    if isinstance(found, str):
        return [Text(text=found)]
    return [read_part(each) for each in node.nodes(*names)]


def read_part(node: Node) -> Part:
    """One content part."""
    kind = node.text("type")
    if kind in ("input_text", "output_text", "text", "summary_text"):
        part: Part = Text(text=node.text("text"))
    elif kind == "refusal":
        part = Refusal(text=node.text("refusal"))
    elif kind == "input_image":
        part = _image(node)
    elif kind == "input_file":
        part = _file(node)
    elif kind == "input_audio":
        part = _audio(node)
    else:
        return Foreign(dialect=NAME, kind=kind, data=node.value)
    breakpoint = node.table("prompt_cache_breakpoint")
    if breakpoint is not None:
        part.cache = Cache()
    part.extras = extras({**node.rest(), "_breakpoint": breakpoint})
    return part


def _image(node: Node) -> Media:
    part = _from_url(Media(kind="image"), node.text("image_url"))
    part.file_id, part.detail = node.text("file_id"), node.text("detail")
    return part


def _from_url(part: Media, url: str) -> Media:
    inline = data_url(url)
    if inline is not None:
        part.media_type, part.data = inline
    else:
        part.url = url
    return part


def _file(node: Node) -> Media:
    part = Media(kind="document", name=node.text("filename"), url=node.text("file_url"), file_id=node.text("file_id"))
    data = node.text("file_data")
    inline = data_url(data)
    if inline is not None:
        part.media_type, part.data = inline
    elif data:
        part.data = standard_base64(data)
    if part.media_type:
        part.kind = kind_of(part.media_type)
    return part


def kind_of(media_type: str) -> MediaKind:
    """What a MIME type is of."""
    family = media_type.partition("/")[0]
    kinds: dict[str, MediaKind] = {"image": "image", "audio": "audio", "video": "video"}
    return kinds.get(family, "document")


def _audio(node: Node) -> Media:
    sound = node.node("input_audio") or Node({}, node.at("input_audio"))
    form = sound.text("format")
    return Media(
        kind="audio",
        media_type={"mp3": "audio/mpeg"}.get(form, f"audio/{form}" if form else ""),
        data=standard_base64(sound.text("data")),
    )


def write_parts(parts: list[Part], dropped: list[str]) -> list[Json]:
    """Content parts for the model. Raises ``unsayable`` for media that there is no way to send."""
    out: list[Json] = []
    for part in parts:
        if isinstance(part, Foreign) and part.dialect == NAME:
            out.append(part.data)
        elif isinstance(part, Media) and part.parts:
            out += write_parts(part.parts, dropped)
        elif isinstance(part, _PARTS):
            out.append(_write(part, dropped))
        else:
            dropped.append(part.kind if isinstance(part, Foreign) else str(part.__struct_config__.tag))
    return out


def _write(part: Text | Refusal | Media, dropped: list[str]) -> Json:
    raw = _media(part, dropped) if isinstance(part, Media) else {"type": "input_text", "text": part.text}
    breakpoint = part.extras.get(NAME, {}).get("_breakpoint")
    if breakpoint is not None:
        raw["prompt_cache_breakpoint"] = breakpoint
    elif part.cache is not None:
        dropped.append("cache_control")
    return raw | told(part.extras)


def _media(part: Media, dropped: list[str]) -> Json:
    if part.citable:
        dropped.append("citations")
    if part.kind == "image":
        return _write_image(part)
    if part.kind == "video":
        raise unsayable("video", "the Responses API takes none")
    if part.kind == "audio":
        return _write_audio(part)
    words = words_of(part) if part.text or (not part.name and part.media_type.startswith("text/")) else None
    if words is not None:
        heading = "\n".join(each for each in (part.title, part.context) if each)
        return {"type": "input_text", "text": f"{heading}\n\n{words}" if heading else words}
    return _write_file(part)


def _write_image(part: Media) -> Json:
    url = f"data:{part.media_type or 'image/png'};base64,{part.data}" if part.data else part.url
    source = {"file_id": part.file_id} if part.file_id and not url else {"image_url": url}
    return {"type": "input_image", **source, "detail": part.detail or "auto"}


def _write_audio(part: Media) -> Json:
    form = _SOUNDS.get(part.media_type)
    if form is None or not part.data:
        raise unsayable("input_audio", "the Responses API takes WAV and MP3 in base64 only")
    return {"type": "input_audio", "input_audio": {"data": part.data, "format": form}}


def _write_file(part: Media) -> Json:
    raw: Json = {"type": "input_file"}
    if part.file_id:
        raw["file_id"] = part.file_id
    elif part.url:
        raw["file_url"] = part.url
    else:
        kind = part.media_type or "application/pdf"
        raw["filename"] = part.name or part.title or _NAMES.get(kind, "document")
        raw["file_data"] = f"data:{kind};base64,{part.data}"
    return raw


def write_result(parts: list[Part], dropped: list[str]) -> str | list[Json]:
    """What a tool gave: a string where it is words only."""
    plain = all(isinstance(part, Text) and not told(part.extras) for part in parts)
    if plain and len(parts) <= 1:
        return "".join(part.text for part in parts if isinstance(part, Text))
    return write_parts(parts, dropped)
