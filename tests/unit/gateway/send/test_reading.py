"""Reading a provider's answer: cut into any pieces it is the same answer, and what is damaged never looks whole."""

from __future__ import annotations

import asyncio
import gzip
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send.reading import Line, Reading
from conduit_desktop.gateway.send.upstream import Address, Call

BODY = b'{"usage":{"prompt_tokens":3}}' * 3
PACKED = gzip.compress(BODY)


class Socketless(Line):
    """A connection that only remembers what was done to it."""

    def __init__(self) -> None:
        super().__init__(Address.of("http://host.example/v1"), asyncio.get_running_loop())
        self.kept: bool | None = None
        self.aborted = False

    def ask(self) -> Reading:
        self.reading = Reading(self, Call("POST", "http://host.example/v1", [], b""))
        return self.reading

    def answered(self, *, keep: bool) -> None:
        self.reading, self.kept = None, keep

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def abort(self) -> None:
        self.aborted = True


class Sink:
    def __init__(self, *, released: bool = True) -> None:
        self.released = released
        self.pieces: list[bytes] = []
        self.body = b""
        self.ends: list[UpstreamError | None] = []

    def data(self, piece: bytes) -> None:
        assert not self.ends
        self.pieces.append(piece)
        self.body += piece

    def ended(self, failure: UpstreamError | None) -> None:
        self.ends.append(failure)


def chunked(body: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (1, body[at : at + 1]) for at in range(len(body))) + b"0\r\n\r\n"


def answer(body: bytes, *headers: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nx-a: 1\r\n" + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


LENGTH, PACKED_LENGTH = b"content-length: %d" % len(BODY), b"content-length: %d" % len(PACKED)
WHOLE = {
    "length": (answer(BODY, LENGTH), True),
    "chunked": (answer(chunked(BODY), b"transfer-encoding: chunked"), True),
    "to the end": (answer(BODY), False),
    "closing": (answer(BODY, LENGTH, b"connection: close"), False),
    "gzip": (answer(PACKED, PACKED_LENGTH, b"content-encoding: GZIP"), True),
    "gzip in chunks": (answer(chunked(PACKED), b"transfer-encoding: chunked", b"content-encoding: gzip"), True),
    "hints first": (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + answer(BODY, LENGTH), True),
}


async def read(raw: bytes, cuts: list[int]) -> tuple[Reading, Sink, Socketless]:
    """Feed ``raw`` in pieces, then lose the connection; the body is asked for as soon as the head is here."""
    line, sink = Socketless(), Sink()
    reading = line.ask()
    at = sorted({min(cut, len(raw)) for cut in cuts} | {0, len(raw)})
    asked = False
    for start, end in pairwise(at):
        if not line.aborted:
            line.data_received(raw[start:end])
        if reading.head.done() and not reading.head.exception() and not asked:
            asked = True
            reading.relay(sink)
    reading.lost()
    if reading.head.done() and not reading.head.exception() and not asked:
        reading.relay(sink)
    return reading, sink, line


@given(st.sampled_from(sorted(WHOLE)), st.lists(st.integers(0, 700), max_size=40))
def test_any_cut_is_the_same_answer(case: str, cuts: list[int]) -> None:
    raw, keep = WHOLE[case]
    reading, sink, line = asyncio.run(read(raw, cuts))
    assert (reading.status, sink.body, sink.ends) == (200, BODY, [None])
    assert line.kept == keep
    assert {name for name, _ in reading.headers} <= {
        *(b"x-a", b"content-length", b"transfer-encoding", b"connection"),
    }


@given(st.lists(st.sampled_from(sorted(case for case, (_, keep) in WHOLE.items() if keep)), max_size=4), st.data())
def test_one_connection_brings_one_answer_after_the_other(cases: list[str], data: st.DataObject) -> None:
    async def all_of_them() -> None:
        line = Socketless()
        for case in cases:
            raw, sink = WHOLE[case][0], Sink()
            reading = line.ask()
            reading.relay(sink)
            cuts = data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=5))
            for start, end in pairwise(sorted({0, *cuts, len(raw)})):
                line.data_received(raw[start:end])
            assert (reading.status, sink.body, sink.ends, line.kept) == (200, BODY, [None], True)
        assert not line.aborted

    asyncio.run(all_of_them())


@pytest.mark.parametrize("released", [True, False])
async def test_what_is_read_at_once_goes_on_in_one_piece_where_the_sink_takes_it(released: bool) -> None:
    """Else as it was cut: also what came before anyone asked for it, but for its first, which may be what releases."""
    line, sink, more = Socketless(), Sink(released=released), b"3\r\nabc\r\n2\r\nde\r\n"
    reading = line.ask()
    line.data_received(answer(more, b"transfer-encoding: chunked"))
    line.data_received(more)
    reading.relay(sink)
    line.data_received(more)
    line.data_received(more + b"0\r\n\r\n")
    joined = [b"abcde"] if released else [b"abc", b"de"]
    early = [b"abc", b"deabcde"] if released else [*joined, *joined]
    assert sink.pieces == [*early, *joined, *joined]
    assert (sink.ends, line.kept) == ([None], True)


@pytest.mark.parametrize("pieces", [[answer(BODY, LENGTH)], [answer(b"", LENGTH), BODY[:9], BODY[9:]]])
async def test_a_body_that_is_here_is_not_waited_for(pieces: list[bytes]) -> None:
    line = Socketless()
    reading = line.ask()
    for piece in pieces:
        assert reading.body is None
        line.data_received(piece)
    assert reading.body == BODY == await reading.read()


@given(
    st.sampled_from(["length", "chunked", "closing", "gzip", "gzip in chunks", "hints first"]),
    st.integers(0, 600),
    st.lists(st.integers(0, 700), max_size=10),
)
def test_a_cut_off_answer_never_looks_whole(case: str, length: int, cuts: list[int]) -> None:
    raw = WHOLE[case][0][: min(length, len(WHOLE[case][0]) - 1)]
    reading, sink, line = asyncio.run(read(raw, cuts))
    assert line.kept is None
    if reading.head.exception() is not None:
        assert sink.ends == []
    else:
        assert [failure is not None for failure in sink.ends] == [True]


@pytest.mark.parametrize("cut", [[], [30], list(range(400))])
async def test_a_second_answer_is_nobodys(cut: list[int]) -> None:
    raw = answer(BODY, LENGTH) + b"HTTP/1.1 500 No\r\nx-b: 2\r\ncontent-length: 4\r\n\r\nnope"
    reading, sink, line = await read(raw, cut)
    assert (reading.status, sink.body, sink.ends) == (200, BODY, [None])
    assert b"x-b" not in dict(reading.headers)
    assert line.aborted


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (b"hello\r\n\r\n", "protocol"),
        (b"HTTP/1.1 101 Switch\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", "protocol"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000, "protocol"),
        (b"", "broken"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "broken"),
    ],
)
async def test_what_is_no_answer(raw: bytes, cause: str) -> None:
    reading, _, _ = await read(raw, [])
    failure = reading.head.exception()
    assert isinstance(failure, UpstreamError)
    assert failure.cause == cause


async def test_damage_after_the_head_stays_damage() -> None:
    """Damaged before anybody asked for the body, and the connection ends, which for this framing means the end."""
    line, sink = Socketless(), Sink()
    reading = line.ask()
    line.data_received(answer(b"nope", b"content-encoding: gzip"))
    reading.lost()
    reading.relay(sink)
    assert [failure is not None for failure in sink.ends] == [True]
    with pytest.raises(UpstreamError):
        await asyncio.wait_for(reading.read(), 1)


async def test_no_body_at_all() -> None:
    for raw in (b"HTTP/1.1 204 No Content\r\n\r\n", answer(b"", b"content-length: 0", b"content-encoding: gzip")):
        _, sink, line = await read(raw, [])
        assert (sink.body, sink.ends, line.kept) == (b"", [None], True)
