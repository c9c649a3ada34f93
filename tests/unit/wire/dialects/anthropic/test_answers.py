"""Answers and streams in Anthropic's dialect, as the real SDK reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from anthropic.types import Message as SdkMessage
from anthropic.types import RawMessageStreamEvent
from pydantic import TypeAdapter

from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble, events_of
from conduit_desktop.wire.dialects.anthropic import ANTHROPIC_MESSAGES as DIALECT
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.failure import Failure, Kind
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Finish,
    Foreign,
    Logprob,
    Media,
    Part,
    Refusal,
    Request,
    Response,
    Text,
    Thinking,
    ToolCall,
)
from conduit_desktop.wire.usage import Usage
from tests.unit.wire.dialects.recorded import decoded

CONTEXT = Context(request=Request(model="claude"), seed="abc", now=1_700_000_000, input_tokens=12)
SDK_EVENT: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def answer(*parts: Part, finish: Finish = "stop", **members: Any) -> dict[str, Any]:
    told = DIALECT.encode_response(Response(choices=[Choice(parts=list(parts), finish=finish)], **members), CONTEXT)
    SdkMessage.model_validate(told, strict=False)
    return told


def stream(*events: e.Event) -> list[dict[str, Any]]:
    """The events that a client is sent, each checked against the SDK's type and its own name."""
    encoder = DIALECT.encoder(CONTEXT)
    out = []
    for name, data in Events().feed(b"".join(encoder.encode(event) for event in events)):
        told = json.loads(data)
        assert told["type"] == name
        if name not in ("error", "ping"):
            SDK_EVENT.validate_python(told)
        out.append(told)
    return out


def blocks(told: list[dict[str, Any]]) -> list[Any]:
    """Starts and deltas in short, after a check that the blocks stand one after the other, numbered from 0."""
    open_, number, out = None, 0, []
    for each in told:
        match each["type"]:
            case "content_block_start":
                assert open_ is None
                assert each["index"] == number
                open_ = number
                out.append(each["content_block"])
            case "content_block_delta":
                assert each["index"] == open_
                out.append(each["delta"])
            case "content_block_stop":
                assert each["index"] == open_
                open_, number = None, number + 1
    assert open_ is None
    return out


def read(*events: dict[str, Any] | str) -> list[e.Event]:
    raw = b"".join(
        b"data: " + (each if isinstance(each, str) else json.dumps(each)).encode() + b"\n\n" for each in events
    )
    return decoded(DIALECT, Events(), [raw])


# ---------------------------------------------------------------- answers


def test_an_answer_has_all_that_the_type_wants() -> None:
    usage = Usage(input=100, output=7, cached_read=60, cache_write=30, cache_write_1h=10, reasoning=3, searches=2)
    told = answer(Text(text="Hi"), usage=usage, id="chatcmpl-1", model="gpt", service_tier="default")
    assert told == {
        "id": "msg_chatcmpl-1",
        "type": "message",
        "role": "assistant",
        "model": "gpt",
        "content": [{"type": "text", "text": "Hi", "citations": None}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 30,
            "cache_read_input_tokens": 60,
            "output_tokens": 7,
            "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
            "inference_geo": None,
            "service_tier": "standard",
            "output_tokens_details": {"thinking_tokens": 3},
            "server_tool_use": {"web_fetch_requests": 0, "web_search_requests": 2},
        },
    }
    assert DIALECT.decode_response(told).usage == usage


@pytest.mark.parametrize(
    ("part", "finish", "reason"),
    [
        (Text(text="x"), "length", "max_tokens"),
        (Text(text="x"), "stop_sequence", "stop_sequence"),
        (Text(text="x"), "content_filter", "refusal"),
        (Text(text="x"), "context_length", "model_context_window_exceeded"),
        (Text(text="x"), "pause", "pause_turn"),
        (Text(text="x"), "malformed_call", "end_turn"),
        (Refusal(text="No."), "stop", "refusal"),
        (ToolCall(id="a", name="f"), "stop", "tool_use"),
        (ToolCall(id="a", name="f"), "tool_calls", "tool_use"),
        (ToolCall(id="a", name="f"), "length", "max_tokens"),
    ],
)
def test_stop_reasons(part: Part, finish: Finish, reason: str) -> None:
    told = answer(part, finish=finish)
    assert told["stop_reason"] == reason
    ends = stream(*events_of(Response(choices=[Choice(parts=[part], finish=finish)])))
    assert ends[-2]["delta"]["stop_reason"] == reason


def test_ids_of_calls_are_the_providers_or_made_once() -> None:
    told = answer(ToolCall(id="call_1", name="f"), ToolCall(name="g"), ToolCall(name="g"), id="")
    assert [block["id"] for block in told["content"]] == ["call_1", "toolu_abc1", "toolu_abc2"]
    assert told["id"] == "msg_abc"


def test_cited_spans_become_blocks() -> None:
    text = "Water is wet. Fire is hot."
    cited = [
        Citation(url="https://b", title="B", start=14, end=26),
        Citation(url="https://a", quote="wet", start=0, end=13),
        Citation(url="https://c", start=5, end=13),
    ]
    told = answer(Text(text=text, citations=cited))["content"]
    assert [block["text"] for block in told] == ["Water is wet.", " ", "Fire is hot."]
    assert [each["url"] for each in told[0]["citations"]] == ["https://a", "https://c"]
    assert told[2]["citations"] == [
        {
            "type": "web_search_result_location",
            "cited_text": "",
            "encrypted_index": "",
            "title": "B",
            "url": "https://b",
        }
    ]


@pytest.mark.parametrize(
    "citation",
    [
        Citation(document=1, unit="page", source_start=2, source_end=3, quote="q"),
        Citation(document=0, unit="char", source_start=2, source_end=3),
        Citation(document=0, unit="block", source_start=0, source_end=1, title="T"),
        Citation(document=0, quote="abc"),
        Citation(source_id="doc:1", quote="abc", title="T"),
    ],
)
def test_citations_of_documents_keep_their_place(citation: Citation) -> None:
    told = answer(Text(text="x", citations=[citation]))
    back = DIALECT.decode_response(told).choices[0].parts[0]
    assert isinstance(back, Text)
    found = back.citations[0]
    assert (found.quote, found.title, found.source_id) == (citation.quote, citation.title, citation.source_id)
    if citation.unit:
        assert (found.document, found.unit) == (citation.document, citation.unit)
        assert (found.source_start, found.source_end) == (citation.source_start, citation.source_end)


def test_media_are_words() -> None:
    told = answer(
        Media(kind="image", media_type="image/png", data="iVBO"), Media(kind="audio", data="a", transcript="Hi")
    )
    assert [block["text"] for block in told["content"]] == ["![image](data:image/png;base64,iVBO)", "Hi"]


def test_what_others_signed_or_encrypted_comes_back_with_the_next_request() -> None:
    parts: list[Part] = [
        Thinking(sections=["plan"], summarised=True, encrypted="enc", id="rs_1"),
        Thinking(encrypted="blob"),
        Thinking(sections=["unsigned"]),
        Text(text="Let me see.", signature="of-text"),
        ToolCall(id="call_1", name="f", arguments="{}", signature="of-call"),
        Text(signature="of-nothing"),
    ]
    for told in (answer(*parts)["content"], _streamed(parts)):
        assert {block["type"] for block in told} <= {"thinking", "redacted_thinking", "text", "tool_use"}
        assert all(block["text"] for block in told if block["type"] == "text")
        body = {"messages": [{"role": "assistant", "content": told}]}
        assert DIALECT.decode_request(body, "m", None).messages[0].parts == parts


def _streamed(parts: list[Part]) -> list[dict[str, Any]]:
    """The blocks that the SDK's own accumulator makes of a stream."""
    out: list[dict[str, Any]] = []
    for each in blocks(stream(*events_of(Response(choices=[Choice(parts=parts, finish="tool_calls")])))):
        match each["type"]:
            case "text_delta":
                out[-1]["text"] += each["text"]
            case "thinking_delta":
                out[-1]["thinking"] += each["thinking"]
            case "signature_delta":
                out[-1]["signature"] = each["signature"]
            case "input_json_delta":
                out[-1]["input"] = json.loads(each["partial_json"])
            case _:
                out.append(each)
    return out


def test_logprobs_and_second_choices_are_not_told() -> None:
    response = Response(
        choices=[
            Choice(parts=[Text(text="a")], finish="stop", logprobs=[Logprob(token="a", logprob=0)]),
            Choice(index=1, parts=[Text(text="b")], finish="length"),
        ]
    )
    told = stream(*events_of(response))
    assert blocks(told)[1:] == [{"type": "text_delta", "text": "a"}]
    assert told[-2]["delta"]["stop_reason"] == "end_turn"


# ---------------------------------------------------------------- writing streams


def test_a_stream_tells_the_input_first_and_the_usage_last() -> None:
    told = stream(
        e.Start(id="x", model="gpt"),
        e.Ping(),
        e.Open(0, Text()),
        e.TextDelta(0, "Hi"),
        e.Close(0),
        e.Finished(finish="stop_sequence", stop_sequence="END"),
        e.Tokens(Usage(input=20, output=5, cached_read=8)),
        e.End(),
    )
    assert [each["type"] for each in told] == [
        "message_start",
        "ping",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert told[0]["message"]["usage"]["input_tokens"] == 12
    assert told[-2]["delta"] == {"stop_reason": "stop_sequence", "stop_sequence": "END", "stop_details": None}
    assert told[-2]["usage"] == {
        "input_tokens": 12,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 8,
        "output_tokens": 5,
    }


def test_parallel_calls_come_one_after_the_other() -> None:
    told = stream(
        e.Start(),
        e.Open(0, Text()),
        e.TextDelta(0, "I call"),
        e.Open(1, ToolCall(id="a", name="f", arguments="")),
        e.Open(2, ToolCall(id="b", name="g", arguments='{"whole":1}')),
        e.ArgumentsDelta(1, '{"x"'),
        e.Close(0),
        e.ArgumentsDelta(1, ":1}"),
        e.Close(1),
        e.Finished(finish="tool_calls"),
        e.End(),
    )
    assert [each.get("name") or each.get("text") or each["partial_json"] for each in blocks(told)[1:]] == [
        "I call",
        "f",
        '{"x"',
        ":1}",
        "g",
        '{"whole":1}',
    ]


def test_sections_of_reasoning_are_paragraphs() -> None:
    told = stream(
        e.Start(),
        e.Open(0, Thinking(id="rs_1")),
        e.ThinkingDelta(0, "one", 0),
        e.ThinkingDelta(0, " more", 0),
        e.ThinkingDelta(0, "two", 1),
        e.Sealed(0, encrypted="enc"),
        e.Close(0),
        e.Finished(),
        e.End(),
    )
    told = blocks(told)
    assert told[0] == {"type": "thinking", "thinking": "", "signature": ""}
    assert "".join(each["thinking"] for each in told[1:-1]) == "one more\n\ntwo"
    assert told[-1]["type"] == "signature_delta"


def test_blocks_of_our_own_pass_and_those_of_others_do_not() -> None:
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
    told = stream(
        e.Start(),
        e.Open(0, Foreign(dialect="gemini", kind="executableCode", data={})),
        e.Close(0),
        e.Open(1, Foreign(dialect="anthropic-messages", kind="server_tool_use", data=search)),
        e.Close(1),
        e.Finished(),
        e.End(),
    )
    assert blocks(told) == [{**search, "input": {}}, {"type": "input_json_delta", "partial_json": '{"query":"x"}'}]


def test_a_failure_is_an_error_event_and_nothing_after_it() -> None:
    failure = Failure(status=503, kind="overloaded", message="Busy.")
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy."}, "request_id": None}
    assert stream(e.Failed(failure), e.End()) == [error]
    told = stream(e.Start(), e.Open(0, Text()), e.TextDelta(0, "x"), e.Failed(failure), e.Close(0), e.End())
    assert told[-1] == error
    broken = stream(e.Start(), e.Finished(finish="error"), e.End())
    assert broken[-1]["type"] == "error"


def test_an_error_in_a_stream_names_the_request() -> None:
    encoder = DIALECT.encoder(Context(request=Request(), request_id="req_ours"))
    told = encoder.encode(e.Failed(Failure(status=503, kind="overloaded", message="Busy.", request_id="req_theirs")))
    assert b'"request_id":"req_ours"' in told


# ---------------------------------------------------------------- reading streams

START = {
    "type": "message_start",
    "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 5, "output_tokens": 1}},
}
STOP = {
    "type": "message_delta",
    "delta": {"stop_reason": "tool_use", "stop_sequence": None},
    "usage": {"output_tokens": 9},
}
END = {"type": "message_stop"}


def start(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, kind: str, **members: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **members}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def test_usage_of_both_ends_is_one() -> None:
    late = {**STOP, "usage": {"input_tokens": 0, "output_tokens": 9, "cache_read_input_tokens": 4}}
    events = read(START, {"type": "ping"}, late, END)
    assert e.Ping() in events
    assert assemble(events).usage == Usage(input=9, output=9, cached_read=4)
    assert isinstance(events[-1], e.End)


def test_arguments_come_in_pieces_or_with_the_start_or_not_at_all() -> None:
    events = read(
        START,
        start(0, type="tool_use", id="a", name="f", input={}),
        delta(0, "input_json_delta", partial_json=""),
        delta(0, "input_json_delta", partial_json='{"x":'),
        delta(0, "input_json_delta", partial_json="1"),
        stop(0),
        start(1, type="tool_use", id="b", name="g", input={"y": 2}),
        stop(1),
        start(2, type="tool_use", id="c", name="h", input={}),
        STOP,
        END,
    )
    calls = [part for part in assemble(events).choices[0].parts if isinstance(part, ToolCall)]
    assert [call.arguments for call in calls] == ['{"x":1', '{"y":2}', "{}"]


def test_blocks_that_only_we_know_are_kept_whole() -> None:
    events = read(
        START,
        start(0, type="server_tool_use", id="s", name="web_search", input={}),
        delta(0, "input_json_delta", partial_json='{"query":"x"}'),
        stop(0),
        start(1, type="compaction", content=None),
        delta(1, "compaction_delta", content="sum"),
        delta(1, "compaction_delta", content="mary"),
        stop(1),
        start(2, type="text", text="Hi", citations=None),
        delta(
            2, "citations_delta", citation={"type": "web_search_result_location", "url": "https://a", "cited_text": "q"}
        ),
        delta(2, "new_delta", x=1),
        stop(2),
        {"type": "event_of_the_future"},
        STOP,
        END,
    )
    first, second, text = assemble(events).choices[0].parts
    assert isinstance(first, Foreign)
    assert first.data["input"] == {"query": "x"}
    assert isinstance(second, Foreign)
    assert second.data == {"type": "compaction", "content": "summary"}
    assert isinstance(text, Text)
    assert (text.text, text.citations[0].url) == ("Hi", "https://a")


def test_a_stream_starts_once_and_always() -> None:
    block = start(0, type="text", text="")
    for events in (read(block, STOP, END), read({"type": "ping"}, START, START, block, STOP, END)):
        assert [isinstance(event, e.Start) for event in events].count(True) == 1
        assert isinstance(events[0], e.Start)


def test_errors_and_cuts_are_failures() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    for events, kind, code in (
        (read(START, error), "overloaded", "overloaded_error"),
        (read(START, start(0, type="text", text="Hi")), "server", "truncated"),
        (read(START, "[DONE]"), "server", "truncated"),
        (read(START, "{broken"), "server", "unreadable"),
        (read(START, '{"type":"content_block_start","index":0}'), "server", "unreadable"),
        (read(START, "[1]"), "server", "unreadable"),
    ):
        assert isinstance(events[-1], e.Failed)
        assert (events[-1].failure.kind, events[-1].failure.code) == (kind, code)
    assert isinstance(read(error)[-1], e.Failed)


def test_a_stream_that_said_why_it_stopped_is_whole() -> None:
    block = (start(0, type="text", text="Hi"), {"type": "content_block_stop", "index": 0})
    late = {**STOP, "usage": {"output_tokens": 11}}
    whole = read(START, *block, STOP, END)
    assert isinstance(whole[-1], e.End)
    assert read(START, *block, STOP) == read(START, *block, STOP, "[DONE]") == whole
    told = read(START, *block, STOP, late, END)
    assert [type(event) for event in told].count(e.Finished) == 1
    assert assemble(told).usage == Usage(input=assemble(whole).usage.input, output=11)  # type: ignore[union-attr]


def test_calls_without_an_id() -> None:
    answer = assemble(read(START, start(0, type="tool_use", name="f", input={"a": 1}), STOP, END))
    assert answer.choices[0].parts == [ToolCall(name="f", arguments='{"a":1}')]


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("invalid_request", "invalid_request_error"),
        ("authentication", "authentication_error"),
        ("billing", "billing_error"),
        ("permission", "permission_error"),
        ("not_found", "not_found_error"),
        ("too_large", "request_too_large"),
        ("rate_limit", "rate_limit_error"),
        ("server", "api_error"),
        ("timeout", "timeout_error"),
        ("overloaded", "overloaded_error"),
    ],
)
def test_kinds_and_types_of_errors(kind: Kind, word: str) -> None:
    failure = Failure(status=400, kind=kind, message="M", code=word, request_id="req_1")
    told = DIALECT.encode_error(failure)
    assert told == {"type": "error", "error": {"type": word, "message": "M"}, "request_id": "req_1"}
    assert DIALECT.decode_error(400, told) == failure


def test_a_full_context_is_told_in_the_words_that_clients_know() -> None:
    failure = DIALECT.decode_error(
        400, DIALECT.encode_error(Failure(status=400, kind="context_length", message="Too much."))
    )
    assert (failure.kind, failure.message) == ("context_length", "prompt is too long: Too much.")
    assert DIALECT.encode_error(failure)["error"]["message"] == failure.message


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, {"message": "Malformed input"}, "invalid_request", "Malformed input"),
        (429, [{"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}], "rate_limit", "Quota"),
        (503, "upstream connect error", "overloaded", "upstream connect error"),
        (500, None, "server", "The provider reported an error."),
        (404, {"error": "no such model"}, "not_found", "no such model"),
        (400, {"error": {"type": 3, "message": ["x"]}}, "invalid_request", "x"),
        (422, {"detail": [{"loc": ["body", "model"], "msg": "missing"}]}, "invalid_request", "missing"),
    ],
)
def test_errors_of_any_shape(status: int, body: Any, kind: str, message: str) -> None:
    failure = DIALECT.decode_error(status, body)
    assert (failure.status, failure.kind, failure.message) == (status, kind, message)
