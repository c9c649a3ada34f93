"""Cutting a byte stream at event borders: the same events however it arrives."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.wire import sse

ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
LINES = st.sampled_from(
    [b"data: x", b"data:", b": ping", b"event: e", b"data", b"id: 1", b"retry: 5", "data: é".encode()]
)
STREAMS = st.lists(st.tuples(st.one_of(LINES, st.just(b"")), ENDS), max_size=30).map(
    lambda rows: b"".join(line + end for line, end in rows)
)


@pytest.mark.parametrize(
    ("stream", "border"),
    [
        (b"", 0),
        (b"data: x", 0),
        (b"data: x\n", 0),
        (b"data: x\n\n", 9),
        (b"data: x\n\ndata: y\n", 9),
        (b"data: x\r\n\r\n", 11),
        (b"data: x\r\n\r", 0),
        (b"data: x\r\r", 0),
        (b"data: x\r\rd", 9),
        (b"data: x\n\r\ndata", 10),
        (b"data: x\r\n\ndata", 10),
        (b"data: x\r\nd", 0),
        (b"a\n\n\n", 3),
        (b"a\n\n\n\n", 5),
    ],
)
def test_the_last_border(stream: bytes, border: int) -> None:
    assert sse.last_border(stream) == border


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (b"data: x\n\n", b"x"),
        (b"data:x\r\n\r\n", b"x"),
        (b"data:  x\r\r", b" x"),
        (b"data: a\ndata: b\n\n", b"a\nb"),
        (b"data\n\n", b""),
        (b"data\ndata\n\n", b"\n"),
        (b": comment\n\n", b""),
        (b"event: ping\nid: 3\n\n", b""),
        (b"database: no\n\n", b""),
        ("data: a\u2028b\x0bc\n\n".encode(), "a\u2028b\x0bc".encode()),
    ],
)
def test_the_data_of_an_event(event: bytes, data: bytes) -> None:
    assert sse.data_of(event) == data


@given(STREAMS)
def test_the_usual_events_are_read_as_all_others_are(stream: bytes) -> None:
    for event in sse.split(stream):
        lines = event.splitlines()
        told = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:") or line == b"data"]
        names = [line[6:].strip().decode() for line in lines if line.startswith(b"event:")]
        assert sse.read(event) == ((names or [""])[-1], b"\n".join(told))
        assert len(sse.split(event)) == 1


@given(STREAMS)
def test_the_events_are_the_stream(stream: bytes) -> None:
    assert b"".join(sse.split(stream)) == stream


@given(STREAMS, st.lists(st.integers(0, 200), max_size=8))
def test_any_cut_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    """What a reader that keeps the unfinished rest sees, whatever the pieces are."""
    at = sorted({min(cut, len(stream)) for cut in cuts} | {0, len(stream)})
    rest, events = b"", []
    for start, end in pairwise(at):
        rest += stream[start:end]
        border = sse.last_border(rest)
        events += sse.split(rest[:border])
        rest = rest[border:]
    border = sse.last_border(stream)
    assert events == sse.split(stream[:border])
    assert rest == stream[border:]
