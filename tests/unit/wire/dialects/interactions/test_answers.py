"""Answers, streams and errors, as the documentation shows them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.dialects.interactions import INTERACTIONS
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Foreign,
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

CONTEXT = Context(request=Request(model="m"), seed="s", now=1_764_000_000, input_tokens=5)
USAGE = {
    "total_tokens": 346,
    "total_input_tokens": 11,
    "input_tokens_by_modality": [{"modality": "text", "tokens": 11}],
    "total_cached_tokens": 2,
    "total_output_tokens": 90,
    "total_tool_use_tokens": 0,
    "total_thought_tokens": 245,
}
SIGNED: dict[str, Any] = {"interactions": {"_signed": True}}
COUNTED = Usage(input=11, output=335, cached_read=2, reasoning=245)


def answer(*steps: dict[str, Any], **members: Any) -> Response:
    return INTERACTIONS.decode_response(
        {"id": "v1_x", "model": "m", "status": "completed", "steps": list(steps), **members}
    )


def heard(*events: dict[str, Any], whole: bool = True) -> list[e.Event]:
    decoder = INTERACTIONS.decoder()
    out = [each for event in events for each in decoder.feed(event["event_type"], msgspec.json.encode(event))]
    return out + (decoder.feed("done", b"[DONE]") if whole else decoder.end())


def told(*events: e.Event) -> list[dict[str, Any]]:
    encoder = INTERACTIONS.encoder(CONTEXT)
    raw = b"".join(encoder.encode(event) for event in events).decode()
    return [json.loads(line[6:]) for line in raw.splitlines() if line.startswith("data: {")]


def created(**members: Any) -> dict[str, Any]:
    return {"event_type": "interaction.created", "interaction": {"id": "v1_x", "status": "in_progress", **members}}


def completed(status: str = "completed", **members: Any) -> dict[str, Any]:
    return {"event_type": "interaction.completed", "interaction": {"id": "v1_x", "status": status, **members}}


def start(index: int, **step: Any) -> dict[str, Any]:
    return {"event_type": "step.start", "index": index, "step": step}


def delta(index: int, **found: Any) -> dict[str, Any]:
    return {"event_type": "step.delta", "index": index, "delta": found}


def stop(index: int) -> dict[str, Any]:
    return {"event_type": "step.stop", "index": index}


def test_an_answer() -> None:
    found = answer(
        {"type": "thought", "signature": "c2ln", "summary": [{"type": "text", "text": "hm"}]},
        {"type": "model_output", "content": [{"type": "text", "text": "hello"}]},
        created="2025-12-04T15:01:45Z",
        object="interaction",
        service_tier="standard",
        usage=USAGE,
        environment_id="env",
    )
    assert found == Response(
        id="v1_x",
        model="m",
        created=1_764_860_505,
        choices=[
            Choice(
                parts=[
                    Thinking(sections=["hm"], summarised=True, signature="c2ln", extras=SIGNED),
                    Text(text="hello"),
                ],
                finish="stop",
                native_finish="completed",
            )
        ],
        usage=COUNTED,
        service_tier="default",
        extras={"interactions": {"environment_id": "env"}},
    )


@pytest.mark.parametrize(
    ("status", "finish"),
    [
        ("completed", "stop"),
        ("incomplete", "length"),
        ("budget_exceeded", "length"),
        ("failed", "error"),
        ("cancelled", "other"),
        ("requires_continuation", "pause"),
    ],
)
def test_statuses(status: str, finish: str) -> None:
    found = answer(status=status)
    assert (found.choices[0].finish, found.choices[0].native_finish) == (finish, status)
    if finish != "pause":
        assert INTERACTIONS.encode_response(found, CONTEXT)["status"] == status


@pytest.mark.parametrize(
    ("finish", "status"),
    [
        ("stop_sequence", "completed"),
        ("content_filter", "incomplete"),
        ("refusal", "incomplete"),
        ("context_length", "incomplete"),
        ("malformed_call", "incomplete"),
        ("error", "failed"),
        (None, "completed"),
    ],
)
def test_statuses_for_clients(finish: Any, status: str) -> None:
    choice = Choice(parts=[Text(text="x")], finish=finish, native_finish="end_turn")
    assert INTERACTIONS.encode_response(Response(choices=[choice]), CONTEXT)["status"] == status


def test_a_call_asks_for_action() -> None:
    found = answer({"type": "function_call", "name": "f", "arguments": {"a": 1}}, status="requires_action")
    (call,) = found.choices[0].parts
    assert call == ToolCall(id="call_v1_x_0", name="f", arguments='{"a":1}')
    assert found.choices[0].finish == "tool_calls"
    whole = INTERACTIONS.encode_response(Response(choices=[Choice(parts=[ToolCall(name="f")], finish="stop")]), CONTEXT)
    assert (whole["status"], whole["steps"]) == (
        "requires_action",
        [{"type": "function_call", "id": "call_s_0", "name": "f", "arguments": {}}],
    )


def test_citations_count_bytes() -> None:
    note = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 3, "end_index": 8}
    found = answer({"type": "model_output", "content": [{"type": "text", "text": "é wörd", "annotations": [note]}]})
    (part,) = found.choices[0].parts
    assert isinstance(part, Text)
    (citation,) = part.citations
    assert (citation.start, citation.end, citation.text, citation.url) == (2, 6, "wörd", "https://a.example")
    assert INTERACTIONS.encode_response(found, CONTEXT)["steps"][0]["content"][0]["annotations"] == [note]
    citation.origin = "openai-chat"
    assert INTERACTIONS.encode_response(found, CONTEXT)["steps"][0]["content"][0]["annotations"] == [note]


def test_sources_that_are_no_pages_of_the_web() -> None:
    page = {"type": "file_citation", "document_uri": "files/a", "file_name": "a.pdf", "page_number": 3}
    place = {"type": "place_citation", "place_id": "places/x", "name": "X", "url": "https://maps.example"}
    speaker = {"type": "speech_metadata", "speaker": "A"}
    content = {"type": "text", "text": "x", "annotations": [page, place, speaker]}
    found = answer({"type": "model_output", "content": [content]})
    (part,) = found.choices[0].parts
    assert isinstance(part, Text)
    assert [(each.source_id, each.title, each.unit, each.source_start) for each in part.citations] == [
        ("files/a", "a.pdf", "page", 3),
        ("places/x", "X", "", None),
    ]
    assert INTERACTIONS.encode_response(found, CONTEXT)["steps"][0]["content"] == [content]
    quoted = Citation(quote="q", document=1, title="T", unit="page", source_start=2, origin="anthropic-messages")
    written = INTERACTIONS.encode_response(_said(Text(text="x", citations=[quoted])), CONTEXT)
    assert written["steps"][0]["content"][0]["annotations"] == [
        {"type": "file_citation", "document_uri": "document 1", "file_name": "T", "source": "q", "page_number": 2}
    ]


def _said(*parts: Part, **members: Any) -> Response:
    return Response(choices=[Choice(parts=list(parts), finish="stop")], **members)


def test_googles_own_steps_are_kept_and_others_left_out() -> None:
    step = {"type": "google_search_call", "id": "s", "arguments": {"queries": ["q"]}}
    found = answer(step, {"type": "model_output", "content": [{"type": "text", "text": "x"}]})
    assert found.choices[0].parts[0] == Foreign(dialect="interactions", kind="google_search_call", data=step)
    assert INTERACTIONS.encode_response(found, CONTEXT)["steps"][0] == step
    other = Foreign(dialect="openai-responses", kind="web_search_call", data={})
    assert INTERACTIONS.encode_response(_said(other, Refusal(text="no")), CONTEXT)["steps"] == [
        {"type": "model_output", "content": [{"type": "text", "text": "no"}]}
    ]


def test_a_whole_answer_for_a_client() -> None:
    found = INTERACTIONS.encode_response(_said(Text(text="x"), usage=COUNTED, id="chatcmpl-1", model="gpt"), CONTEXT)
    assert found == {
        "id": "v1_chatcmpl-1",
        "object": "interaction",
        "model": "gpt",
        "status": "completed",
        "created": "2025-11-24T16:00:00Z",
        "updated": "2025-11-24T16:00:00Z",
        "steps": [{"type": "thought"}, {"type": "model_output", "content": [{"type": "text", "text": "x"}]}],
        "usage": USAGE,
    }
    assert INTERACTIONS.encode_response(_said(), CONTEXT)["usage"]["total_input_tokens"] == 5
    assert [part for part in INTERACTIONS.decode_response(found).choices[0].parts] == [Text(text="x")]


def test_a_sound_comes_with_its_words() -> None:
    sound = Media(kind="audio", media_type="audio/wav", data="UklG", transcript="ho")
    content = [{"type": "audio", "mime_type": "audio/wav", "data": "UklG"}, {"type": "text", "text": "ho"}]
    assert INTERACTIONS.encode_response(_said(sound), CONTEXT)["steps"][0]["content"] == content
    events = told(
        e.Start(),
        e.Open(0, Media(kind="audio", media_type="audio/wav")),
        e.DataDelta(0, "UklG"),
        e.TextDelta(0, "ho"),
        e.Close(0),
        e.End(),
    )
    assert [event["delta"] for event in events if event["event_type"] == "step.delta"] == content


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        ({"total_input_tokens": 5, "total_output_tokens": 2, "total_tokens": 7, "total_tool_use_tokens": 9}, 5),
        ({"total_input_tokens": 5, "total_output_tokens": 2, "total_tokens": 16, "total_tool_use_tokens": 9}, 14),
        ({"total_input_tokens": 5, "total_output_tokens": 2, "total_tool_use_tokens": 9}, 14),
    ],
)
def test_tokens_of_tools_are_counted_where_the_total_has_them(found: dict[str, Any], wanted: int) -> None:
    usage = answer(usage=found).usage
    assert usage is not None
    assert usage.input == wanted


def test_a_stream() -> None:
    events = heard(
        created(model="m", object="interaction"),
        {"event_type": "interaction.status_update", "interaction_id": "v1_x", "status": "in_progress"},
        start(0, type="thought"),
        delta(0, type="thought_summary", content={"type": "text", "text": "hm"}),
        delta(0, type="thought_signature", signature="c2ln"),
        stop(0),
        start(1, type="model_output"),
        delta(1, type="text", text="1, "),
        delta(1, type="text", text="2"),
        delta(1, type="text_annotation_delta", annotations=[{"type": "url_citation", "url": "u", "end_index": 1}]),
        stop(1),
        start(2, type="function_call", id="c", name="f", arguments={}),
        delta(2, type="arguments_delta", arguments='{"a":'),
        delta(2, type="arguments_delta", arguments="1}"),
        stop(2),
        completed("requires_action", usage=USAGE),
    )
    assert [type(event).__name__ for event in events[:4]] == ["Start", "Open", "ThinkingDelta", "Sealed"]
    assert isinstance(events[-1], e.End)
    found = assemble(events)
    thought, text, call = found.choices[0].parts
    assert thought == Thinking(sections=["hm"], summarised=True, signature="c2ln", extras=SIGNED)
    assert INTERACTIONS.encode_response(found, CONTEXT)["steps"][0]["signature"] == "c2ln"
    assert isinstance(text, Text)
    assert (text.text, text.citations[0].text) == ("1, 2", "1")
    assert call == ToolCall(id="c", name="f", arguments='{"a":1}')
    assert (found.choices[0].finish, found.usage, found.id) == ("tool_calls", COUNTED, "v1_x")


def test_parts_that_stand_in_their_steps_from_the_beginning() -> None:
    found = assemble(
        heard(
            start(0, type="thought", signature="", summary=[{"type": "text", "text": "hm"}]),
            stop(0),
            start(1, type="model_output", content=[{"type": "text", "text": "Once "}]),
            delta(1, type="text", text="upon"),
            delta(1, type="image", mime_type="image/png", data="AAAA"),
            delta(1, type="image", mime_type="image/png", data="BBBB"),
            stop(1),
            start(2, type="function_call", id="c", name="f", arguments={"a": 1}),
            stop(2),
            completed(),
        )
    )
    assert found.choices[0].parts == [
        Thinking(sections=["hm"], summarised=True, extras=SIGNED),
        Text(text="Once upon"),
        Media(kind="image", media_type="image/png", data="AAAA"),
        Media(kind="image", media_type="image/png", data="BBBB"),
        ToolCall(id="c", name="f", arguments='{"a":1}'),
    ]


def test_a_sound_grows() -> None:
    found = assemble(
        heard(
            start(0, type="model_output"),
            delta(0, type="audio", mime_type="audio/l16", data="AAAA", sample_rate=24000),
            delta(0, type="audio", mime_type="audio/l16", data="BBBB", sample_rate=24000),
            stop(0),
            completed(),
        )
    )
    extras = {"interactions": {"sample_rate": 24000}}
    assert found.choices[0].parts == [Media(kind="audio", media_type="audio/l16", data="AAAABBBB", extras=extras)]


def test_steps_that_only_google_knows_are_gathered() -> None:
    found = assemble(
        heard(
            start(0, type="google_search_call", id="s", signature=""),
            delta(0, type="google_search_call", signature="c2ln", arguments={"queries": ["q"]}),
            stop(0),
            completed(),
        )
    )
    step = {"type": "google_search_call", "id": "s", "signature": "c2ln", "arguments": {"queries": ["q"]}}
    assert found.choices[0].parts == [Foreign(dialect="interactions", kind="google_search_call", data=step)]


@pytest.mark.parametrize(
    "last",
    [
        {"event_type": "interaction.requires_action", "interaction": {"id": "v1_x", "usage": USAGE}},
        {"event_type": "interaction.status_update", "interaction_id": "v1_x", "status": "requires_action"},
    ],
)
def test_ends_that_are_told_otherwise(last: dict[str, Any]) -> None:
    events = heard(created(), start(0, type="function_call", id="c", name="f"), stop(0), last)
    assert isinstance(events[-1], e.End)
    assert assemble(events).choices[0].finish == "tool_calls"


def test_an_end_that_brings_the_steps() -> None:
    steps = [{"type": "model_output", "content": [{"type": "text", "text": "all"}]}]
    assert assemble(heard(created(), completed(steps=steps))).choices[0].parts == [Text(text="all")]


def test_a_stream_without_its_last_word_is_whole() -> None:
    assert isinstance(heard(created(), completed(), whole=False)[-1], e.End)


@pytest.mark.parametrize("whole", [True, False])
def test_a_stream_that_breaks_off_failed(whole: bool) -> None:
    (*_, last) = heard(created(), start(0, type="model_output"), delta(0, type="text", text="x"), whole=whole)
    assert isinstance(last, e.Failed)
    assert last.failure.code == "truncated"


def test_errors() -> None:
    (*_, failed) = heard(
        created(), {"event_type": "error", "error": {"message": "Too slow.", "code": "gateway_timeout"}}
    )
    assert failed == e.Failed(Failure(status=504, kind="timeout", message="Too slow.", code="gateway_timeout"))
    read = INTERACTIONS.decode_error
    assert read(429, {"error": {"code": "quota_exceeded", "message": "x"}}).kind == "rate_limit"
    assert read(402, {"error": {"code": "payment_required", "message": "x"}}).kind == "billing"
    assert read(400, {"error": {"code": "new_word", "message": "x"}}).code == "new_word"
    long = {"error": {"code": "invalid_request", "message": "The input token count (9) exceeds the maximum"}}
    assert read(400, long).kind == "context_length"
    old = read(400, {"error": {"code": 400, "message": "x", "status": "INVALID_ARGUMENT"}})
    assert (old.kind, old.code) == ("invalid_request", "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    ("kind", "code", "word"),
    [
        ("invalid_request", "missing_field", "invalid_request"),
        ("not_found", "model_not_found", "model_not_found"),
        ("rate_limit", "rate_limited", "rate_limit_exceeded"),
        ("authentication", "", "authentication"),
        ("context_length", "", "invalid_request"),
        ("server", "", "internal_error"),
    ],
)
def test_errors_for_clients(kind: Any, code: str, word: str) -> None:
    failure = Failure(status=400, kind=kind, message="m", code=code)
    assert INTERACTIONS.encode_error(failure) == {"error": {"message": "m", "code": word}}
    (event,) = told(e.Failed(failure))
    assert event == {"error": {"message": "m", "code": word}, "event_type": "error"}


def test_a_stream_for_a_client() -> None:
    events = told(
        e.Start(id="x", model="gpt", usage=Usage(input=3)),
        e.Open(0, Thinking()),
        e.ThinkingDelta(0, "a"),
        e.ThinkingDelta(0, "b", 1),
        e.Sealed(0, "sig"),
        e.Close(0),
        e.Open(1, ToolCall(id="c", name="f", arguments="", signature="s1")),
        e.Open(2, ToolCall(id="d", name="g", arguments="")),
        e.ArgumentsDelta(2, '{"b":1}'),
        e.ArgumentsDelta(1, '{"a":'),
        e.Sealed(1, "late"),
        e.ArgumentsDelta(1, "1}"),
        e.Close(1),
        e.Finished(finish="tool_calls", native_finish="tool_calls"),
        e.Tokens(COUNTED),
        e.End(),
    )
    kinds = [(event["event_type"], event.get("index")) for event in events]
    indexes = [index for kind, index in kinds if kind == "step.start" and index is not None]
    assert indexes == sorted(set(indexes))
    assert kinds[:2] == [("interaction.created", None), ("interaction.status_update", None)]
    texts = [event["delta"].get("content", {}).get("text") for event in events if event["event_type"] == "step.delta"]
    assert texts[:2] == ["a", "\n\nb"]
    steps = [event["step"]["type"] for event in events if event["event_type"] == "step.start"]
    assert steps == ["thought", "thought", "function_call", "thought", "function_call"]
    last = events[-1]["interaction"]
    assert (last["status"], last["usage"]) == ("requires_action", USAGE)
    assert (last["id"], last["object"]) == ("v1_x", "interaction")
    decoder = INTERACTIONS.decoder()
    again = [each for event in events for each in decoder.feed("", msgspec.json.encode(event))] + decoder.end()
    parts = assemble(again).choices[0].parts
    assert [part.signature for part in parts] == ["sig", "late", ""]
    assert [part.arguments for part in parts if isinstance(part, ToolCall)] == ['{"a":1}', '{"b":1}']


def test_arguments_are_never_missing() -> None:
    events = told(
        e.Start(),
        e.Open(0, ToolCall(id="c", name="f", arguments="")),
        e.Close(0),
        e.Open(1, ToolCall(id="d", name="g", arguments="", custom=True)),
        e.ArgumentsDelta(1, "wor"),
        e.ArgumentsDelta(1, "ds"),
        e.Close(1),
        e.End(),
    )
    given = [event["delta"]["arguments"] for event in events if event["event_type"] == "step.delta"]
    assert given == ["{}", '{"input":"words"}']


def test_nothing_but_the_error_after_a_failure() -> None:
    encoder = INTERACTIONS.encoder(CONTEXT)
    raw = encoder.encode(e.Failed(Failure(status=500, kind="server", message="m")))
    assert raw.startswith(b"event: error\n")
    assert b"DONE" not in raw
    assert encoder.encode(e.Ping()) == b": ping\n\n"
