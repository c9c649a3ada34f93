"""What several dialects' requests need: data addresses, joined texts, schemas in Google's spelling."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from tests.matrix.neutral import Json, Part


def part_of_url(url: str, kind: str = "image", **more: Any) -> Part:
    """Media from an address, which may hold the data itself."""
    found = re.match(r"data:([^;,]*)(?:;[^,]*)?,(.*)$", url, re.S)
    if found:
        return Part(kind, data=found.group(2), mime=found.group(1), **more)
    return Part(kind, url=url, **more)


def url_of(part: Part) -> str:
    """The address of media: its own, or one that holds the data."""
    return part.url or f"data:{part.mime or 'application/octet-stream'};base64,{part.data}"


def text_of(parts: Iterable[Part]) -> str:
    """The text among ``parts``, a line between two; a JSON result as JSON."""
    return "\n".join(part.text for part in parts if part.kind == "text")


def result_text(part: Part) -> str:
    """What a tool gave, as text."""
    return text_of(part.parts) if part.value is None else json.dumps(part.value, ensure_ascii=False)


def arguments(part: Part) -> str:
    """A call's arguments as text."""
    return part.value if isinstance(part.value, str) else json.dumps(part.value, ensure_ascii=False)


def plain_schema(schema: Any) -> Any:
    """Google's OpenAPI spelling (``STRING``, ``nullable``) -> JSON Schema."""
    if isinstance(schema, list):
        return [plain_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        name: {key: plain_schema(one) for key, one in value.items()}
        if name in ("properties", "$defs", "definitions") and isinstance(value, dict)
        else plain_schema(value)
        for name, value in schema.items()
        if name not in ("nullable", "propertyOrdering")
    }
    if isinstance(found.get("type"), str):
        found["type"] = found["type"].lower()
        if schema.get("nullable"):
            found["type"] = [found["type"], "null"]
    return found


def listed(value: Any) -> list[Any]:
    """``value`` as a list: one thing is a list of it, nothing is an empty one."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def kept(fields: Json) -> Json:
    """``fields`` without those that are not set."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [])}


MIMES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/markdown",
    "csv": "text/csv",
    "html": "text/html",
    "mp4": "video/mp4",
    "mp3": "audio/mp3",
    "wav": "audio/wav",
}
