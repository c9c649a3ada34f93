"""A client's request, as the documentation and older clients write it."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects import NAMES, dialect
from conduit_desktop.wire.dialects.interactions import INTERACTIONS
from conduit_desktop.wire.messages import (
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

WEATHER = {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]}


def read(given: Any = "hi", **members: Any) -> Request:
    return INTERACTIONS.decode_request({"model": "m", "input": given, **members}, None, None)


def test_a_string_is_what_the_user_says() -> None:
    found = read("hi", system_instruction="be brief", stream=True, store=False)
    assert found == Request(
        model="m",
        messages=[
            Message(role="system", parts=[Text(text="be brief")]),
            Message(role="user", parts=[Text(text="hi")]),
        ],
        stream=True,
        stream_usage=True,
        store=False,
    )
    assert INTERACTIONS.decode_request({"model": "models/m", "input": "x"}, None, None).model == "m"


def test_contents_without_steps_are_the_users() -> None:
    image = {"type": "image", "data": "iVBORw0KGgo", "mime_type": "image/png", "resolution": "low"}
    (message,) = read([{"type": "text", "text": "what?"}, image]).messages
    assert message.role == "user"
    assert message.parts == [
        Text(text="what?"),
        Media(kind="image", media_type="image/png", data="iVBORw0KGgo=", detail="low"),
    ]
    (message,) = read({"type": "document", "uri": "https://a.example/b.pdf"}).messages
    assert message.parts == [Media(kind="document", url="https://a.example/b.pdf")]


def test_steps_are_turns() -> None:
    found = read(
        [
            {"type": "user_input", "content": [{"type": "text", "text": "weather?"}]},
            {"type": "thought", "signature": "c2ln", "summary": [{"type": "text", "text": "hm"}]},
            {"type": "function_call", "id": "c1", "name": "get_weather", "arguments": {"location": "Paris"}},
            {"type": "function_call", "id": "c2", "name": "get_weather", "arguments": {}},
            {"type": "function_result", "call_id": "c1", "result": "sunny"},
            {"type": "function_result", "call_id": "c2", "name": "get_weather", "result": "?", "is_error": True},
            {"type": "model_output", "content": [{"type": "text", "text": "Sunny."}]},
            {"type": "user_input", "content": [{"type": "text", "text": "thanks"}]},
        ]
    )
    assert [message.role for message in found.messages] == ["user", "assistant", "tool", "assistant", "user"]
    assert found.messages[1].parts == [
        Thinking(sections=["hm"], summarised=True, signature="c2ln", extras={"interactions": {"_signed": True}}),
        ToolCall(id="c1", name="get_weather", arguments='{"location":"Paris"}'),
        ToolCall(id="c2", name="get_weather"),
    ]
    assert found.messages[2].parts == [
        ToolResult(call_id="c1", name="get_weather", parts=[Text(text="sunny")]),
        ToolResult(call_id="c2", name="get_weather", parts=[Text(text="?")], failed=True),
    ]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("plain", "plain"),
        ({"content": [{"type": "text", "text": "inside"}]}, "inside"),
        ([{"type": "text", "text": "listed"}], "listed"),
        ({"weather": "sunny"}, '{"weather":"sunny"}'),
        ({"output": "out"}, "out"),
        ([1, 2], "[1,2]"),
        (None, ""),
    ],
)
def test_results_of_any_shape(result: Any, text: str) -> None:
    (message,) = read([{"type": "function_result", "call_id": "c", "result": result}]).messages
    (found,) = message.parts
    assert isinstance(found, ToolResult)
    assert "".join(part.text for part in found.parts if isinstance(part, Text)) == text


def test_results_find_calls_without_ids() -> None:
    found = read(
        [
            {"type": "function_call", "name": "a", "arguments": {}},
            {"type": "function_call", "name": "b", "arguments": {}},
            {"type": "function_result", "name": "b", "result": "of b"},
            {"type": "function_result", "name": "a", "result": "of a"},
        ]
    )
    calls = [part.id for part in found.messages[0].parts if isinstance(part, ToolCall)]
    results = [part.call_id for part in found.messages[1].parts if isinstance(part, ToolResult)]
    assert len(set(calls)) == 2
    assert results == calls[::-1]


def test_turns_of_the_first_form() -> None:
    found = read([{"role": "user", "content": "hi"}, {"role": "model", "content": [{"type": "text", "text": "ho"}]}])
    assert [(each.role, each.parts) for each in found.messages] == [
        ("user", [Text(text="hi")]),
        ("assistant", [Text(text="ho")]),
    ]


def test_the_config() -> None:
    found = read(
        generation_config={
            "temperature": 0.5,
            "top_p": 0.9,
            "max_output_tokens": 99,
            "seed": 7,
            "stop_sequences": ["x"],
            "thinking_level": "low",
            "thinking_summaries": "auto",
            "tool_choice": {"allowed_tools": {"mode": "any", "tools": ["f"]}},
            "video_config": {"a": 1},
        },
        response_format={"type": "text", "mime_type": "application/json", "schema": WEATHER},
        service_tier="standard",
        labels={"a": "b"},
    )
    assert (found.temperature, found.top_p, found.max_tokens, found.seed, found.stop) == (0.5, 0.9, 99, 7, ["x"])
    assert found.reasoning == Reasoning(enabled=True, effort="low", visible=True)
    assert found.tool_choice == ToolChoice(mode="required", names=["f"])
    assert found.format == Format(kind="schema", schema=WEATHER)
    assert (found.service_tier, found.metadata) == ("default", {"a": "b"})
    assert found.extras == {"interactions": {"generation_config": {"video_config": {"a": 1}}}}


@pytest.mark.parametrize(
    ("members", "wanted"),
    [
        ({"response_format": {"type": "text", "mime_type": "application/json"}}, Format(kind="json")),
        (
            {"response_mime_type": "application/json", "response_format": WEATHER},
            Format(kind="schema", schema=WEATHER),
        ),
        ({"response_mime_type": "application/json"}, Format(kind="json")),
        ({"response_format": {"type": "text", "mime_type": "text/plain"}}, None),
    ],
)
def test_formats(members: dict[str, Any], wanted: Format | None) -> None:
    assert read(**members).format == wanted


def test_what_the_answer_is_made_of() -> None:
    image = {"type": "image", "aspect_ratio": "1:1"}
    found = read(response_format=[{"type": "text"}, image])
    assert found.modalities == ["text", "image"]
    assert found.extras == {"interactions": {"response_format": [image]}}
    found = read(
        response_format={"type": "audio", "mime_type": "audio/mp3"},
        generation_config={"speech_config": [{"voice": "Kore"}]},
    )
    assert (found.modalities, found.audio) == (["audio"], {"format": "mp3", "voice": "Kore"})
    assert read(response_modalities=["TEXT", "IMAGE"]).modalities == ["text", "image"]


def test_tools() -> None:
    function = {"type": "function", "name": "f", "description": "d", "parameters": WEATHER}
    server = {"type": "mcp_server", "name": "s", "url": "https://a.example"}
    found = read(tools=[function, {"type": "function", "name": "g"}, {"type": "google_search"}, server]).tools
    assert found[:2] == [Tool(name="f", description="d", parameters=WEATHER), Tool(name="g")]
    assert [(tool.kind, tool.name, tool.data) for tool in found[2:]] == [
        ("web_search", "google_search", {"type": "google_search"}),
        ("server", "s", server),
    ]
    chosen = read(generation_config={"tool_choice": "validated"})
    assert (chosen.tool_choice, chosen.extras["interactions"]) == (
        ToolChoice(mode="auto"),
        {"generation_config": {"tool_choice": "validated"}},
    )


def test_steps_of_google_are_kept() -> None:
    step = {"type": "google_search_call", "id": "s", "arguments": {"queries": ["q"]}}
    (message,) = read([step]).messages
    assert message.parts == [Foreign(dialect="interactions", kind="google_search_call", data=step)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "input"),
        ({"input": 3}, "input"),
        ({"input": [3]}, "input[0]"),
        ({"input": [{"text": "x"}]}, "input[0].type"),
        ({"input": [{"type": "user_input", "content": 3}]}, "input[0].content"),
        ({"input": [{"type": "function_call", "arguments": {}}]}, "input[0].name"),
        ({"input": [{"type": "function_call", "name": "f", "arguments": [1]}]}, "input[0].arguments"),
        ({"input": [{"role": "nobody", "content": "x"}]}, "input[0].role"),
        ({"input": "x", "tools": [{"name": "f"}]}, "tools[0].type"),
        ({"input": "x", "generation_config": {"temperature": "hot"}}, "generation_config.temperature"),
        ({"input": "x", "generation_config": {"tool_choice": "maybe"}}, "generation_config.tool_choice"),
        ({"input": "x", "response_format": "json"}, "response_format[0]"),
        ({"input": "x", "background": 1}, "background"),
    ],
)
def test_the_field_to_blame_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        INTERACTIONS.decode_request({"model": "m", **body}, None, None)
    assert caught.value.param == field


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"interactions"}))
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("previous_interaction_id", "v1_x"),
        ("background", True),
        ("agent", "deep-research"),
        ("environment", "remote"),
        ("continuation_token", "t"),
        ("cached_content", "cachedContents/c"),
    ],
)
def test_what_only_google_can_do_is_refused_by_name(name: str, field: str, value: Any) -> None:
    request = read("x", **{field: value})
    with pytest.raises(BadRequest) as caught:
        dialect(name).encode_request(request, Traits(max_output=9))
    assert caught.value.param == field
    assert INTERACTIONS.encode_request(request, Traits()).body[field] == value
    dialect(name).encode_request(read("x", background=False), Traits())
