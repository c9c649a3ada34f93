"""Answers for clients of this dialect, as OpenAI's SDK reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.chat import OPENAI_CHAT
from conduit_desktop.wire.failure import Failure, Kind
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Finish,
    Logprob,
    Media,
    Part,
    Refusal,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolCall,
)
from conduit_desktop.wire.usage import Usage

Json = dict[str, Any]


def context(**members: Any) -> Context:
    return Context(request=Request(model="asked", **members), seed="s33d", now=99)


def answer(*parts: Part, finish: Finish = "stop", **members: Any) -> Response:
    return Response(choices=[Choice(parts=list(parts), finish=finish)], **members)


def message(*parts: Part, **request: Any) -> Json:
    body = OPENAI_CHAT.encode_response(answer(*parts), context(**request))
    ChatCompletion.model_validate(body)
    found: Json = body["choices"][0]["message"]
    return found


def written(events: list[e.Event], **request: Any) -> list[Json]:
    """The chunks of a stream, each of which the SDK must read."""
    encoder = OPENAI_CHAT.encoder(context(**request))
    raw = b"".join(encoder.encode(event) for event in events)
    assert raw.endswith(b"data: [DONE]\n\n")
    chunks = [json.loads(line[6:]) for line in raw.split(b"\n\n")[:-2]]
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk)
    return chunks


def deltas(*parts: Part, **request: Any) -> list[Json]:
    """What the stream of an answer says between the role and the finish reason."""
    chunks = written(list(events_of(answer(*parts))), **request)
    found = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert found[0] == {"role": "assistant", "content": "", "refusal": None}
    assert found[-1] == {}
    return found[1:-1]


def test_members_that_every_answer_has() -> None:
    usage = Usage(input=9, output=4, cached_read=2, reasoning=1, reported_cost=250_000_000_000)
    body = OPENAI_CHAT.encode_response(answer(Text(text="Hi"), usage=usage), context())
    parsed = ChatCompletion.model_validate(body)
    assert (parsed.id, parsed.created, parsed.model, parsed.object) == ("chatcmpl-s33d", 99, "asked", "chat.completion")
    assert body["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi", "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert body["usage"] == {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 0, "cache_write_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 1,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "cost": 0.25,
    }
    assert "system_fingerprint" not in body
    given = OPENAI_CHAT.encode_response(answer(id="msg_1", model="m", created=3, service_tier="priority"), context())
    assert (given["id"], given["created"], given["model"]) == ("chatcmpl-msg_1", 3, "m")
    assert given["service_tier"] == "priority"
    assert given["choices"][0]["message"]["content"] is None


def test_a_stream_has_the_role_first_and_usage_last_when_asked() -> None:
    events = list(events_of(answer(Text(text="Hi"), id="chatcmpl-1", model="m", created=3, usage=Usage(input=1))))
    chunks = written(events, stream_usage=True)
    assert [chunk.get("usage", "absent") for chunk in chunks[:-1]] == [None, None, None]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["prompt_tokens"] == 1
    assert {(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks} == {("chatcmpl-1", "m", 3)}
    assert chunks[2]["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    assert all("usage" not in chunk for chunk in written(events))


THOUGHT = Thinking(sections=["I think."], signature="sig", extras={"openai-chat": {"format": "anthropic-claude-v1"}})


def test_reasoning_with_a_signature() -> None:
    item = {"type": "reasoning.text", "text": "I think.", "format": "anthropic-claude-v1", "index": 0}
    found = message(THOUGHT, Text(text="Yes."))
    assert found["reasoning_content"] == "I think."
    assert found["reasoning_details"] == [{**item, "signature": "sig"}]
    assert deltas(THOUGHT, Text(text="Yes.")) == [
        {"reasoning_content": "I think.", "reasoning_details": [item]},
        {"reasoning_details": [{**item, "text": "", "signature": "sig"}]},
        {"content": "Yes."},
    ]
    plain = message(Thinking(sections=["So."]), Text(text="Yes."))
    assert plain["reasoning_content"] == "So."
    assert "reasoning_details" not in plain


def test_reasoning_in_sections_with_encrypted_content() -> None:
    part = Thinking(sections=["One", "Two"], summarised=True, id="rs_1", encrypted="secret")
    items = [
        {"type": "reasoning.summary", "summary": "One", "id": "rs_1", "index": 0},
        {"type": "reasoning.summary", "summary": "Two", "id": "rs_1", "index": 1},
        {"type": "reasoning.encrypted", "data": "secret", "id": "rs_1", "index": 2},
    ]
    found = message(part, Thinking(sections=["Three"]))
    assert found["reasoning_content"] == "One\n\nTwo\n\nThree"
    assert found["reasoning_details"] == [*items, {"type": "reasoning.text", "text": "Three", "index": 3}]
    streamed = deltas(part, Thinking(sections=["Three"]))
    assert "".join(delta.get("reasoning_content", "") for delta in streamed) == "One\n\nTwo\n\nThree"
    assert [item for delta in streamed for item in delta["reasoning_details"]] == found["reasoning_details"]


def test_signatures_of_calls_and_text() -> None:
    google = {"google": {"thought_signature": "sig"}}
    call = ToolCall(id="a", name="f", arguments='{"x":1}', signature="sig")
    assert message(call)["tool_calls"][0]["extra_content"] == google
    assert message(Text(text="Hi", signature="sig"))["extra_content"] == google
    assert {"tool_calls": [{"index": 0, "extra_content": google}]} in deltas(call)
    assert {"extra_content": google} in deltas(Text(text="Hi", signature="sig"))


def test_tool_calls() -> None:
    calls = [ToolCall(id="a", name="f", arguments='{"x":1}'), ToolCall(name="g")]
    assert message(*calls) == {
        "role": "assistant",
        "content": None,
        "refusal": None,
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
            {"id": "call_s33d1", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        ],
    }
    assert deltas(*calls) == [
        {"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "f", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"x":1}'}}]},
        {
            "tool_calls": [
                {"index": 1, "id": "call_s33d1", "type": "function", "function": {"name": "g", "arguments": ""}}
            ]
        },
        {"tool_calls": [{"index": 1, "function": {"arguments": "{}"}}]},
    ]


def test_calls_without_any_argument_stream_an_empty_object() -> None:
    opened: list[e.Event] = [
        e.Start(),
        e.Open(0, ToolCall(id="a", name="f", arguments="")),
        e.Close(0),
        e.Finished(),
        e.End(),
    ]
    assert written(opened)[2]["choices"][0]["delta"] == {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}


def test_calls_of_custom_tools_behind_functions() -> None:
    request = {"tools": [Tool(kind="custom", name="c")]}
    wrapped = ToolCall(id="a", name="c", arguments='{"input":"free text"}')
    assert message(wrapped, **request)["tool_calls"] == [
        {"id": "a", "type": "custom", "custom": {"name": "c", "input": "free text"}}
    ]
    encoder = OPENAI_CHAT.encoder(context(**request))
    raw = b"".join(encoder.encode(event) for event in events_of(answer(wrapped)))
    assert b'"type":"custom","custom":{"name":"c","input":""}' in raw
    assert b'{"index":0,"custom":{"input":"free text"}}' in raw


def test_clients_that_know_functions_only() -> None:
    request = {"tools": [Tool(name="f", extras={"openai-chat": {"_legacy": True}})]}
    call = ToolCall(id="a", name="f", arguments='{"x":1}')
    body = OPENAI_CHAT.encode_response(answer(call, finish="tool_calls"), context(**request))
    assert body["choices"][0]["message"]["function_call"] == {"name": "f", "arguments": '{"x":1}'}
    assert body["choices"][0]["finish_reason"] == "function_call"
    chunks = written(list(events_of(answer(call, finish="tool_calls"))), **request)
    assert [chunk["choices"][0]["delta"] for chunk in chunks[1:3]] == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": '{"x":1}'}},
    ]
    assert chunks[-1]["choices"][0]["finish_reason"] == "function_call"


def test_citations_count_from_the_message_s_beginning() -> None:
    cited = Text(text="cd", citations=[Citation(url="https://a", title="A", quote="q", start=0, end=2)])
    whole = Text(text="e", citations=[Citation(title="Doc", source_id="doc-1", quote="q")])
    first = {
        "type": "url_citation",
        "url_citation": {"start_index": 2, "end_index": 4, "title": "A", "url": "https://a", "content": "q"},
    }
    second = {
        "type": "url_citation",
        "url_citation": {"start_index": 0, "end_index": 0, "title": "Doc", "url": "", "content": "q"},
    }
    assert message(Text(text="ab"), cited, whole)["annotations"] == [first, second]
    streamed = deltas(Text(text="ab"), cited, whole)
    assert [delta["annotations"] for delta in streamed if "annotations" in delta] == [[first], [second]]


def test_sounds_and_pictures() -> None:
    sound = Media(kind="audio", id="audio_1", data="AAEC", transcript="Hi", expires=7)
    audio = {"id": "audio_1", "data": "AAEC", "transcript": "Hi", "expires_at": 7}
    assert message(sound)["audio"] == audio
    assert deltas(sound) == [{"audio": audio}]
    image = Media(media_type="image/png", data="AAEC")
    expected = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}, "index": 0}]
    assert message(image)["images"] == expected
    assert deltas(image) == [{"images": expected}]
    pieces: list[e.Event] = [
        e.Open(0, Media(kind="audio", id="audio_1")),
        e.DataDelta(0, "AA=="),
        e.TextDelta(0, "Hi"),
        e.Sealed(0, expires=7),
        e.Close(0),
        e.Finished(),
        e.End(),
    ]
    assert [chunk["choices"][0]["delta"] for chunk in written([e.Start(), *pieces])[1:-1]] == [
        {"audio": {"id": "audio_1"}},
        {"audio": {"data": "AA=="}},
        {"audio": {"transcript": "Hi"}},
        {"audio": {"expires_at": 7}},
    ]


def test_refusals() -> None:
    body = OPENAI_CHAT.encode_response(answer(Refusal(text="No."), finish="refusal"), context())
    assert body["choices"][0]["message"]["refusal"] == "No."
    assert body["choices"][0]["finish_reason"] == "stop"
    assert deltas(Refusal(text="No.")) == [{"refusal": "No."}]
    silent = OPENAI_CHAT.encode_response(answer(Text(text="x"), finish="refusal"), context())
    assert silent["choices"][0]["finish_reason"] == "content_filter"


def test_logprobs() -> None:
    found = [Logprob(token="a", logprob=-0.5, bytes=[97], top=[Logprob(token="b", logprob=-1.0)])]
    expected = {
        "content": [
            {
                "token": "a",
                "logprob": -0.5,
                "bytes": [97],
                "top_logprobs": [{"token": "b", "logprob": -1.0, "bytes": None}],
            }
        ],
        "refusal": None,
    }
    response = Response(choices=[Choice(parts=[Text(text="a")], finish="stop", logprobs=found)])
    body = OPENAI_CHAT.encode_response(response, context())
    ChatCompletion.model_validate(body)
    assert body["choices"][0]["logprobs"] == expected
    assert written(list(events_of(response)))[2]["choices"][0]["logprobs"] == expected


def test_several_choices_begin_with_a_role_each() -> None:
    response = Response(choices=[Choice(index=index, parts=[Text(text="x")], finish="stop") for index in (0, 1)])
    chunks = written(list(events_of(response)))
    roles = [chunk["choices"][0]["index"] for chunk in chunks if "role" in chunk["choices"][0]["delta"]]
    assert roles == [0, 1]


def test_parts_that_overlap() -> None:
    events: list[e.Event] = [
        e.Start(),
        e.Open(0, ToolCall(id="a", name="f", arguments="")),
        e.Open(1, ToolCall(id="b", name="g", arguments="")),
        e.ArgumentsDelta(1, '{"y"'),
        e.ArgumentsDelta(0, '{"x":1}'),
        e.ArgumentsDelta(1, ":2}"),
        e.Close(1),
        e.Close(0),
        e.Finished(finish="tool_calls"),
        e.End(),
    ]
    pieces = [chunk["choices"][0]["delta"]["tool_calls"][0] for chunk in written(events)[3:-1]]
    assert [(piece["index"], piece["function"]["arguments"]) for piece in pieces] == [
        (1, '{"y"'),
        (0, '{"x":1}'),
        (1, ":2}"),
    ]


def test_a_failure_never_looks_like_an_end() -> None:
    failure = Failure(status=429, message="Slow down", kind="rate_limit")
    for before in ([], [e.Start()], [e.Start(), e.Open(0, Text()), e.TextDelta(0, "Hi")]):
        encoder = OPENAI_CHAT.encoder(context(stream_usage=True))
        raw = b"".join(encoder.encode(event) for event in [*before, e.Failed(failure), e.Tokens(Usage()), e.End()])
        assert b"[DONE]" not in raw
        last = json.loads(raw.split(b"\n\n")[-2][6:])
        assert last == {
            "error": {
                "message": "Slow down",
                "type": "rate_limit_error",
                "param": None,
                "code": "rate_limit_exceeded",
            }
        }


def test_pings_are_comments() -> None:
    assert OPENAI_CHAT.encoder(context()).encode(e.Ping()).startswith(b":")


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "message"),
    [
        (
            404,
            {"error": {"message": "m", "type": "t", "param": "model", "code": "model_not_found"}},
            "not_found",
            "model_not_found",
            "m",
        ),
        (400, {"error": "words"}, "invalid_request", "", "words"),
        (422, {"error": "words", "error_type": "template_error"}, "invalid_request", "template_error", "words"),
        (401, {"message": "words", "request_id": "r"}, "authentication", "", "words"),
        (400, {"object": "error", "message": "words", "type": "t", "code": "3230"}, "invalid_request", "3230", "words"),
        (422, {"detail": [{"loc": ["body", "n"], "msg": "too big", "type": "t"}]}, "invalid_request", "t", "too big"),
        (
            422,
            {"detail": [{"loc": ["a"], "msg": "x"}, {"loc": ["b"], "msg": "y"}]},
            "invalid_request",
            "",
            "a: x; b: y",
        ),
        (401, {"detail": "Unauthorized"}, "authentication", "", "Unauthorized"),
        (
            400,
            [{"error": {"code": 400, "message": "words", "status": "INVALID_ARGUMENT"}}],
            "invalid_request",
            "400",
            "words",
        ),
        (
            404,
            {"code": "Some requested entity was not found", "error": "words"},
            "not_found",
            "Some requested entity was not found",
            "words",
        ),
        (500, {"errors": ["words"]}, "server", "", "words"),
        (502, "<html>Bad gateway</html>", "server", "", "Bad gateway"),
        (500, None, "server", "", "The provider reported an error without a word about it."),
        (
            400,
            {
                "error": {
                    "message": "Provider returned error",
                    "code": 400,
                    "metadata": {"raw": '{"error":{"message":"inner"}}'},
                }
            },
            "invalid_request",
            "400",
            "Provider returned error: inner",
        ),
    ],
)
def test_error_bodies(status: int, body: Any, kind: Kind, code: str, message: str) -> None:
    found = OPENAI_CHAT.decode_error(status, body)
    assert (found.status, found.kind, found.code, found.message) == (status, kind, code, message)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "x", "code": "context_length_exceeded"}, "context_length"),
        (400, {"message": "This model's maximum context length is 128000 tokens. However"}, "context_length"),
        (400, {"message": "request (2009 tokens) exceeds the available context size (512 tokens)"}, "context_length"),
        (
            400,
            {"message": "This model's maximum prompt length is 131072 but the request contains 537812 tokens."},
            "context_length",
        ),
        (
            400,
            {"message": "The total length of all messages is too long.", "type": "too_many_prompt_tokens"},
            "context_length",
        ),
        (400, {"message": "Please reduce the length of the messages or completion."}, "context_length"),
        (
            400,
            {"message": "Prompt contains 70000 tokens, too large for model with 32768 maximum context length"},
            "context_length",
        ),
        (
            400,
            {"message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."},
            "context_length",
        ),
        (400, {"message": "Invalid request: Your request exceeded model token limit: 262144"}, "context_length"),
        (400, {"message": "Prompt exceeds max length", "code": "1261"}, "context_length"),
        (400, {"message": "max_tokens is too large: 99999999"}, "invalid_request"),
        (429, {"message": "Request too large: tokens per minute, prompt is too long"}, "rate_limit"),
        (400, {"message": "filtered", "code": "content_filter"}, "content_filter"),
        (400, {"message": "x", "innererror": {"code": "ResponsibleAIPolicyViolation"}}, "content_filter"),
        (403, {"message": "Content violates usage guidelines."}, "content_filter"),
        (429, {"message": "You exceeded your current quota", "code": "insufficient_quota"}, "billing"),
        (402, {"message": "Insufficient Balance"}, "billing"),
        (400, {"message": "Incorrect API key provided: sk***"}, "authentication"),
        (429, {"message": "x"}, "rate_limit"),
        (413, {"message": "x", "code": "rate_limit_exceeded"}, "too_large"),
        (498, {"message": "Flex capacity exceeded"}, "overloaded"),
        (503, {"message": "x"}, "overloaded"),
        (529, {"message": "x"}, "overloaded"),
    ],
)
def test_kinds_of_errors(status: int, error: Json, kind: Kind) -> None:
    assert OPENAI_CHAT.decode_error(status, {"error": error}).kind == kind


def test_error_bodies_for_clients() -> None:
    def written_as(kind: Kind, code: str = "") -> Json:
        found: Json = OPENAI_CHAT.encode_error(Failure(status=400, message="m", kind=kind, code=code, param="p"))[
            "error"
        ]
        assert (found["message"], found["param"]) == ("m", "p")
        return found

    assert written_as("context_length", "1261")["code"] == "context_length_exceeded"
    assert written_as("invalid_request")["code"] is None
    assert written_as("billing")["type"] == "insufficient_quota"
    assert written_as("server", "internal")["code"] == "internal"
