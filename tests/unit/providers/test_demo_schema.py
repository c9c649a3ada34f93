"""Values made to fit a JSON schema."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit_desktop.providers.demo_model.pattern import matching
from conduit_desktop.providers.demo_model.schema import example


def made(schema: Any) -> Any:
    return example(schema, lambda name, _schema: name or "text")


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"const": 7}, 7),
        ({"enum": ["a", "b"]}, "a"),
        ({"enum": ["a", "b"], "default": "b"}, "b"),
        ({"type": "integer", "minimum": 5}, 5),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "multipleOf": 4, "minimum": 5}, 8),
        ({"type": "number", "exclusiveMaximum": 0}, -0.5),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "boolean"]}, True),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 3}, [True, True, True]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 3, "uniqueItems": True}, [1, 2, 3]),
        ({"type": "array", "maxItems": 0, "items": {}}, []),
        ({"type": "array", "prefixItems": [{"const": 1}, {"const": 2}]}, [1, 2]),
        ({"type": "string", "format": "date"}, "2026-01-15"),
        ({"type": "string", "default": "x"}, "x"),
        ({"type": "string", "minLength": 6}, "text.."),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"anyOf": [{"type": "null"}, {"const": 3}]}, 3),
        ({"allOf": [{"type": "object", "properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]},
         {"a": 1, "b": 2}),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"const": 9}}}, 9),
        ({"properties": {"a": {"type": "boolean"}}}, {"a": True}),
    ],
)  # fmt: skip
def test_a_value_fits(schema: Any, value: Any) -> None:
    assert made(schema) == value


def test_a_recursive_schema_ends() -> None:
    node = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}},
        "required": ["name", "next"],
    }
    value = made(node)
    depth = 0
    while value is not None:
        assert set(value) == {"name", "next"}
        value, depth = value["next"], depth + 1
    assert depth < 20


def test_a_wide_recursive_schema_does_not_explode() -> None:
    properties = {f"p{n}": {"$ref": "#"} for n in range(20)}
    assert made({"type": "object", "properties": properties}) is not None
    assert made({"type": "object", "properties": properties, "required": list(properties)}) is not None
    assert made({"type": "array", "items": {"$ref": "#"}, "minItems": 20}) is not None


def test_a_schema_that_refers_to_itself_only_ends() -> None:
    made({"$ref": "#"})
    made({"allOf": [{"$ref": "#"}, {"$ref": "#"}]})


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{2}-\d{5}$",
        r"^\d{3}-\d{4}$",
        r"^(foo|bar)$",
        r"^[a-f0-9]{8}$",
        r"^https?://\w+\.com$",
        r"^(?:a|b)+c?$",
        r"^[^0-9]+$",
        r"^\w+@\w+\.\w{2,}$",
        r"^$",
        r"^a{0,3}b{2,}$",
        r"^(?P<year>\d{4})$",
    ],
)
def test_a_simple_pattern_is_matched(pattern: str) -> None:
    assert re.search(pattern, matching(pattern))


@settings(deadline=None)
@given(st.text(alphabet="ab01()[]{}|\\^$.*+?,-dw:=!<>P", max_size=60))
def test_any_pattern_ends(pattern: str) -> None:
    assert len(matching(pattern)) <= 500
