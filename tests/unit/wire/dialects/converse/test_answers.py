"""Answers of Bedrock, whole and streamed, read and written; and its errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer  # type: ignore[import-untyped]

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import Assembler, assemble, events_of
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.converse import BEDROCK_CONVERSE, content, media
from conduit_desktop.wire.eventstream import Frames, frame
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Foreign,
    Media,
    Request,
    Response,
    Text,
    Thinking,
    ToolCall,
)
from conduit_desktop.wire.usage import Usage

USAGE = {"inputTokens": 3, "outputTokens": 5, "totalTokens": 18, "cacheReadInputTokens": 4, "cacheWriteInputTokens": 6}
PAGE = {"documentIndex": 1, "start": 2, "end": 3}
CONTEXT = Context(request=Request(model="m"), seed="s")


def answer(*blocks: dict[str, Any], reason: str = "end_turn", **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": list(blocks)}
    return {"output": {"message": message}, "stopReason": reason, "usage": USAGE, "metrics": {"latencyMs": 7}, **more}


def read(*events: tuple[str, dict[str, Any]]) -> list[e.Event]:
    decoder = BEDROCK_CONVERSE.decoder()
    out = [event for name, data in events for event in decoder.feed(name, json.dumps(data).encode())]
    return out + decoder.end()


def delta(index: int, **what: Any) -> tuple[str, dict[str, Any]]:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": what}


def begin(index: int, **what: Any) -> tuple[str, dict[str, Any]]:
    return "contentBlockStart", {"contentBlockIndex": index, "start": what}


def end(index: int) -> tuple[str, dict[str, Any]]:
    return "contentBlockStop", {"contentBlockIndex": index}


START = ("messageStart", {"role": "assistant", "p": "abc"})
STOP = ("messageStop", {"stopReason": "end_turn"})
LAST = ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 7}})


# ---------------------------------------------------------------- whole


def test_usage_counts_the_cache_as_input() -> None:
    details = [{"ttl": "5m", "inputTokens": 4}, {"ttl": "1h", "inputTokens": 2}]
    found = BEDROCK_CONVERSE.decode_response(answer({"text": "x"}, usage={**USAGE, "cacheDetails": details})).usage
    assert found == Usage(input=13, output=5, cached_read=4, cache_write=6, cache_write_1h=2)
    again = BEDROCK_CONVERSE.encode_response(Response(choices=[Choice()], usage=found), CONTEXT)["usage"]
    assert again == {**USAGE, "cacheDetails": details}


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("end_turn", "stop"),
        ("tool_use", "tool_calls"),
        ("max_tokens", "length"),
        ("stop_sequence", "stop_sequence"),
        ("guardrail_intervened", "content_filter"),
        ("content_filtered", "content_filter"),
        ("malformed_model_output", "error"),
        ("malformed_tool_use", "malformed_call"),
        ("model_context_window_exceeded", "context_length"),
        ("something_new", "other"),
    ],
)
def test_stop_reasons(reason: str, finish: str) -> None:
    found = BEDROCK_CONVERSE.decode_response(answer({"text": "x"}, reason=reason))
    assert (found.choices[0].finish, found.choices[0].native_finish) == (finish, reason)
    again = BEDROCK_CONVERSE.encode_response(found, CONTEXT)["stopReason"]
    assert again == (reason if finish != "other" else "end_turn")


def test_blocks() -> None:
    blob = base64.b64encode(b"EtkECkg=").decode()
    found = BEDROCK_CONVERSE.decode_response(
        answer(
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
            {"reasoningContent": {"redactedContent": blob}},
            {"text": ""},
            {"text": "So: "},
            {
                "citationsContent": {
                    "content": [{"text": "20 days"}],
                    "citations": [{"title": "t", "location": {"documentPage": PAGE}}],
                }
            },
            {"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}},
            {"toolUse": {"toolUseId": "t1", "name": "look", "input": {"a": 1}, "type": "tool_use"}},
            {"toolUse": {"toolUseId": "t2", "name": "code", "input": {}, "type": "server_tool_use"}},
            {"newThing": {"x": 1}},
            reason="tool_use",
            serviceTier={"type": "flex"},
        )
    )
    parts = found.choices[0].parts
    assert parts[0] == Thinking(sections=["hm"], signature="sig")
    assert parts[1] == Thinking(encrypted="EtkECkg=")
    assert parts[2] == Text(text="So: ")
    cited = parts[3]
    assert isinstance(cited, Text)
    (citation,) = cited.citations
    assert (citation.document, citation.unit, citation.source_start, citation.source_end) == (1, "page", 2, 3)
    assert parts[4] == Media(kind="image", media_type="image/png", data="iVBORw0KGgo=")
    assert parts[5] == ToolCall(id="t1", name="look", arguments='{"a":1}')
    assert [part.kind for part in parts[6:] if isinstance(part, Foreign)] == ["toolUse", "newThing"]
    assert found.service_tier == "flex"
    assert BEDROCK_CONVERSE.decode_response(BEDROCK_CONVERSE.encode_response(found, CONTEXT)) == found


def test_reasoning_that_is_no_text_inside() -> None:
    blob = base64.b64encode(b"\x00\xff").decode()
    found = BEDROCK_CONVERSE.decode_response(answer({"reasoningContent": {"redactedContent": blob}}))
    part = found.choices[0].parts[0]
    assert isinstance(part, Thinking)
    assert media.sealed(part.encrypted) == blob


def test_the_answer_tool_is_the_answer() -> None:
    call = {"toolUse": {"toolUseId": "t", "name": content.ANSWER_TOOL, "input": {"a": 1}}}
    found = BEDROCK_CONVERSE.decode_response(answer(call, reason="tool_use")).choices[0]
    assert (found.parts, found.finish) == ([Text(text='{"a":1}')], "stop")
    streamed = assemble(
        read(
            START,
            begin(0, toolUse={"toolUseId": "t", "name": content.ANSWER_TOOL}),
            delta(0, toolUse={"input": '{"a"'}),
            delta(0, toolUse={"input": ":1}"}),
            end(0),
            ("messageStop", {"stopReason": "tool_use"}),
            LAST,
        )
    ).choices[0]
    assert (streamed.parts, streamed.finish) == (found.parts, "stop")


def test_the_stop_sequence() -> None:
    more = {"stop_sequence": "END"}
    found = BEDROCK_CONVERSE.decode_response(
        answer({"text": "x"}, reason="stop_sequence", additionalModelResponseFields=more)
    )
    assert found.choices[0].stop_sequence == "END"
    stop = ("messageStop", {"stopReason": "stop_sequence", "additionalModelResponseFields": more})
    assert assemble(read(START, delta(0, text="x"), end(0), stop, LAST)) == found


def test_ids_for_calls_without() -> None:
    response = Response(choices=[Choice(parts=[ToolCall(name="a"), ToolCall(name="b")], finish="tool_calls")])
    blocks = BEDROCK_CONVERSE.encode_response(response, CONTEXT)["output"]["message"]["content"]
    assert len({block["toolUse"]["toolUseId"] for block in blocks}) == 2


@pytest.mark.parametrize("body", [{}, {"output": {}}, {"output": {"message": {"content": [1]}}}, {"output": []}])
def test_what_is_no_answer(body: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        BEDROCK_CONVERSE.decode_response(body)


# ---------------------------------------------------------------- streams


def test_a_stream() -> None:
    found = read(
        START,
        delta(0, text=""),
        end(0),
        delta(1, reasoningContent={"text": "hm"}),
        delta(1, reasoningContent={"signature": "sig"}),
        end(1),
        delta(2, text="So"),
        delta(2, text=" it"),
        end(2),
        begin(3, toolUse={"toolUseId": "t1", "name": "look"}),
        delta(3, toolUse={"input": ""}),
        delta(3, toolUse={"input": '{"a":'}),
        delta(3, toolUse={"input": "1}"}),
        end(3),
        begin(4, toolUse={"toolUseId": "t2", "name": "go"}),
        end(4),
        ("somethingNew", {"x": 1}),
        ("messageStop", {"stopReason": "tool_use"}),
        LAST,
    )
    usage = Usage(input=13, output=5, cached_read=4, cache_write=6)
    assert found == [
        e.Start(),
        e.Open(0, Thinking()),
        e.ThinkingDelta(0, "hm"),
        e.Sealed(0, "sig", ""),
        e.Close(0),
        e.Open(1, Text()),
        e.TextDelta(1, "So"),
        e.TextDelta(1, " it"),
        e.Close(1),
        e.Open(2, ToolCall(id="t1", name="look", arguments="")),
        e.ArgumentsDelta(2, '{"a":'),
        e.ArgumentsDelta(2, "1}"),
        e.Close(2),
        e.Open(3, ToolCall(id="t2", name="go", arguments="")),
        e.Close(3),
        e.Finished(finish="tool_calls", native_finish="tool_use"),
        e.Tokens(usage),
        e.End(extras={"bedrock-converse": {"metrics": {"latencyMs": 7}}}),
    ]
    assert assemble(found).choices[0].parts[-1] == ToolCall(id="t2", name="go", arguments="{}")


def test_redacted_reasoning_in_pieces_and_pictures() -> None:
    pieces = [base64.b64encode(each).decode() for each in (b"Et", b"kECkg=")]
    found = assemble(
        read(
            START,
            *(delta(0, reasoningContent={"redactedContent": each}) for each in pieces),
            end(0),
            begin(1, image={"format": "png"}),
            delta(1, image={"source": {"bytes": "iVBORw0KGgo="}}),
            end(1),
            STOP,
            LAST,
        )
    )
    assert found.choices[0].parts == [
        Thinking(encrypted="EtkECkg="),
        Media(kind="image", media_type="image/png", data="iVBORw0KGgo="),
    ]


def test_a_block_that_nothing_ended() -> None:
    found = read(START, delta(0, text="a"), delta(1, text="b"), delta(1, reasoningContent={"text": "c"}), STOP, LAST)
    assert [event.index for event in found if isinstance(event, e.Close)] == [1, 0, 2]
    assert isinstance(found[-1], e.End)
    assembler = Assembler()
    assembler.add(found)
    assert len(assembler.response.choices[0].parts) == 3


@pytest.mark.parametrize("count", range(6))
def test_a_cut_stream_fails(count: int) -> None:
    events = [START, delta(0, text="a"), delta(0, text="b"), end(0), STOP, LAST]
    (*_, last) = read(*events[:count])
    assert isinstance(last, e.Failed)
    assert last.failure.code == "truncated"


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("throttlingException", 429, "rate_limit"),
        ("modelStreamErrorException", 424, "server"),
        ("internalServerException", 500, "server"),
        ("serviceUnavailableException", 503, "overloaded"),
        ("validationException", 400, "invalid_request"),
        ("modelTimeoutException", 408, "timeout"),
        ("unheardOfException", 500, "server"),
    ],
)
def test_an_exception_in_the_stream(name: str, status: int, kind: str) -> None:
    found = read(START, delta(0, text="a"), (name, {"message": "No."}), delta(0, text="b"), STOP, LAST)
    assert found[-1] == e.Failed(Failure(status=status, kind=kind, message="No.", code=name))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("", b"a frame of the event stream is broken"),
        ("contentBlockDelta", b"{"),
        ("contentBlockDelta", b'{"delta": 1}'),
        ("contentBlockDelta", b'{"contentBlockIndex": "x", "delta": {}}'),
        ("contentBlockStart", b"[]"),
        ("messageStop", b'{"stopReason": 1}'),
        ("metadata", b"\xff"),
    ],
)
def test_an_event_that_cannot_be_read(name: str, data: bytes) -> None:
    decoder = BEDROCK_CONVERSE.decoder()
    (found,) = decoder.feed(name, data)
    assert isinstance(found, e.Failed)
    assert found.failure.code == "unreadable"
    assert decoder.feed("messageStop", b"{}") == decoder.end() == []


def test_a_stream_is_written_as_botocore_reads_it() -> None:
    response = Response(
        choices=[
            Choice(
                parts=[
                    Thinking(sections=["hm"], signature="sig"),
                    Text(text="So", citations=[Citation(title="t", document=0, unit="block", source_end=2)]),
                    ToolCall(id="t1", name="look", arguments='{"a":1}'),
                ],
                finish="tool_calls",
            )
        ],
        usage=Usage(input=3, output=2),
    )
    encoder = BEDROCK_CONVERSE.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in events_of(response))
    buffer = EventStreamBuffer()
    buffer.add_data(raw)
    told = [(each.headers[":event-type"], json.loads(each.payload)) for each in buffer]
    assert [name for name, _ in told] == [
        "messageStart",
        *["contentBlockDelta"] * 2,
        "contentBlockStop",
        *["contentBlockDelta"] * 2,
        "contentBlockStop",
        "contentBlockStart",
        "contentBlockDelta",
        "contentBlockStop",
        "messageStop",
        "metadata",
    ]
    assert [body["contentBlockIndex"] for _, body in told if "contentBlockIndex" in body] == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    decoder = BEDROCK_CONVERSE.decoder()
    again = assemble([event for name, data in Frames().feed(raw) for event in decoder.feed(name, data)])
    assert again.usage == response.usage
    assert again.choices[0].parts[::2] == response.choices[0].parts[::2]


def test_blocks_that_overlap_are_written_one_after_the_other() -> None:
    encoder = BEDROCK_CONVERSE.encoder(CONTEXT)
    events: list[e.Event] = [
        e.Open(0, ToolCall(id="a", name="a", arguments="")),
        e.Open(1, ToolCall(id="b", name="b", arguments="")),
        e.ArgumentsDelta(1, "{}"),
        e.ArgumentsDelta(0, '{"x":1}'),
        e.Open(2, Text(), choice=1),
        e.TextDelta(2, "of another choice"),
        e.Finished(finish="tool_calls"),
        e.End(),
    ]
    raw = b"".join(encoder.encode(event) for event in events)
    decoder = BEDROCK_CONVERSE.decoder()
    found = assemble([event for name, data in Frames().feed(raw) for event in decoder.feed(name, data)])
    assert found.choices[0].parts == [
        ToolCall(id="a", name="a", arguments='{"x":1}'),
        ToolCall(id="b", name="b", arguments="{}"),
    ]


def test_a_failure_in_the_stream_is_written() -> None:
    encoder = BEDROCK_CONVERSE.encoder(CONTEXT)
    failure = Failure(status=429, kind="rate_limit", message="Slow down.")
    told = frame("throttlingException", b'{"message":"Slow down."}', exception=True)
    assert encoder.encode(e.Failed(failure)) == told
    assert encoder.encode(e.End()) == b""


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"message": "The provided model identifier is invalid."}, "invalid_request"),
        (400, {"message": "Input is too long for requested model."}, "context_length"),
        (400, {"message": "The model returned: prompt is too long: 210000 tokens > 200000 maximum"}, "context_length"),
        (403, {"message": "The security token included in the request is expired"}, "authentication"),
        (403, {"message": "Authentication failed: Please make sure your API Key is valid."}, "authentication"),
        (403, {"Message": "You don't have access to the model with the specified model ID."}, "permission"),
        (404, {"message": "This model version has reached the end of its life."}, "not_found"),
        (408, {"message": "Model timed out"}, "timeout"),
        (429, {"message": "Too many requests, please wait before trying again."}, "rate_limit"),
        (429, {"message": "Wait.", "__type": "com.amazon#ModelNotReadyException:"}, "overloaded"),
        (500, "<html>", "server"),
        (503, {}, "overloaded"),
        (400, ["x"], "invalid_request"),
    ],
)
def test_errors(status: int, body: Any, kind: str) -> None:
    found = BEDROCK_CONVERSE.decode_error(status, body)
    assert (found.status, found.kind) == (status, kind)
    assert found.message
    again = BEDROCK_CONVERSE.encode_error(found)
    assert again["message"] == found.message
    assert again["__type"].endswith("Exception")
