"""The chat client's reader: the same events however the stream was cut, and errors in the gateway's own words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.runtime.client import (
    Event,
    Failed,
    Finished,
    Reader,
    Reasoning,
    Text,
    ToolCall,
    Used,
    failure,
)

STREAM = (
    b': hello\n\ndata: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
    b'data: {"choices":[{"delta":{"reasoning_content":"hm"}}]}\n\n'
    b'data: {"choices":[{"delta":{"content":"caf\xc3\xa9 "}}]}\n\n'
    b'event: x\nid: 4\ndata: {"choices":[{"delta":{"content":"ol\\u00e9"}}]}\n\n'
    b'data: {"choices":[{"delta":{"tool_calls":[{"index":1,"id":"c1",'
    b'"function":{"name":"f","arguments":"{\\"a\\""}}]}}]}\n\n'
    b'data: {"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"arguments":":1}"}}]},'
    b'"finish_reason":null}]}\n\n'
    b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9,'
    b'"completion_tokens_details":{"reasoning_tokens":2},"prompt_tokens_details":{"cached_tokens":1}}}\n\n'
    b"data: [DONE]\n\n"
)
EVENTS: list[Event] = [
    Reasoning("hm"),
    Text("café "),
    Text("olé"),
    ToolCall(1, "c1", "f", '{"a"'),
    ToolCall(1, "", "", ":1}"),
    Used(3, 9, 2, 1),
    Finished("stop"),
]


def read(data: bytes, cuts: list[int]) -> list[Event]:
    reader, found = Reader("r1"), []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        found += reader.feed(data[start:end])
    return found + reader.end()


@given(st.lists(st.integers(0, 10_000), max_size=40), st.sampled_from([b"\n", b"\r\n"]))
def test_any_cut_gives_the_same_events(cuts: list[int], end: bytes) -> None:
    assert read(STREAM.replace(b"\n", end), cuts) == EVENTS


@given(st.binary(max_size=200), st.lists(st.integers(0, 10_000), max_size=8))
def test_whatever_comes_it_ends_once(data: bytes, cuts: list[int]) -> None:
    found = read(data, cuts)
    assert [event for event in found if isinstance(event, Finished | Failed)] == found[-1:]


def test_nothing_counts_after_the_end() -> None:
    assert read(STREAM + b'data: {"choices":[{"delta":{"content":"late"}}]}\n\n', []) == EVENTS


def test_an_error_inside_the_stream_is_told_in_its_own_words() -> None:
    data = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
    data += b'data: {"error":{"message":"Broke.","code":"stream_broken"}}\n\n'
    assert read(data, []) == [Text("a"), Failed(502, "Broke.", "stream_broken", "r1")]


def test_a_stream_that_stops_early_is_a_failure_unless_it_said_why_it_ended() -> None:
    cut = read(b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n', [])
    assert isinstance(cut[-1], Failed)
    assert cut[-1].code == "cut_off"
    assert read(b'data: {"choices":[{"delta":{},"finish_reason":"length"}]}', []) == [Finished("length")]


def test_what_cannot_be_read_is_said() -> None:
    found = read(b"data: {nonsense\n\n", [])
    assert isinstance(found[0], Failed)
    assert found[0].code == "unreadable"


def test_a_whole_answer_reads_like_a_stream() -> None:
    data = b'data: {"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}\n\n'
    assert read(data, []) == [Text("Hi"), Finished("stop")]


def test_error_bodies_in_several_shapes() -> None:
    ours = {"error": {"message": "Budget spent.", "code": "budget_exceeded", "type": "insufficient_quota"}}
    assert failure(ours, 402, "r", "12") == Failed(402, "Budget spent.", "budget_exceeded", "r", 12.0)
    assert failure({"error": "plain"}, 500).message == "plain"
    assert failure({"error": {"message": "Slow down", "code": 429}}, 502).status == 429
    assert failure([], 503).message == "The answer was 503 without a reason."
