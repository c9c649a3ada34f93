"""Answers as providers of this dialect send them, whole and streamed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conduit_desktop.errors import BadRequest, UpstreamError
from conduit_desktop.wire import events as e
from conduit_desktop.wire.assemble import assemble
from conduit_desktop.wire.dialects.chat import OPENAI_CHAT
from conduit_desktop.wire.framing import Events
from conduit_desktop.wire.messages import (
    Choice,
    Citation,
    Foreign,
    Logprob,
    Media,
    Part,
    Refusal,
    Response,
    Text,
    Thinking,
    ToolCall,
)
from conduit_desktop.wire.usage import Usage

Json = dict[str, Any]


def stream(*chunks: Any, done: bool = True) -> list[e.Event]:
    """The events of chunks (deltas of the first choice, or whole chunks when they have ``choices``)."""
    decoder, out = OPENAI_CHAT.decoder(), list[e.Event]()
    for chunk in chunks:
        if "choices" not in chunk and "error" not in chunk:
            finish = chunk.pop("finish_reason", None)
            chunk = {"id": "x", "choices": [{"index": 0, "delta": chunk, "finish_reason": finish}]}
        out += decoder.feed("", json.dumps(chunk).encode())
    if done:
        out += decoder.feed("", b"[DONE]")
    return out + decoder.end()


def parts(*deltas: Any) -> list[Part]:
    events = stream(*deltas, {"finish_reason": "stop"})
    assert isinstance(events[-1], e.End), events[-1]
    return assemble(events).choices[0].parts


def whole(message: Json, **more: Any) -> Choice:
    body = {"id": "x", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop", **more}]}
    return OPENAI_CHAT.decode_response(body).choices[0]


def call(**members: Any) -> Json:
    return {"tool_calls": [members]}


# ---------------------------------------------------------------- reasoning


@pytest.mark.parametrize("member", ["reasoning_content", "reasoning", "thinking"])
def test_plain_reasoning(member: str) -> None:
    expected = [Thinking(sections=["I think."]), Text(text="Yes.")]
    assert parts({member: "I "}, {member: "think.", "content": ""}, {"content": "Yes."}) == expected
    assert whole({"content": "Yes.", member: "I think."}).parts == expected


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 100])
@pytest.mark.parametrize(("opening", "closing"), [("<think>\n", "\n</think>\n\n"), ("\n<thought>", "</thought>")])
def test_thoughts_between_tags_are_split_at_any_border(size: int, opening: str, closing: str) -> None:
    text = f"{opening}a < b </thin k\n\n> and so on{closing}So <think> it is.\n"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    thinking, answer = parts(*({"content": piece} for piece in pieces))
    assert thinking == Thinking(sections=["a < b </thin k\n\n> and so on"])
    assert answer == Text(text="So <think> it is.\n")


@pytest.mark.parametrize(
    "text", ["<thin", " <t", "<thinking>no</thinking>", "x<think>no</think>", "  ", "<thoughtful>"]
)
def test_what_only_looks_like_a_tag_is_text(text: str) -> None:
    assert parts(*({"content": mark} for mark in text)) == [Text(text=text)]


def test_thoughts_whose_tag_never_closes() -> None:
    assert parts({"content": "<think>on and"}, {"content": " on</th"}) == [Thinking(sections=["on and on</th"])]


def test_text_leaves_at_once() -> None:
    decoder = OPENAI_CHAT.decoder()
    events = decoder.feed("", b'{"choices":[{"index":0,"delta":{"content":"H"}}]}')
    assert e.TextDelta(0, "H") in events


def detail(kind: str, **members: Any) -> Json:
    plain = members.get("text") or members.get("summary")
    return {"reasoning": plain, "reasoning_details": [{"type": f"reasoning.{kind}", "index": 0, **members}]}


def test_reasoning_details_with_a_signature() -> None:
    found = parts(
        detail("text", text="", signature=""),
        detail("text", text="I ", format="anthropic-claude-v1"),
        detail("text", text="think."),
        detail("text", signature="sig"),
        detail("text", text="Again."),
        {"content": "Yes."},
    )
    first = Thinking(sections=["I think."], signature="sig", extras={"openai-chat": {"format": "anthropic-claude-v1"}})
    assert found == [first, Thinking(sections=["Again."]), Text(text="Yes.")]


def test_reasoning_details_with_summaries_and_encrypted_content() -> None:
    found = parts(
        detail("summary", summary="One", id="rs_1"),
        detail("summary", summary=" more", id="rs_1"),
        detail("summary", summary="Two", id="rs_1", index=1),
        detail("encrypted", data="secret", id="rs_1", index=2),
        detail("encrypted", data="other", id="rs_2", index=3),
    )
    assert found == [
        Thinking(sections=["One more", "Two"], summarised=True, id="rs_1", encrypted="secret"),
        Thinking(encrypted="other", id="rs_2"),
    ]


def test_gemini_signatures_behind_openrouter() -> None:
    found = parts(
        detail("encrypted", data="sig", id="call_1", format="google-gemini-v1"),
        call(index=0, id="call_1", function={"name": "f", "arguments": "{}"}),
    )
    assert found == [ToolCall(id="call_1", name="f", signature="sig")]
    found = parts({"content": "Hi"}, detail("encrypted", data="sig", format="google-gemini-v1"))
    assert found == [Text(text="Hi", signature="sig")]


def test_gemini_signatures_on_its_own_surface() -> None:
    signed = {"google": {"thought_signature": "sig"}}
    one = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}, "extra_content": signed}
    assert parts({"tool_calls": [one]}) == [ToolCall(id="a", name="f", signature="sig")]
    assert whole({"content": "Hi", "extra_content": signed}).parts == [Text(text="Hi", signature="sig")]
    plain = {"id": "", "function": {"name": "f", "arguments": "{}"}}
    assert whole({"extra_content": signed, "tool_calls": [plain]}).parts == [ToolCall(name="f", signature="sig")]


def test_plain_reasoning_beside_encrypted_details() -> None:
    found = parts({"reasoning": "hm", "reasoning_details": [{"type": "reasoning.encrypted", "data": "secret"}]})
    assert found == [Thinking(encrypted="secret"), Thinking(sections=["hm"])]


def test_unknown_reasoning_details_are_kept() -> None:
    item = {"type": "reasoning.server_tool_call", "name": "web"}
    found = parts({"reasoning_details": [item]})
    assert found == [Foreign(dialect="openai-chat", kind="reasoning.server_tool_call", data=item)]


# ---------------------------------------------------------------- content


def test_content_as_a_list_of_parts() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}], "closed": True}
    reference = {"type": "reference", "reference_ids": [3]}
    expected = [
        Thinking(sections=["hm"]),
        Text(text="Yes.", citations=[Citation(source_id="3", origin="openai-chat", native=reference)]),
    ]
    content = [thinking, {"type": "text", "text": "Yes."}, reference]
    assert whole({"content": content}).parts == expected
    assert parts(*({"content": [part]} for part in content)) == expected
    assert parts({"content": [thinking]}, {"content": "Yes."}) == [Thinking(sections=["hm"]), Text(text="Yes.")]


def test_refusals_and_logprobs() -> None:
    assert parts({"refusal": "I "}, {"refusal": "won't."}) == [Refusal(text="I won't.")]
    item = {
        "token": "a",
        "logprob": -0.5,
        "bytes": [97],
        "top_logprobs": [{"token": "b", "logprob": -1, "bytes": None}],
    }
    logprobs = {"content": [item], "refusal": None}
    expected = [Logprob(token="a", logprob=-0.5, bytes=[97], top=[Logprob(token="b", logprob=-1)])]
    assert whole({"content": "a"}, logprobs=logprobs).logprobs == expected
    assert whole({"content": "a"}, logprobs={"tokens": ["a"], "token_logprobs": [-0.5]}).logprobs == [
        Logprob(token="a", logprob=-0.5)
    ]
    assert whole({"content": "a"}, logprobs=-1.5).logprobs is None


def test_annotations_and_sources() -> None:
    annotation = {
        "type": "url_citation",
        "url_citation": {"url": "https://a", "title": "A", "start_index": 1, "end_index": 3, "content": "c"},
    }
    (text,) = whole({"content": "abcd", "annotations": [annotation]}).parts
    assert isinstance(text, Text)
    assert [(each.url, each.title, each.start, each.end, each.quote) for each in text.citations] == [
        ("https://a", "A", 1, 3, "c")
    ]
    chunk: Json = {"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}
    chunk |= {"citations": ["https://b"], "search_results": [{"url": "https://b", "title": "B", "snippet": "s"}]}
    (text,) = assemble(stream(chunk, chunk)).choices[0].parts
    assert isinstance(text, Text)
    assert [(each.url, each.title, each.quote) for each in text.citations] == [("https://b", "B", "s")]


def test_spoken_answers_in_pieces() -> None:
    found = parts(
        {"audio": {"id": "audio_1", "transcript": "He"}},
        {"audio": {"data": "AA=="}},
        {"audio": {"data": "AQI="}},
        {"audio": {"transcript": "llo"}},
        {"audio": {"expires_at": 5}},
    )
    assert found == [Media(kind="audio", id="audio_1", data="AAEC", transcript="Hello", expires=5)]
    audio = {"id": "audio_1", "data": "AAEC", "transcript": "Hello", "expires_at": 5}
    assert whole({"content": None, "audio": audio}).parts == found


def test_pictures_that_the_model_made() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAEC"}}
    assert whole({"content": "", "images": [image]}).parts == [Media(media_type="image/png", data="AAEC")]


# ---------------------------------------------------------------- tool calls


def test_calls_in_pieces_with_nulls_and_repeated_names() -> None:
    found = parts(
        call(index=0, id="a", type="function", function={"name": "f", "arguments": ""}),
        call(index=0, id=None, function={"name": None, "arguments": '{"x":'}),
        call(index=0, id="a", function={"name": "f", "arguments": "1}"}),
        call(index=1, id="b", function={"name": "g"}),
    )
    assert found == [ToolCall(id="a", name="f", arguments='{"x":1}'), ToolCall(id="b", name="g", arguments="{}")]


@pytest.mark.parametrize("index", [{}, {"index": 0}])
def test_calls_that_are_numbered_badly(index: Json) -> None:
    found = parts(
        call(**index, id="a", function={"name": "f", "arguments": '{"x":1}'}),
        call(**index, id="b", function={"name": "f", "arguments": '{"x":2}'}),
    )
    assert found == [
        ToolCall(id="a", name="f", arguments='{"x":1}'),
        ToolCall(id="b", name="f", arguments='{"x":2}'),
    ]


def test_whole_calls_without_any_number_or_id() -> None:
    one = {"function": {"name": "f", "arguments": {"x": 1}}}
    expected = [ToolCall(name="f", arguments='{"x":1}'), ToolCall(name="f", arguments='{"x":1}')]
    assert parts({"tool_calls": [one, one]}) == expected
    assert whole({"content": None, "tool_calls": [one, one]}).parts == expected


def test_calls_in_the_final_message_only() -> None:
    final = {
        "choices": [
            {
                "index": 0,
                "delta": {"content": ""},
                "message": {"content": "Hi", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]},
                "finish_reason": "tool_calls",
            }
        ]
    }
    assert assemble(stream({"content": "Hi"}, final)).choices[0].parts == [Text(text="Hi"), ToolCall(id="a", name="f")]


def test_legacy_and_custom_calls() -> None:
    assert parts({"function_call": {"name": "f", "arguments": '{"a"'}}, {"function_call": {"arguments": ":1}"}}) == [
        ToolCall(name="f", arguments='{"a":1}')
    ]
    assert parts(
        call(index=0, id="a", type="custom", custom={"name": "c", "input": ""}),
        call(index=0, custom={"input": "free"}),
    ) == [ToolCall(id="a", name="c", arguments="free", custom=True)]


def test_a_call_opens_when_its_name_is_known() -> None:
    decoder = OPENAI_CHAT.decoder()
    chunk = {"choices": [{"index": 0, "delta": call(index=0, id="a", function={"name": "f"})}]}
    opened = decoder.feed("", json.dumps(chunk).encode())[-1]
    assert opened == e.Open(0, ToolCall(id="a", name="f", arguments=""))


def test_a_call_that_is_whole_closes_before_the_next_opens() -> None:
    events = stream(
        call(index=0, id="a", function={"name": "f", "arguments": "{}"}),
        call(index=1, id="b", function={"name": "f", "arguments": "{}"}),
        {"finish_reason": "tool_calls"},
    )
    kinds = [type(event).__name__ for event in events if isinstance(event, e.Open | e.Close)]
    assert kinds == ["Open", "Close", "Open", "Close"]


# ---------------------------------------------------------------- the frame


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("length", "length"),
        ("model_length", "context_length"),
        ("tool_calls", "tool_calls"),
        ("function_call", "tool_calls"),
        ("content_filter", "content_filter"),
        ("sensitive", "content_filter"),
        ("error", "error"),
        ("network_error", "error"),
        ("insufficient_system_resource", "error"),
        ("content_filter: RECITATION", "content_filter"),
        ("function_call_filter: MALFORMED_FUNCTION_CALL", "malformed_call"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("something_new", "other"),
    ],
)
def test_finish_reasons(word: str, expected: str) -> None:
    events = stream({"content": "x"}, {"finish_reason": word})
    finished = next(event for event in events if isinstance(event, e.Finished))
    assert (finished.finish, finished.native_finish) == (expected, word)


def test_a_stop_with_calls_waits_for_results() -> None:
    choice = whole({"tool_calls": [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]})
    assert choice.finish == "tool_calls"


def test_vllm_tells_the_stop_sequence() -> None:
    choice = whole({"content": "x"}, stop_reason="END")
    assert (choice.finish, choice.stop_sequence) == ("stop_sequence", "END")


USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (USAGE, Usage(input=5, output=7)),
        (
            {**USAGE, "prompt_tokens_details": {"cached_tokens": 3, "image_tokens": 1}},
            Usage(input=5, output=7, cached_read=3, image_input=1),
        ),
        (
            {**USAGE, "total_tokens": 20, "completion_tokens_details": {"reasoning_tokens": 8}},
            Usage(input=5, output=15, reasoning=8),
        ),  # xAI
        ({**USAGE, "total_tokens": 20}, Usage(input=5, output=15, reasoning=8)),  # Gemini's compatibility surface
        (
            {**USAGE, "total_tokens": 20, "prompt_tokens_details": {"audio_tokens": 8}},
            Usage(input=13, output=7, audio_input=8),
        ),  # Mistral
        ({**USAGE, "num_cached_tokens": 2}, Usage(input=5, output=7, cached_read=2)),
        ({**USAGE, "prompt_cache_hit_tokens": 2}, Usage(input=5, output=7, cached_read=2)),
        ({**USAGE, "server_tool_use": {"web_search_requests": 2}}, Usage(input=5, output=7, searches=2)),
        ({**USAGE, "cost": 0.25}, Usage(input=5, output=7, reported_cost=250_000_000_000)),
        ({**USAGE, "cost": {"total_cost": 0.5}}, Usage(input=5, output=7, reported_cost=500_000_000_000)),
        ({**USAGE, "cost_in_usd_ticks": 100}, Usage(input=5, output=7, reported_cost=10_000)),
        ({"prompt_tokens": "x"}, Usage()),
        ([], None),
    ],
)
def test_usage(raw: Any, expected: Usage | None) -> None:
    body = {"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": raw}
    assert OPENAI_CHAT.decode_response(body).usage == expected


def test_usage_wherever_a_stream_tells_it() -> None:
    expected = Usage(input=5, output=7)
    last = {"finish_reason": "stop"}
    assert assemble(stream({"content": "x"}, last, {"choices": [], "usage": USAGE})).usage == expected
    assert assemble(stream({"content": "x"}, last, {"choices": [], "x_groq": {"usage": USAGE}})).usage == expected
    each = {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}], "usage": USAGE}
    assert assemble(stream(each, each)).usage == expected


def test_azure_begins_with_its_filter() -> None:
    first = {"choices": [], "id": "", "model": "", "prompt_filter_results": [{"prompt_index": 0}]}
    second = {"id": "chatcmpl-1", "model": "m", "created": 3, "choices": [{"index": 0, "delta": {"content": "x"}}]}
    events = stream(first, second, {"finish_reason": "stop"})
    assert events[0] == e.Start(
        id="chatcmpl-1", model="m", created=3, extras={"openai-chat": {"prompt_filter_results": [{"prompt_index": 0}]}}
    )


def test_several_choices() -> None:
    chunks = [
        {"choices": [{"index": index, "delta": {"content": text}, "finish_reason": finish}]}
        for index, text, finish in [(1, "b", None), (0, "a", None), (1, "B", "stop"), (0, "A", "length")]
    ]
    response = assemble(stream(*chunks, done=False))
    assert [(choice.index, choice.parts, choice.finish) for choice in response.choices] == [
        (0, [Text(text="aA")], "length"),
        (1, [Text(text="bB")], "stop"),
    ]


def test_a_stream_is_whole_with_a_finish_reason_or_done() -> None:
    assert isinstance(stream({"content": "x"}, {"finish_reason": "stop"}, done=False)[-1], e.End)
    assert isinstance(stream({"content": "x"}, done=True)[-1], e.End)
    for cut in (stream({"content": "x"}, done=False), stream(done=False), stream(done=True)):
        assert isinstance(cut[-1], e.Failed)
        assert cut[-1].failure.code == "truncated"


@pytest.mark.parametrize(
    ("event", "status", "message"),
    [
        ({"error": {"message": "Slow down", "code": 429}}, 429, "Slow down"),
        ({"error": {"message": "No tool", "type": "invalid_request_error", "code": "tool_use_failed"}}, 400, "No tool"),
        ({"error": "Broken"}, 502, "Broken"),
        ({"choices": [{"index": 0, "delta": {}, "error": {"code": 503, "message": "Full"}}]}, 503, "Full"),
        ({"object": "error", "message": "Bad", "code": 400}, 400, "Bad"),
        ({"detail": "Gone"}, 502, "Gone"),
    ],
)
def test_errors_inside_a_stream(event: Json, status: int, message: str) -> None:
    decoder = OPENAI_CHAT.decoder()
    decoder.feed("", b'{"choices":[{"index":0,"delta":{"content":"x"}}]}')
    failed = decoder.feed("", json.dumps(event).encode())[-1]
    assert isinstance(failed, e.Failed)
    assert (failed.failure.status, failed.failure.message) == (status, message)
    assert decoder.feed("", b"[DONE]") == decoder.end() == []


def test_errors_in_a_whole_answer() -> None:
    with pytest.raises(UpstreamError, match="Full") as caught:
        OPENAI_CHAT.decode_response({"error": {"code": 503, "message": "Full"}})
    assert caught.value.status == 503
    with pytest.raises(UpstreamError, match="Full"):
        OPENAI_CHAT.decode_response({"choices": [{"error": {"code": 502, "message": "Full"}}]})


@pytest.mark.parametrize("body", [{}, {"choices": {}}, {"choices": []}, {"choices": ["x"]}])
def test_what_is_no_answer(body: Json) -> None:
    with pytest.raises(BadRequest):
        OPENAI_CHAT.decode_response(body)


def test_what_only_one_provider_tells_is_kept() -> None:
    body = {
        "id": "x",
        "model": "m",
        "created": 4,
        "system_fingerprint": "fp",
        "provider": "P",
        "service_tier": "default",
        "choices": [{"message": {"content": "x"}, "finish_reason": "stop", "content_filter_results": {"hate": {}}}],
    }
    own = {"system_fingerprint": "fp", "provider": "P"}
    assert OPENAI_CHAT.decode_response(body) == Response(
        id="x",
        model="m",
        created=4,
        service_tier="default",
        extras={"openai-chat": own},
        choices=[
            Choice(
                parts=[Text(text="x")],
                finish="stop",
                native_finish="stop",
                extras={"openai-chat": {"content_filter_results": {"hate": {}}}},
            )
        ],
    )


# ---------------------------------------------------------------- badly numbered, blank or flat


def test_each_call_of_a_whole_message_is_one_of_its_own() -> None:
    calls = [{"id": "c", "function": {"name": name, "arguments": "{}"}} for name in ("f", "f", "g")]
    found = [part for part in whole({"content": None, "tool_calls": calls}).parts if isinstance(part, ToolCall)]
    assert [part.name for part in found] == ["f", "f", "g"]
    assert len({part.id for part in found}) == 3


def test_calls_of_one_id_get_ids_that_differ() -> None:
    first, second = parts(
        call(index=0, id="c", function={"name": "f", "arguments": '{"a"'}),
        call(index=1, id="c", function={"name": "g", "arguments": '{"b"'}),
        call(index=0, function={"arguments": ":1}"}),
        call(index=1, id="c", function={"arguments": ":2}"}),
    )
    assert first == ToolCall(id="c", name="f", arguments='{"a":1}')
    assert second == ToolCall(id="c_2", name="g", arguments='{"b":2}')


@pytest.mark.parametrize("blank", [None, "", " \n", "null"])
def test_blank_arguments_are_none(blank: str | None) -> None:
    body = {"name": "f", "arguments": blank}
    expected = [ToolCall(id="c", name="f", arguments="{}")]
    assert parts(call(index=0, id="c", function=body)) == expected
    assert whole({"content": None, "tool_calls": [{"id": "c", "function": body}]}).parts == expected


def test_arguments_may_begin_with_a_blank_piece() -> None:
    pieces = [call(index=0, function={"arguments": piece}) for piece in (" ", '{"a":', "null}")]
    assert parts(call(index=0, id="c", function={"name": "f"}), *pieces) == [
        ToolCall(id="c", name="f", arguments='{"a":null}')
    ]


@pytest.mark.parametrize("indexes", [(None, None), (0, 0), (None, 0)])
def test_choices_without_numbers_of_their_own_are_numbered_by_their_places(indexes: tuple[int | None, ...]) -> None:
    choices = [{"index": at, "message": {"content": "Yes"}, "finish_reason": "stop"} for at in indexes]
    found = OPENAI_CHAT.decode_response({"choices": choices}).choices
    assert [(each.index, each.parts) for each in found] == [(0, [Text(text="Yes")]), (1, [Text(text="Yes")])]


def test_flat_annotations_are_citations_too() -> None:
    flat = {"type": "url_citation", "url": "https://a", "title": "A", "start_index": 0, "end_index": 3}
    (part,) = whole({"content": "Yes", "annotations": [flat]}).parts
    assert isinstance(part, Text)
    assert [(each.url, each.title, each.start, each.end) for each in part.citations] == [("https://a", "A", 0, 3)]


def test_output_text_is_text() -> None:
    assert whole({"content": [{"type": "output_text", "text": "Yes"}]}).parts == [Text(text="Yes")]


def test_errors_in_a_field_of_their_own() -> None:
    decoder = OPENAI_CHAT.decoder()
    told = [
        event
        for name, data in Events().feed(b'error: {"code":400,"message":"too long"}\n\ndata: [DONE]\n\n')
        for event in decoder.feed(name, data)
    ]
    (failed,) = told
    assert isinstance(failed, e.Failed)
    assert (failed.failure.status, failed.failure.message) == (400, "too long")
