"""Answers and streams: what the documentation shows, read and written."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from google.genai import types

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.gemini import GEMINI
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Logprob,
    Media,
    Refusal,
    Request,
    Response,
    Text,
    Thinking,
    ToolCall,
)
from conduit_desktop.wire.usage import Usage

CONTEXT = Context(request=Request(model="asked"), seed="seed", input_tokens=7)


def candidate(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "index": 0, **more}], "responseId": "r"}


def fed(*chunks: Any) -> list[e.Event]:
    decoder = GEMINI.decoder()
    out = [event for chunk in chunks for event in decoder.feed("", msgspec.json.encode(chunk))]
    return out + decoder.end()


def test_pieces_of_one_kind_are_one_part() -> None:
    answer = assemble(
        fed(
            candidate({"text": "hm", "thought": True}),
            candidate({"text": "m", "thought": True}, {"text": "Hel"}),
            candidate({"text": "lo"}),
            candidate({"text": "", "thoughtSignature": "QUJD"}),
            candidate({"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "QUI="}),
            candidate({"functionCall": {"name": "f"}}, {"functionCall": {"id": "own", "name": "g"}}),
            candidate(finishReason="STOP"),
        )
    )
    assert answer.choices[0].parts == [
        Thinking(sections=["hmm"], summarised=True),
        Text(text="Hello", signature="QUJD"),
        ToolCall(id="call_r_1", name="f", arguments='{"a":1}', signature="QUI="),
        ToolCall(id="call_r_2", name="f"),
        ToolCall(id="own", name="g"),
    ]
    assert (answer.choices[0].finish, answer.choices[0].native_finish) == ("tool_calls", "STOP")


def test_text_goes_on_at_once() -> None:
    decoder = GEMINI.decoder()
    assert [type(event) for event in decoder.feed("", msgspec.json.encode(candidate({"text": "a"})))] == [
        e.Start,
        e.Open,
        e.TextDelta,
    ]


def test_a_lone_signature_belongs_to_what_came_before() -> None:
    thought = assemble(fed(candidate({"text": "a", "thought": True}, {"text": "", "thoughtSignature": "QUJD"})))
    assert thought.choices[0].parts == [Thinking(sections=["a"], summarised=True, signature="QUJD")]
    alone = assemble(fed(candidate({"text": "", "thoughtSignature": "QUJD"}, finishReason="STOP")))
    assert alone.choices[0].parts == [Text(signature="QUJD")]


def test_the_end_is_where_the_connection_ends() -> None:
    assert isinstance(fed(candidate({"text": "a"}))[-1], e.Failed)
    assert isinstance(fed(candidate({"text": "a"}, finishReason="STOP"), candidate({"text": "b"}))[-1], e.End)
    assert isinstance(fed()[-1], e.Failed)
    two = candidate({"text": "a"}, finishReason="STOP")
    two["candidates"].append({"index": 1, "content": {"parts": [{"text": "b"}]}})
    assert isinstance(fed(two)[-1], e.Failed)


@pytest.mark.parametrize(
    "chunk", [[{"error": {"code": 429, "message": "slow"}}], {"error": {"code": 429, "message": "slow"}}]
)
def test_an_error_in_the_stream(chunk: Any) -> None:
    assert fed(candidate({"text": "a"}), chunk)[-1] == e.Failed(Failure(status=429, message="slow", kind="rate_limit"))


@pytest.mark.parametrize("data", [b"{", b"3", b'"x"', b"null", b'{"candidates":3}', b'{"candidates":[{"content":[]}]}'])
def test_what_cannot_be_read_fails(data: bytes) -> None:
    decoder = GEMINI.decoder()
    decoder.feed("", data)
    assert isinstance(
        (decoder.feed("", data) + decoder.end() or [e.Failed(Failure(status=1, message="", kind="server"))])[-1],
        e.Failed,
    )


def test_a_blocked_prompt() -> None:
    body = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 4}, "modelVersion": "m"}
    answer = GEMINI.decode_response(body)
    assert (answer.choices[0].finish, answer.choices[0].native_finish) == ("content_filter", "SAFETY")
    tongue = assemble(fed(candidate(finishReason="LANGUAGE")))
    assert (tongue.choices[0].finish, tongue.choices[0].native_finish) == ("content_filter", "LANGUAGE")
    again = GEMINI.encode_response(answer, CONTEXT)
    assert again["promptFeedback"] == {"blockReason": "SAFETY"}
    assert "candidates" not in again
    assert assemble(fed(body)).choices == answer.choices
    assert streamed(answer)[-1]["promptFeedback"] == {"blockReason": "SAFETY"}


def test_usage() -> None:
    told = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "cachedContentTokenCount": 4,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 2,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 6}, {"modality": "TEXT", "tokenCount": 4}],
        "serviceTier": "standard",
    }
    answer = GEMINI.decode_response({**candidate({"text": "x"}), "usageMetadata": told})
    assert answer.usage == Usage(input=15, output=5, cached_read=4, reasoning=2, audio_input=6)
    assert answer.service_tier == "default"
    again = GEMINI.encode_response(answer, CONTEXT)["usageMetadata"]
    assert again == {
        "promptTokenCount": 15,
        "candidatesTokenCount": 3,
        "totalTokenCount": 20,
        "cachedContentTokenCount": 4,
        "thoughtsTokenCount": 2,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}, {"modality": "AUDIO", "tokenCount": 6}],
        "serviceTier": "standard",
    }
    assert GEMINI.encode_response(Response(), CONTEXT)["usageMetadata"] == {
        "promptTokenCount": 7,
        "candidatesTokenCount": 0,
        "totalTokenCount": 7,
    }


def test_grounding_counts_bytes() -> None:
    grounding = {
        "groundingChunks": [
            {"web": {"uri": "https://a.test", "title": "A"}},
            {"retrievedContext": {"text": "q", "title": "D"}},
        ],
        "groundingSupports": [
            {"segment": {"startIndex": 4, "endIndex": 9, "text": "über"}, "groundingChunkIndices": [0]}
        ],
        "webSearchQueries": ["x", "y"],
    }
    chunks = (
        candidate({"text": "Äh, "}),
        candidate({"text": "über!"}, finishReason="STOP", groundingMetadata=grounding),
    )
    usage = {"usageMetadata": {"promptTokenCount": 1}}
    answer = assemble(fed(chunks[0], {**chunks[1], **usage}))
    (part,) = answer.choices[0].parts
    assert isinstance(part, Text)
    first, second = part.citations
    assert (first.url, first.start, first.end, first.text) == ("https://a.test", 4, 8, "über")
    assert (second.title, second.quote, second.start) == ("D", "q", None)
    assert answer.usage is not None
    assert answer.usage.searches == 2
    assert GEMINI.encode_response(answer, CONTEXT)["candidates"][0]["groundingMetadata"] == grounding


def test_citations_of_others_become_grounding() -> None:
    cited = Citation(url="https://a.test", title="A", start=0, end=2, text="é!")
    answer = Response(
        choices=[Choice(parts=[Text(text="x "), Text(text="é!", citations=[cited, cited])], finish="stop")]
    )
    for written in (GEMINI.encode_response(answer, CONTEXT), streamed(answer)[-1]):
        assert written["candidates"][0]["groundingMetadata"] == {
            "groundingChunks": [{"web": {"uri": "https://a.test", "title": "A"}}],
            "groundingSupports": [
                {"segment": {"startIndex": 2, "endIndex": 5, "text": "é!"}, "groundingChunkIndices": [0]}
            ],
        }


def streamed(answer: Response, sse: bool = True) -> list[dict[str, Any]]:
    encoder = GEMINI.encoder(msgspec.structs.replace(CONTEXT, sse=sse))
    raw = b"".join(encoder.encode(event) for event in events_of(answer))
    if not sse:
        found: list[dict[str, Any]] = json.loads(raw)
        return found
    assert raw.endswith(b"\r\n\r\n")
    return [json.loads(event.removeprefix(b"data: ")) for event in raw.split(b"\r\n\r\n")[:-1]]


FULL = Response(
    id="resp_1",
    model="gpt",
    choices=[
        Choice(
            parts=[
                Thinking(sections=["one", "two"], encrypted="gAAA-_", id="rs_1"),
                Text(text="so"),
                Refusal(text="no"),
                ToolCall(id="call_9", name="f", arguments='{"a": {"b": []}}'),
                ToolCall(id="call_10", name="patch", arguments="*** text", custom=True),
                Media(kind="image", media_type="image/png", data="AAAA"),
                Media(kind="audio", media_type="audio/wav", data="AAAA", transcript="spoken"),
            ],
            finish="tool_calls",
            native_finish="tool_calls",
            logprobs=[Logprob(token="so", logprob=-0.5, top=[Logprob(token="so", logprob=-0.5)])],
        ),
        Choice(index=1, parts=[Text(text="other")], finish="length"),
    ],
    usage=Usage(input=1, output=2),
)


@pytest.mark.parametrize("sse", [True, False])
def test_a_stream_says_what_the_whole_answer_says(sse: bool) -> None:
    chunks = streamed(FULL, sse)
    for chunk in chunks:
        types.GenerateContentResponse.model_validate(chunk)
        assert (chunk["responseId"], chunk["modelVersion"]) == ("resp_1", "gpt")
    assert chunks[-1]["usageMetadata"]["totalTokenCount"] == 3
    whole = GEMINI.decode_response(GEMINI.encode_response(FULL, CONTEXT))
    again = assemble(fed(*chunks))
    thinking = whole.choices[0].parts[0]
    assert isinstance(thinking, Thinking)
    assert thinking.id == "rs_1"
    thinking.id = ""  # which comes too late in a stream
    assert again.choices == whole.choices
    thinking, text, *rest = again.choices[0].parts
    assert thinking == Thinking(sections=["one\n\ntwo"], summarised=True, encrypted="gAAA-_")
    assert text == Text(text="sono")
    assert [part.id for part in rest if isinstance(part, ToolCall)] == ["call_9", "call_10"]
    assert [choice.native_finish for choice in again.choices] == ["STOP", "MAX_TOKENS"]


def test_a_call_that_is_no_json_is_malformed() -> None:
    answer = Response(choices=[Choice(parts=[ToolCall(id="1", name="f", arguments='{"a":')], finish="tool_calls")])
    for written in (GEMINI.encode_response(answer, CONTEXT), streamed(answer)[-1]):
        assert written["candidates"][0]["finishReason"] == "MALFORMED_FUNCTION_CALL"
        assert written["candidates"][0]["finishMessage"] == 'Malformed function call: f({"a":)'


def test_parts_that_overlap_and_a_stream_without_usage() -> None:
    encoder = GEMINI.encoder(CONTEXT)
    events: list[e.Event] = [
        e.Start(),
        e.Open(0, ToolCall(id="a", name="f", arguments="")),
        e.Open(1, ToolCall(id="b", name="g", arguments="")),
        e.ArgumentsDelta(0, '{"x"'),
        e.ArgumentsDelta(1, "{}"),
        e.ArgumentsDelta(0, ":1}"),
        e.Ping(),
        e.Close(1),
        e.Finished(finish="tool_calls"),
        e.End(),
    ]
    raw = b"".join(encoder.encode(event) for event in events)
    calls = assemble(fed(*[json.loads(each[6:]) for each in raw.split(b"\r\n\r\n")[:-1]])).choices[0].parts
    assert calls == [ToolCall(id="b", name="g"), ToolCall(id="a", name="f", arguments='{"x":1}')]


@pytest.mark.parametrize("sse", [True, False])
@pytest.mark.parametrize("begun", [True, False])
def test_a_failure_looks_like_no_end(sse: bool, begun: bool) -> None:
    encoder = GEMINI.encoder(msgspec.structs.replace(CONTEXT, sse=sse))
    raw = b""
    if begun:
        for event in (e.Start(), e.Open(0, Text()), e.TextDelta(0, "a")):
            raw += encoder.encode(event)
    raw += encoder.encode(e.Failed(Failure(status=529, message="busy", kind="overloaded")))
    chunks = json.loads(raw) if not sse else [json.loads(each[6:]) for each in raw.split(b"\r\n\r\n")[:-1]]
    assert chunks[-1] == {"error": {"code": 529, "message": "busy", "status": "UNAVAILABLE"}}
    assert isinstance(fed(*chunks)[-1], e.Failed)


def test_what_is_no_answer() -> None:
    bodies: list[Any] = [{}, {"choices": []}, {"candidates": 3}, {"candidates": [3]}, []]
    for body in bodies:
        with pytest.raises(BadRequest):
            GEMINI.decode_response(body)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"status": "INVALID_ARGUMENT", "message": "bad"}, "invalid_request"),
        (400, {"status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}, "authentication"),
        (
            400,
            {
                "message": "The input token count (5) exceeds the maximum number of tokens allowed (4).",
                "status": "INVALID_ARGUMENT",
            },
            "context_length",
        ),
        (400, {"message": "enable billing", "status": "FAILED_PRECONDITION"}, "billing"),
        (401, {"status": "UNAUTHENTICATED"}, "authentication"),
        (403, {"status": "PERMISSION_DENIED"}, "permission"),
        (404, {"status": "NOT_FOUND"}, "not_found"),
        (429, {"status": "RESOURCE_EXHAUSTED", "message": "check your quota and billing"}, "rate_limit"),
        (500, {"status": "INTERNAL"}, "server"),
        (503, {"status": "UNAVAILABLE"}, "overloaded"),
        (504, {"status": "DEADLINE_EXCEEDED"}, "timeout"),
        (418, "no object", "invalid_request"),
    ],
)
def test_errors(status: int, error: Any, kind: str) -> None:
    for body in ({"error": error}, [{"error": error}]):
        failure = GEMINI.decode_error(status, body)
        assert (failure.kind, failure.status) == (kind, status)
        assert GEMINI.encode_error(failure)["error"]["code"] == status
    shapes: list[Any] = [None, "x", [], {}, {"error": None}, {"error": {"message": 3, "details": [1], "status": []}}]
    for broken in shapes:
        assert GEMINI.decode_error(status, broken).status == status


def test_our_own_failures_name_their_code_and_field() -> None:
    failure = Failure(status=402, message="spent", kind="billing", code="budget_exceeded", param="key", request_id="r1")
    error = GEMINI.encode_error(failure)
    assert error["error"]["status"] == "FAILED_PRECONDITION"
    found = GEMINI.decode_error(402, error)
    assert (found.code, found.param, found.request_id) == ("budget_exceeded", "key", "r1")


def call_piece(*pieces: dict[str, Any], **more: Any) -> dict[str, Any]:
    return candidate({"functionCall": {**({"partialArgs": list(pieces)} if pieces else {}), **more}})


def test_arguments_that_come_in_pieces_are_put_together() -> None:
    answer = assemble(
        fed(
            call_piece(name="f", willContinue=True),
            call_piece({"jsonPath": "$.city", "stringValue": "New ", "willContinue": True}, willContinue=True),
            call_piece({"jsonPath": "$.city", "stringValue": "York"}, willContinue=True),
            call_piece({"jsonPath": "$.days[1].at", "numberValue": 2.0}, willContinue=True),
            call_piece({"jsonPath": "$['a b']", "boolValue": False}, {"jsonPath": "$.x", "nullValue": "NULL_VALUE"}),
            candidate({"functionCall": {"name": "g", "willContinue": True}, "thoughtSignature": "QUI="}),
            call_piece({"jsonPath": "$.word", "stringValue": "one"}, {"jsonPath": "$.word", "stringValue": "two"}),
            candidate({"functionCall": {"name": "h", "willContinue": True}}),
            candidate({"functionCall": {}}, {"functionCall": {"name": "i", "args": {"a": 1}}}, finishReason="STOP"),
        )
    )
    found = [part for part in answer.choices[0].parts if isinstance(part, ToolCall)]
    assert [(part.name, json.loads(part.arguments), part.signature) for part in found] == [
        ("f", {"city": "New York", "days": [None, {"at": 2}], "a b": False, "x": None}, ""),
        ("g", {"word": "two"}, "QUI="),
        ("h", {}, ""),
        ("i", {"a": 1}, ""),
    ]


@pytest.mark.parametrize("path", [None, "", "$", "$.a[0].b", 3])
def test_a_piece_without_a_place_ends_the_stream_in_a_failure(path: Any) -> None:
    pieces = [{"jsonPath": "$.a", "stringValue": "x"}, {"jsonPath": path, "stringValue": "y"}]
    assert isinstance(fed(call_piece(*pieces, name="f"))[-1], e.Failed)
