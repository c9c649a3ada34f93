"""What the gateway reads of a request in OpenAI's dialect, and the two changes that it makes to one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.passing import asks, rewriting
from conduit_desktop.wire.passing.asks import Ask

NESTED = b'{"model":"m","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
FIELDS = ("model", "stream", "stream_options", "max_tokens", "max_completion_tokens", "n")
JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.one_of(st.just("include_usage"), st.text()), inner, max_size=2)
    ),
    max_leaves=4,
)


def read(**body: Any) -> Ask:
    return asks.read("openai-chat", "chat", json.dumps(body).encode(), None, None)


def attempt(body: bytes) -> Ask | BadRequest:
    try:
        return asks.read("openai-chat", "chat", body, None, None)
    except BadRequest as error:
        return error


@given(st.binary(max_size=200))
@example(b"")
@example(b"null")
@example(b"[]")
@example(b'{"model":"\\ud800"}')
@example(b'{"model":"\xff"}')
@example(b'{"model":"m","max_tokens":' + b"9" * 6000 + b"}")
@example(b'\xef\xbb\xbf{"model":"m"}')
@example(NESTED)
@example(b'{"model":' + b'"' + b"m" * 5000 + b'"}')
def test_any_bytes_are_a_request_or_a_bad_one(body: bytes) -> None:
    got = attempt(body)
    if isinstance(got, BadRequest):
        assert got.status == 400
        assert len(got.text) < 500


@given(st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES))
def test_any_object_is_a_request_or_a_bad_one(body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    ask = attempt(raw)
    if isinstance(ask, BadRequest):
        assert ask.param is None or ask.param.split(".")[0] in FIELDS
        return
    assert ask.model == body["model"]
    for ask_usage in (False, True):
        sent = json.loads(rewriting.rewrite(raw, ask, "other", ask_usage=ask_usage))
        assert sent["model"] == "other"
        expected = {**body, "model": "other"}
        if ask_usage:
            expected["stream_options"] = {**(body.get("stream_options") or {}), "include_usage": True}
        assert sent == expected


def test_what_is_read() -> None:
    assert read(model="m") == Ask("m", False, False, False, None)
    assert read(model="m", stream=None).stream is False
    asked = read(model="m", stream=True, stream_options={"include_usage": True, "include_obfuscation": False})
    assert (asked.stream, asked.wants_usage, asked.has_stream_options) == (True, True, True)
    assert read(model="m", max_tokens=5).most_output == 5
    assert read(model="m", max_tokens=5, max_completion_tokens=7, n=3).most_output == 21
    assert read(model="m", max_tokens=0, n=None).most_output == 0


@pytest.mark.parametrize(
    ("body", "code", "param", "words"),
    [
        (b"", "invalid_json", None, "not valid JSON"),
        (b"{", "invalid_json", None, "not valid JSON"),
        (NESTED, "invalid_json", None, "nested"),
        (b"{}", "missing_field", "model", "no model"),
        (b'{"model":5}', "invalid_type", "model", "The field model must be a string, not a whole number."),
        (b'{"model":"m","stream":"yes"}', "invalid_type", "stream", "stream"),
        (b'{"model":"m","stream_options":{"include_usage":1}}', "invalid_type", "stream_options.include_usage", ""),
        (
            b'{"model":"m","max_tokens":"5"}',
            "invalid_type",
            "max_tokens",
            "must be a whole number or null, not a string.",
        ),
        (b"[]", "invalid_type", None, "The request body must be an object, not an array."),
        (b'{"model":"' + b"m" * 1001 + b'"}', "invalid_value", "model", "1000"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, code: str, param: str | None, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        asks.read("openai-chat", "chat", body, None, None)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert words in caught.value.message


def test_the_same_model_and_nothing_to_ask_is_the_same_object() -> None:
    body = b'{ "model" : "m", "x": 1.50 }'
    assert rewriting.rewrite(body, asks.read("openai-chat", "chat", body, None, None), "m", ask_usage=False) is body


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (b'{"model":"m","stream":true}', b'{"stream_options":{"include_usage":true},"model":"m","stream":true}'),
        (b'{"model":"m","stream_options":null}', b'{"model":"m","stream_options":{"include_usage":true}}'),
        (
            b'{"stream_options":{"include_usage":false,"x":[1]},"model":"m"}',
            b'{"stream_options":{"include_usage":true,"x":[1]},"model":"m"}',
        ),
        (
            b'{"stream_option\\u0073":{"x":1},"model":"m"}',
            b'{"stream_option\\u0073":{"x":1,"include_usage":true},"model":"m"}',
        ),
        (
            b'{"model":"m","stream_options":{"x":1},"user":"\xff"}',
            b'{"model":"m","stream_options":{"x":1,"include_usage":true},"user":"\xff"}',
        ),
    ],
)
def test_usage_is_asked_for(body: bytes, sent: bytes) -> None:
    assert rewriting.rewrite(body, asks.read("openai-chat", "chat", body, None, None), "m", ask_usage=True) == sent


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ({"max_tokens": 9, "max_completion_tokens": 1}, 9),
        ({"max_tokens": 1, "max_completion_tokens": 9, "n": 2}, 18),
        ({"max_tokens": 5, "prompt": "hi"}, 5),
        ({"max_tokens": 5, "prompt": ["a", "b", "c"]}, 15),
        ({"max_tokens": 5, "prompt": [1, 2, 3]}, 5),
        ({"max_tokens": 5, "prompt": [[1, 2], [3]], "n": 2, "best_of": 4}, 40),
        ({"max_tokens": 5, "prompt": [], "best_of": "x"}, 5),
    ],
)
def test_the_most_that_it_can_come_to(body: dict[str, Any], most: int) -> None:
    dialect = "completions" if "prompt" in body else "openai-chat"
    raw = json.dumps({"model": "m", **body}).encode()
    assert asks.read(dialect, "chat", raw, None, None).most_output == most


@pytest.mark.parametrize(("n", "choices"), [(4, 4), (0, 1), (-3, 1), (True, 1), ("4", 1), (None, 1)])
def test_how_many_pictures(n: Any, choices: int) -> None:
    raw = json.dumps({"model": "m", "n": n}).encode()
    assert asks.read("openai-chat", "images.generations", raw, None, None).choices == choices
