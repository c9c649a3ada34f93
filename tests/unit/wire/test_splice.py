"""Changing one member of a JSON object leaves every other byte alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.wire import splice

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["model", '"model":', '\\"model\\"', "}{][,:", '"', "\\", "mod\\u0065l"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.text(max_size=3), st.just("model")), inner, max_size=3),
    ),
    max_leaves=8,
).filter(lambda value: "\\ud" not in json.dumps(value) or True)
BLANKS = st.sampled_from(["", " ", "\n", "\t \r\n"])
KEYS = st.one_of(
    st.sampled_from(["model", "models", "mode", "a"]), st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
)


@st.composite
def spelled_keys(draw: st.DrawFn) -> str:
    """A key as JSON text, any of its characters perhaps written as an escape."""
    key = draw(KEYS)
    parts = []
    for letter in key:
        if ord(letter) < 0x10000 and draw(st.integers(0, 5)) == 0:
            parts.append(f"\\u{ord(letter):04{draw(st.sampled_from('xX'))}}")
        else:
            parts.append(json.dumps(letter, ensure_ascii=False)[1:-1])
    return '"' + "".join(parts) + '"'


@st.composite
def objects(draw: st.DrawFn) -> list[tuple[str, str]]:
    """An object as pieces of text: what stands before a value, and the value; the last piece has no value."""
    pieces: list[tuple[str, str]] = []
    before = draw(BLANKS) + "{"
    for n in range(draw(st.integers(0, 5))):
        before += "," if n else ""
        before += draw(BLANKS) + draw(spelled_keys()) + draw(BLANKS) + ":" + draw(BLANKS)
        pieces.append((before, json.dumps(draw(VALUES), ensure_ascii=draw(st.booleans()))))
        before = draw(BLANKS)
    pieces.append((before + draw(BLANKS) + "}" + draw(BLANKS), ""))
    return pieces


def key_of(before: str) -> Any:
    """The key at the end of what stands before a value."""
    text = before.rstrip()[:-1].rstrip()
    decoder = json.JSONDecoder()
    for start in range(len(text)):
        if text[start] == '"':
            key, end = decoder.raw_decode(text, start)
            if end == len(text):
                return key
    raise AssertionError(before)


@given(
    objects(),
    st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=10), st.just({"include_usage": True})),
)
def test_only_the_member_changes(pieces: list[tuple[str, str]], value: Any) -> None:
    body = "".join(before + old for before, old in pieces).encode()
    there = [key_of(before) == "model" for before, _ in pieces[:-1]]
    new = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    got = splice.replace(body, "model", value, present=any(there))
    if any(there):
        olds = [old for _, old in pieces]
        for index, hit in enumerate(there):
            olds[index] = "\0" if hit else olds[index]
        parts = "".join(before + old for (before, _), old in zip(pieces, olds, strict=True)).encode().split(b"\0")
        # Every other byte is there, in its place; between them stands the value each time.
        rest = got
        for part in parts[:-1]:
            assert rest.startswith(part)
            decoded, end = json.JSONDecoder().raw_decode(rest[len(part) :].decode())
            assert decoded == value
            rest = rest[len(part) + len(rest[len(part) :].decode()[:end].encode()) :]
        assert rest == parts[-1]
    else:
        at = body.index(b"{") + 1
        comma = "," if there else ""
        assert json.loads(got) == {**json.loads(body), "model": value}
        assert got.startswith(body[:at])
        assert got.endswith(comma.encode() + body[at:])
    assert json.loads(got)["model"] == value
    assert new or value == ""


@given(objects())
def test_has_sees_the_member_however_it_is_written(pieces: list[tuple[str, str]]) -> None:
    body = "".join(before + old for before, old in pieces).encode()
    assert splice.has(body, "model") == ("model" in json.loads(body))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"model":"a"}', b'{"model":"b"}'),
        (b'{"model" : "a" }', b'{"model" : "b" }'),
        (b'{"x":{"model":"n"},"model":"a"}', b'{"x":{"model":"n"},"model":"b"}'),
        (b'{"x":"model","model":"a"}', b'{"x":"model","model":"b"}'),
        (b'{"x":"\\"model\\":\\"n\\"","model":"a"}', b'{"x":"\\"model\\":\\"n\\"","model":"b"}'),
        (b'{"mod\\u0065l":"a"}', b'{"mod\\u0065l":"b"}'),
        (b'{"model":1,"z":1e5,"model":"a"}', b'{"model":"b","z":1e5,"model":"b"}'),
        (b'{"model":"a\\"}","n":1.0}', b'{"model":"b","n":1.0}'),
        (b'{"\xff":"\xfe","model":"a"}', b'{"\xff":"\xfe","model":"b"}'),
    ],
)
def test_examples(before: bytes, after: bytes) -> None:
    assert splice.replace(before, "model", "b", present=True) == after


@pytest.mark.parametrize("size", [splice.LARGE - 30, splice.LARGE, 10 * splice.LARGE])
def test_large_bodies_as_small_ones(size: int) -> None:
    text = b'","text":"' + b"x" * size + b'"}'
    assert splice.replace(b'{"model":"a' + text, "model", "real", present=True) == b'{"model":"real' + text


def test_a_new_member_goes_in_front() -> None:
    assert splice.replace(b" { } ", "a", 1, present=False) == b' {"a":1 } '
    assert splice.replace(b'{"b":2}', "a", {"c": None}, present=False) == b'{"a":{"c":null},"b":2}'


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b'{"model":"a","model":"b"}', b'{"model":"x","model":"x"}'),
        (b'{"Model" : "a", "model":"b","MODEL":1}', b'{"Model" : "x", "model":"x","MODEL":"x"}'),
        (b'{"\\u004dodel":"a","model":"b"}', b'{"\\u004dodel":"x","model":"x"}'),
        (b'{"model":"b","n":{"model":"a"}}', b'{"model":"x","n":{"model":"a"}}'),
        (b'{"\xff\\u0061":1,"model":"b"}', b'{"\xff\\u0061":1,"model":"x"}'),
    ],
)
def test_every_spelling_of_a_member_is_replaced(body: bytes, wanted: bytes) -> None:
    assert splice.ambiguous(body, "model")
    assert splice.replace(body, "model", "x", present=True) == wanted


@pytest.mark.parametrize("body", [b'{"model":"a"}', b'{"model":"\\u00e9","m":"models \\u2603 \\"model\\""}'])
def test_what_stands_once_is_not_looked_for(body: bytes) -> None:
    assert not splice.ambiguous(body, "model")


def test_a_name_in_mixed_case_is_found() -> None:
    assert splice.replace(b'{"maxTokens" : null}', "maxTokens", 5, present=True) == b'{"maxTokens" : 5}'
    assert splice.replace(b'{"maxtokens":1,"maxTokens":2}', "maxTokens", 5, present=True) == (
        b'{"maxtokens":5,"maxTokens":5}'
    )
