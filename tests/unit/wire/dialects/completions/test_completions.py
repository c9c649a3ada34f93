"""Legacy completions: what is asked, what is answered, and what it cannot say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types import Completion

from conduit_desktop.errors import BadRequest, UpstreamError
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.chat import OPENAI_CHAT
from conduit_desktop.wire.dialects.completions import COMPLETIONS
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Choice,
    Format,
    Logprob,
    Media,
    Message,
    Reasoning,
    Request,
    Response,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolChoice,
)
from conduit_desktop.wire.traits import Traits
from conduit_desktop.wire.usage import Usage
from tests.unit.wire.dialects.recorded import cases, decoded

Json = dict[str, Any]
CONTEXT = Context(request=Request(model="asked", stream_usage=True), seed="s", now=9)


def read(**members: Any) -> Request:
    return COMPLETIONS.decode_request({"model": "m", **members}, None, None)


def prompt(*messages: Message, **members: Any) -> Any:
    return COMPLETIONS.encode_request(Request(model="m", messages=list(messages), **members), Traits()).body["prompt"]


def turn(role: Any, *parts: Any) -> Message:
    return Message(role=role, parts=list(parts))


def test_a_prompt_is_a_user_message() -> None:
    request = read(prompt="Once", max_tokens=5, logprobs=2, stop=".", stream=True, best_of=3)
    assert request.messages == [turn("user", Text(text="Once"))]
    assert (request.max_tokens, request.logprobs, request.top_logprobs, request.stop) == (5, True, 2, ["."])
    assert COMPLETIONS.encode_request(request, Traits()).body == {
        "model": "m", "prompt": "Once", "max_tokens": 5, "logprobs": 2, "stop": ["."], "stream": True, "best_of": 3,
        "stream_options": {"include_usage": True},
    }  # fmt: skip
    assert OPENAI_CHAT.encode_request(request, Traits()).dropped == ["best_of"]
    assert read(prompt=["Once"]).messages == request.messages


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": [[1], [2]]}, "prompt"),
        ({"prompt": "a", "suffix": "b"}, "suffix"),
        ({"prompt": "a", "echo": True}, "echo"),
    ],
)
def test_what_only_this_dialect_can_say(members: Json, field: str) -> None:
    request = read(**members)
    assert COMPLETIONS.encode_request(request, Traits()).body == {"model": "m", **members}
    with pytest.raises(BadRequest) as caught:
        OPENAI_CHAT.encode_request(request, Traits())
    assert caught.value.param == field


def test_a_conversation_becomes_a_transcript() -> None:
    found = prompt(
        turn("system", Text(text="Be kind.")),
        turn("user", Text(text="Hi")),
        turn("assistant", Thinking(sections=["hm"]), Text(text="Hello")),
        turn("user", Text(text="Bye"), Media(kind="document", media_type="text/plain", text="words")),
    )
    assert found == "Be kind.\n\nUser: Hi\n\nAssistant: Hello\n\nUser: Bye\nwords\n\nAssistant:"


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"tools": [Tool(name="f")]}, "tools"),
        ({"format": Format()}, "response_format"),
        ({"modalities": ["audio"]}, "modalities"),
        ({"previous_id": "x"}, "previous_response_id"),
        ({"messages": [turn("user", Media(url="https://a"))]}, "messages.content"),
        ({"messages": [turn("assistant", ToolCall(name="f"))]}, "messages.content"),
    ],
)
def test_what_changes_the_meaning_is_refused(members: Json, field: str) -> None:
    request = Request(**{"model": "m", "messages": [turn("user", Text(text="Hi"))], **members})
    with pytest.raises(BadRequest) as caught:
        COMPLETIONS.encode_request(request, Traits())
    assert caught.value.param == field


def test_what_does_not_change_the_meaning_is_left_out_by_name() -> None:
    request = Request(
        model="m",
        messages=[turn("user", Text(text="Hi"))],
        tools=[Tool(name="f")],
        tool_choice=ToolChoice(mode="none"),
        reasoning=Reasoning(effort="low"),
        store=False,
        top_k=3,
        seed=1,
        extras={"gemini": {"safetySettings": []}},
    )
    found = COMPLETIONS.encode_request(request, Traits(refuses=frozenset({"seed"})))
    assert found.dropped == ["seed", "safetySettings", "reasoning", "store", "top_k"]
    assert found.body == {"model": "m", "prompt": "Hi"}


LOGPROBS = [Logprob(token="a", logprob=-0.5, top=[Logprob(token="b", logprob=-1.0)]), Logprob(token="bc", logprob=0.0)]
ANSWER = Response(
    choices=[Choice(parts=[Thinking(sections=["hm"]), Text(text="abc")], finish="length", logprobs=LOGPROBS)],
    usage=Usage(input=1, output=2),
)


def test_whole_answers() -> None:
    body = COMPLETIONS.encode_response(ANSWER, CONTEXT)
    parsed = Completion.model_validate(json.loads(json.dumps(body)))
    assert (parsed.id, parsed.created, parsed.model) == ("cmpl-s", 9, "asked")
    assert body["choices"] == [
        {
            "text": "abc",
            "index": 0,
            "logprobs": {
                "tokens": ["a", "bc"],
                "token_logprobs": [-0.5, 0.0],
                "top_logprobs": [{"b": -1.0}, {}],
                "text_offset": [0, 1],
            },
            "finish_reason": "length",
        }
    ]
    assert COMPLETIONS.decode_response(body).choices[0].logprobs == LOGPROBS


def test_streams() -> None:
    encoder = COMPLETIONS.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in events_of(ANSWER))
    assert raw.endswith(b"data: [DONE]\n\n")
    chunks = [json.loads(line[6:]) for line in raw.split(b"\n\n")[:-2]]
    assert "".join(chunk["choices"][0]["text"] for chunk in chunks[:-1]) == "abc"
    assert chunks[-1]["usage"]["total_tokens"] == 3
    found = assemble(decoded(COMPLETIONS, Events(), [raw]))
    assert found.choices[0].logprobs == LOGPROBS
    assert found.usage == ANSWER.usage
    failing = COMPLETIONS.encoder(CONTEXT)
    raw = failing.encode(e.Failed(Failure(status=500, message="m", kind="server"))) + failing.encode(e.End())
    assert raw.startswith(b'data: {"error"')
    assert b"DONE" not in raw


def test_text_that_begins_like_a_thought_is_text() -> None:
    body = {"choices": [{"text": "<think>x</think>y", "finish_reason": "stop"}]}
    assert COMPLETIONS.decode_response(body).choices[0].parts == [Text(text="<think>x</think>y")]


def test_errors() -> None:
    with pytest.raises(UpstreamError):
        COMPLETIONS.decode_response({"error": {"message": "m"}})
    with pytest.raises(BadRequest) as caught:
        read(prompt=5)
    assert caught.value.param == "prompt"


# ---------------------------------------------------------------- recordings


CASES = [case for folder in ("azure", "openai", "together") for case in cases(f"{folder}/completions")]


@pytest.mark.wire
@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_recordings(case: Json) -> None:
    asked = {name: value for name, value in case["request"]["body"].items() if value is not None}
    request = COMPLETIONS.decode_request(asked, None, None)
    traits = Traits(takes=frozenset({"top_k", "min_p", "repetition_penalty"}))
    again = COMPLETIONS.decode_request(COMPLETIONS.encode_request(request, traits).body, None, None)
    again.stream_usage = request.stream_usage
    assert again == request
    answered = case["response"]
    if answered["status"] >= 400:
        failure = COMPLETIONS.decode_error(answered["status"], answered["body"])
        assert (failure.status, failure.message) == (answered["status"], answered["body"]["error"]["message"])
    elif "body_text" in answered:
        raw = answered["body_text"].encode()
        events = decoded(COMPLETIONS, Events(), [raw])
        assert decoded(COMPLETIONS, Events(), [raw[at : at + 7] for at in range(0, len(raw), 7)]) == events
        encoder = COMPLETIONS.encoder(CONTEXT)
        written = b"".join(encoder.encode(event) for event in events)
        assert assemble(decoded(COMPLETIONS, Events(), [written])).choices == assemble(events).choices
    else:
        response = COMPLETIONS.decode_response(answered["body"])
        written_again = COMPLETIONS.decode_response(COMPLETIONS.encode_response(response, CONTEXT))
        for choice in response.choices:
            choice.extras = {}
        assert (written_again.choices, written_again.usage) == (response.choices, response.usage)
