"""Answers and streams of Ollama's API."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import ollama._types as sdk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context, Dialect
from conduit_desktop.wire.dialects.ollama import OLLAMA, OLLAMA_GENERATE
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Lines
from conduit_desktop.wire.messages import (
    Choice,
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
from tests.unit.wire.dialects import canonical as c
from tests.unit.wire.dialects.recorded import decoded, said

CONTEXT = Context(request=Request(model="m"), seed="s1", now=1_700_000_000, input_tokens=7)
RESPONSE = Response(
    model="claude",
    choices=[
        Choice(
            parts=[
                Thinking(sections=["One.", "Two."], signature="sig"),
                Text(text="Hi"),
                Media(kind="image", data="AA=="),
                ToolCall(id="a", name="f", arguments=""),
                ToolCall(id="b", name="g", arguments='{"x":1}', signature="proof"),
            ],
            finish="tool_calls",
            logprobs=[Logprob(token="Hi", logprob=-0.5, bytes=[72, 105], top=[Logprob(token="Ho", logprob=-2)])],
        )
    ],
    usage=Usage(input=10, output=5),
)


def stream_of(dialect: Dialect, response: Response) -> bytes:
    encoder = dialect.encoder(CONTEXT)
    return b"".join(encoder.encode(event) for event in events_of(response))


def test_an_answer_of_another_provider_in_the_sdks_eyes() -> None:
    body = OLLAMA.encode_response(RESPONSE, CONTEXT)
    read = sdk.ChatResponse.model_validate(body)
    assert (read.model, read.created_at, read.done, read.done_reason) == (
        "claude",
        "2023-11-14T22:13:20.000000Z",
        True,
        "stop",
    )
    assert (read.message.content, read.message.thinking) == ("Hi", "One.\n\nTwo.")
    assert read.message.tool_calls is not None
    assert [(call.function.name, call.function.arguments) for call in read.message.tool_calls] == [
        ("f", {}),
        ("g", {"x": 1}),
    ]
    assert (read.prompt_eval_count, read.eval_count, read.total_duration) == (10, 5, 0)
    assert read.logprobs is not None
    assert read.logprobs[0].logprob == -0.5
    turn = OLLAMA.decode_request({"model": "m", "messages": [body["message"]]}, None, None).messages[0].parts
    assert turn[0] == Thinking(sections=["One.\n\nTwo."], signature="sig")
    assert turn[-1].signature == "proof"


def test_a_stream_of_another_provider_in_the_sdks_eyes() -> None:
    lines = [json.loads(line) for line in stream_of(OLLAMA, RESPONSE).splitlines()]
    parts = [sdk.ChatResponse.model_validate(line) for line in lines]
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
    assert "".join(part.message.content or "" for part in parts) == "Hi"
    assert "".join(part.message.thinking or "" for part in parts) == "One.\n\nTwo."
    calls = [call for line in lines for call in line["message"].get("tool_calls", [])]
    assert [(call["id"], call["function"]["index"], call["function"]["arguments"]) for call in calls] == [
        ("a", 0, {}),
        ("b", 1, {"x": 1}),
    ]
    assert calls[1]["extra_content"] == {"google": {"thought_signature": "proof"}}
    assert (parts[-1].prompt_eval_count, parts[-1].eval_count) == (10, 5)
    assert said(assemble(decoded(OLLAMA, Lines(), [stream_of(OLLAMA, RESPONSE)])))["calls"] == [
        ("a", "f", {}),
        ("b", "g", {"x": 1}),
    ]


def test_generate_in_the_sdks_eyes() -> None:
    read = sdk.GenerateResponse.model_validate(OLLAMA_GENERATE.encode_response(RESPONSE, CONTEXT))
    assert (read.response, read.thinking, read.image) == ("Hi", "One.\n\nTwo.", "AA==")
    lines = [json.loads(line) for line in stream_of(OLLAMA_GENERATE, RESPONSE).splitlines()]
    parts = [sdk.GenerateResponse.model_validate(line) for line in lines]
    assert "".join(part.response or "" for part in parts) == "Hi"
    assert parts[-1].done


def test_without_usage_the_prompt_is_estimated() -> None:
    body = OLLAMA.encode_response(Response(choices=[Choice(parts=[Text(text="a")])]), CONTEXT)
    assert body["prompt_eval_count"] == 7
    assert "eval_count" not in body
    assert body["model"] == "m"


@pytest.mark.parametrize(
    ("finish", "reason"),
    [("stop", "stop"), ("length", "length"), ("context_length", "length"), ("content_filter", "content_filter")],
)
def test_why_it_stopped(finish: Any, reason: str) -> None:
    body = OLLAMA.encode_response(Response(choices=[Choice(finish=finish)]), CONTEXT)
    assert body["done_reason"] == reason


def test_calls_without_ids_get_their_own() -> None:
    line = {
        "model": "m",
        "created_at": "2025-08-20T13:48:26.437779Z",
        "message": {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]},
        "done": True,
    }
    parts = OLLAMA.decode_response(line).choices[0].parts
    assert parts == [ToolCall(id="call_20250820134826437779_0", name="f", arguments="{}")]
    assert OLLAMA.decode_response(line).choices[0].finish == "tool_calls"
    assert assemble(decoded(OLLAMA, Lines(), [json.dumps(line).encode()])).choices[0].parts == parts


def test_overlapping_calls_leave_as_they_are_whole() -> None:
    encoder = OLLAMA.encoder(CONTEXT)
    events = [
        e.Start(),
        e.Open(0, ToolCall(id="a", name="f", arguments="")),
        e.Open(1, ToolCall(id="b", name="g", arguments="")),
        e.ArgumentsDelta(1, '{"y":2}'),
        e.ArgumentsDelta(0, '{"x":1}'),
        e.Close(1),
        e.Close(0),
        e.Open(2, Text(), 1),
        e.TextDelta(2, "another choice"),
        e.Ping(),
        e.Finished(finish="tool_calls"),
        e.End(),
    ]
    raw = b"".join(encoder.encode(event) for event in events)
    assert said(assemble(decoded(OLLAMA, Lines(), [raw])))["calls"] == [("b", "g", {"y": 2}), ("a", "f", {"x": 1})]
    assert b"another" not in raw


def test_a_failure_in_a_stream_does_not_look_finished() -> None:
    encoder = OLLAMA.encoder(CONTEXT)
    raw = encoder.encode(e.Start()) + encoder.encode(
        e.Failed(Failure(status=503, kind="overloaded", message="Too busy."))
    )
    assert raw == b'{"error":"Too busy."}\n'
    failed = decoded(OLLAMA, Lines(), [raw])
    assert isinstance(failed[-1], e.Failed)
    assert failed[-1].failure.message == "Too busy."


def test_refusals_and_sounds_are_words() -> None:
    parts = [Refusal(text="No."), Media(kind="audio", data="AA==", transcript="Hi")]
    response = Response(choices=[Choice(parts=list(parts), finish="refusal")])
    assert OLLAMA.encode_response(response, CONTEXT)["message"]["content"] == "No.Hi"
    lines = [json.loads(line) for line in stream_of(OLLAMA, response).splitlines()]
    assert "".join(line["message"]["content"] for line in lines) == "No.Hi"


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (404, {"error": "model 'x' not found"}, "not_found", "model 'x' not found"),
        (
            400,
            {"error": "input exceeds maximum context length"},
            "context_length",
            "input exceeds maximum context length",
        ),
        (500, {"error": {"message": "inner"}}, "server", "inner"),
        (502, "oops", "server", "oops"),
        (502, None, "server", "Ollama answered with status 502."),
    ],
)
def test_errors(status: int, body: Any, kind: str, message: str) -> None:
    failure = OLLAMA.decode_error(status, body)
    assert (failure.kind, failure.message) == (kind, message)
    assert OLLAMA.encode_error(failure) == {"error": message}


@st.composite
def responses(draw: st.DrawFn) -> Response:
    parts: list[Any] = draw(st.lists(c.thoughts, max_size=1)) + draw(st.lists(c.texts, max_size=1))
    calls = draw(st.lists(c.calls, max_size=2))
    finish: Any = draw(st.sampled_from(["stop", "length"]))
    choice = Choice(parts=[*parts, *calls], finish=finish, native_finish=finish)
    if calls and finish == "stop":
        choice.finish = "tool_calls"
    moment = draw(st.integers(1, 2**32))
    extras = draw(st.sampled_from([{}, {"ollama": {"total_duration": 9, "eval_duration": 3}}]))
    return Response(model=draw(c.names), created=moment, choices=[choice], usage=draw(c.usages), extras=extras)


@c.quick
@given(responses())
def test_an_answer_is_read_as_it_was(response: Response) -> None:
    again = OLLAMA.decode_response(OLLAMA.encode_response(response, CONTEXT))
    kept = again.extras["ollama"]
    assert {name: value for name, value in kept.items() if value} == response.extras.get("ollama", {})
    again.extras = response.extras
    assert again == response


@c.quick
@given(responses())
def test_a_stream_is_read_as_it_was(response: Response) -> None:
    again = assemble(decoded(OLLAMA, Lines(), [stream_of(OLLAMA, response)]))
    assert said(again) == said(response) if again.choices else not response.choices
    assert again.choices[0].parts == response.choices[0].parts


@c.quick
@given(
    st.lists(st.dictionaries(st.sampled_from(["message", "done", "logprobs", "created_at"]), c.json_values, max_size=3))
)
def test_a_broken_stream_never_raises(lines: list[dict[str, Any]]) -> None:
    for dialect in (OLLAMA, OLLAMA_GENERATE):
        decoder = dialect.decoder()
        for line in lines:
            decoder.feed("", json.dumps(line).encode())
            decoder.feed("", json.dumps({"message": {"tool_calls": [line], "reasoning_details": [line]}}).encode())
        decoder.feed("", b"not json")
        assert decoder.end() == []


@c.quick
@given(c.json_values)
def test_a_broken_answer_is_a_bad_request(body: Any) -> None:
    for each in (body, {"message": body}, {"response": "", "logprobs": body}):
        for dialect in (OLLAMA, OLLAMA_GENERATE):
            with suppress(BadRequest):
                dialect.decode_response(each)
    OLLAMA.decode_error(500, body)
