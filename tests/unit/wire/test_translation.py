"""Answers between two dialects: whole and as streams, and what becomes of those that break off."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import NAMES, dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.recognising import Recognising
from conduit_desktop.wire.eventstream import Frames, frame
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import Request, Response

CHAT = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": "Hé"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {"content": "llo"}, "finish_reason": None}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}},
]
HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "up"}
STREAM = [f"data: {json.dumps(HEAD | chunk)}\n\n".encode() for chunk in CHAT] + [b"data: [DONE]\n\n"]
CLIENTS = [name for name in NAMES if name not in ("openai-chat", "bedrock-converse")]


def watching(client: str, model: str = "") -> translation.Watch:
    context = Context(request=Request(model="asked", stream=True), seed="abc", now=1, input_tokens=9)
    return translation.Watch(Recognising("openai-chat"), Events(), dialect(client).encoder(context), model)


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("step", [1, 3, 10_000])
def test_a_stream_is_the_same_at_any_split(client: str, step: int) -> None:
    data, whole, cut = b"".join(STREAM), watching(client), watching(client)
    expected = whole.feed(data) + whole.held
    assert b"".join(cut.feed(data[at : at + step]) for at in range(0, len(data), step)) + cut.held == expected
    assert whole.done
    assert whole.usage is not None
    assert (whole.usage.input, whole.usage.output, whole.finish) == (3, 2, "stop")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("events", range(3))
def test_a_stream_cut_short_does_not_look_finished(client: str, events: int) -> None:
    watch = watching(client)
    watch.feed(b"".join(STREAM[:events]))
    watch.end()
    assert not watch.complete
    told = watch.fail(Failure(status=502, kind="server", message="It broke off."))
    assert b"It broke off." in told
    for ending in (b"[DONE]", b"message_stop", b"response.completed", b"finishReason", b'"done":true', b"COMPLETE"):
        assert ending not in told


def test_the_model_may_be_named_as_it_was_asked_for() -> None:
    assert b'"model":"mine"' in watching("anthropic-messages", "mine").feed(b"".join(STREAM))


@pytest.mark.parametrize("asked", ["openai-chat", "openai-responses", "anthropic-messages", "gemini", "ollama"])
def test_an_answer_in_another_dialect_is_read_all_the_same(asked: str) -> None:
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}]}  # fmt: skip
    answer = translation.read_answer(dialect(asked), json.dumps(body).encode())
    assert isinstance(answer, Response)
    assert answer.choices[0].finish == "stop"
    streamed = translation.collected(Recognising(asked), Events(), b"".join(STREAM))
    assert isinstance(streamed, Response)
    assert streamed.choices[0].parts


def test_bedrocks_answers_are_read_in_either_of_its_dialects() -> None:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude", "content": [],
               "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 2}}  # fmt: skip
    told = [{"type": "message_start", "message": message}, {"type": "message_stop"}]
    frames = b"".join(
        frame("chunk", json.dumps({"bytes": base64.b64encode(json.dumps(each).encode()).decode()}).encode())
        for each in told
    )
    for answer in (
        translation.read_answer(dialect("bedrock-converse"), json.dumps(message).encode()),
        translation.collected(Recognising("bedrock-converse"), Frames(), frames),
    ):
        assert isinstance(answer, Response)
        assert answer.id == "m"


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b"<html>", b'{"choices":7}', b"[" * 100_000])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_answer_is_a_failure(name: str, body: bytes) -> None:
    answer = translation.read_answer(dialect(name), body)
    assert isinstance(answer, Failure)
    assert answer.status >= 500


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("cohere", {"id": "e-1", "message": "overloaded"}),
        ("openai-chat", {"object": "error", "message": "overloaded", "type": "x", "code": 1}),
        ("ollama", {"error": "overloaded"}),
    ],
)
def test_an_error_under_a_good_status_is_one(name: str, body: dict[str, Any]) -> None:
    answer = translation.read_answer(dialect(name), json.dumps(body).encode())
    assert isinstance(answer, Failure)
    assert answer.message == "overloaded"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("openai-chat", {"messages": [{"role": "user", "content": "x"}]}),
        ("openai-responses", {"input": "x"}),
        ("completions", {"prompt": "x"}),
        ("anthropic-messages", {"max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}),
        ("ollama", {"messages": [{"role": "user", "content": "x"}]}),
        ("cohere", {"messages": [{"role": "user", "content": "x"}]}),
    ],
)
def test_a_model_that_is_mapped_is_not_left_over(name: str, body: dict[str, Any]) -> None:
    request = dialect(name).decode_request({**body, "model": "fast"}, "fast", None)
    assert "model" not in request.extras.get(name, {})
