"""Whole answers and streams: read as a provider sends them, written as a client wants them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types.responses import Response as SdkResponse
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.responses import OPENAI_RESPONSES as DIALECT
from conduit_desktop.wire.dialects.responses.notes import unseal
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Foreign,
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

ASKED = DIALECT.decode_request(
    {
        "model": "m",
        "input": "hi",
        "instructions": "be brief",
        "tools": [
            {"type": "custom", "name": "patch"},
            {
                "type": "namespace",
                "name": "ns",
                "description": "d",
                "tools": [{"type": "function", "name": "f", "parameters": None}],
            },
        ],
        "metadata": {"k": "v"},
        "reasoning": {"effort": "low"},
    },
    None,
    None,
)
CONTEXT = Context(request=ASKED, seed="abc", now=1_700_000_000)
EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
ANSWER: TypeAdapter[Any] = TypeAdapter(SdkResponse)


def answered(*parts: Part, **members: Any) -> dict[str, Any]:
    choice = Choice(parts=list(parts), finish=members.pop("finish", "stop"), logprobs=members.pop("logprobs", None))
    body = DIALECT.encode_response(Response(id="x1", model="up", choices=[choice], **members), CONTEXT)
    ANSWER.validate_python(body)
    return body


def told(*events: e.Event) -> list[dict[str, Any]]:
    """The events that a client hears, each of which the SDK must know."""
    encoder = DIALECT.encoder(CONTEXT)
    out = []
    for event in events:
        for name, data in Events().feed(encoder.encode(event)):
            found = json.loads(data)
            assert found["type"] == name
            EVENT.validate_python(found)
            out.append(found)
    assert [each["sequence_number"] for each in out] == list(range(len(out)))
    return out


def heard(*events: dict[str, Any]) -> list[e.Event]:
    decoder = DIALECT.decoder()
    out: list[e.Event] = []
    for event in events:
        out += decoder.feed(event["type"], json.dumps(event).encode())
    return out + decoder.end()


def test_an_answer_echoes_what_was_asked() -> None:
    body = answered(Text(text="yes"), usage=Usage(input=3, output=2, cached_read=1, reasoning=1))
    assert body["id"] == "resp_x1"
    assert (body["object"], body["status"], body["model"], body["created_at"]) == (
        "response",
        "completed",
        "up",
        1_700_000_000,
    )
    assert body["instructions"] == "be brief"
    assert body["metadata"] == {"k": "v"}
    assert body["reasoning"] == {"effort": "low", "summary": None}
    assert [tool["type"] for tool in body["tools"]] == ["custom", "namespace"]
    assert body["usage"] == {
        "input_tokens": 3,
        "input_tokens_details": {"cached_tokens": 1, "cache_write_tokens": 0},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 5,
    }
    (item,) = body["output"]
    assert item["content"] == [{"type": "output_text", "annotations": [], "logprobs": [], "text": "yes"}]


@pytest.mark.parametrize(
    ("finish", "status", "reason"),
    [
        ("stop", "completed", None),
        ("tool_calls", "completed", None),
        ("length", "incomplete", "max_output_tokens"),
        ("context_length", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
        ("refusal", "incomplete", "content_filter"),
        ("pause", "completed", None),
        ("error", "failed", None),
    ],
)
def test_how_an_answer_ended(finish: str, status: str, reason: str | None) -> None:
    body = answered(Text(text="x"), finish=finish)
    assert body["status"] == status
    assert body["incomplete_details"] == ({"reason": reason} if reason else None)
    assert (body["error"] is not None) == (status == "failed")


def test_texts_and_calls_are_items_in_their_order() -> None:
    body = answered(
        Text(text="a"),
        Text(text="b"),
        ToolCall(id="toolu_1", name="ns__f", arguments='{"x":1}'),
        Text(text="c"),
        ToolCall(id="call_2", name="patch", arguments='{"input":"*** Begin"}'),
        ToolCall(name="g", arguments=""),
    )
    kinds = [item["type"] for item in body["output"]]
    assert kinds == ["message", "function_call", "message", "custom_tool_call", "function_call"]
    first, call, second, custom, bare = body["output"]
    assert [part["text"] for part in first["content"]] == ["a", "b"]
    assert (call["call_id"], call["name"], call["namespace"], call["arguments"]) == ("toolu_1", "f", "ns", '{"x":1}')
    assert second["content"][0]["text"] == "c"
    assert (custom["call_id"], custom["input"]) == ("call_2", "*** Begin")
    assert bare["arguments"] == "{}"
    assert call["id"].startswith("fc_")
    assert custom["id"].startswith("ctc_")
    assert bare["call_id"].startswith("call_")
    assert len({item["id"] for item in body["output"]}) == 5


def test_signatures_travel_through_the_client() -> None:
    parts: list[Part] = [
        Thinking(sections=["t"], signature="anthropic"),
        Thinking(encrypted="redacted"),
        ToolCall(id="c", name="g", arguments="{}", signature="gemini"),
    ]
    body = answered(*parts)
    thought, hidden, call, carrier = body["output"]
    assert thought["summary"] == [{"type": "summary_text", "text": "t"}]
    assert unseal(thought["encrypted_content"]) == {"signature": "anthropic", "raw": True}
    assert hidden["encrypted_content"] == "redacted"
    assert call["type"] == "function_call"
    assert unseal(carrier["encrypted_content"]) == {"signature": "gemini", "on": "call:c"}
    turn = DIALECT.decode_request({"model": "m", "input": body["output"]}, None, None).messages[0].parts
    assert [(part.__struct_config__.tag, part.signature) for part in turn] == [
        ("thinking", "anthropic"),
        ("thinking", ""),
        ("tool_call", "gemini"),
    ]


def test_citations_and_log_probabilities() -> None:
    cited = [Citation(url="https://x", title="X", start=0, end=1), Citation(document=0, title="Doc")]
    rated = [Logprob(token="hi", logprob=-0.5, top=[Logprob(token="ho", logprob=-1.0)])]
    (item,) = answered(Text(text="hi", citations=cited), logprobs=rated)["output"]
    assert item["content"][0]["annotations"] == [
        {"type": "url_citation", "start_index": 0, "end_index": 1, "url": "https://x", "title": "X"},
        {"type": "file_citation", "index": 2, "file_id": "document_0", "filename": "Doc"},
    ]
    assert item["content"][0]["logprobs"] == [
        {
            "token": "hi",
            "bytes": [104, 105],
            "logprob": -0.5,
            "top_logprobs": [{"token": "ho", "bytes": [104, 111], "logprob": -1.0}],
        }
    ]


def test_pictures_sounds_and_blocks_of_other_dialects() -> None:
    body = answered(
        Media(kind="image", media_type="image/jpeg", data="AAAA"),
        Media(kind="audio", data="AAAA", transcript="spoken"),
        Foreign(dialect="anthropic-messages", kind="server_tool_use", data={}),
        Refusal(text="no"),
    )
    image, message = body["output"]
    assert (image["type"], image["result"], image["output_format"]) == ("image_generation_call", "AAAA", "jpeg")
    assert message["content"][0]["text"] == "spoken"
    assert message["content"][1:] == [{"type": "refusal", "refusal": "no"}]


def test_a_stream_tells_every_step() -> None:
    events = told(
        e.Start(id="x", model="up"),
        e.Open(0, Thinking()),
        e.ThinkingDelta(0, "a", 0),
        e.ThinkingDelta(0, "b", 1),
        e.Sealed(0, signature="sig"),
        e.Close(0),
        e.Open(1, Text()),
        e.TextDelta(1, "hello"),
        e.CitationDelta(1, Citation(url="https://x")),
        e.Close(1),
        e.Open(2, ToolCall(id="c", name="g", arguments="")),
        e.ArgumentsDelta(2, '{"a"'),
        e.ArgumentsDelta(2, ":1}"),
        e.Close(2),
        e.Finished(finish="tool_calls"),
        e.Tokens(Usage(input=1, output=2)),
        e.End(),
    )
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "reasoning_summary_part.added",
        "reasoning_summary_text.delta",
        "reasoning_summary_text.done",
        "reasoning_summary_part.done",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.annotation.added",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert events[-1]["response"]["output"] == items
    assert [event["output_index"] for event in events if event["type"] == "response.output_item.added"] == [0, 1, 2]


def test_parts_that_overlap_have_places_of_their_own() -> None:
    events = told(
        e.Start(id="x", model="up"),
        e.Open(0, Text()),
        e.TextDelta(0, "a"),
        e.Open(1, ToolCall(id="c1", name="g", arguments="")),
        e.Open(2, ToolCall(id="c2", name="g", arguments="")),
        e.ArgumentsDelta(2, "{}"),
        e.TextDelta(0, "b"),
        e.ArgumentsDelta(1, "{}"),
        e.End(),
    )
    message, first, second = events[-1]["response"]["output"]
    assert message["content"][0]["text"] == "ab"
    assert (first["call_id"], second["call_id"]) == ("c1", "c2")
    done = [event["output_index"] for event in events if event["type"] == "response.output_item.done"]
    assert sorted(done) == [0, 1, 2]


def test_a_failure_before_and_after_the_start() -> None:
    failure = Failure(status=429, kind="rate_limit", message="slow down")
    for before in ([], [e.Start(id="x", model="up"), e.Open(0, Text()), e.TextDelta(0, "a")]):
        events = told(*before, e.Failed(failure))
        assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
        assert events[-2]["error"]["message"] == events[-2]["message"] == "slow down"
        assert events[-1]["response"]["error"] == {"code": "rate_limit_exceeded", "message": "slow down"}
        assert not any(event["type"] == "response.completed" for event in events)


CREATED = {"type": "response.created", "response": {"id": "resp_1", "model": "up", "created_at": 5}}


def completed(**members: Any) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": [], **members}}


def test_arguments_may_come_at_the_end_only() -> None:
    call = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": ""}
    whole = {**call, "arguments": '{"a":1}'}
    added = {"type": "response.output_item.added", "output_index": 0, "item": call}
    done = {"type": "response.output_item.done", "output_index": 0, "item": whole}
    for steps in ([added, done], [done]):
        answer = assemble(heard(CREATED, *steps, completed()))
        (part,) = answer.choices[0].parts
        assert isinstance(part, ToolCall)
        assert (part.id, part.name, part.arguments) == ("c", "f", '{"a":1}')
        assert answer.choices[0].finish == "tool_calls"


def test_an_answer_that_only_the_last_event_tells() -> None:
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "hi"}],
    }
    events = heard(CREATED, completed(output=[message], usage={"input_tokens": 1, "output_tokens": 2}))
    answer = assemble(events)
    assert [part.text for part in answer.choices[0].parts if isinstance(part, Text)] == ["hi"]
    assert answer.usage == Usage(input=1, output=2)


def test_what_of_an_answer_only_its_end_tells() -> None:
    def called(name: str) -> dict[str, Any]:
        item = {"type": "function_call", "id": f"fc_{name}", "call_id": name, "name": name}
        return {**item, "arguments": '{"a":1}', "status": "completed"}

    said = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "Hi", "annotations": []}]}
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "e"}
    begun = [
        {"type": "response.output_item.added", "output_index": at, "item": {**called(name), "arguments": ""}}
        for at, name in enumerate("ab")
    ]
    argued = {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"b":2}'}
    last = completed(output=[called("a"), called("b"), called("c"), thought, said])
    answer = assemble(heard(*begun, argued, argued, last)).choices[0]
    assert [(part.name, part.arguments) for part in answer.parts if isinstance(part, ToolCall)] == [
        ("a", '{"b":2}'),
        ("b", '{"a":1}'),
        ("c", '{"a":1}'),
    ]
    assert [part.encrypted for part in answer.parts if isinstance(part, Thinking)] == ["e"]
    assert [part.text for part in answer.parts if isinstance(part, Text)] == ["Hi"]
    assert answer.finish == "tool_calls"


def test_unknown_events_say_nothing_and_errors_come_once() -> None:
    assert not any(isinstance(each, e.Open) for each in heard(CREATED, {"type": "response.brand_new", "x": 1}))
    error = {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "slow"}}
    failed = {"type": "response.failed", "response": {"status": "failed", "error": {"code": "x", "message": "y"}}}
    events = heard(CREATED, error, failed)
    assert [type(each) for each in events] == [e.Start, e.Failed]
    last = events[-1]
    assert isinstance(last, e.Failed)
    assert (last.failure.status, last.failure.message) == (429, "slow")


def test_a_stream_without_its_end_is_truncated() -> None:
    last = heard(CREATED)[-1]
    assert isinstance(last, e.Failed)
    assert last.failure.code == "truncated"


def test_server_tools_stay_whole() -> None:
    item = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}}
    answer = DIALECT.decode_response(
        completed(output=[item], usage={"input_tokens": 1, "output_tokens": 1})["response"]
    )
    (part,) = answer.choices[0].parts
    assert part == Foreign(dialect="openai-responses", kind="web_search_call", data=item)
    assert answer.usage is not None
    assert answer.usage.searches == 1


def test_searches_of_xai_s_are_no_calls() -> None:
    item = {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "xs_1",
        "name": "x_keyword_search",
        "input": '{"q":1}',
    }
    said = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "Hi", "annotations": []}]}
    steps = [
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "input": ""}},
        {"type": "response.custom_tool_call_input.delta", "output_index": 0, "delta": '{"q":1}'},
        {"type": "response.custom_tool_call_input.done", "output_index": 0, "input": '{"q":1}'},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]
    whole = DIALECT.decode_response({"status": "completed", "output": [item, said]}).choices[0]
    for answer in (whole, assemble(heard(CREATED, *steps, completed(output=[item, said]))).choices[0]):
        search, text = answer.parts
        assert (isinstance(search, Foreign), isinstance(text, Text), answer.finish) == (True, True, "stop")


def test_reasoning_with_thoughts_and_their_summary() -> None:
    item = {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "short"}],
        "content": [{"type": "reasoning_text", "text": "long"}],
    }
    answer = DIALECT.decode_response(completed(output=[item])["response"])
    (part,) = answer.choices[0].parts
    assert isinstance(part, Thinking)
    assert (part.text, part.summarised) == ("long", False)
    body = DIALECT.encode_response(answer, CONTEXT)
    assert body["output"] == [item]


def test_what_is_no_answer() -> None:
    for body in ({}, {"output": 3}, {"output": [3]}, {"output": [{"type": "function_call"}]}):
        with pytest.raises(BadRequest):
            DIALECT.decode_response(body)


def test_what_an_unknown_tool_is_called() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "f", "namespace": "tools", "arguments": "{}"}
    (part,) = DIALECT.decode_response(completed(output=[item])["response"]).choices[0].parts
    assert isinstance(part, ToolCall)
    assert part.name == "f"
    plain = Context(request=Request(model="m", tools=[Tool(name="f")]), seed="s")
    (again,) = DIALECT.encode_response(Response(choices=[Choice(parts=[part])]), plain)["output"]
    assert again["namespace"] == "tools"
