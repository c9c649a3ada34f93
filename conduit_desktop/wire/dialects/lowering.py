"""What a dialect that knows fewer things makes of a richer request or answer: tools that it does not have, members that
its provider refuses, documents and pictures that it has as words only.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import unsayable
from conduit_desktop.wire.dialects.custom import function_of
from conduit_desktop.wire.dialects.reading import plain
from conduit_desktop.wire.messages import Media, Request, Tool

_BLANK = Request()
_WORDS = ("text/", "application/json", "application/xml", "application/yaml", "application/x-yaml")


def without(request: Request, names: frozenset[str]) -> tuple[Request, list[str]]:
    """``request`` without the members that its provider refuses (``Traits.refuses``), and which of them were set."""
    found = sorted(name for name in names if getattr(request, name) != getattr(_BLANK, name))
    if not found:
        return request, []
    return msgspec.structs.replace(request, **{name: getattr(_BLANK, name) for name in found}), found


def own(extras: dict[str, Any], dialect: str) -> dict[str, Any]:
    """What ``extras`` hold of a dialect's members, its notes to itself left out."""
    found = extras.get(dialect)
    return {name: value for name, value in found.items() if not name.startswith("_")} if found else {}


def functions(request: Request) -> tuple[list[Tool], list[str]]:
    """The tools that a dialect with functions alone can offer, custom ones turned into functions with one string
    ``input``, and the names of those left out. A choice that is restricted to some names leaves the others away. Raises
    ``unsayable`` where a tool that only another provider runs is forced."""
    choice = request.tool_choice
    names = set(choice.names) if choice else set()
    kept, dropped = [], []
    for tool in request.tools:
        if tool.kind not in ("function", "custom"):
            if choice and choice.mode == "required" and tool.name in names:
                raise unsayable("tool_choice", f"the tool {tool.name} runs at another provider only")
            dropped.append(f"tools.{tool.name or tool.kind}")
        elif not names or tool.name in names:
            kept.append(tool if tool.kind == "function" else function_of(tool))
    if dropped and not kept and choice and choice.mode == "required":
        raise unsayable("tool_choice", "all its tools run at another provider only")
    return kept, dropped


def object_schema(parameters: dict[str, Any] | None) -> dict[str, Any]:
    """A function's parameters for dialects that want an object schema with ``properties`` in every case."""
    if not parameters:
        return {"type": "object", "properties": {}}
    if parameters.get("type", "object") == "object" and "properties" not in parameters and "$ref" not in parameters:
        return {"type": "object", "properties": {}} | parameters
    return parameters


def words_of(media: Media) -> str | None:
    """A document as words, where it is made of words; None for a PDF and the like."""
    if media.text:
        return media.text
    if media.parts and all(part.__struct_config__.tag == "text" for part in media.parts):
        return plain(media.parts)
    if media.data and media.media_type.startswith(_WORDS):
        try:
            return base64.b64decode(media.data).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            return None
    return None


def media_words(part: Media) -> str:
    """Media of an answer as words: a sound is what it says, an image a link or a data URL as Markdown writes it."""
    if part.transcript or part.text:
        return part.transcript or part.text
    usual = "image/png" if part.kind == "image" else "application/octet-stream"
    url = part.url or (f"data:{part.media_type or usual};base64,{part.data}" if part.data else "")
    if not url:
        return ""
    name = part.title or part.name or part.kind
    return f"![{name}]({url})" if part.kind == "image" else f"[{name}]({url})"
