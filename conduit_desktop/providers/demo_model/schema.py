"""A value that fits a JSON schema: what the demo model fills tool arguments and structured answers with.

Deterministic. Strings come from ``fill`` so that the caller decides what a property named ``city`` holds. A
user's regular expression is never run (it may never end); see ``pattern``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from conduit_desktop.providers.demo_model.pattern import matching

Json = Any
Fill = Callable[[str, Mapping[str, Json]], str]
"""Gives the text for a string property: (its name, its schema) -> text."""

_DEPTH = 12
_MOST_VALUES = 1_000
_MOST_ITEMS = 50
_LONGEST = 2_000
_FORMATS = {
    "date-time": "2026-01-15T12:00:00Z",
    "date": "2026-01-15",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "demo@example.com",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def example(schema: Json, fill: Fill) -> Json:
    """A value valid by ``schema`` as far as it can be understood; ``{}`` where it is no schema of an
    object."""
    return _Maker(schema, fill).value(schema, "", 0)


class _Maker:
    def __init__(self, root: Json, fill: Fill) -> None:
        self._root = root
        self._fill = fill
        self._left = _MOST_VALUES

    def value(self, schema: Json, name: str, depth: int) -> Json:
        self._left -= 1
        if not isinstance(schema, Mapping):
            return self._fill(name, {})
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        if isinstance(options := schema.get("enum"), list) and options:
            return self._chosen(options, name, schema)
        kind = self._kind(schema, depth)
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind in ("integer", "number"):
            return self._number(schema, name, whole=kind == "integer")
        if kind == "boolean":
            return True
        return None if kind == "null" else self._string(schema, name)

    def _resolved(self, schema: Mapping[str, Json], depth: int) -> Mapping[str, Json]:
        """``schema`` with ``$ref``, ``allOf`` and the first fitting ``anyOf``/``oneOf`` folded in."""
        for _ in range(_DEPTH):
            merged = dict(schema)
            parts: list[Json] = []
            if isinstance(ref := merged.pop("$ref", None), str):
                parts.append(self._target(ref))
            if isinstance(every := merged.pop("allOf", None), list):
                parts.extend(every)
            either = (merged.pop("anyOf", None), merged.pop("oneOf", None))
            parts.extend(self._option(one, depth) for one in either if isinstance(one, list) and one)
            if not parts:
                break
            schema = _merged(merged, parts)
        return schema

    def _option(self, options: list[Json], depth: int) -> Json:
        """The first option that is not null; deep inside a recursive schema, one that ends it."""
        if depth < _DEPTH // 2 and self._left > 0:
            return next((option for option in options if not _is_null(option)), options[0])
        return min(
            options, key=lambda option: (not _is_null(option), not isinstance(option, Mapping) or "$ref" in option)
        )

    def _target(self, ref: str) -> Json:
        found: Json = self._root
        for step in ref.removeprefix("#").split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def _kind(self, schema: Mapping[str, Json], depth: int) -> str:
        kind = schema.get("type")
        if isinstance(kind, list):
            named = [word for word in kind if isinstance(word, str)]
            if depth >= _DEPTH // 2 and "null" in named:
                return "null"
            kind = next((word for word in named if word != "null"), "null")
        if isinstance(kind, str):
            return kind
        if "properties" in schema or "required" in schema:
            return "object"
        return "array" if "items" in schema or "prefixItems" in schema else "string"

    def _object(self, schema: Mapping[str, Json], depth: int) -> dict[str, Json]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, Mapping) else {}
        listed = schema.get("required")
        required = [key for key in listed if isinstance(key, str)] if isinstance(listed, list) else []
        wanted = [*required, *(properties if depth < 3 else ())]
        if depth >= _DEPTH or self._left <= 0:
            return {}
        needed = set(required)
        made: dict[str, Json] = {}
        for key in dict.fromkeys(wanted):
            if self._left > 0 or key in needed:
                made[str(key)] = self.value(properties.get(key), str(key), depth + 1)
        return made

    def _array(self, schema: Mapping[str, Json], name: str, depth: int) -> list[Json]:
        least, most = _whole(schema.get("minItems"), 0), _whole(schema.get("maxItems"), _MOST_ITEMS)
        first = schema.get("prefixItems")
        first = first if isinstance(first, list) else []
        if depth >= _DEPTH or most == 0 or self._left <= 0:
            return []
        count = min(max(least, len(first), 1 if depth < 4 else 0), max(most, least), _MOST_ITEMS)
        items = schema.get("items")
        made = [self.value(first[n] if n < len(first) else items, name, depth + 1) for n in range(count)]
        return _distinct(made, items) if schema.get("uniqueItems") is True else made

    def _number(self, schema: Mapping[str, Json], name: str, *, whole: bool) -> int | float:
        low = _bound(schema.get("minimum"))
        high = _bound(schema.get("maximum"))
        above, below = _bound(schema.get("exclusiveMinimum")), _bound(schema.get("exclusiveMaximum"))
        step = _bound(schema.get("multipleOf")) or 0
        step = abs(step) or (1 if whole else 0)
        if above is not None:
            low = above + (step or 0.5) if low is None else max(low, above + (step or 0.5))
        if below is not None:
            high = below - (step or 0.5) if high is None else min(high, below - (step or 0.5))
        wanted: int | float = _said(self._fill(name, {**schema, "type": "number"}))
        if low is not None and wanted < low:
            wanted = low
        if high is not None and wanted > high:
            wanted = high if low is None or not whole else max(low, high)
        if step and wanted % step:
            wanted = wanted + step - wanted % step if high is None or wanted + step <= high else wanted - wanted % step
        return math.ceil(wanted) if whole else wanted

    def _string(self, schema: Mapping[str, Json], name: str) -> str:
        if isinstance(given := schema.get("default"), str):
            return given
        if isinstance(form := schema.get("format"), str) and form in _FORMATS:
            return _FORMATS[form]
        if isinstance(pattern := schema.get("pattern"), str):
            return matching(pattern)
        text = self._fill(name, schema)
        least = min(_whole(schema.get("minLength"), 0), _LONGEST)
        most = min(_whole(schema.get("maxLength"), _LONGEST), _LONGEST)
        return text.ljust(least, ".")[: max(most, least)]

    def _chosen(self, options: list[Json], name: str, schema: Mapping[str, Json]) -> Json:
        """The option the user's words name, else the default, else the first."""
        said = self._fill(name, {**schema, "type": "choice"}).lower()
        for option in options:
            if isinstance(option, str) and option and option.lower() in said:
                return option
        default = schema.get("default")
        return default if default in options else options[0]


def _merged(base: dict[str, Json], parts: list[Json]) -> dict[str, Json]:
    merged = dict(base)
    for part in parts:
        if not isinstance(part, Mapping):
            continue
        for key, value in part.items():
            known = merged.get(key)
            if key == "properties" and isinstance(known, Mapping) and isinstance(value, Mapping):
                merged[key] = {**known, **value}
            elif key == "required" and isinstance(known, list) and isinstance(value, list):
                merged[key] = [*known, *value]
            else:
                merged[key] = value
    return merged


def _distinct(values: list[Json], items: Json) -> list[Json]:
    options = items.get("enum") if isinstance(items, Mapping) else None
    if isinstance(options, list):
        return options[: len(values)]
    made: list[Json] = []
    for n, value in enumerate(values):
        if isinstance(value, str):
            made.append(f"{value} {n + 1}" if n else value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            made.append(value + n)
        elif value not in made:
            made.append(value)
    return made


def _is_null(schema: Json) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _bound(value: Json) -> int | float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return value if usable else None


def _whole(value: Json, otherwise: int) -> int:
    usable = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if usable else otherwise


def _said(text: str) -> int | float:
    try:
        number = float(text)
    except ValueError:
        return 1
    if not math.isfinite(number) or abs(number) >= 1e15:
        return 1
    return int(number) if number.is_integer() else number
