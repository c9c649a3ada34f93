"""Requests: what clients of this dialect ask, and how it is asked of providers of this dialect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import chat
from conduit_desktop.wire.dialects.chat import OPENAI_CHAT
from conduit_desktop.wire.messages import (
    Cache,
    Foreign,
    Format,
    Media,
    Message,
    Part,
    Reasoning,
    Refusal,
    Request,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits

Json = dict[str, Any]
PLAIN = Traits()
OTHER = Traits(openai_own=False)
ROUTER = Traits(
    kind="openrouter", openai_own=False, cache_markers=True, thinking="openrouter", reasoning_back="reasoning_details"
)


def read(**members: Any) -> Request:
    return OPENAI_CHAT.decode_request(
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], **members}, None, None
    )


def turns(*messages: Json) -> list[Message]:
    return read(messages=list(messages)).messages


def said(*messages: Message, traits: Traits = PLAIN, **members: Any) -> tuple[list[Json], list[str]]:
    found = OPENAI_CHAT.encode_request(Request(model="m", messages=list(messages), **members), traits)
    return found.body["messages"], found.dropped


def user(*parts: Part) -> Message:
    return Message(role="user", parts=list(parts))


def body(traits: Traits = PLAIN, **members: Any) -> Json:
    request = Request(model="m", messages=[user(Text(text="Hi"))], **members)
    return OPENAI_CHAT.encode_request(request, traits).body


def dropped(traits: Traits = PLAIN, **members: Any) -> list[str]:
    request = Request(model="m", messages=[user(Text(text="Hi"))], **members)
    return OPENAI_CHAT.encode_request(request, traits).dropped


def refused(traits: Traits, *parts: Part, **members: Any) -> str:
    with pytest.raises(BadRequest) as caught:
        said(user(*parts) if parts else user(Text(text="Hi")), traits=traits, **members)
    assert caught.value.code == "unsupported_field"
    return str(caught.value.param)


# ---------------------------------------------------------------- content


PDF = "data:application/pdf;base64,JVBERg=="


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            {"type": "image_url", "image_url": {"url": "https://a", "detail": "low"}},
            Media(url="https://a", detail="low"),
        ),
        ({"type": "image_url", "image_url": "data:image/png;base64,AAEC"}, Media(media_type="image/png", data="AAEC")),
        (
            {"type": "input_audio", "input_audio": {"data": "AAEC", "format": "mp3"}},
            Media(kind="audio", media_type="audio/mpeg", data="AAEC"),
        ),
        (
            {"type": "input_audio", "input_audio": "UklGRgAA"},
            Media(kind="audio", media_type="audio/wav", data="UklGRgAA"),
        ),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}},
            Media(kind="document", media_type="application/pdf", data="JVBERg==", name="a.pdf"),
        ),
        ({"type": "file", "file": {"file_id": "file-1"}}, Media(kind="document", file_id="file-1")),
        (
            {"type": "file", "file": {"filename": "a.png", "file_data": "data:image/png;base64,AAEC"}},
            Media(media_type="image/png", data="AAEC", name="a.png"),
        ),
        (
            {"type": "document_url", "document_url": "https://a", "document_name": "A"},
            Media(kind="document", url="https://a", name="A"),
        ),
        (
            {"type": "file_url", "file_url": {"url": "JVBERg=="}, "file_name": "a.pdf"},
            Media(kind="document", media_type="application/pdf", data="JVBERg==", name="a.pdf"),
        ),
        ({"type": "video_url", "video_url": {"url": "https://a"}}, Media(kind="video", url="https://a")),
        ({"type": "refusal", "refusal": "No."}, Refusal(text="No.")),
        (
            {"type": "hologram", "x": 1},
            Foreign(dialect="openai-chat", kind="hologram", data={"type": "hologram", "x": 1}),
        ),
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
            Text(text="a", cache=Cache(ttl="1h")),
        ),
    ],
)
def test_content_parts(part: Json, expected: Part) -> None:
    if isinstance(expected, Text):
        expected.cache = Cache(ttl="1h")
    (message,) = turns({"role": "user", "content": [part]})
    found = message.parts[0]
    found.extras = {}
    assert found == expected


@pytest.mark.parametrize("kind", ["text", "input_text", "output_text"])
def test_text_by_the_names_of_both_apis(kind: str) -> None:
    (message,) = turns({"role": "user", "content": [{"type": kind, "text": "a"}]})
    assert message.parts == [Text(text="a")]


def test_documents_in_each_provider_s_words() -> None:
    pdf = Media(kind="document", media_type="application/pdf", data="JVBERg==", name="a.pdf")
    file = {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}}
    assert said(user(pdf))[0][0]["content"] == [file]
    mistral = replace(OTHER, takes=frozenset({"document_url"}))
    expected = {"type": "document_url", "document_url": PDF, "document_name": "a.pdf"}
    assert said(user(pdf), traits=mistral)[0][0]["content"] == [expected]
    perplexity = replace(OTHER, takes=frozenset({"file_url"}))
    expected = {"type": "file_url", "file_url": {"url": "JVBERg=="}, "file_name": "a.pdf"}  # type: ignore[dict-item]
    assert said(user(pdf), traits=perplexity)[0][0]["content"] == [expected]
    words = Media(kind="document", media_type="text/plain", text="words", title="T")
    assert said(user(words))[0][0]["content"] == "T\n\nwords"
    assert said(user(Media(kind="document", file_id="file-1")))[0][0]["content"] == [
        {"type": "file", "file": {"file_id": "file-1"}}
    ]


def test_documents_of_several_blocks_are_taken_apart() -> None:
    document = Media(kind="document", title="T", parts=[Text(text="x"), Media(url="https://a")])
    assert said(user(document))[0][0]["content"] == [
        {"type": "text", "text": "T"},
        {"type": "text", "text": "x"},
        {"type": "image_url", "image_url": {"url": "https://a"}},
    ]


def test_sounds_and_films() -> None:
    sound = Media(kind="audio", media_type="audio/x-wav", data="AAEC")
    assert said(user(sound))[0][0]["content"] == [
        {"type": "input_audio", "input_audio": {"data": "AAEC", "format": "wav"}}
    ]
    bare = replace(OTHER, takes=frozenset({"audio_string"}))
    assert said(user(sound), traits=bare)[0][0]["content"] == [{"type": "input_audio", "input_audio": "AAEC"}]
    film = Media(kind="video", url="https://a")
    assert said(user(film), traits=replace(OTHER, takes=frozenset({"video"})))[0][0]["content"] == [
        {"type": "video_url", "video_url": {"url": "https://a"}}
    ]


# ---------------------------------------------------------------- messages


def test_tool_messages_in_a_row_are_one_turn() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}}
    found = turns(
        {"role": "developer", "content": "Be kind."},
        {"role": "assistant", "content": None, "tool_calls": [call, {**call, "id": "b"}]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "2"}]},
    )
    calls: list[Part] = [ToolCall(id=name, name="f", arguments='{"x":1}') for name in "ab"]
    results: list[Part] = [ToolResult(call_id=name, parts=[Text(text=text)]) for name, text in ("a1", "b2")]
    assert found == [
        Message(role="developer", parts=[Text(text="Be kind.")]),
        Message(role="assistant", parts=calls),
        Message(role="tool", parts=results),
    ]
    assert said(*found)[0] == [
        {"role": "system", "content": "Be kind."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": name, "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}} for name in "ab"
            ],
        },
        {"role": "tool", "content": "1", "tool_call_id": "a"},
        {"role": "tool", "content": "2", "tool_call_id": "b"},
    ]


def test_pictures_that_tools_gave_follow_in_a_user_message() -> None:
    image = Media(media_type="image/png", data="AAEC")
    result = ToolResult(call_id="a", parts=[Text(text="Here."), image], failed=True)
    found, left = said(Message(role="tool", parts=[result]), user(Text(text="And?")))
    assert [message["role"] for message in found] == ["tool", "user", "user"]
    assert found[0]["content"].startswith("Here.")
    assert found[1]["content"][1] == {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}}
    assert left == ["is_error"]


def test_ids_of_nine_letters() -> None:
    traits = replace(OTHER, tool_ids="nine", user_after_tool=False)
    found, _ = said(
        Message(role="assistant", parts=[ToolCall(id="toolu_01", name="f"), ToolCall(id="abcdefghi", name="g")]),
        Message(role="tool", parts=[ToolResult(call_id="toolu_01"), ToolResult(call_id="abcdefghi")]),
        user(Text(text="And?")),
        traits=traits,
    )
    first, second = (call["id"] for call in found[0]["tool_calls"])
    assert len(first) == 9
    assert first.isalnum()
    assert second == "abcdefghi"
    assert [message.get("tool_call_id") for message in found[1:3]] == [first, second]
    assert [message["role"] for message in found] == ["assistant", "tool", "tool", "assistant", "user"]


def test_calls_without_ids_get_some_that_match_their_results() -> None:
    found, _ = said(
        Message(role="assistant", parts=[ToolCall(name="f"), ToolCall(name="g"), ToolCall(name="f")]),
        Message(role="tool", parts=[ToolResult(name="g"), ToolResult(name="f"), ToolResult(name="f")]),
    )
    ids = [call["id"] for call in found[0]["tool_calls"]]
    assert len(set(ids)) == 3
    assert [message["tool_call_id"] for message in found[1:]] == [ids[1], ids[0], ids[2]]


DETAILS = [
    {"type": "reasoning.text", "text": "hm", "signature": "sig", "format": "anthropic-claude-v1", "index": 0},
    {"type": "reasoning.encrypted", "data": "secret", "id": "rs_1", "format": "openai-responses-v1", "index": 1},
]
THOUGHTS: list[Part] = [
    Thinking(sections=["hm"], signature="sig", extras={"openai-chat": {"format": "anthropic-claude-v1"}}),
    Thinking(encrypted="secret", id="rs_1", extras={"openai-chat": {"format": "openai-responses-v1"}}),
]


def test_reasoning_that_comes_back() -> None:
    (message,) = turns(
        {"role": "assistant", "content": "Yes.", "reasoning_content": "hm", "reasoning_details": DETAILS}
    )
    assert message.parts == [*THOUGHTS, Text(text="Yes.")]
    for member in ("reasoning_content", "reasoning"):
        (message,) = turns({"role": "assistant", "content": "Yes.", member: "hm"})
        assert message.parts == [Thinking(sections=["hm"]), Text(text="Yes.")]
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    (message,) = turns({"role": "assistant", "content": [thinking, {"type": "text", "text": "Yes."}]})
    assert message.parts == [Thinking(sections=["hm"]), Text(text="Yes.")]


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("", {"content": "Yes."}),
        ("reasoning_content", {"content": "Yes.", "reasoning_content": "hm"}),
        ("reasoning", {"content": "Yes.", "reasoning": "hm"}),
        ("reasoning_details", {"content": "Yes.", "reasoning": "hm", "reasoning_details": DETAILS}),
        (
            "thinking_parts",
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                    {"type": "text", "text": "Yes."},
                ]
            },
        ),
    ],
)
def test_reasoning_goes_back_as_the_provider_wants_it(back: Any, expected: Json) -> None:
    message = Message(role="assistant", parts=[*THOUGHTS, Text(text="Yes.")])
    (found,) = said(message, traits=replace(OTHER, reasoning_back=back))[0]
    assert found == {"role": "assistant", **expected}


def test_signatures_go_back() -> None:
    message = Message(
        role="assistant", parts=[Text(text="x", signature="t"), ToolCall(id="a", name="f", signature="c")]
    )
    (found,) = said(message, traits=replace(OTHER, reasoning_back="extra_content"))[0]
    assert found["extra_content"] == {"google": {"thought_signature": "t"}}
    assert found["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "c"}}
    assert turns(found)[0] == message
    (found,) = said(message, traits=ROUTER)[0]
    assert found["reasoning_details"] == [
        {"type": "reasoning.encrypted", "data": "t", "format": "google-gemini-v1", "index": 0},
        {"type": "reasoning.encrypted", "data": "c", "format": "google-gemini-v1", "index": 1, "id": "a"},
    ]
    assert turns(found)[0] == message
    (found,) = said(message)[0]
    assert found.keys() == {"role", "content", "tool_calls"}


def test_a_turn_of_which_nothing_can_be_said_is_left_out() -> None:
    found, _ = said(user(Text(text="Hi")), Message(role="assistant", parts=[Thinking(sections=["hm"])]))
    assert [message["role"] for message in found] == ["user"]


def test_refusals_and_sounds_of_earlier_turns() -> None:
    message = Message(role="assistant", parts=[Refusal(text="No."), Media(kind="audio", id="audio_1", transcript="Hi")])
    assert said(message)[0] == [{"role": "assistant", "content": None, "refusal": "No.", "audio": {"id": "audio_1"}}]
    assert said(message, traits=OTHER)[0] == [{"role": "assistant", "content": "No.Hi"}]
    (found,) = turns({"role": "assistant", "content": None, "refusal": "No.", "audio": {"id": "audio_1"}})
    assert found.parts == [Refusal(text="No."), Media(kind="audio", id="audio_1")]


def test_system_blocks_are_joined() -> None:
    system = Message(role="system", parts=[Text(text="A", cache=Cache()), Text(text="B")])
    assert said(system) == ([{"role": "system", "content": "A\n\nB"}], ["cache_control"])
    assert said(system, traits=replace(PLAIN, system_role="developer"))[0][0]["role"] == "developer"
    assert said(system, traits=ROUTER)[0][0]["content"] == [
        {"type": "text", "text": "A", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "B"},
    ]


def test_cache_markers_on_calls_results_and_tools() -> None:
    messages = [
        Message(role="assistant", parts=[ToolCall(id="a", name="f", cache=Cache())]),
        Message(role="tool", parts=[ToolResult(call_id="a", parts=[Text(text="1")], cache=Cache(ttl="1h"))]),
    ]
    tool = Tool(name="f", cache=Cache())
    found = OPENAI_CHAT.encode_request(Request(model="m", messages=messages, tools=[tool]), ROUTER)
    marker = {"type": "ephemeral"}
    assert found.body["messages"][0]["tool_calls"][0]["cache_control"] == marker
    assert found.body["messages"][1]["content"][0]["cache_control"] == {**marker, "ttl": "1h"}
    assert found.body["tools"][0]["cache_control"] == marker
    assert OPENAI_CHAT.encode_request(Request(model="m", messages=messages, tools=[tool]), PLAIN).dropped == [
        "cache_control"
    ]


def test_legacy_functions() -> None:
    request = read(
        messages=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
        ],
        functions=[{"name": "f", "parameters": {"type": "object", "properties": {}}}],
        function_call={"name": "f"},
    )
    assert request.tool_choice == ToolChoice(mode="required", names=["f"])
    found = OPENAI_CHAT.encode_request(request, PLAIN).body
    assert found["tools"] == [
        {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    ]
    assert found["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert found["messages"][1]["tool_calls"][0]["id"] == found["messages"][2]["tool_call_id"] != ""


# ---------------------------------------------------------------- tools


def test_parameters_are_always_an_object_schema() -> None:
    empty = {"type": "object", "properties": {}}
    for parameters in (None, {}, {"type": "object"}):
        (tool,) = body(tools=[Tool(name="f", parameters=parameters)])["tools"]
        assert tool == {"type": "function", "function": {"name": "f", "parameters": empty}}
    nested = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "string"}}}
    (tool,) = body(tools=[Tool(name="f", parameters=nested, strict=True)])["tools"]
    assert tool["function"]["parameters"] == nested
    assert tool["function"]["strict"] is True
    (tool,) = body(replace(PLAIN, strict_tools=False), tools=[Tool(name="f", strict=True)])["tools"]
    assert "strict" not in tool["function"]


GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: X"}


def test_custom_tools() -> None:
    custom = {
        "name": "c",
        "description": "d",
        "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: X"}},
    }
    request = read(
        tools=[{"type": "custom", "custom": custom}], tool_choice={"type": "custom", "custom": {"name": "c"}}
    )
    assert request.tools == [
        Tool(
            kind="custom",
            name="c",
            description="d",
            origin="openai-chat",
            data={"type": "custom", "name": "c", "description": "d", "format": GRAMMAR},
        )
    ]
    assert body(tools=request.tools)["tools"] == [{"type": "custom", "custom": custom}]
    assert body(tools=request.tools, tool_choice=request.tool_choice)["tool_choice"] == {
        "type": "custom",
        "custom": {"name": "c"},
    }
    (tool,) = body(OTHER, tools=request.tools)["tools"]
    assert tool["type"] == "function"
    assert "start: X" in tool["function"]["description"]
    call = Message(role="assistant", parts=[ToolCall(id="a", name="c", arguments="free", custom=True)])
    assert said(call)[0][0]["tool_calls"][0]["custom"] == {"name": "c", "input": "free"}
    assert said(call, traits=OTHER)[0][0]["tool_calls"][0]["function"]["arguments"] == '{"input":"free"}'


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("auto", ToolChoice()),
        ("none", ToolChoice(mode="none")),
        ("required", ToolChoice(mode="required")),
        ("any", ToolChoice(mode="required")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice(mode="required", names=["f"])),
        ({"function": {"name": "f"}}, ToolChoice(mode="required", names=["f"])),
        ({"type": "tool", "name": "f"}, ToolChoice(mode="required", names=["f"])),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "f"}}]},
            },
            ToolChoice(names=["f"]),
        ),
    ],
)
def test_tool_choices(wanted: Any, expected: ToolChoice) -> None:
    assert read(tool_choice=wanted).tool_choice == expected


def test_several_allowed_tools() -> None:
    members: Json = {
        "tools": [Tool(name=name) for name in "fgh"],
        "tool_choice": ToolChoice(mode="required", names=["f", "g"]),
    }
    assert body(**members)["tool_choice"]["allowed_tools"]["mode"] == "required"
    found = body(OTHER, **members)
    assert found["tool_choice"] == "required"
    assert [tool["function"]["name"] for tool in found["tools"]] == ["f", "g"]


def test_searching_the_web() -> None:
    request = read(web_search_options={"search_context_size": "low"})
    assert body(tools=request.tools)["web_search_options"] == {"search_context_size": "low"}
    server = {"type": "openrouter:web_search", "parameters": {}}
    assert body(tools=read(tools=[server]).tools)["tools"] == [server]
    search = Tool(kind="web_search", name="web_search", origin="anthropic-messages", data={"type": "x"})
    assert dropped(tools=[search]) == ["tools.web_search"]
    assert body(replace(PLAIN, takes=frozenset({"web_search"})), tools=[search])["web_search_options"] == {}
    assert body(replace(ROUTER, takes=frozenset({"web_search"})), tools=[search])["tools"] == [
        {"type": "openrouter:web_search"}
    ]
    forced = ToolChoice(mode="required", names=["web_search"])
    assert refused(PLAIN, tools=[search], tool_choice=forced) == "tool_choice"
    assert refused(PLAIN, tools=[search], tool_choice=ToolChoice(mode="required")) == "tool_choice"
    assert "tool_choice" not in body(tools=[search], tool_choice=ToolChoice(), parallel_tools=True)


# ---------------------------------------------------------------- thinking


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"reasoning_effort": "low"}, Reasoning(effort="low")),
        ({"reasoning_effort": "none"}, Reasoning(effort="none", enabled=False)),
        ({"reasoning": {"max_tokens": 2000, "exclude": True}}, Reasoning(budget=2000, visible=False)),
        ({"reasoning": {"enabled": True}}, Reasoning(enabled=True)),
        ({"thinking": {"type": "disabled"}}, Reasoning(enabled=False)),
        ({"thinking": {"type": "enabled", "budget_tokens": 5}}, Reasoning(enabled=True, budget=5)),
        ({"chat_template_kwargs": {"enable_thinking": False}}, Reasoning(enabled=False)),
        ({"enable_thinking": True, "thinking_budget": 7}, Reasoning(enabled=True, budget=7)),
    ],
)
def test_how_clients_ask_for_thinking(asked: Json, expected: Reasoning) -> None:
    assert read(**asked).reasoning == expected


@pytest.mark.parametrize(
    ("traits", "wish", "expected"),
    [
        ({"thinking": "effort"}, Reasoning(effort="high"), {"reasoning_effort": "high"}),
        ({"thinking": "effort"}, Reasoning(budget=8192), {"reasoning_effort": "medium"}),
        ({"thinking": "effort"}, Reasoning(budget=-1), {}),
        ({"thinking": "effort"}, Reasoning(enabled=True), {}),
        ({"thinking": "effort"}, Reasoning(enabled=False), {"reasoning_effort": "none"}),
        ({"thinking": "effort", "efforts": ("low", "high")}, Reasoning(effort="medium"), {"reasoning_effort": "low"}),
        ({"thinking": "effort", "efforts": ("low", "high")}, Reasoning(enabled=False), {"reasoning_effort": "low"}),
        (
            {"thinking": "effort", "efforts": ("none", "default")},
            Reasoning(effort="low"),
            {"reasoning_effort": "default"},
        ),
        ({"thinking": "object"}, Reasoning(effort="high"), {"thinking": {"type": "enabled"}}),
        ({"thinking": "object"}, Reasoning(budget=0), {"thinking": {"type": "disabled"}}),
        ({"thinking": "object"}, Reasoning(visible=True), {}),
        ({"thinking": "switch"}, Reasoning(enabled=False), {"chat_template_kwargs": {"enable_thinking": False}}),
        ({"thinking": "openrouter"}, Reasoning(effort="max"), {"reasoning": {"effort": "xhigh"}}),
        (
            {"thinking": "openrouter"},
            Reasoning(budget=9, visible=False),
            {"reasoning": {"max_tokens": 9, "exclude": True}},
        ),
        ({"thinking": "openrouter"}, Reasoning(enabled=False), {"reasoning": {"enabled": False}}),
        ({"thinking": "openrouter"}, Reasoning(budget=-1), {"reasoning": {"enabled": True}}),
        ({}, Reasoning(effort="high"), {}),
    ],
)
def test_how_providers_are_asked_for_thinking(traits: Any, wish: Reasoning, expected: Json) -> None:
    found = body(Traits(**traits), reasoning=wish)
    for name in ("model", "messages"):
        found.pop(name)
    assert found == expected
    unheard = not traits or (wish.enabled is False and expected.get("reasoning_effort") == "low")
    assert dropped(Traits(**traits), reasoning=wish) == (["reasoning"] if unheard else [])


# ---------------------------------------------------------------- the rest


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, Format(kind="json")),
        ({"type": "json_object", "schema": SCHEMA}, Format(kind="schema", schema=SCHEMA)),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": SCHEMA, "strict": True}},
            Format(kind="schema", name="n", schema=SCHEMA, strict=True),
        ),
    ],
)
def test_forms_of_answers(asked: Json, expected: Format | None) -> None:
    assert read(response_format=asked).format == expected


def test_how_a_schema_is_asked_for() -> None:
    form = Format(kind="schema", name="my name", schema=SCHEMA, strict=True)
    schema = {"name": "my_name", "schema": SCHEMA, "strict": True}
    assert body(format=form)["response_format"] == {"type": "json_schema", "json_schema": schema}
    found = body(replace(PLAIN, schema="json"), format=form)
    assert found["response_format"] == {"type": "json_object"}
    assert '"properties"' in found["messages"][0]["content"]
    found = body(replace(PLAIN, schema="none"), format=form)
    assert "response_format" not in found
    assert found["messages"][0]["role"] == "system"


def test_json_objects_are_spoken_of() -> None:
    found = body(format=Format(kind="json"))
    assert "JSON" in found["messages"][0]["content"]
    (message,) = said(user(Text(text="Give me json")), format=Format(kind="json"))[0]
    assert message["role"] == "user"


def test_streams_ask_for_usage() -> None:
    assert body(stream=True)["stream_options"] == {"include_usage": True}
    assert "stream_options" not in body(replace(PLAIN, stream_usage=False), stream=True)
    assert "stream_options" not in body(stream_usage=True)
    request = read(stream=True, stream_options={"include_usage": False, "include_obfuscation": False})
    assert request.stream_usage is False
    assert OPENAI_CHAT.encode_request(request, PLAIN).body["stream_options"] == {
        "include_usage": True,
        "include_obfuscation": False,
    }


def test_members_that_this_dialect_alone_knows_go_back() -> None:
    request = read(prediction={"type": "content", "content": "x"}, safety_identifier="u")
    found = OPENAI_CHAT.encode_request(request, PLAIN).body
    assert found["prediction"] == {"type": "content", "content": "x"}
    assert found["safety_identifier"] == "u"


def test_names_that_providers_have_for_the_same() -> None:
    assert read(max_completion_tokens=5, max_tokens=9).max_tokens == 5
    assert read(random_seed=5).seed == 5
    found = body(
        Traits(max_tokens_member="max_completion_tokens", seed_member="random_seed"),
        max_tokens=5,
        seed=7,
        top_logprobs=2,
        logit_bias={"1": -100.0},
    )
    assert found["max_completion_tokens"] == 5
    assert found["random_seed"] == 7
    assert found["logprobs"] is True
    assert repr(found["logit_bias"]) == "{'1': -100}"


TABLE: list[tuple[Traits, Json, str]] = [
    (Traits(refuses=frozenset({"n"})), {"n": 3}, "n"),
    (Traits(refuses=frozenset({"tools"})), {"tools": [Tool(name="f")]}, "tools"),
    (Traits(refuses=frozenset({"audio"})), {"modalities": ["text", "audio"], "audio": {}}, "modalities"),
    (Traits(refuses=frozenset({"modalities"})), {"modalities": ["text", "image"]}, "modalities"),
    (PLAIN, {"previous_id": "resp_1"}, "previous_response_id"),
]


@pytest.mark.parametrize(("traits", "members", "field"), TABLE)
def test_what_changes_the_meaning_is_refused(traits: Traits, members: Json, field: str) -> None:
    assert refused(traits, **members) == field


@pytest.mark.parametrize(
    "part",
    [
        Media(file_id="file-1"),
        Media(kind="audio", url="https://a"),
        Media(kind="document", url="https://a"),
        Media(kind="video", url="https://a"),
    ],
)
def test_media_that_cannot_be_sent_are_refused(part: Part) -> None:
    assert refused(PLAIN, part) == "messages.content"


@pytest.mark.parametrize(
    ("traits", "members", "expected"),
    [
        (
            Traits(refuses=frozenset({"seed", "temperature", "n"})),
            {"seed": 1, "temperature": 0.5, "n": 1},
            ["n", "seed", "temperature"],
        ),
        (PLAIN, {"top_k": 5, "min_p": 0.1, "repetition_penalty": 1.1}, ["top_k", "min_p", "repetition_penalty"]),
        (Traits(takes=frozenset({"top_k"})), {"top_k": 5}, []),
        (PLAIN, {"user": "x" * 65}, ["user"]),
        (PLAIN, {"metadata": {"a": {"b": 1}}}, ["metadata"]),
        (PLAIN, {"service_tier": "standard_only"}, ["service_tier"]),
        (PLAIN, {"extras": {"gemini": {"safetySettings": [], "_note": 1}}}, ["safetySettings"]),
        (PLAIN, {"user": "x", "metadata": {"a": "b"}, "service_tier": "flex", "store": True, "cache_key": "k"}, []),
    ],
)
def test_what_does_not_change_the_meaning_is_left_out_by_name(
    traits: Traits, members: Json, expected: list[str]
) -> None:
    assert dropped(traits, **members) == expected


def test_blocks_of_other_dialects_are_left_out_by_name() -> None:
    foreign = Foreign(dialect="anthropic-messages", kind="server_tool_use", data={})
    assert said(user(foreign, Text(text="Hi"))) == ([{"role": "user", "content": "Hi"}], ["server_tool_use"])
    own = Foreign(dialect="openai-chat", kind="hologram", data={"type": "hologram"})
    assert said(user(own))[0][0]["content"] == [{"type": "hologram"}]


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": [{"content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "king", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages[0].content[0].text"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": 5}]}]},
            "messages[0].content[0].image_url",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {}}]}]},
            "messages[0].tool_calls[0].function.name",
        ),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": 5}}]}]},
            "messages[0].tool_calls[0].function.arguments",
        ),
        ({"temperature": "hot"}, "temperature"),
        ({"n": 1.5}, "n"),
        ({"stop": 5}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"logit_bias": {"1": "x"}}, "logit_bias.1"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"tool_choice": "sometimes"}, "tool_choice"),
        ({"response_format": {"type": "json_schema"}}, "response_format"),
        ({"reasoning_effort": 5}, "reasoning_effort"),
    ],
)
def test_broken_requests_name_the_field(members: Json, field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(**members)
    assert caught.value.param == field


def test_each_row_of_the_table_is_tested() -> None:
    rows = [line.split("|")[1].strip() for line in (chat.__doc__ or "").splitlines() if line.startswith("| ")][1:]
    assert rows == list(ROWS)


LEFT_OUT = test_what_does_not_change_the_meaning_is_left_out_by_name
ROWS = {
    "n above 1, where refused": test_what_changes_the_meaning_is_refused,
    "tools, where refused": test_what_changes_the_meaning_is_refused,
    "sound or pictures in the answer, where refused": test_what_changes_the_meaning_is_refused,
    "previous_id": test_what_changes_the_meaning_is_refused,
    "an image by file id, sound by URL": test_media_that_cannot_be_sent_are_refused,
    "a document by URL, film": test_media_that_cannot_be_sent_are_refused,
    "a tool that only another provider runs": test_searching_the_web,
    "custom tools, several allowed tools": test_custom_tools,
    "web_search": test_searching_the_web,
    "top_k, min_p, repetition_penalty": LEFT_OUT,
    "reasoning": test_how_providers_are_asked_for_thinking,
    "earlier thinking": test_reasoning_goes_back_as_the_provider_wants_it,
    "cache markers": test_cache_markers_on_calls_results_and_tools,
    "a tool result's error flag": test_pictures_that_tools_gave_follow_in_a_user_message,
    "pictures and files in a tool result": test_pictures_that_tools_gave_follow_in_a_user_message,
    "a user above 64 characters, metadata that is no text, an unknown tier": LEFT_OUT,
    "a schema, where the provider has none": test_how_a_schema_is_asked_for,
    "blocks and members of other dialects": test_blocks_of_other_dialects_are_left_out_by_name,
}
"""What the dialect's table says, and the test that holds it true."""
