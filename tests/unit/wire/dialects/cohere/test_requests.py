"""Requests of Cohere's chat: read, written, refused, left out by name."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import cohere
from conduit_desktop.wire.dialects.cohere import COHERE
from conduit_desktop.wire.messages import (
    Cache,
    Foreign,
    Format,
    Media,
    Message,
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
from tests.unit.wire.dialects import canonical as c
from tests.unit.wire.dialects.recorded import misfits

THINKS = Traits(thinking="budget")


def written(request: Request, traits: Traits = THINKS) -> dict[str, Any]:
    return COHERE.encode_request(request, traits).body


def user(*parts: Any) -> Message:
    return Message(role="user", parts=list(parts))


def test_everything_that_cohere_knows() -> None:
    body = {
        "model": "command-a-03-2025",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
                    {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
                ],
            },
            {
                "role": "assistant",
                "tool_plan": "I will look.",
                "tool_calls": [{"id": "a1", "type": "function", "function": {"name": "look", "arguments": '{"x":1}'}}],
            },
            {
                "role": "tool",
                "tool_call_id": "a1",
                "content": [{"type": "document", "document": {"id": "d", "data": {"output": "60", "unit": "years"}}}],
            },
        ],
        "documents": ["Plain words.", {"id": "doc-1", "data": {"title": "T", "text": "X"}}],
        "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}],
        "strict_tools": True,
        "tool_choice": "REQUIRED",
        "response_format": {"type": "json_object", "json_schema": {"type": "object"}},
        "p": 0.5,
        "k": 3,
        "stop_sequences": ["END"],
        "logprobs": True,
        "thinking": {"type": "enabled", "token_budget": 100},
        "safety_mode": "STRICT",
        "citation_options": {"mode": "FAST"},
        "priority": 2,
    }
    request = COHERE.decode_request(body, None, None)
    assert request.messages[1].parts[1] == Media(
        kind="image", media_type="image/png", data="iVBORw0KGgo=", detail="low"
    )
    assert request.messages[1].parts[3] == Media(kind="document", text="Plain words.", citable=True)
    assert request.messages[1].parts[4] == Media(kind="document", id="doc-1", title="T", text="X", citable=True)
    plan = request.messages[2].parts[0]
    assert isinstance(plan, Thinking)
    assert plan.sections == ["I will look."]
    assert request.reasoning == Reasoning(enabled=True, budget=100)
    assert request.format == Format(kind="schema", schema={"type": "object"})
    assert request.extras == {"cohere": {"safety_mode": "STRICT", "citation_options": {"mode": "FAST"}, "priority": 2}}
    again = written(request)
    assert again["messages"][:4] == [
        {"role": "system", "content": "Be brief."},
        body["messages"][1],  # type: ignore[index]
        body["messages"][2],  # type: ignore[index]
        body["messages"][3],  # type: ignore[index]
    ]
    assert again["documents"] == [
        {"data": {"text": "Plain words."}},
        {"id": "doc-1", "data": {"title": "T", "text": "X"}},
    ]
    for name in ("tool_choice", "response_format", "p", "k", "thinking", "safety_mode", "strict_tools", "priority"):
        assert again[name] == body[name], name


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Request(n=2), "n"),
        (Request(modalities=["text", "audio"]), "modalities"),
        (Request(audio={"voice": "alloy"}), "audio"),
        (Request(previous_id="resp_1"), "previous_id"),
        (Request(messages=[user(Media(kind="audio", data="AA=="))]), "messages[0].content"),
        (Request(messages=[user(Media(kind="video", url="https://x.test/v"))]), "messages[0].content"),
        (Request(messages=[user(Media(kind="image", file_id="f"))]), "messages[0].content"),
        (Request(messages=[user(Media(kind="document", url="https://x.test/d"))]), "messages[0].content"),
        (
            Request(messages=[user(Media(kind="document", media_type="application/pdf", data="AA=="))]),
            "messages[0].content",
        ),
        (
            Request(
                tools=[Tool(kind="web_search", name="web_search")],
                tool_choice=ToolChoice(mode="required", names=["web_search"]),
            ),
            "tool_choice",
        ),
    ],
)
def test_what_is_refused(request_: Request, field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        written(request_)
    assert caught.value.param == field


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (Request(user="me"), "user"),
        (Request(metadata={"a": 1}), "metadata"),
        (Request(logit_bias={"1": 2}), "logit_bias"),
        (Request(min_p=0.1), "min_p"),
        (Request(repetition_penalty=1.1), "repetition_penalty"),
        (Request(service_tier="flex"), "service_tier"),
        (Request(store=True), "store"),
        (Request(cache_key="k"), "cache_key"),
        (Request(verbosity="low"), "verbosity"),
        (Request(parallel_tools=False), "parallel_tools"),
        (Request(logprobs=True, top_logprobs=3), "top_logprobs"),
        (Request(presence_penalty=-1.0), "presence_penalty"),
        (Request(messages=[user(Text(text="x", cache=Cache()))]), "cache_control"),
        (Request(messages=[Message(role="user", name="bob")]), "name"),
        (Request(messages=[Message(role="assistant", parts=[Thinking(encrypted="x")])]), "thinking"),
        (Request(messages=[Message(role="assistant", parts=[Foreign(dialect="x", kind="code")])]), "code"),
        (Request(messages=[Message(role="tool", parts=[ToolResult(call_id="a", failed=True)])]), "is_error"),
        (Request(tools=[Tool(kind="web_search", name="web_search")]), "tools.web_search"),
        (Request(tools=[Tool(name="a", strict=True), Tool(name="b")]), "strict"),
        (Request(extras={"gemini": {"safetySettings": []}}), "safetySettings"),
    ],
)
def test_what_is_left_out_is_named(request_: Request, name: str) -> None:
    encoded = COHERE.encode_request(request_, THINKS)
    assert name in encoded.dropped
    assert not misfits("cohere", "v2.chat", encoded.body | {"model": "m"})


def test_the_table_names_every_member_that_is_left_out() -> None:
    from conduit_desktop.wire.dialects.cohere import asking

    for name in asking._UNKNOWN:
        assert f"``{name}``" in str(cohere.__doc__)


def test_reasoning_is_left_out_where_the_model_does_not_think() -> None:
    request = Request(reasoning=Reasoning(effort="high"))
    assert COHERE.encode_request(request, Traits()).dropped == ["reasoning"]
    assert written(request)["thinking"] == {"type": "enabled", "token_budget": 16384}
    assert written(Request(reasoning=Reasoning(effort="high"), max_tokens=1000))["thinking"]["token_budget"] == 500
    assert written(Request(reasoning=Reasoning(effort="none")))["thinking"] == {"type": "disabled"}
    assert written(Request(reasoning=Reasoning(budget=-1)))["thinking"] == {"type": "enabled"}


def test_a_restricted_choice_offers_the_other_tools_not() -> None:
    tools = [Tool(name="a"), Tool(name="b", parameters={"type": "object", "$defs": {}})]
    body = written(Request(tools=tools, tool_choice=ToolChoice(mode="required", names=["b"])))
    assert [each["function"]["name"] for each in body["tools"]] == ["b"]
    assert body["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}, "$defs": {}}
    assert body["tool_choice"] == "REQUIRED"


def test_images_of_a_tool_follow_in_a_user_message() -> None:
    result = ToolResult(call_id="a", parts=[Text(text="Here."), Media(kind="image", url="https://x.test/i.png")])
    body = written(
        Request(messages=[Message(role="tool", parts=[result]), Message(role="user", parts=[Text(text="?")])])
    )
    assert body["messages"][0] == {"role": "tool", "tool_call_id": "a", "content": "Here."}
    assert body["messages"][1]["content"][1] == {"type": "image_url", "image_url": {"url": "https://x.test/i.png"}}
    assert body["messages"][2] == {"role": "user", "content": "?"}


def test_thoughts_before_calls_are_a_plan_where_the_model_does_not_think() -> None:
    turn = Message(role="assistant", parts=[Thinking(sections=["Hm."]), ToolCall(id="a", name="f")])
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    assert written(Request(messages=[turn]), Traits())["messages"] == [
        {"role": "assistant", "tool_calls": [call], "tool_plan": "Hm."}
    ]
    assert written(Request(messages=[turn]))["messages"] == [
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm."}], "tool_calls": [call]}
    ]


def test_a_turn_of_which_nothing_can_be_said_is_left_out() -> None:
    turns = [Message(role="assistant", parts=[Thinking(encrypted="x")]), Message(role="user", parts=[Text(text="?")])]
    assert written(Request(messages=turns))["messages"] == [{"role": "user", "content": "?"}]
    assert written(Request(messages=[Message(role="assistant")]))["messages"] == [{"role": "assistant", "content": ""}]


def test_details_of_images_that_cohere_does_not_know() -> None:
    body = written(Request(messages=[user(Media(kind="image", url="https://x.test/i.png", detail="original"))]))
    assert body["messages"][0]["content"][0]["image_url"] == {"url": "https://x.test/i.png"}


def test_custom_tools_are_functions() -> None:
    body = written(
        Request(
            tools=[Tool(kind="custom", name="patch")],
            messages=[
                Message(role="assistant", parts=[ToolCall(id="a", name="patch", arguments="*** Begin", custom=True)])
            ],
        )
    )
    assert body["tools"][0]["function"]["parameters"]["required"] == ["input"]
    assert body["messages"][0]["tool_calls"][0]["function"]["arguments"] == '{"input":"*** Begin"}'


def test_words_of_any_document_are_documents() -> None:
    parts = [
        Media(kind="document", media_type="text/plain", data="aGVsbG8=", name="a.txt"),
        Media(kind="document", parts=[Text(text="one"), Text(text="two")]),
    ]
    assert written(Request(messages=[user(Text(text="?"), *parts)]))["documents"] == [
        {"data": {"title": "a.txt", "text": "hello"}},
        {"data": {"text": "one\ntwo"}},
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "model"),
        ({"model": "m", "messages": {}}, "messages"),
        ({"model": "m", "messages": [{"role": "wizard"}]}, "messages[0].role"),
        ({"model": "m", "messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"model": "m", "messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        ({"model": "m", "messages": [], "k": "three"}, "k"),
        ({"model": "m", "messages": [], "tool_choice": "MAYBE"}, "tool_choice"),
        ({"model": "m", "messages": [], "response_format": {"type": "xml"}}, "response_format.type"),
        ({"model": "m", "messages": [], "documents": [{"id": "a"}]}, "documents.data"),
    ],
)
def test_what_does_not_fit_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        COHERE.decode_request(body, None, None)
    assert caught.value.param == field


pictures = st.builds(
    Media, kind=st.just("image"), url=st.just("https://x.test/i.png"), detail=st.sampled_from(["", "low"])
)
users = st.builds(Message, role=st.just("user"), parts=st.lists(c.texts | pictures, min_size=1, max_size=3))
requests = st.builds(
    Request,
    model=c.words,
    messages=st.lists(c.systems | users | c.assistants | c.tool_turns, max_size=4),
    stream=st.booleans(),
    max_tokens=st.none() | st.integers(1, 9999),
    temperature=st.none() | st.floats(0, 1),
    top_p=st.none() | st.floats(0.01, 0.99),
    top_k=st.none() | st.integers(0, 500),
    stop=st.lists(c.words, max_size=2),
    seed=st.none() | st.integers(0, 99),
    frequency_penalty=st.none() | st.floats(0, 1),
    presence_penalty=st.none() | st.floats(0, 1),
    logprobs=st.none() | st.booleans(),
    tools=st.lists(c.tools, max_size=2, unique_by=lambda tool: tool.name),
    tool_choice=st.none() | c.choices,
    format=st.none() | c.formats,
    reasoning=st.sampled_from([None, Reasoning(enabled=False), Reasoning(enabled=True, budget=9)]),
    extras=st.sampled_from([{}, {"cohere": {"safety_mode": "NONE"}}]),
)


@c.quick
@given(requests)
def test_what_is_written_is_read_as_it_was(request: Request) -> None:
    encoded = COHERE.encode_request(request, THINKS)
    assert encoded.dropped == []
    assert COHERE.decode_request(encoded.body, None, None) == request


@c.quick
@given(
    st.dictionaries(
        st.sampled_from(["model", "messages", "documents", "tools", "tool_choice", "thinking", "k", "response_format"]),
        c.json_values
        | st.lists(
            st.dictionaries(
                st.sampled_from(
                    ["role", "content", "tool_calls", "tool_plan", "citations", "function", "data", "type"]
                ),
                c.json_values | st.sampled_from(["user", "assistant", "tool", "text"]),
            ),
            max_size=2,
        ),
    )
)
def test_broken_bodies_are_bad_requests(body: dict[str, Any]) -> None:
    with suppress(BadRequest):
        COHERE.decode_request(body, None, None)
