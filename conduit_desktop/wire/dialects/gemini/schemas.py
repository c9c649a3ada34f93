"""Schemas: Gemini's OpenAPI subset (``parameters``, ``responseSchema``) to JSON schema, and JSON schema to what
Gemini takes in ``parametersJsonSchema`` and ``responseJsonSchema``.

All supported models take JSON schema there, on the Gemini API (v1beta) and on Vertex, while ``parameters`` and
``responseSchema`` refuse every keyword outside their subset; so JSON schema is what is written. Of references, the
API takes those into ``$defs`` at the root with nothing but ``description`` and ``default`` beside them, and fails on
others ("reference to undefined schema", "$ref was set alongside unsupported fields"): references are written out, and
only those that lead back to themselves stay. Sources: ai.google.dev/gemini-api/docs/structured-output,
ai.google.dev/api/caching#Schema.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.node import invalid

_CAMEL = {
    "any_of": "anyOf",
    "max_items": "maxItems",
    "min_items": "minItems",
    "max_length": "maxLength",
    "min_length": "minLength",
    "max_properties": "maxProperties",
    "min_properties": "minProperties",
    "property_ordering": "propertyOrdering",
    "additional_properties": "additionalProperties",
    "defs": "$defs",
    "ref": "$ref",
}
_COUNTS = ("maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties")
_MAPS = ("properties", "$defs", "definitions", "patternProperties")
_PLAIN = ("enum", "const", "default", "example", "examples", "required")
_DROPPED = ("$schema", "$id", "$comment", "$anchor")
_DEEPEST = 60
_MOST_EXPANSIONS = 400


def to_json_schema(schema: Any, path: str = "schema", depth: int = 0) -> Any:
    """JSON schema for a schema of Gemini's: lower-case types, ``nullable`` as a type of its own, counts as numbers."""
    if not isinstance(schema, dict):
        return schema
    if depth > _DEEPEST:
        raise invalid(path, "is nested too deeply")
    out: dict[str, Any] = {}
    for key, value in schema.items():
        name = _CAMEL[key] if key in _CAMEL else str(key)
        out[name] = _value(name, value, path, depth + 1)
    if isinstance(out.get("type"), str | list):
        out["type"] = _types(out["type"])
        if not out["type"]:
            del out["type"]
    if out.get("format") == "enum":
        del out["format"]
    if isinstance(out.get("$ref"), str):
        out["$ref"] = out["$ref"].replace("#/defs/", "#/$defs/")
    _order(out)
    if out.pop("nullable", False) is True:
        _nullable(out)
    return out


def _value(name: str, value: Any, path: str, depth: int) -> Any:
    if name in _MAPS and isinstance(value, dict):
        return {key: to_json_schema(each, path, depth) for key, each in value.items()}
    if name in _PLAIN:
        return value
    if name in _COUNTS and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)  # 64-bit numbers are strings in the JSON of protocol buffers
    if isinstance(value, list):
        return [to_json_schema(each, path, depth) for each in value]
    return to_json_schema(value, path, depth)


def _types(found: str | list[Any]) -> Any:
    if isinstance(found, str):
        return "" if found == "TYPE_UNSPECIFIED" else found.lower()
    return [each.lower() if isinstance(each, str) else each for each in found]


def _order(out: dict[str, Any]) -> None:
    """Properties in the order asked for: JSON schema has no keyword for it, and models follow the order of writing."""
    order, properties = out.pop("propertyOrdering", None), out.get("properties")
    if isinstance(order, list) and isinstance(properties, dict):
        first = {name: properties[name] for name in order if isinstance(name, str) and name in properties}
        out["properties"] = {**first, **properties}


def _nullable(out: dict[str, Any]) -> None:
    kind = out.get("type")
    if isinstance(kind, str):
        out["type"] = [kind, "null"]
    elif isinstance(kind, list):
        out["type"] = [*kind, *([] if "null" in kind else ["null"])]
    if isinstance(out.get("anyOf"), list):
        out["anyOf"] = [*out["anyOf"], {"type": "null"}]
    if isinstance(out.get("enum"), list) and None not in out["enum"]:
        out["enum"] = [*out["enum"], None]


def plain_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema as Gemini takes it: references written out, ``const`` as an ``enum``, ``allOf`` merged."""
    writer = _Writer(schema)
    out: dict[str, Any] = writer.write(schema, 0)
    if writer.kept:
        out["$defs"] = writer.kept
    return out


def parameters_schema(schema: dict[str, Any] | None) -> dict[str, Any] | None:
    """The schema of a function's parameters; None for a function that takes none, which Gemini wants without a
    schema."""
    if schema is None:
        return None
    out = plain_schema(schema)
    if not out.get("properties") and not any(
        out.get(key) for key in ("additionalProperties", "anyOf", "oneOf", "patternProperties", "$ref")
    ):
        return None
    out.setdefault("type", "object")
    return out


class _Writer:
    """Writes references out. ``kept`` is what has to stay a definition because it contains itself."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.kept: dict[str, Any] = {}
        self._root = root
        self._inside: list[str] = []
        self._circular: dict[str, str] = {}
        self._expansions = 0

    def write(self, node: Any, depth: int) -> Any:
        if isinstance(node, list):
            return [self.write(each, depth + 1) for each in node]
        if not isinstance(node, dict):
            return node
        if depth > _DEEPEST:
            return {}
        if isinstance(node.get("$ref"), str):
            return self._reference(node, depth)
        out: dict[str, Any] = {}
        for key, value in node.items():
            if key in _DROPPED or (key in ("$defs", "definitions") and isinstance(value, dict)):
                continue
            if key in _MAPS and isinstance(value, dict):
                out[key] = {name: self.write(each, depth + 1) for name, each in value.items()}
            else:
                out[key] = value if key in _PLAIN else self.write(value, depth + 1)
        if "const" in out:
            out.setdefault("enum", [out.pop("const")])
        return _merged(out)

    def _reference(self, node: dict[str, Any], depth: int) -> Any:
        pointer: str = node["$ref"]
        beside = {key: value for key, value in node.items() if key != "$ref"}
        if pointer in self._inside or pointer in self._circular:
            name = self._circular.setdefault(pointer, self._name(pointer))
            return _link(name, beside)
        self._expansions += 1
        target = self._target(pointer)
        if target is None or self._expansions > _MOST_EXPANSIONS:
            return self.write(beside, depth + 1)
        self._inside.append(pointer)
        written = self.write(target, depth + 1)
        self._inside.pop()
        if pointer in self._circular:
            self.kept[self._circular[pointer]] = written
            return _link(self._circular[pointer], beside)
        extra = self.write(beside, depth + 1)
        return {**written, **extra} if isinstance(written, dict) and isinstance(extra, dict) else written

    def _name(self, pointer: str) -> str:
        name = pointer.rpartition("/")[2] if "/" in pointer else "root"
        taken = set(self._circular.values())
        return name if name not in taken else f"{name}_{len(taken)}"

    def _target(self, pointer: str) -> Any:
        if not pointer.startswith("#"):
            return None
        found: Any = self._root
        for step in pointer[1:].split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and step.isdigit() and int(step) < len(found):
                found = found[int(step)]
            elif isinstance(found, dict):
                found = found.get(step)
            else:
                return None
        return found if isinstance(found, dict) else None


def _link(name: str, beside: dict[str, Any]) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}", **{key: beside[key] for key in ("description", "default") if key in beside}}


def _merged(out: dict[str, Any]) -> dict[str, Any]:
    """``allOf`` folded into the schema that holds it: Gemini has no such keyword."""
    parts = out.get("allOf")
    if not isinstance(parts, list) or not all(isinstance(part, dict) and "$ref" not in part for part in parts):
        return out
    del out["allOf"]
    whole: dict[str, Any] = {}
    for part in [*parts, out]:
        for key, value in part.items():
            held = whole.get(key)
            if key == "properties" and isinstance(held, dict) and isinstance(value, dict):
                whole[key] = {**held, **value}
            elif key == "required" and isinstance(held, list) and isinstance(value, list):
                whole[key] = [*held, *(name for name in value if name not in held)]
            else:
                whole[key] = value
    return whole
