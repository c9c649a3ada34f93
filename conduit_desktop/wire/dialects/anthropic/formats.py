"""Structured output. The API compiles a schema into a grammar and takes a part of JSON Schema for that: objects must
be closed, and bounds of numbers, lengths and lists are refused. What it does not take is said in the description
instead, as Anthropic's own SDKs do. Where a model has no structured output, the system prompt asks for it in words.

Source: docs "Structured outputs", "JSON Schema limitations".
"""

from __future__ import annotations

import re
from typing import Any

from conduit_desktop.wire.dialects.reading import json_text
from conduit_desktop.wire.messages import Format

_KEPT = frozenset(("$ref", "$schema", "$id", "const", "default", "description", "enum", "required", "title", "type"))
_SCHEMAS = frozenset(("$defs", "definitions", "properties"))
_LISTS = frozenset(("anyOf", "allOf"))
_STRING_FORMATS = frozenset(
    ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
)


def written_format(form: Format) -> dict[str, Any]:
    """``output_config.format`` of a schema."""
    return {"type": "json_schema", "schema": closed(form.schema or {"type": "object"})}


def in_words(form: Format) -> str:
    """The instruction that stands in for structured output."""
    if form.kind == "json" or form.schema is None:
        return "Answer with one valid JSON object and nothing else: no words around it, no code fence."
    told = f" ({form.description})" if form.description else ""
    return (
        f"Answer with one JSON value{told} that fits the following JSON schema, and nothing else: no words around it, "
        f"no code fence.\n{json_text(form.schema)}"
    )


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema as the API takes it."""
    out: dict[str, Any] = {}
    refused: dict[str, Any] = {}
    for name, value in schema.items():
        made = _member(name, value)
        if made is None:
            refused[name] = value
        else:
            out[made[0]] = made[1]
    if _is_object(out):
        out.setdefault("properties", {})
        out["additionalProperties"] = False
        if refused.get("additionalProperties") in (True, {}):
            del refused["additionalProperties"]  # the default, which nobody meant to say
    if refused:
        told = ", ".join(f"{name}: {json_text(value)}" for name, value in refused.items())
        out["description"] = f"{out['description']}\n\n{{{told}}}" if out.get("description") else f"{{{told}}}"
    return out


_BEYOND_REGULAR = re.compile(r"\(\?|\\[bB1-9]")
"""What a pattern may not hold: groups that look around, word borders, back references."""


def _is_object(schema: dict[str, Any]) -> bool:
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind) or "properties" in schema


def _member(name: str, value: Any) -> tuple[str, Any] | None:
    """The member as it may stand; None where it may not."""
    if name in _KEPT:
        return name, value
    if name in _SCHEMAS and isinstance(value, dict):
        return name, {key: _schema(each) for key, each in value.items()}
    if (name in _LISTS or name == "oneOf") and isinstance(value, list):
        return "anyOf" if name == "oneOf" else name, [_schema(each) for each in value]
    if name == "items" and isinstance(value, dict):
        return name, closed(value)
    allowed = (
        (name == "minItems" and value in (0, 1))
        or (name == "additionalProperties" and value is False)
        or (name == "format" and value in _STRING_FORMATS)
        or (name == "pattern" and isinstance(value, str) and not _BEYOND_REGULAR.search(value))
    )
    return (name, value) if allowed else None


def _schema(value: Any) -> Any:
    return closed(value) if isinstance(value, dict) else value
