"""Requests of Ollama's API: read, written, refused, left out by name."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import ollama._types as sdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import ollama
from conduit_desktop.wire.dialects.base import foreign_extras
from conduit_desktop.wire.dialects.ollama import OLLAMA, OLLAMA_GENERATE
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

THINKS = Traits(thinking="effort")


def written(request: Request, traits: Traits = THINKS) -> dict[str, Any]:
    return OLLAMA.encode_request(request, traits).body


def user(*parts: Any) -> Message:
    return Message(role="user", parts=list(parts))


def test_everything_that_ollama_knows() -> None:
    body = {
        "model": "qwen3",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is this?", "images": ["iVBORw0KGgo="]},
            {
                "role": "assistant",
                "content": "",
                "thinking": "Hm.",
                "tool_calls": [{"function": {"name": "look", "arguments": {"x": 1}}}, {"function": {"name": "look"}}],
            },
            {"role": "tool", "tool_name": "look", "content": "a cat"},
            {"role": "tool", "tool_name": "look", "content": "a dog"},
        ],
        "tools": [{"type": "function", "function": {"name": "look", "description": "Look.", "parameters": {}}}],
        "format": {"type": "object"},
        "options": {
            "num_predict": 9,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 4,
            "min_p": 0.1,
            "seed": 3,
            "stop": "END",
            "num_ctx": 4096,
            "repeat_penalty": 1.1,
        },
        "keep_alive": "5m",
        "think": "low",
        "logprobs": True,
        "top_logprobs": 2,
    }
    request = OLLAMA.decode_request(body, None, None)
    assert request.stream
    assert request.messages[1].parts[1] == Media(kind="image", media_type="image/png", data="iVBORw0KGgo=")
    thought, one, two = request.messages[2].parts
    assert thought == Thinking(sections=["Hm."])
    assert (one, two) == (
        ToolCall(id="call_0", name="look", arguments='{"x":1}'),
        ToolCall(id="call_1", name="look", arguments="{}"),
    )
    assert [part.call_id for each in request.messages[3:] for part in each.parts] == ["call_0", "call_1"]  # type: ignore[union-attr]
    assert request.extras == {"ollama": {"options": {"num_ctx": 4096}, "keep_alive": "5m"}}
    assert (request.max_tokens, request.stop, request.repetition_penalty) == (9, ["END"], 1.1)
    assert request.reasoning == Reasoning(enabled=True, effort="low")
    again = written(request)
    assert again["options"] == body["options"] | {"stop": ["END"]}  # type: ignore[operator]
    assert again["tools"][0]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert again["messages"][3] == {"role": "tool", "content": "a cat", "tool_name": "look", "tool_call_id": "call_0"}
    for name in ("format", "keep_alive", "think", "logprobs", "top_logprobs"):
        assert again[name] == body[name], name
    sdk.ChatRequest.model_validate(again)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Request(n=2), "n"),
        (Request(modalities=["audio"]), "modalities"),
        (Request(audio={"voice": "alloy"}), "audio"),
        (Request(previous_id="resp_1"), "previous_id"),
        (Request(messages=[user(Media(kind="image", url="https://x.test/i.png"))]), "messages[0].images"),
        (Request(messages=[user(Media(kind="image", file_id="f"))]), "messages[0].images"),
        (Request(messages=[user(Media(kind="audio", data="AA=="))]), "messages[0].content"),
        (
            Request(messages=[user(Media(kind="document", media_type="application/pdf", data="AA=="))]),
            "messages[0].content",
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
        (Request(service_tier="flex"), "service_tier"),
        (Request(store=True), "store"),
        (Request(cache_key="k"), "cache_key"),
        (Request(verbosity="low"), "verbosity"),
        (Request(parallel_tools=False), "parallel_tools"),
        (Request(messages=[user(Text(text="x", cache=Cache()))]), "cache_control"),
        (Request(messages=[Message(role="user", name="bob")]), "name"),
        (Request(messages=[Message(role="assistant", parts=[Thinking(encrypted="x")])]), "thinking"),
        (Request(messages=[Message(role="assistant", parts=[Foreign(dialect="x", kind="code")])]), "code"),
        (Request(messages=[Message(role="tool", parts=[ToolResult(call_id="a", failed=True)])]), "is_error"),
        (Request(tools=[Tool(kind="server", name="code_execution")]), "tools.code_execution"),
        (Request(tools=[Tool(name="a", strict=True)]), "strict"),
        (Request(extras={"cohere": {"safety_mode": "NONE"}}), "safety_mode"),
    ],
)
def test_what_is_left_out_is_named(request_: Request, name: str) -> None:
    assert name in OLLAMA.encode_request(request_, THINKS).dropped


def test_the_table_names_every_member_that_is_left_out() -> None:
    from conduit_desktop.wire.dialects.ollama import asking

    for name in asking._UNKNOWN:
        assert f"``{name}``" in str(ollama.__doc__)


@pytest.mark.parametrize(
    ("wish", "thinking", "think"),
    [
        (Reasoning(enabled=True), "switch", True),
        (Reasoning(effort="high"), "switch", True),
        (Reasoning(effort="xhigh"), "effort", "high"),
        (Reasoning(effort="minimal"), "level", "low"),
        (Reasoning(budget=8192), "level", "medium"),
        (Reasoning(budget=-1), "level", True),
        (Reasoning(effort="none"), "switch", False),
        (Reasoning(budget=0), "level", False),
        (Reasoning(summary="auto"), "level", None),
        (Reasoning(effort="high"), "", None),
    ],
)
def test_thinking(wish: Reasoning, thinking: Any, think: Any) -> None:
    encoded = OLLAMA.encode_request(Request(reasoning=wish), Traits(thinking=thinking))
    assert encoded.body.get("think") == think
    assert encoded.dropped == (["reasoning"] if not thinking else [])


def test_choices_that_can_be_said_by_what_is_offered() -> None:
    tools = [Tool(name="a"), Tool(name="b")]
    assert "tools" not in written(Request(tools=tools, tool_choice=ToolChoice(mode="none")))
    forced = OLLAMA.encode_request(Request(tools=tools, tool_choice=ToolChoice(mode="required", names=["b"])), Traits())
    assert [each["function"]["name"] for each in forced.body["tools"]] == ["b"]
    assert forced.body["messages"] == [{"role": "system", "content": "Answer with a call of b."}]
    assert "tool_choice" in forced.dropped
    some = written(Request(tools=tools, tool_choice=ToolChoice(names=["b"])))
    assert [each["function"]["name"] for each in some["tools"]] == ["b"]


def test_documents_in_words_stand_in_the_message() -> None:
    body = written(Request(messages=[user(Text(text="Read."), Media(kind="document", text="Words.", title="T"))]))
    assert body["messages"] == [{"role": "user", "content": "Read.\nT\n\nWords."}]


def test_arguments_are_objects() -> None:
    parts: list[Any] = [
        ToolCall(id="a", name="f", arguments="not json"),
        ToolCall(id="b", name="patch", arguments="*** Begin", custom=True),
    ]
    calls = written(Request(messages=[Message(role="assistant", parts=parts)]))["messages"][0]["tool_calls"]
    assert [each["function"]["arguments"] for each in calls] == [{"input": "not json"}, {"input": "*** Begin"}]


def test_proofs_come_back() -> None:
    turn = {
        "role": "assistant",
        "thinking": "Hm.",
        "reasoning_details": [
            {"type": "reasoning.text", "text": "Hm.", "signature": "sig"},
            {"type": "reasoning.encrypted", "data": "xyz"},
        ],
    }
    request = OLLAMA.decode_request({"model": "m", "messages": [turn]}, None, None)
    assert request.messages[0].parts == [Thinking(sections=["Hm."], signature="sig"), Thinking(encrypted="xyz")]


def test_generate() -> None:
    body = {
        "model": "m",
        "system": "Be brief.",
        "prompt": "Hi",
        "images": ["iVBORw0KGgo="],
        "stream": False,
        "suffix": "end",
        "context": [],
        "raw": False,
        "template": "{{ .Prompt }}",
        "options": {"num_predict": -1},
    }
    request = OLLAMA_GENERATE.decode_request(body, None, None)
    assert [each.role for each in request.messages] == ["system", "user"]
    assert request.max_tokens is None
    assert request.extras == {
        "ollama-generate": {"suffix": "end", "template": "{{ .Prompt }}"},
        "ollama": {"options": {"num_predict": -1}},
    }
    with pytest.raises(BadRequest):
        foreign_extras(request.extras, "openai-chat")
    written_ = OLLAMA_GENERATE.encode_request(request, THINKS)
    assert written_.dropped == []
    sdk.GenerateRequest.model_validate({name: value for name, value in written_.body.items() if name != "images"})
    for name in ("system", "prompt", "images", "suffix", "template", "options", "stream"):
        assert written_.body[name] == body[name], name
    with pytest.raises(BadRequest):
        OLLAMA_GENERATE.encode_request(Request(messages=[user(), user()]), THINKS)
    with pytest.raises(BadRequest):
        OLLAMA_GENERATE.encode_request(Request(messages=[user()], tools=[Tool(name="a")]), THINKS)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "model"),
        ({"model": "m", "messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content"),
        ({"model": "m", "messages": [{"role": "user", "images": [1]}]}, "messages[0].images[0]"),
        ({"model": "m", "format": "xml"}, "format"),
        ({"model": "m", "think": 3}, "think"),
        ({"model": "m", "options": {"top_k": "x"}}, "options.top_k"),
        (
            {"model": "m", "messages": [{"role": "assistant", "tool_calls": [{}]}]},
            "messages[0].tool_calls[0].function.name",
        ),
    ],
)
def test_what_does_not_fit_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        OLLAMA.decode_request(body, None, None)
    assert caught.value.param == field


pictures = st.builds(Media, kind=st.just("image"), media_type=st.just("image/png"), data=st.just("iVBORw0KGgo="))
users = st.builds(
    lambda text, images: Message(role="user", parts=[text, *images]), c.texts, st.lists(pictures, max_size=2)
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """Turns whose results follow their calls."""
    turns: list[Message] = []
    number = 0
    for turn in draw(st.lists(c.systems | users | c.assistants, max_size=4)):
        turns.append(turn)
        for call in [part for part in turn.parts if isinstance(part, ToolCall)]:
            call.id, number = f"call_{number}", number + 1
            turns.append(
                Message(role="tool", parts=[ToolResult(call_id=call.id, name=call.name, parts=[Text(text="x")])])
            )
    return turns


requests = st.builds(
    Request,
    model=c.words,
    messages=conversations(),
    stream=st.booleans(),
    max_tokens=st.none() | st.integers(0, 9999),
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    top_k=st.none() | st.integers(0, 500),
    min_p=st.none() | st.floats(0, 1),
    stop=st.lists(c.words, max_size=2),
    seed=st.none() | st.integers(0, 99),
    frequency_penalty=st.none() | st.floats(-2, 2),
    repetition_penalty=st.none() | st.floats(0, 2),
    tools=st.lists(c.tools, max_size=2, unique_by=lambda tool: tool.name),
    format=st.none() | st.just(Format(kind="json")) | st.just(Format(kind="schema", schema={"type": "object"})),
    reasoning=st.sampled_from([None, Reasoning(enabled=False), Reasoning(enabled=True, effort="low")]),
    extras=st.sampled_from([{}, {"ollama": {"keep_alive": 5, "options": {"num_ctx": 9}}}]),
)


@c.quick
@given(requests)
def test_what_is_written_is_read_as_it_was(request: Request) -> None:
    encoded = OLLAMA.encode_request(request, THINKS)
    assert encoded.dropped == []
    assert OLLAMA.decode_request(encoded.body, None, None) == request


@c.quick
@given(
    st.dictionaries(
        st.sampled_from(["model", "messages", "tools", "options", "think", "format", "prompt", "images", "system"]),
        c.json_values
        | st.lists(
            st.dictionaries(
                st.sampled_from(
                    ["role", "content", "tool_calls", "images", "function", "thinking", "reasoning_details"]
                ),
                c.json_values | st.sampled_from(["user", "assistant", "tool"]),
            ),
            max_size=2,
        ),
    )
)
def test_broken_bodies_are_bad_requests(body: dict[str, Any]) -> None:
    for dialect in (OLLAMA, OLLAMA_GENERATE):
        with suppress(BadRequest):
            dialect.decode_request(body, None, None)
