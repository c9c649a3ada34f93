"""What clients of the Responses API ask, read; and read back from what is written for a provider."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.dialects.responses import OPENAI_RESPONSES as DIALECT
from conduit_desktop.wire.dialects.responses.notes import NAME, seal
from conduit_desktop.wire.messages import (
    Cache,
    Foreign,
    Format,
    Media,
    Reasoning,
    Refusal,
    Request,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from conduit_desktop.wire.traits import Traits

TRAITS = Traits(thinking="effort")


def read(**body: Any) -> Request:
    return DIALECT.decode_request({"model": "m", **body}, None, None)


def written(**body: Any) -> dict[str, Any]:
    return DIALECT.encode_request(read(**body), TRAITS).body


def test_input_as_a_string_is_a_user_message() -> None:
    request = read(input="hello", instructions="be brief", stream=True)
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.messages[1].parts == [Text(text="hello")]
    assert request.stream


def test_instructions_and_system_items_stay_apart() -> None:
    items = [
        {"role": "system", "content": "s"},
        {"role": "developer", "content": "d"},
        {"role": "user", "content": "u"},
    ]
    assert written(input=items)["input"] == items
    assert "instructions" not in written(input=items)
    both = written(instructions="i", input=items)
    assert both["instructions"] == "i"
    assert both["input"] == items


def test_parts_of_a_message() -> None:
    content = [
        {"type": "input_text", "text": "see", "prompt_cache_breakpoint": {"mode": "explicit"}},
        {"type": "input_image", "image_url": "https://x/y.png", "detail": "high"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
        {"type": "input_image", "file_id": "file-1", "detail": "low"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
        {"type": "input_file", "file_url": "https://x/a.pdf"},
        {"type": "input_file", "file_id": "file-2"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
    ]
    parts = read(input=[{"role": "user", "content": content}]).messages[0].parts
    assert parts[0].cache == Cache()
    assert [(part.kind, part.media_type, part.detail) for part in parts[1:] if isinstance(part, Media)] == [
        ("image", "", "high"),
        ("image", "image/png", "auto"),
        ("image", "", "low"),
        ("document", "application/pdf", ""),
        ("document", "", ""),
        ("document", "", ""),
        ("audio", "audio/mpeg", ""),
    ]
    assert written(input=[{"role": "user", "content": content}])["input"][0]["content"] == content


def test_a_models_items_are_one_turn() -> None:
    items = [
        {"role": "user", "content": "go"},
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "x",
        },
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "I look", "annotations": []}],
            "phase": "commentary",
        },
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call", "id": "fc_2", "call_id": "c2", "name": "f", "arguments": ""},
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {
            "type": "function_call_output",
            "call_id": "c2",
            "output": [
                {"type": "input_text", "text": "two"},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
            ],
        },
    ]
    request = read(input=items)
    assert [message.role for message in request.messages] == ["user", "assistant", "tool"]
    thought, text, first, second = request.messages[1].parts
    assert isinstance(thought, Thinking)
    assert (thought.sections, thought.summarised, thought.encrypted, thought.id) == (["hm"], True, "x", "rs_1")
    assert isinstance(text, Text)
    assert text.text == "I look"
    assert isinstance(first, ToolCall)
    assert (first.id, first.name, first.arguments) == ("c1", "f", '{"a":1}')
    assert isinstance(second, ToolCall)
    assert second.arguments == "{}"
    results = request.messages[2].parts
    assert [part.call_id for part in results if isinstance(part, ToolResult)] == ["c1", "c2"]
    items[4]["arguments"] = "{}"
    assert written(input=items)["input"] == items


def test_messages_without_ids_are_turns_of_their_own() -> None:
    items = [{"role": "assistant", "content": "one"}, {"role": "assistant", "content": "two"}]
    assert len(read(input=items).messages) == 2
    assert written(input=items)["input"] == items


def test_refusals_of_earlier_turns() -> None:
    item = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "refusal", "refusal": "no"}],
    }
    (part,) = read(input=[item]).messages[0].parts
    assert isinstance(part, Refusal)
    assert written(input=[item])["input"] == [item]


def test_items_that_only_this_dialect_knows_stay_whole() -> None:
    items = [
        {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}},
        {"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot", "image_url": "u"}},
        {"id": "rs_9", "type": "item_reference"},
        {"type": "something_new", "x": [1]},
    ]
    request = read(input=items)
    assert [message.role for message in request.messages] == ["assistant", "user", "user", "assistant"]
    assert all(isinstance(part, Foreign) for message in request.messages for part in message.parts)
    assert written(input=items)["input"] == items


def test_custom_tools_and_their_calls() -> None:
    tool = {"type": "custom", "name": "patch", "description": "d", "format": {"type": "text"}}
    items = [
        {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c", "name": "patch", "input": "*** Begin"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "done"},
    ]
    request = read(input=items, tools=[tool], tool_choice={"type": "custom", "name": "patch"})
    call = request.messages[0].parts[0]
    assert isinstance(call, ToolCall)
    assert (call.custom, call.arguments) == (True, "*** Begin")
    assert request.tools[0].kind == "custom"
    body = written(input=items, tools=[tool], tool_choice={"type": "custom", "name": "patch"})
    assert body["input"] == items
    assert body["tools"] == [tool]
    assert body["tool_choice"] == {"type": "custom", "name": "patch"}


def test_namespaces_become_names_and_come_back() -> None:
    function = {
        "type": "function",
        "name": "close",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    }
    space = {"type": "namespace", "name": "agents", "description": "d", "tools": [function]}
    items = [
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "c",
            "name": "close",
            "arguments": "{}",
            "namespace": "agents",
        }
    ]
    request = read(input=items, tools=[space])
    assert request.tools[0].name == "agents__close"
    call = request.messages[0].parts[0]
    assert isinstance(call, ToolCall)
    assert call.name == "agents__close"
    body = written(input=items, tools=[space])
    assert body["tools"] == [space]
    assert body["input"] == items


def test_tools_among_the_input() -> None:
    function = {"type": "function", "name": "exec", "parameters": {"type": "object", "properties": {}}, "strict": False}
    space = {"type": "namespace", "name": "functions", "description": "", "tools": [function]}
    item = {"type": "additional_tools", "role": "developer", "tools": [space]}
    request = read(input=[item, {"role": "user", "content": "u"}])
    assert [tool.name for tool in request.tools] == ["exec"]
    assert [message.role for message in request.messages] == ["user"]
    body = written(input=[item, {"role": "user", "content": "u"}])
    assert body["input"][0] == item
    assert "tools" not in body


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (
            {
                "type": "object",
                "properties": {"a": {"type": "string"}},
                "required": ["a"],
                "additionalProperties": False,
            },
            True,
        ),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}, None),
        ({"type": "object", "properties": {}}, None),
        (None, None),
    ],
)
def test_functions_are_strict_where_they_can_be(schema: Any, strict: bool | None) -> None:
    request = read(input="x", tools=[{"type": "function", "name": "f", "parameters": schema}])
    assert request.tools[0].strict is strict


def test_choices() -> None:
    tools = [{"type": "function", "name": name, "parameters": None, "strict": False} for name in ("f", "g")]
    allowed = {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "f"}]}
    for told, choice in (
        ("none", ToolChoice(mode="none")),
        ({"type": "function", "name": "f"}, ToolChoice(mode="required", names=["f"])),
        (allowed, ToolChoice(mode="auto", names=["f"])),
    ):
        assert read(input="x", tools=tools, tool_choice=told).tool_choice == choice
        assert written(input="x", tools=tools, tool_choice=told)["tool_choice"] == told
    search = [{"type": "web_search_preview"}]
    forced = {"type": "web_search_preview"}
    assert written(input="x", tools=search, tool_choice=forced)["tool_choice"] == forced


def test_wishes() -> None:
    body: dict[str, Any] = {
        "input": [],
        "max_output_tokens": 100,
        "temperature": 0,
        "top_p": 0.5,
        "top_logprobs": 2,
        "parallel_tool_calls": False,
        "previous_response_id": "resp_1",
        "prompt_cache_key": "k",
        "safety_identifier": "u",
        "store": True,
        "metadata": {"a": "b"},
        "service_tier": "flex",
        "truncation": "auto",
        "max_tool_calls": 3,
        "background": True,
        "prompt": {"id": "pmpt_1"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": {}, "strict": True}, "verbosity": "low"},
        "reasoning": {"effort": "low", "summary": "auto", "context": "all_turns"},
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs", "code_interpreter_call.outputs"],
    }
    request = read(**body)
    assert request.format == Format(kind="schema", name="n", schema={}, strict=True)
    assert request.reasoning == Reasoning(effort="low", summary="auto", enabled=True, visible=True)
    assert (request.user, request.max_tokens, request.logprobs) == ("u", 100, True)
    again = DIALECT.encode_request(request, TRAITS).body
    assert again == {"model": "m", **body}


def test_carried_signatures_find_their_parts() -> None:
    own = {"type": "reasoning", "id": "rs_cd_1_1", "summary": [{"type": "summary_text", "text": "t"}], "content": None}
    own["encrypted_content"] = seal({"signature": "s1", "raw": True})
    carried = {"type": "reasoning", "id": "rs_cd_1_2", "summary": []}
    carried["encrypted_content"] = seal({"signature": "s2", "on": "call:c"})
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    for order in ([own, call, carried], [own, carried, call]):
        thought, found = read(input=order).messages[0].parts
        assert isinstance(thought, Thinking)
        assert (thought.signature, thought.encrypted, thought.summarised, thought.text) == ("s1", "", False, "t")
        assert found.signature == "s2"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": 3}, "model"),
        ({"input": 3}, "input"),
        ({"input": [3]}, "input[0]"),
        ({"input": [{"role": "robot", "content": "x"}]}, "input[0].role"),
        ({"input": [{"role": "user", "content": 3}]}, "input[0].content"),
        ({"input": [{"role": "user", "content": [{"type": "input_text", "text": 3}]}]}, "input[0].content[0].text"),
        ({"input": [{"type": "function_call", "call_id": "c"}]}, "input[0].name"),
        ({"tools": [{"type": "function"}]}, "tools[0].name"),
        ({"tools": {}}, "tools"),
        ({"tool_choice": "maybe"}, "tool_choice"),
        ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
        ({"temperature": "hot"}, "temperature"),
        ({"stream": "yes"}, "stream"),
        ({"reasoning": []}, "reasoning"),
    ],
)
def test_what_does_not_fit_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        DIALECT.decode_request({"model": "m", **body}, None, None)
    assert caught.value.param == field


def test_members_that_are_not_known_are_kept() -> None:
    request = read(input="x", brand_new={"a": 1})
    assert request.extras[NAME]["brand_new"] == {"a": 1}
    assert written(input="x", brand_new={"a": 1})["brand_new"] == {"a": 1}
