"""Canonical requests of clients of other dialects, written for a provider of the Responses API."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import responses
from conduit_desktop.wire.dialects.base import Encoded
from conduit_desktop.wire.dialects.responses import OPENAI_RESPONSES as DIALECT
from conduit_desktop.wire.messages import (
    Cache,
    Citation,
    Foreign,
    Format,
    Media,
    Message,
    Part,
    Reasoning,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits

THINKS = Traits(thinking="effort")


def encoded(traits: Traits = THINKS, **members: Any) -> Encoded:
    return DIALECT.encode_request(Request(model="m", **members), traits)


def items(*messages: Message) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = encoded(messages=list(messages)).body["input"]
    return found


def user(*parts: Part) -> Message:
    return Message(role="user", parts=list(parts))


def test_a_leading_system_message_is_the_instructions() -> None:
    system = Message(role="system", parts=[Text(text="a"), Text(text="b")])
    body = encoded(messages=[system, user(Text(text="u")), Message(role="system", parts=[Text(text="later")])]).body
    assert body["instructions"] == "a\n\nb"
    assert body["input"] == [{"role": "user", "content": "u"}, {"role": "system", "content": "later"}]
    assert body["store"] is False
    assert body["include"] == ["reasoning.encrypted_content"]
    assert "include" not in encoded(Traits(), messages=[system]).body


def test_documents() -> None:
    (item,) = items(
        user(
            Media(kind="document", media_type="application/pdf", data="AAAA", title="A paper"),
            Media(kind="document", text="words", title="T"),
            Media(kind="document", parts=[Text(text="block")]),
        )
    )
    assert item["content"] == [
        {"type": "input_file", "filename": "A paper", "file_data": "data:application/pdf;base64,AAAA"},
        {"type": "input_text", "text": "T\n\nwords"},
        {"type": "input_text", "text": "block"},
    ]


def test_a_turn_with_calls_without_ids() -> None:
    turn = Message(role="assistant", parts=[Text(text="a"), Text(text="b"), ToolCall(name="f"), ToolCall(name="g")])
    results = Message(
        role="tool", parts=[ToolResult(name="f", parts=[Text(text="1")]), ToolResult(name="g", failed=True)]
    )
    found = encoded(messages=[turn, results])
    assert found.body["input"] == [
        {"role": "assistant", "content": "ab"},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "call_2", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "1"},
        {"type": "function_call_output", "call_id": "call_2", "output": ""},
    ]
    assert found.dropped == ["is_error"]


def test_only_reasoning_of_this_dialect_goes_back() -> None:
    ours = Thinking(sections=["s"], summarised=True, encrypted="x", id="rs_1")
    others = [Thinking(sections=["t"], signature="sig"), Thinking(encrypted="redacted"), Thinking(sections=["t"])]
    found = encoded(messages=[Message(role="assistant", parts=[ours, *others, Text(text="a")])])
    assert found.body["input"] == [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "s"}],
            "encrypted_content": "x",
        },
        {"role": "assistant", "content": "a"},
    ]
    assert found.dropped == ["thinking"]


def test_functions() -> None:
    tools = [Tool(name="f"), Tool(name="g", parameters={"type": "object"}, strict=True)]
    choice = ToolChoice(mode="required", names=["f"])
    body = encoded(tools=tools, tool_choice=choice, parallel_tools=False).body
    assert body["tools"] == [
        {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False},
        {
            "type": "function",
            "name": "g",
            "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
            "strict": True,
        },
    ]
    assert body["tool_choice"] == {"type": "function", "name": "f"}
    assert body["parallel_tool_calls"] is False
    lenient = encoded(Traits(strict_tools=False), tools=tools).body["tools"]
    assert all("strict" not in tool for tool in lenient)


def test_a_web_search_of_another_dialect() -> None:
    facts = {"allowed_domains": ["x.org"], "user_location": {"city": "Rome"}, "context_size": "low", "max_uses": 3}
    tool = Tool(kind="web_search", name="web_search", origin="anthropic-messages", extras={"web_search": facts})
    found = encoded(tools=[tool])
    assert found.body["tools"] == [
        {
            "type": "web_search",
            "filters": {"allowed_domains": ["x.org"]},
            "user_location": {"type": "approximate", "city": "Rome"},
            "search_context_size": "low",
        }
    ]
    assert found.dropped == ["web_search.max_uses"]


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Reasoning(effort="low"), {"effort": "low"}),
        (Reasoning(enabled=True, budget=10_000), {"effort": "medium", "summary": "auto"}),
        (Reasoning(enabled=False), {"effort": "none"}),
        (Reasoning(budget=-1, visible=True), {"summary": "auto"}),
        (Reasoning(enabled=True, visible=False), None),
    ],
)
def test_reasoning(wish: Reasoning, told: dict[str, str] | None) -> None:
    assert encoded(reasoning=wish).body.get("reasoning") == told


def test_thinking_that_cannot_be_switched_off_is_named() -> None:
    always = Traits(thinking="effort", efforts=("minimal", "low"))
    for wish in (Reasoning(enabled=False), Reasoning(effort="none")):
        found = encoded(always, reasoning=wish)
        assert (found.body["reasoning"], found.dropped) == ({"effort": "minimal"}, ["reasoning"])
        assert encoded(reasoning=wish).dropped == []


def test_the_least_output_is_what_the_api_takes() -> None:
    assert encoded(max_tokens=1).body["max_output_tokens"] == 16
    assert encoded(max_tokens=17).body["max_output_tokens"] == 17


SAID: dict[str, dict[str, Any]] = {
    "n": {"n": 3},
    "stop": {"stop": ["x"]},
    "audio": {"audio": {"voice": "a"}},
    "modalities": {"modalities": ["image"]},
    "video": {"messages": [user(Media(kind="video", url="https://x/v.mp4"))]},
    "input_audio": {"messages": [user(Media(kind="audio", media_type="audio/flac", data="AAAA"))]},
    "tool_choice": {
        "tools": [Tool(kind="server", name="bash", origin="anthropic-messages")],
        "tool_choice": ToolChoice(mode="required", names=["bash"]),
    },
}


@pytest.mark.parametrize("field", SAID)
def test_what_is_refused(field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        encoded(**SAID[field])
    assert caught.value.param == field
    assert caught.value.code == "unsupported_field"


LEFT_OUT: dict[str, dict[str, Any]] = {
    "top_k": {"top_k": 3},
    "min_p": {"min_p": 0.1},
    "seed": {"seed": 1},
    "frequency_penalty": {"frequency_penalty": 1.0},
    "presence_penalty": {"presence_penalty": 1.0},
    "repetition_penalty": {"repetition_penalty": 1.0},
    "logit_bias": {"logit_bias": {"1": 2.0}},
    "user": {"user": "u" * 65},
    "prompt_cache_key": {"cache_key": "k" * 65},
    "service_tier": {"service_tier": "standard_only"},
    "cache_control": {"messages": [user(Text(text="x", cache=Cache()))]},
    "name": {"messages": [Message(role="user", name="bob", parts=[Text(text="x")])]},
    "is_error": {"messages": [Message(role="tool", parts=[ToolResult(call_id="c", failed=True)])]},
    "thinking": {"messages": [Message(role="assistant", parts=[Thinking(sections=["x"])])]},
    "citations": {
        "messages": [Message(role="assistant", parts=[Text(text="x", citations=[Citation(url="https://x")])])]
    },
    "server_tool_use": {
        "messages": [
            Message(role="assistant", parts=[Foreign(dialect="anthropic-messages", kind="server_tool_use", data={})])
        ]
    },
    "tools.bash": {"tools": [Tool(kind="server", name="bash", origin="anthropic-messages")]},
    "cachedContent": {"extras": {"gemini": {"cachedContent": "c"}}},
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_what_is_left_out_is_named(name: str) -> None:
    assert encoded(**LEFT_OUT[name]).dropped == [name]


def test_what_a_provider_refuses_is_left_out() -> None:
    traits = Traits(refuses=frozenset({"temperature", "reasoning"}))
    found = encoded(traits, temperature=0.5, reasoning=Reasoning(effort="low"))
    assert found.dropped == ["reasoning", "temperature"]
    assert "temperature" not in found.body
    assert encoded(Traits(), reasoning=Reasoning(effort="low")).dropped == ["reasoning"]


def test_structured_output() -> None:
    schema = {"type": "object", "properties": {}}
    form = Format(kind="schema", schema=schema)
    told = {"type": "json_schema", "name": "answer", "schema": schema}
    assert encoded(format=form).body["text"] == {"format": told}
    assert encoded(Traits(schema="json"), format=form).body["text"] == {"format": {"type": "json_object"}}
    assert encoded(Traits(schema="none"), format=form).dropped == ["response_format"]


def test_the_table_names_what_is_refused_and_left_out() -> None:
    table = responses.__doc__ or ""
    for name in ("n above 1", "stop", "audio", "modalities", "video", "forced by the choice", *list(LEFT_OUT)[:7]):
        assert name in table, name
