"""The built-in demo model: OpenAI's shapes, honest words, and no way to make it fall over."""

from __future__ import annotations

import json
import math
import struct
from base64 import b64decode
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conduit_desktop.providers import demo, demo_model
from conduit_desktop.providers.demo_model.tokens import pieces

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Current weather of a city",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 2},
            },
            "required": ["city", "unit"],
        },
    },
}
DELETE: dict[str, Any] = {"type": "function", "function": {"name": "delete_file", "description": "Delete a file"}}


def chat(text: str, **more: Any) -> dict[str, Any]:
    return {"model": demo.CHAT_MODEL, "messages": [{"role": "user", "content": text}], **more}


def complete(body: object) -> dict[str, Any]:
    return demo_model.complete(body, id="chatcmpl-1", created=1_700_000_000)


def stream(body: object) -> list[tuple[float, dict[str, Any]]]:
    return demo_model.stream(body, id="chatcmpl-1", created=1_700_000_000)


def said(body: object) -> str:
    content = complete(body)["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


def called(body: object) -> tuple[str, dict[str, Any]]:
    message = complete(body)["choices"][0]["message"]
    function = message["tool_calls"][0]["function"]
    return function["name"], json.loads(function["arguments"])


def refused(body: object) -> demo_model.DemoError:
    with pytest.raises(demo_model.DemoError) as caught:
        complete(body)
    with pytest.raises(demo_model.DemoError):
        stream(body)
    return caught.value


def test_a_whole_answer_has_openais_shape() -> None:
    answer = complete(chat("hello"))
    assert answer["object"] == "chat.completion"
    assert answer["id"] == "chatcmpl-1"
    assert answer["created"] == 1_700_000_000
    assert answer["choices"][0]["finish_reason"] == "stop"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] > 0
    assert demo_model.pause(answer) > demo_model.FIRST_TOKEN


def test_it_says_what_it_is() -> None:
    for text in ("hello", "what is love?", "write code", "a table", "list ideas", "explain TCP", "count to 3", ""):
        assert "demo model" in said(chat(text))
        assert "no provider was called" in said(chat(text))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Explain TCP with headings", "# "),
        ("List five ideas", "1. "),
        ("Write a python function", "```python"),
        ("Show me bash", "```bash"),
        ("Compare the two in a table", "|---|"),
        ("Say exactly: blue horse", "blue horse"),
        ("Reply with only OK", "OK"),
        ("Count to 12", "10, 11, 12"),
        ("What is love?", "What is love?"),
    ],
)
def test_it_gives_what_was_asked_for(text: str, sign: str) -> None:
    assert sign in said(chat(text))


def test_so_many_words() -> None:
    assert len(said(chat("Tell me about it in 300 words")).split()) >= 300


def test_the_same_request_gets_the_same_answer() -> None:
    assert complete(chat("hello")) == complete(chat("hello"))
    assert stream(chat("hello")) == stream(chat("hello"))


def test_a_stream_says_the_same_as_the_whole() -> None:
    body = chat("Explain TCP", n=2)
    whole = complete(body)
    for n in range(2):
        deltas = [chunk["choices"][0] for _, chunk in stream(body) if chunk["choices"][0]["index"] == n]
        assert deltas[0]["delta"]["role"] == "assistant"
        assert (
            "".join(each["delta"].get("content") or "" for each in deltas)
            == (whole["choices"][n]["message"]["content"])
        )
        assert [each["finish_reason"] for each in deltas][-1] == "stop"
        assert all(each["finish_reason"] is None for each in deltas[:-1])


def test_a_stream_has_a_human_pace() -> None:
    delays = [delay for delay, _ in stream(chat("Explain TCP"))]
    assert delays[0] == demo_model.FIRST_TOKEN
    assert all(0 <= delay <= demo_model.FIRST_TOKEN for delay in delays)
    tokens = complete(chat("Explain TCP"))["usage"]["completion_tokens"]
    assert tokens / (sum(delays) - delays[0]) == pytest.approx(40, rel=0.05)


def test_the_usage_comes_last_and_only_when_asked_for() -> None:
    plain = [chunk for _, chunk in stream(chat("hello"))]
    assert all("usage" not in chunk for chunk in plain)
    asked = [chunk for _, chunk in stream(chat("hello", stream_options={"include_usage": True}))]
    assert all(chunk["usage"] is None for chunk in asked[:-1])
    assert asked[-1]["choices"] == []
    assert asked[-1]["usage"] == complete(chat("hello"))["usage"]


def test_the_limit_holds() -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        answer = complete(chat("Explain TCP", **{name: 7}))
        assert answer["choices"][0]["finish_reason"] == "length"
        assert answer["usage"]["completion_tokens"] == 7


def test_it_stops_where_told() -> None:
    answer = complete(chat("Count to 9", stop=["5", "7"]))
    assert answer["choices"][0]["message"]["content"] == "1, 2, 3, 4, "
    assert answer["choices"][0]["finish_reason"] == "stop"


def test_several_choices_differ() -> None:
    choices = complete(chat("What is love?", n=3))["choices"]
    assert len({choice["message"]["content"] for choice in choices}) == 3


# ---------------------------------------------------------------- tools


def test_it_calls_the_tool_the_words_point_at() -> None:
    name, arguments = called(chat("What is the weather in New York in fahrenheit?", tools=[DELETE, WEATHER]))
    assert name == "get_weather"
    assert arguments == {"city": "New York", "unit": "fahrenheit", "days": 2}
    assert complete(chat("weather in Rome", tools=[WEATHER]))["choices"][0]["finish_reason"] == "tool_calls"


def test_it_answers_in_text_when_no_tool_fits() -> None:
    assert "1 tool on offer" in said(chat("What is love?", tools=[WEATHER]))


def test_it_never_changes_anything_by_itself() -> None:
    assert "demo model" in said(chat("Please delete the file a.txt", tools=[DELETE]))


def test_a_forced_tool_is_called() -> None:
    choice = {"type": "function", "function": {"name": "delete_file"}}
    assert called(chat("hi", tools=[WEATHER, DELETE], tool_choice=choice))[0] == "delete_file"
    assert called(chat("hi", tools=[DELETE, WEATHER], tool_choice="required"))[0] == "get_weather"
    allowed = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [DELETE]},
    }
    assert called(chat("hi", tools=[WEATHER, DELETE], tool_choice=allowed))[0] == "delete_file"


def test_no_tool_when_none_is_wanted() -> None:
    assert "demo model" in said(chat("weather in Rome", tools=[WEATHER], tool_choice="none"))


def test_what_a_forced_command_runs_is_harmless() -> None:
    shell = {
        "type": "function",
        "function": {"name": "bash", "parameters": {"properties": {"command": {"type": "string"}}}},
    }
    assert called(chat("rm -rf /", tools=[shell], tool_choice="required"))[1] == {"command": "echo 'Conduit demo'"}


def test_a_streamed_call_is_the_whole_call() -> None:
    body = chat("weather in Rome", tools=[WEATHER], stream=True)
    calls = [call for _, chunk in stream(body) for call in chunk["choices"][0]["delta"].get("tool_calls", ()) if call]
    message = complete(body)["choices"][0]["message"]
    assert calls[0]["id"] == message["tool_calls"][0]["id"]
    assert calls[0]["function"]["name"] == "get_weather"
    assert (
        "".join(call["function"]["arguments"] for call in calls) == (message["tool_calls"][0]["function"]["arguments"])
    )
    assert message["content"] is None


def test_a_result_is_told() -> None:
    body = chat("weather in Rome", tools=[WEATHER])
    call = complete(body)["choices"][0]["message"]
    body["messages"] += [
        call,
        {"role": "tool", "tool_call_id": call["tool_calls"][0]["id"], "content": '{"temperature": 31, "sky": "clear"}'},
    ]
    text = said(body)
    assert "**temperature**: 31" in text
    assert "**sky**: clear" in text


# ---------------------------------------------------------------- structured answers


def test_a_json_object_is_one() -> None:
    answer = json.loads(said(chat("Give me JSON", response_format={"type": "json_object"})))
    assert answer["demo"] is True


def test_a_schema_is_kept() -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "size": {"$ref": "#/$defs/size"}},
        "required": ["city", "size"],
        "$defs": {"size": {"enum": ["small", "large"]}},
    }
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert json.loads(said(chat("A large town in France", response_format=form))) == {"city": "France", "size": "large"}


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        (None, 400, None),
        ([], 400, None),
        ({}, 400, "model"),
        ({"model": "demo"}, 400, "messages"),
        ({"model": "demo", "messages": []}, 400, "messages"),
        ({"model": "demo", "messages": ["x"]}, 400, "messages[0]"),
        ({"model": "demo", "messages": [{"role": "king", "content": "x"}]}, 400, "messages[0].role"),
        ({"model": "demo", "messages": [{"role": ["user"], "content": "x"}]}, 400, "messages[0].role"),
        ({"model": "demo", "messages": [{"role": "user"}]}, 400, "messages[0].content"),
        ({"model": "demo", "messages": [{"role": "tool", "content": "x"}]}, 400, "messages[0].tool_call_id"),
        ({"model": "gpt-9", "messages": []}, 404, "model"),
        ({"model": demo.EMBEDDING_MODEL, "messages": []}, 400, "model"),
        ({"model": demo.OVERLOADED_MODEL, "messages": []}, 503, None),
        (chat("x", n=0), 400, "n"),
        (chat("x", n=True), 400, "n"),
        (chat("x", max_tokens=0), 400, "max_tokens"),
        (chat("x", stop=3), 400, "stop"),
        (chat("x", tools="x"), 400, "tools"),
        (chat("x", tools=[{"type": "function"}]), 400, "tools[0].function.name"),
        (chat("x", tool_choice="required"), 400, "tool_choice"),
        (chat("x", tool_choice={"type": "function", "function": {"name": "no"}}), 400, "tool_choice"),
        (chat("x", tool_choice=[]), 400, "tool_choice"),
        (chat("x", response_format={"type": "xml"}), 400, "response_format"),
        (chat("x", stream_options=1), 400, "stream_options"),
    ],
)
def test_nonsense_is_told_in_openais_words(body: object, status: int, param: str | None) -> None:
    error = refused(body)
    assert error.status == status
    assert error.param == param
    told = error.body["error"]
    assert told["message"]
    assert told["param"] == param
    assert told["type"] == ("server_error" if status == 503 else "invalid_request_error")


def test_the_models_are_listed() -> None:
    listed = demo_model.model_list()
    assert [each["id"] for each in listed["data"]] == list(demo.DEMO.models)


# ---------------------------------------------------------------- embeddings


def embed(value: Any, **more: Any) -> dict[str, Any]:
    return demo_model.embed({"model": demo.EMBEDDING_MODEL, "input": value, **more})


def vector(text: str) -> list[float]:
    found = embed(text)["data"][0]["embedding"]
    assert isinstance(found, list)
    return found


def test_an_embedding_is_a_unit_vector() -> None:
    for text in ("hello world", "!", "日本語"):
        assert math.fsum(value * value for value in vector(text)) == pytest.approx(1)
    assert vector("hello world") == vector("hello world")


def test_texts_with_words_in_common_are_nearer() -> None:
    def nearness(one: str, other: str) -> float:
        return math.fsum(a * b for a, b in zip(vector(one), vector(other), strict=True))

    assert nearness("the red apple pie", "an apple pie that is red") > nearness("the red apple pie", "stock markets")


def test_base64_holds_the_same_numbers() -> None:
    raw = embed("hello", dimensions=32, encoding_format="base64")["data"][0]["embedding"]
    plain = embed("hello", dimensions=32)["data"][0]["embedding"]
    assert struct.unpack("<32f", b64decode(raw)) == pytest.approx(plain)


def test_many_inputs_keep_their_order() -> None:
    data = embed(["one", "two", "three"])["data"]
    assert [each["index"] for each in data] == [0, 1, 2]
    assert data[1]["embedding"] == vector("two")
    assert len(embed([[1, 2], [3]])["data"]) == 2
    assert len(embed([1, 2, 3])["data"]) == 1


@pytest.mark.parametrize("value", [None, "", [], [""], [["x"]], 3, {}, ["x"] * 2_049, "x" * 40_000, [True]])
def test_what_cannot_be_embedded_is_refused(value: Any) -> None:
    with pytest.raises(demo_model.DemoError) as caught:
        embed(value)
    assert caught.value.param == "input"


def test_odd_options_are_refused() -> None:
    for more in ({"dimensions": 0}, {"dimensions": 1e9}, {"encoding_format": "hex"}):
        with pytest.raises(demo_model.DemoError):
            embed("x", **more)


# ---------------------------------------------------------------- whatever comes

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = """
type properties required items enum const anyOf oneOf allOf $ref minimum maximum exclusiveMinimum multipleOf minItems
maxItems minLength maxLength pattern format uniqueItems default prefixItems examples
"""
schemas = st.recursive(
    json_values
    | st.sampled_from([{"$ref": "#"}, {"$ref": "#/$defs/a"}, {"type": "string", "pattern": "(a+)+$"}, {"type": []}]),
    lambda inner: (
        st.dictionaries(st.sampled_from(KEYS.split()) | st.text(max_size=5), inner, max_size=5)
        | st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(st.text(max_size=8), inner)})
        | st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries({"anyOf": st.lists(inner, max_size=3)})
    ),
    max_leaves=8,
)
tools = st.fixed_dictionaries(
    {
        "type": st.just("function"),
        "function": st.fixed_dictionaries(
            {"name": st.text(min_size=1, max_size=12)}, optional={"description": json_values, "parameters": schemas}
        ),
    }
)
messages = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "system"]), "content": st.text(max_size=60) | json_values},
    optional={"tool_call_id": st.text(max_size=5), "tool_calls": json_values},
)
bodies = json_values | st.fixed_dictionaries(
    {"model": st.just("demo"), "messages": st.lists(messages | json_values, max_size=4)},
    optional={
        "tools": st.lists(tools | json_values, max_size=3),
        "tool_choice": st.sampled_from(["auto", "required", "none"]) | json_values,
        "max_tokens": st.integers(-1, 30) | json_values,
        "stop": st.text(max_size=2) | st.lists(st.text(max_size=3), max_size=3) | json_values,
        "n": st.integers(0, 4) | json_values,
        "response_format": st.fixed_dictionaries(
            {"type": st.just("json_schema"), "json_schema": st.fixed_dictionaries({"schema": schemas})}
        )
        | st.just({"type": "json_object"})
        | json_values,
        "stream_options": st.just({"include_usage": True}) | json_values,
    },
)


@settings(max_examples=300, deadline=None)
@given(bodies)
def test_any_request_is_answered_or_refused(body: object) -> None:
    try:
        answer = complete(body)
        chunks = stream(body)
    except demo_model.DemoError as error:
        json.dumps(error.body).encode()
        return
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    json.dumps([chunk for _, chunk in chunks], ensure_ascii=False, allow_nan=False).encode()


def test_half_a_character_is_answered_whole() -> None:
    broken = json.loads('"\\ud83d"')
    answer = complete(chat(f"Say {broken}", tools=[{"type": "function", "function": {"name": broken}}]))
    json.dumps(answer, ensure_ascii=False).encode()


def test_deep_nesting_is_refused() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    assert refused(chat("x", metadata=deep)).status == 400


@pytest.mark.parametrize(
    "text", ["1" * 2_000 + "-" * 2_000, "say" + " " * 3_900, "in " * 1_300, "(" * 4_000, "a/" * 2_000, "A-" * 2_000]
)
def test_no_text_takes_long_to_read(text: str) -> None:
    names = ("expression", "path", "city", "url", "text")
    tool = {
        "type": "function",
        "function": {"name": "f", "parameters": {"properties": {name: {"type": "string"} for name in names}}},
    }
    assert called(chat(text, tools=[tool], tool_choice="required"))[0] == "f"
    assert "demo model" in said(chat(text))


def test_arguments_come_from_the_words() -> None:
    names = ("expression", "path", "url", "query")
    tool = {
        "type": "function",
        "function": {"name": "f", "parameters": {"properties": {name: {"type": "string"} for name in names}}},
    }
    text = 'Work out 12 * (3 + 4) with "big data" from docs/a.txt and https://example.org/x'
    assert called(chat(text, tools=[tool], tool_choice="required"))[1] == {
        "expression": "12 * (3 + 4)",
        "path": "docs/a.txt",
        "url": "https://example.org/x",
        "query": "big data",
    }


@settings(max_examples=100, deadline=None)
@given(schemas)
def test_a_forced_call_has_arguments_that_are_an_object(schema: Any) -> None:
    tool = {"type": "function", "function": {"name": "probe", "parameters": schema}}
    assert isinstance(called(chat("hi", tools=[tool], tool_choice="required"))[1], dict)


@settings(max_examples=200, deadline=None)
@given(json_values)
def test_any_embedding_request_is_answered_or_refused(value: Any) -> None:
    for body in (value, {"model": demo.EMBEDDING_MODEL, "input": value}):
        with suppress(demo_model.DemoError):
            assert demo_model.embed(body)["data"]


@given(st.text())
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
