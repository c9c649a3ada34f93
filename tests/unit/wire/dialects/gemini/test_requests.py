"""A client's request, read: both spellings, ids for calls, schemas, thinking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.assemble import events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.gemini import GEMINI
from conduit_desktop.wire.dialects.gemini.signatures import read_signature, write_signature
from conduit_desktop.wire.messages import (
    Choice,
    Foreign,
    Format,
    Media,
    Part,
    Reasoning,
    Request,
    Response,
    Text,
    Thinking,
    ToolCall,
    ToolChoice,
    ToolResult,
)


def read(body: dict[str, Any]) -> Request:
    return GEMINI.decode_request({"contents": "hi", **body}, "gemini-2.5-flash", True)


def test_the_address_says_the_model_and_whether_to_stream() -> None:
    request = read({})
    assert (request.model, request.stream, request.messages[0].parts) == ("gemini-2.5-flash", True, [Text(text="hi")])
    assert GEMINI.decode_request({"contents": "hi", "model": "models/x"}, None, None).model == "x"


@pytest.mark.parametrize(
    "contents",
    ["hi", ["hi"], {"text": "hi"}, [{"text": "hi"}], {"parts": {"text": "hi"}}, [{"role": "user", "parts": ["hi"]}]],
)
def test_contents_in_every_shape(contents: Any) -> None:
    (message,) = read({"contents": contents}).messages
    assert (message.role, message.parts) == ("user", [Text(text="hi")])


@pytest.mark.parametrize("found", ["Be brief", {"parts": [{"text": "Be brief"}]}, {"text": "Be brief"}])
def test_the_system_instruction_comes_first(found: Any) -> None:
    for name in ("systemInstruction", "system_instruction"):
        first = read({name: found}).messages[0]
        assert (first.role, first.parts) == ("system", [Text(text="Be brief")])


def test_calls_without_ids_are_matched_by_order_and_name() -> None:
    call = {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "QUJD"}
    contents = [
        {"role": "model", "parts": [call, {"function_call": {"name": "g"}}, {"functionCall": {"name": "f"}}]},
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "g", "response": {"output": "of g"}}},
                {"functionResponse": {"name": "f", "response": {"result": {"n": 1}}}},
                {"functionResponse": {"name": "f", "response": {"error": "broke"}}},
                {"text": "go on"},
            ],
        },
    ]
    calls, results, words = read({"contents": contents}).messages
    assert calls.parts == [
        ToolCall(id="call_0_0", name="f", arguments='{"a":1}', signature="QUJD"),
        ToolCall(id="call_0_1", name="g"),
        ToolCall(id="call_0_2", name="f"),
    ]
    assert (results.role, words.role) == ("tool", "user")
    assert results.parts == [
        ToolResult(call_id="call_0_1", name="g", parts=[Text(text="of g")]),
        ToolResult(call_id="call_0_0", name="f", parts=[Text(text='{"n":1}')]),
        ToolResult(call_id="call_0_2", name="f", parts=[Text(text="broke")], failed=True),
    ]


def test_given_ids_are_kept_and_matched() -> None:
    contents = [
        {"role": "model", "parts": [{"functionCall": {"id": x, "name": "f"}} for x in ("a", "b")]},
        {"role": "user", "parts": [{"functionResponse": {"id": x, "name": "f", "response": {}}} for x in ("b", "a")]},
    ]
    _, results = read({"contents": contents}).messages
    assert [part.call_id for part in results.parts if isinstance(part, ToolResult)] == ["b", "a"]


def test_an_id_that_only_the_result_has_gives_way_to_the_call() -> None:
    contents = [
        {"role": "model", "parts": [{"functionCall": {"name": "f"}}]},
        {"role": "user", "parts": [{"functionResponse": {"id": "mine", "name": "f", "response": {}}}]},
    ]
    _, results = read({"contents": contents}).messages
    assert results.parts == [ToolResult(call_id="call_0_0", name="f")]


def test_the_ai_sdk_names_the_tool_in_the_response() -> None:
    contents = [{"parts": [{"functionResponse": {"name": "f", "response": {"name": "f", "content": "42"}}}]}]
    assert read({"contents": contents}).messages[0].parts == [
        ToolResult(call_id="call_0_0", name="f", parts=[Text(text="42")])
    ]


def test_media_and_what_runs_at_google() -> None:
    parts: list[dict[str, Any]] = [
        {"inline_data": {"mime_type": "image/png", "data": "-_8"}},
        {"fileData": {"fileUri": "https://example.test/a.mp4", "mimeType": "video/mp4"}, "videoMetadata": {"fps": 2}},
        {"file_data": {"file_uri": "gs://bucket/a.pdf", "mime_type": "application/pdf"}},
        {"text": "so", "thought": True},
        {"executableCode": {"language": "PYTHON", "code": "1"}},
    ]
    (message,) = read({"contents": [{"role": "user", "parts": parts}]}).messages
    assert message.parts == [
        Media(kind="image", media_type="image/png", data="+/8="),
        Media(
            kind="video",
            media_type="video/mp4",
            url="https://example.test/a.mp4",
            extras={"gemini": {"videoMetadata": {"fps": 2}}},
        ),
        Media(kind="document", media_type="application/pdf", file_id="gs://bucket/a.pdf"),
        Thinking(sections=["so"], summarised=True),
        Foreign(dialect="gemini", kind="executableCode", data={"language": "PYTHON", "code": "1"}),
    ]


def test_the_config_in_both_spellings() -> None:
    request = read(
        {
            "generation_config": {
                "temperature": 0.5,
                "top_p": 0.9,
                "topK": 40.0,
                "candidateCount": 2,
                "max_output_tokens": 9,
                "stopSequences": ["x"],
                "seed": 3,
                "responseLogprobs": True,
                "logprobs": 2,
                "response_mime_type": "application/json",
                "thinkingConfig": {"thinkingBudget": 0},
                "mediaResolution": "MEDIA_RESOLUTION_LOW",
            },
            "safetySettings": [{"category": "X", "threshold": "Y"}],
            "serviceTier": "STANDARD",
            "labels": {"team": "a"},
        }
    )
    assert (request.temperature, request.top_p, request.top_k, request.n) == (0.5, 0.9, 40, 2)
    assert (request.max_tokens, request.stop, request.seed) == (9, ["x"], 3)
    assert (request.logprobs, request.top_logprobs, request.format) == (True, 2, Format(kind="json"))
    assert request.reasoning == Reasoning(enabled=False, budget=0)
    assert (request.service_tier, request.metadata) == ("default", {"team": "a"})
    assert request.extras["gemini"] == {
        "generationConfig": {"mediaResolution": "MEDIA_RESOLUTION_LOW"},
        "safetySettings": [{"category": "X", "threshold": "Y"}],
    }


def test_tools_and_their_choice() -> None:
    schema = {"type": "OBJECT", "properties": {"a": {"type": "STRING", "nullable": True}}, "propertyOrdering": ["a"]}
    request = read(
        {
            "tools": [
                {"functionDeclarations": [{"name": "f", "description": "d", "parameters": schema}, {"name": "g"}]},
                {"google_search": {}, "urlContext": {}},
            ],
            "tool_config": {"function_calling_config": {"mode": "any", "allowed_function_names": ["f"]}},
        }
    )
    assert [(tool.kind, tool.name, tool.origin) for tool in request.tools] == [
        ("function", "f", ""),
        ("function", "g", ""),
        ("web_search", "google_search", "gemini"),
        ("server", "urlContext", "gemini"),
    ]
    assert request.tools[0].parameters == {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}
    assert request.tools[1].parameters is None
    assert request.tool_choice == ToolChoice(mode="required", names=["f"])


def test_the_chunks_of_a_stream_are_put_together_again() -> None:
    sealed = write_signature("", "gAAA-_", "rs_1")
    contents = [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "h", "thought": True}]},
        {"role": "model", "parts": [{"text": "m", "thought": True}]},
        {"role": "model", "parts": [{"text": "", "thought": True, "thoughtSignature": sealed}]},
        {"role": "model", "parts": [{"text": "Hel"}]},
        {"role": "model", "parts": [{"text": "lo"}, {"text": "", "thoughtSignature": "QUJD"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f"}}, {"text": ""}]},
    ]
    user, model = read({"contents": contents}).messages
    assert user.parts == [Text(text="a"), Text(text="b")]
    assert model.parts == [
        Thinking(sections=["hm"], summarised=True, encrypted="gAAA-_", id="rs_1"),
        Text(text="Hello", signature="QUJD"),
        ToolCall(id="call_6_0", name="f"),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"contents": None}, "contents"),
        ({"contents": 3}, "contents"),
        ({"contents": [{"role": "nobody", "parts": []}]}, "contents[0].role"),
        ({"contents": [{"parts": [{"text": 1}]}]}, "contents[0].parts[0].text"),
        ({"contents": [{"parts": [{"functionCall": {"args": []}}]}]}, "contents[0].parts[0].functionCall.args"),
        ({"generationConfig": {"topP": "x"}}, "generationConfig.topP"),
        ({"tools": [{"functionDeclarations": [{}]}]}, "tools[0].functionDeclarations[0].name"),
        ({"toolConfig": {"functionCallingConfig": {"mode": "X"}}}, "toolConfig.functionCallingConfig.mode"),
    ],
)
def test_what_does_not_fit_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read(body)
    assert caught.value.param == field


@pytest.mark.parametrize("keeps_thoughts", [True, False])
@pytest.mark.parametrize("stream", [True, False])
def test_sealed_thoughts_come_back_from_clients_that_drop_thoughts(keeps_thoughts: bool, stream: bool) -> None:
    said: list[Part] = [
        Thinking(sections=["hm"], summarised=True, signature="c2ln"),
        Thinking(encrypted="redacted", summarised=True),
        Text(text="well"),
        ToolCall(id="toolu_1", name="f", signature="own"),
        ToolCall(id="toolu_2", name="f"),
    ]
    answer = Response(choices=[Choice(parts=said, finish="tool_calls")])
    context = Context(request=Request())
    if stream:
        encoder = GEMINI.encoder(context)
        raw = b"".join(encoder.encode(event) for event in events_of(answer))
        chunks = [json.loads(each[6:]) for each in raw.split(b"\r\n\r\n")[:-1]]
    else:
        chunks = [GEMINI.encode_response(answer, context)]
    contents = [chunk["candidates"][0]["content"] for chunk in chunks]
    for content in contents:
        content["parts"] = [part for part in content["parts"] if keeps_thoughts or not part.get("thought")]
    (model,) = read({"contents": contents}).messages
    assert model.parts == said


@pytest.mark.parametrize(
    "carried", [("QUJD", "", ""), ("not base64!", "", ""), ("", "gAAAA-_", "rs_1"), ("QUI=", "x", ""), ("", "", "")]
)
def test_signatures_travel_through_a_client_that_writes_them_url_safe(carried: tuple[str, str, str]) -> None:
    written = write_signature(*carried).replace("+", "-").replace("/", "_")
    found = read_signature(written)
    assert (found.signature, found.encrypted, found.id) == carried
