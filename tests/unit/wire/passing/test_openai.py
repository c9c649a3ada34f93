"""What replies, error bodies and streams come to; a stream cut into any pieces comes to the same."""

from __future__ import annotations

import functools
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conduit_desktop.wire.passing.openai import Outcome, StreamWatch, read_error, read_reply
from conduit_desktop.wire.usage import Usage
from tests.fakes.replay import WIRE

COUNTS = {"prompt_tokens": 3, "completion_tokens": 2}
COUNTED = Usage(input=3, output=2)


def event(**chunk: Any) -> bytes:
    return b"data: " + json.dumps(chunk, separators=(",", ":")).encode() + b"\n\n"


def delta(text: str = "", finish: str | None = None, **more: Any) -> bytes:
    return event(choices=[{"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}], **more)


ROLE = event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
USAGE = event(choices=[], usage=COUNTS)
DONE = b"data: [DONE]\n\n"


# ---------------------------------------------------------------- whole replies


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"choices": [{"finish_reason": "stop"}], "usage": COUNTS}, Outcome(usage=COUNTED, finish="stop")),
        ({"choices": [{"finish_reason": None}]}, Outcome()),
        ({"choices": [{"finish_reason": 5}], "usage": None}, Outcome()),
        ({"data": [], "usage": {"prompt_tokens": 3, "total_tokens": 3}}, Outcome(usage=Usage(input=3))),
        ({"error": {"message": "busy", "code": 503}}, Outcome(error="busy", error_status=503)),
        ({"error": {"message": "busy", "code": "503"}}, Outcome(error="busy", error_status=503)),
        ({"error": {"message": "no", "code": "bad_thing"}}, Outcome(error="no", error_status=502)),
        ({"error": {"message": "no", "code": "²²²"}}, Outcome(error="no", error_status=502)),
        ({"error": {"type": "overloaded"}}, Outcome(error="overloaded", error_status=502)),
        ({"error": "plain"}, Outcome(error="plain", error_status=502)),
        ({"error": [1]}, Outcome(error="The provider reported an error.", error_status=502)),
        ({"error": None, "choices": []}, Outcome()),
        ({"error": {"message": "half"}, "choices": [{"finish_reason": "stop"}]}, Outcome(finish="stop")),
    ],
)
def test_whole_replies(body: dict[str, Any], outcome: Outcome) -> None:
    assert read_reply(json.dumps(body).encode()) == outcome


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"x"', b"{", b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"]
)
def test_what_is_no_reply_is_not_readable(body: bytes) -> None:
    assert read_reply(body) == Outcome(readable=False)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"error":{"message":"quota"}}', "quota"),
        (b'{"error":"quota"}', "quota"),
        (b'{"message":"quota"}', "quota"),
        (b'{"detail":[{"msg":"field required"}]}', "[{'msg': 'field required'}]"),
        (b'{"error":{"message":{"deep":1}}}', "The provider reported an error."),
        (b'[{"error":1}]', "[{'error': 1}]"),
        (b"<html>Bad gateway</html>", "<html>Bad gateway</html>"),
        (b"\xff\xfe", "��"),
        (b"", ""),
    ],
)
def test_errors_in_whatever_shape(body: bytes, text: str) -> None:
    assert read_error(body) == text


# ---------------------------------------------------------------- streams


def test_what_a_stream_tells() -> None:
    watch = StreamWatch(hide_usage=False)
    assert watch.feed(ROLE) == ROLE
    assert not watch.content
    assert watch.feed(b": ping\n\n") == b": ping\n\n"
    assert not watch.content
    assert watch.feed(delta("Hi")) == delta("Hi")
    assert watch.content
    assert not watch.complete
    assert watch.feed(delta(finish="stop") + USAGE) == delta(finish="stop") + USAGE
    assert watch.complete
    assert (watch.finish, watch.usage, watch.done) == ("stop", COUNTED, False)
    assert watch.feed(DONE) == b""
    assert (watch.done, watch.held, watch.end()) == (True, DONE, b"")


def test_hiding_takes_only_the_chunk_that_holds_nothing_but_usage() -> None:
    last = delta("x", usage=COUNTS)
    watch = StreamWatch(hide_usage=True)
    assert watch.feed(last + b": note\n\n" + USAGE + delta("y") + DONE) == last + b": note\n\n" + delta("y")
    assert watch.usage == COUNTED
    # Azure's filter results come without a choice, too.
    filtered = event(choices=[], prompt_filter_results=[])
    assert StreamWatch(hide_usage=True).feed(filtered) == filtered


def test_an_error_is_told_and_never_hidden() -> None:
    watch = StreamWatch(hide_usage=True)
    failing = event(choices=[], usage=COUNTS, error={"message": "overloaded", "code": 529})
    assert watch.feed(failing) == failing
    assert (watch.error, watch.error_status, watch.content, watch.complete) == ("overloaded", 529, False, True)


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [{"delta": {"tool_calls": [{"index": 0}]}}]},
        {"choices": [{"delta": {"reasoning_content": "hm"}}]},
        {"choices": [{"delta": {"refusal": "no"}}]},
        {"choices": [{"text": "words"}]},
        {"choices": [{"delta": "odd"}]},
    ],
)
def test_content_is_whatever_a_client_would_use(chunk: dict[str, Any]) -> None:
    watch = StreamWatch(hide_usage=False)
    assert watch.feed(event(**chunk)) == event(**chunk)
    assert watch.content


@pytest.mark.parametrize("odd", [b'"usage" : {', b'"usage":\n{', b'"usage":  {', b'"usage":{'])
def test_usage_is_found_however_it_is_spaced(odd: bytes) -> None:
    watch = StreamWatch(hide_usage=False)
    watch.feed(delta("x"))
    watch.feed(b"data: {" + odd.replace(b"\n", b"\ndata: ") + b'"prompt_tokens":3,"completion_tokens":2}}\n\n')
    assert watch.usage == COUNTED


def test_usage_where_groq_puts_it() -> None:
    watch = StreamWatch(hide_usage=True)
    watch.feed(delta("x"))
    last = delta(finish="stop", x_groq={"id": "1", "usage": COUNTS})
    assert watch.feed(last) == last
    assert watch.usage == COUNTED


def test_nulls_with_every_piece_are_not_read() -> None:
    watch = StreamWatch(hide_usage=True)
    watch.feed(delta("x"))
    piece = delta("y", usage=None)
    assert watch.feed(piece) is piece


def test_an_end_without_a_last_empty_line() -> None:
    watch = StreamWatch(hide_usage=False)
    assert watch.feed(delta("x") + DONE.rstrip()) == delta("x")
    assert watch.end() == b""
    assert (watch.done, watch.held) == (True, DONE.rstrip())
    cut = StreamWatch(hide_usage=False)
    assert cut.feed(delta("x")[:-1]) == b""
    assert cut.end() == delta("x")[:-1]
    assert cut.content
    assert not cut.complete


def findings(stream: bytes, cuts: list[int], hide: bool) -> tuple[Any, ...]:
    watch = StreamWatch(hide_usage=hide)
    at = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    out = b"".join([watch.feed(stream[start:end]) for start, end in pairwise(at)]) + watch.end()
    seen = (watch.usage, watch.finish, watch.error, watch.error_status, watch.done, watch.content, watch.complete)
    return out, watch.held, *seen


@pytest.mark.parametrize("data", [b"{broken", b'{"choices":["odd"]}', b'{"choices":"odd"}', b"<html>", b'"words"'])
def test_what_cannot_be_read_is_trouble_until_there_is_content(data: bytes) -> None:
    watch = StreamWatch(hide_usage=False)
    assert watch.feed(b"data: " + data + b"\n\n")
    assert (watch.content, watch.error_status) == (False, 502)
    watch = StreamWatch(hide_usage=False)
    watch.feed(delta("a") + b"data: " + data + b"\n\n")
    assert (watch.content, watch.error) == (True, "")


def test_a_finish_is_no_content() -> None:
    watch = StreamWatch(hide_usage=False)
    watch.feed(delta(finish="stop"))
    assert (watch.content, watch.finish, watch.complete) == (False, "stop", True)


PIECES = st.lists(
    st.sampled_from(
        [
            *(ROLE, delta("a"), delta("b", usage=None), delta(finish="stop"), USAGE, DONE, b": ping\n\n", b"\n"),
            *(event(error={"message": "x", "code": 500}), b"data: {broken\n\n", b"event: x\ndata: 1\n\n"),
        ]
    ),
    max_size=12,
).map(b"".join)
ENDINGS = st.sampled_from([b"\n", b"\r\n", b"\r"])
CUTS = st.lists(st.integers(0, 2000), max_size=12)


@given(PIECES, ENDINGS, CUTS, st.booleans())
def test_any_cut_comes_to_the_same(stream: bytes, ending: bytes, cuts: list[int], hide: bool) -> None:
    stream = stream.replace(b"\n", ending)
    assert findings(stream, cuts, hide) == findings(stream, [], hide)


@example(b"data: {broken\n\n", b"\r", [])
@given(PIECES, ENDINGS, CUTS)
def test_without_hiding_every_byte_passes(stream: bytes, ending: bytes, cuts: list[int]) -> None:
    stream = stream.replace(b"\n", ending)
    out, held, *_ = findings(stream, cuts, False)
    assert out + held == stream


@functools.cache
def recorded() -> list[bytes]:
    """Streams of every provider that speaks this dialect, a few each."""
    streams = []
    for folder in sorted((WIRE / "corpus").glob("*/chat.completions")):
        rows = [json.loads(path.read_text("utf-8"))["response"] for path in sorted(folder.glob("*.json"))]
        texts = [row["body_text"] for row in rows if row["status"] == 200 and "body_text" in row]
        streams += [text.encode("utf-8", "surrogatepass") for text in texts[:4]]
    assert len(streams) > 20
    return streams


@pytest.mark.wire
@settings(max_examples=150, deadline=None)
@given(st.data(), st.booleans())
def test_recorded_streams_cut_anywhere(data: st.DataObject, hide: bool) -> None:
    stream = data.draw(st.sampled_from(recorded()))
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=30))
    assert findings(stream, cuts, hide) == findings(stream, [], hide)
    if not hide:
        out, held, *_ = findings(stream, cuts, hide)
        assert out + held == stream


@pytest.mark.wire
def test_every_recorded_reply_and_stream_is_understood() -> None:
    missed, seen = [], 0
    for path in sorted((WIRE / "corpus").glob("*/chat.completions/*.json")):
        row = json.loads(path.read_text("utf-8"))["response"]
        if row["status"] != 200:
            continue
        seen += 1
        if "body_text" in row:
            text = row["body_text"]
            watch = StreamWatch(hide_usage=False)
            watch.feed(text.encode("utf-8", "surrogatepass"))
            watch.end()
            if not watch.complete or ('"prompt_tokens":' in text and watch.usage is None):
                missed.append(path.name)
        else:
            outcome = read_reply(json.dumps(row["body"]).encode())
            if not outcome.readable or (row["body"].get("usage") and outcome.usage is None):
                missed.append(path.name)
    assert not missed
    assert seen > 600


def test_errors_in_a_field_of_their_own() -> None:
    watch = StreamWatch(hide_usage=False)
    told = b'error: {"code":400,"message":"too long","type":"invalid_request_error"}\n\n'
    assert watch.feed(told) == told
    assert (watch.error, watch.error_status, watch.content) == ("too long", 400, False)
