"""Answers and streams of Cohere's chat."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import cohere.types
import pytest
from cohere.core.unchecked_base_model import construct_type
from cohere.v2.types import V2ChatResponse, V2ChatStreamResponse
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.cohere import COHERE
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Events
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
from tests.unit.wire.dialects import canonical as c
from tests.unit.wire.dialects.recorded import decoded, said

CONTEXT = Context(request=Request(model="m"), seed="s1")


def stream_of(response: Response) -> bytes:
    encoder = COHERE.encoder(CONTEXT)
    return b"".join(encoder.encode(event) for event in events_of(response))


def objects(raw: bytes) -> list[Any]:
    return [json.loads(data) for _, data in Events().feed(raw) if data != b"[DONE]"]


def test_an_answer_of_another_provider_in_the_sdks_eyes() -> None:
    response = Response(
        choices=[
            Choice(
                parts=[
                    Thinking(sections=["Hm."], signature="sig"),
                    Text(text="Paris it is.", citations=[Citation(url="https://x.test/a", title="A", quote="Paris")]),
                    ToolCall(id="toolu_1", name="f", arguments='{"a":1}', signature="proof"),
                ],
                finish="stop",
                logprobs=[Logprob(token="Paris", logprob=-0.5)],
            )
        ],
        usage=Usage(input=10, output=5, cached_read=3, reasoning=2),
    )
    body = COHERE.encode_response(response, CONTEXT)
    read = construct_type(type_=V2ChatResponse, object_=body)
    assert read.id == "s1"
    assert read.finish_reason == "TOOL_CALL"
    assert read.message.content[0].thinking == "Hm."
    assert read.message.content[1].text == "Paris it is."
    citation = read.message.citations[0]
    assert (citation.start, citation.end, citation.text, citation.content_index) == (0, 12, "Paris it is.", 1)
    assert citation.sources[0].document["url"] == "https://x.test/a"
    assert isinstance(citation.sources[0], cohere.types.DocumentSource)
    assert read.message.tool_calls[0].function.arguments == '{"a":1}'
    assert read.usage.tokens.input_tokens == 10
    assert read.usage.cached_tokens == 3
    assert read.logprobs[0].logprobs == [-0.5]
    turn = json.loads(read.message.json())
    back = COHERE.decode_request({"model": "m", "messages": [turn]}, None, None).messages[0].parts
    assert back[0] == Thinking(sections=["Hm."], signature="sig")
    assert isinstance(back[2], ToolCall)
    assert back[2].signature == "proof"


def test_a_stream_of_another_provider_in_the_sdks_eyes() -> None:
    response = Response(
        id="x",
        choices=[
            Choice(
                parts=[
                    Thinking(sections=["One.", "Two."], signature="sig"),
                    Text(text="Hi there", citations=[Citation(start=0, end=2, url="https://x.test/a")]),
                    ToolCall(id="a", name="f", arguments=""),
                    ToolCall(id="b", name="g", arguments='{"x":1}'),
                ],
                finish="tool_calls",
            )
        ],
        usage=Usage(input=10, output=5),
    )
    found = objects(stream_of(response))
    events = [construct_type(type_=V2ChatStreamResponse, object_=each) for each in found]
    assert [event.type for event in events] == [
        "message-start",
        "content-start",
        "content-delta",
        "content-delta",
        "content-delta",
        "content-end",
        "content-start",
        "content-delta",
        "citation-start",
        "citation-end",
        "content-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "tool-call-start",
        "tool-call-delta",
        "tool-call-end",
        "message-end",
    ]
    assert events[3].delta.message.content.thinking == "\n\nTwo."
    assert found[4]["delta"]["message"]["content"] == {"thinking": "", "signature": "sig"}
    assert events[8].delta.message.citations.text == "Hi"
    assert events[12].delta.message.tool_calls.function.arguments == "{}"
    assert [each["index"] for each in found if "index" in each] == [0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1]
    assert events[-1].delta.finish_reason == "TOOL_CALL"
    assert events[-1].delta.usage.billed_units.input_tokens == 10


def test_a_failure_in_a_stream_does_not_look_finished() -> None:
    encoder = COHERE.encoder(CONTEXT)
    raw = encoder.encode(e.Start(id="x"))
    raw += encoder.encode(e.Failed(Failure(status=503, kind="overloaded", message="Too busy.")))
    assert b"[DONE]" not in raw
    assert objects(raw)[-1]["delta"] == {"finish_reason": "ERROR", "error": "Too busy."}
    failed = decoded(COHERE, Events(), [raw])[-1]
    assert isinstance(failed, e.Failed)
    assert failed.failure.message == "Too busy."


def test_parts_that_overlap_come_one_after_the_other() -> None:
    encoder = COHERE.encoder(CONTEXT)
    events = [
        e.Start(),
        e.Open(0, ToolCall(id="a", name="f", arguments="")),
        e.Open(1, ToolCall(id="b", name="g", arguments="")),
        e.ArgumentsDelta(1, "{}"),
        e.ArgumentsDelta(0, '{"x":'),
        e.Close(1),
        e.ArgumentsDelta(0, "1}"),
        e.Close(0),
        e.Finished(finish="tool_calls"),
        e.End(),
    ]
    raw = b"".join(encoder.encode(event) for event in events)
    assert [(call.id, call.arguments) for call in assemble(decoded(COHERE, Events(), [raw])).choices[0].parts] == [
        ("a", '{"x":1}'),
        ("b", "{}"),
    ]


def test_only_the_first_choice_is_told() -> None:
    response = Response(
        choices=[
            Choice(parts=[Text(text="a")], finish="stop"),
            Choice(index=1, parts=[Text(text="b")], finish="length"),
        ]
    )
    raw = stream_of(response)
    assert b'"b"' not in raw
    assert objects(raw)[-1]["delta"]["finish_reason"] == "COMPLETE"
    assert COHERE.encode_response(response, CONTEXT)["message"]["content"] == [{"type": "text", "text": "a"}]


def test_pictures_sounds_and_refusals_are_shown_as_well_as_can_be() -> None:
    parts = [
        Refusal(text="No."),
        Media(kind="image", media_type="image/png", data="AA=="),
        Media(kind="audio", data="AA==", transcript="Hi"),
    ]
    response = Response(choices=[Choice(parts=parts, finish="refusal")])
    content = COHERE.encode_response(response, CONTEXT)["message"]["content"]
    assert content == [
        {"type": "text", "text": "No."},
        {"type": "text", "text": "![image](data:image/png;base64,AA==)"},
        {"type": "text", "text": "Hi"},
    ]
    assert len([each for each in objects(stream_of(response)) if each["type"] == "content-start"]) == 3


def test_late_citations_find_their_text() -> None:
    raw = b"".join(
        b"data: " + json.dumps(each).encode() + b"\n\n"
        for each in [
            {"type": "message-start", "id": "x"},
            {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hi"}}}},
            {"type": "content-end", "index": 0},
            {
                "type": "citation-start",
                "index": 0,
                "delta": {
                    "message": {
                        "citations": {
                            "start": 0,
                            "end": 2,
                            "text": "Hi",
                            "sources": [{"id": "doc:3", "type": "document"}],
                        }
                    }
                },
            },
            {"type": "citation-end", "index": 0},
            {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
        ]
    )
    part = assemble(decoded(COHERE, Events(), [raw])).choices[0].parts[0]
    assert isinstance(part, Text)
    assert [(each.source_id, each.document) for each in part.citations] == [("doc:3", 3)]


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (
            400,
            {"message": "too many tokens: 9", "error_type": "TOO_MANY_TOKENS"},
            "context_length",
            "too many tokens: 9",
        ),
        (401, {"id": "i", "message": "invalid api token"}, "authentication", "invalid api token"),
        (422, {"message": "unprocessable"}, "invalid_request", "unprocessable"),
        (429, {"message": "slow down"}, "rate_limit", "slow down"),
        (498, {"message": "blocked"}, "content_filter", "blocked"),
        (500, "oops", "server", "oops"),
        (502, None, "server", "Cohere answered with status 502."),
        (400, {"error": {"message": "inner"}}, "invalid_request", "inner"),
        (400, [1], "invalid_request", "Cohere answered with status 400."),
    ],
)
def test_errors(status: int, body: Any, kind: str, message: str) -> None:
    failure = COHERE.decode_error(status, body)
    assert (failure.status, failure.kind, failure.message) == (status, kind, message)
    assert COHERE.encode_error(failure)["message"] == message


usages = st.builds(
    Usage,
    input=st.integers(0, 10**6),
    output=st.integers(0, 10**6),
    cached_read=st.integers(0, 9),
    reasoning=st.integers(0, 9),
    searches=st.integers(0, 3),
    billed_input=st.integers(0, 9),
    billed_output=st.integers(0, 9),
)
citations = st.builds(
    Citation,
    start=st.just(0),
    end=st.just(1),
    text=c.words,
    source_id=c.names,
    title=c.words,
    url=c.names,
    quote=c.words,
    origin=st.just("cohere"),
).map(
    lambda each: Citation(
        **{
            name: getattr(each, name)
            for name in ("start", "end", "text", "source_id", "title", "url", "quote", "origin")
        },
        native={
            "type": "document",
            "id": each.source_id,
            "document": {"id": each.source_id, "title": each.title, "url": each.url, "text": each.quote},
        },
    )
)
plans = st.builds(Thinking, sections=c.words.map(lambda text: [text]), extras=st.just({"cohere": {"_tool_plan": True}}))
parts = st.builds(
    lambda plan, thoughts, texts, calls: [*plan, *thoughts, *texts, *calls],
    st.lists(plans, max_size=1),
    st.lists(c.thoughts, max_size=1),
    st.lists(st.builds(Text, text=c.words, citations=st.lists(citations, max_size=1)), max_size=2),
    st.lists(c.calls, max_size=2),
)
ends = st.sampled_from([("stop", "COMPLETE"), ("length", "MAX_TOKENS"), ("stop_sequence", "STOP_SEQUENCE")])


@st.composite
def responses(draw: st.DrawFn) -> Response:
    held = draw(parts)
    finish, native = draw(ends)
    if finish == "stop" and any(isinstance(part, ToolCall) for part in held):
        finish, native = "tool_calls", "TOOL_CALL"
    choice = Choice(parts=held, finish=finish, native_finish=native)
    return Response(id=draw(c.names), choices=[choice], usage=draw(usages))


@c.quick
@given(responses())
def test_an_answer_is_read_as_it_was(response: Response) -> None:
    assert COHERE.decode_response(COHERE.encode_response(response, CONTEXT)) == response


@c.quick
@given(responses())
def test_a_stream_is_read_as_it_was(response: Response) -> None:
    raw = stream_of(response)
    events = decoded(COHERE, Events(), [raw])
    assert said(assemble(events)) == said(response)
    assert [type(part) for part in assemble(events).choices[0].parts] == [type(p) for p in response.choices[0].parts]


@c.quick
@given(
    st.lists(st.dictionaries(st.sampled_from(["type", "index", "delta", "id", "message"]), c.json_values, max_size=3))
)
def test_a_broken_stream_never_raises(lines: list[dict[str, Any]]) -> None:
    kinds = ["message-start", "content-delta", "tool-call-start", "tool-call-delta", "citation-start", "message-end"]
    decoder = COHERE.decoder()
    for at, line in enumerate(lines):
        decoder.feed(kinds[at % len(kinds)], json.dumps(line).encode())
    decoder.feed("", b"not json")
    assert decoder.end() == []


@c.quick
@given(c.json_values)
def test_a_broken_answer_is_a_bad_request(body: Any) -> None:
    for each in (body, {"message": body, "finish_reason": "COMPLETE"}, {"usage": body, "finish_reason": "X"}):
        with suppress(BadRequest):
            COHERE.decode_response(each)
    COHERE.decode_error(500, body)


def test_log_probabilities_of_a_whole_answer_stand_within_its_text() -> None:
    rated = [Logprob(token="Hi", logprob=-0.5)]
    answer = Response(
        choices=[Choice(parts=[Thinking(sections=["t"]), Text(text="Hi")], finish="stop", logprobs=rated)]
    )
    kinds = [each["type"] for each in objects(stream_of(answer)) if each["type"].startswith("content")]
    assert kinds == [
        *["content-start", "content-delta", "content-end"],
        "content-start",
        *["content-delta"] * 2,
        "content-end",
    ]
    assert assemble(events_of(answer)) == answer


def test_log_probabilities_of_nothing_that_is_open_are_not_told() -> None:
    answer = Response(choices=[Choice(parts=[], finish="stop", logprobs=[Logprob(token="Hi", logprob=-0.5)])])
    assert not [each for each in objects(stream_of(answer)) if each["type"].startswith("content")]
