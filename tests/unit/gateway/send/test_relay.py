"""A stream's way: held until it says something, then piece by piece; its end kept back; how it failed."""

from __future__ import annotations

import asyncio
import time

import pytest

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send import relay as relays
from conduit_desktop.gateway.send.relay import Limits, Relay
from conduit_desktop.wire.passing.openai import StreamWatch
from tests.fakes.upstream import COUNTED, DONE, ROLE, delta, event


class Answer:
    """An answer nobody has to play."""

    status = 200
    headers: list[tuple[bytes, bytes]] = []  # noqa: RUF012 - an interface
    reused = False
    connected: float | None = None
    body: bytes | None = None

    def __init__(self) -> None:
        self.closed = 0

    async def read(self) -> bytes:
        raise AssertionError

    def relay(self, sink: object) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def close(self) -> None:
        self.closed += 1


class Stage:
    """A relay and what its client got: the first bytes, then the rest."""

    def __init__(self, *, hide: bool = False, **limits: float) -> None:
        now = time.perf_counter()
        ends = {name: now + limits.get(name, 60.0) for name in ("first_by", "done_by")}
        allowed = Limits(ends["first_by"], ends["done_by"], limits.get("idle", 60.0), 1.0, 1.0)
        self.answer = Answer()
        self.got: list[bytes] = []
        self.begun = 0
        self.relay = Relay(self.answer, StreamWatch(hide_usage=hide), allowed, 0.0, self._begin, self.got.append)

    def _begin(self, first: bytes) -> None:
        assert not self.begun
        self.begun += 1
        self.got.append(first)

    def feed(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.relay.data(piece)


async def test_what_comes_before_the_first_content_is_held() -> None:
    stage = Stage()
    stage.feed(b": ping\n\n", ROLE)
    assert (stage.got, stage.relay.decided.done()) == ([], False)
    stage.feed(delta("a"))
    assert stage.got == [b": ping\n\n" + ROLE + delta("a")]
    assert stage.relay.decided.done()
    assert stage.relay.first is not None
    stage.feed(delta("b")[:5], delta("b")[5:])
    assert stage.got[1:] == [delta("b")]
    stage.relay.close()
    assert stage.answer.closed == 1


async def test_the_end_is_held_for_the_log() -> None:
    stage = Stage(hide=True)
    stage.feed(delta("a"), delta(finish="stop") + COUNTED + DONE)
    assert stage.got == [delta("a"), delta(finish="stop")]
    assert stage.relay.done.result() is None
    assert stage.relay.watch.held == DONE
    stage.feed(b"more")
    stage.relay.ended(None)
    assert stage.got == [delta("a"), delta(finish="stop")]
    assert b"".join(stage.relay.kept) == delta("a") + delta(finish="stop") + COUNTED + DONE


@pytest.mark.parametrize(
    ("limits", "pieces", "cause"),
    [
        ({"first_by": 0.01}, [], "first_token_timeout"),
        ({"first_by": 0.01}, [ROLE], "first_token_timeout"),
        ({"idle": 0.01}, [delta("a")], "idle_timeout"),
        ({"done_by": 0.01}, [delta("a")], "total_timeout"),
    ],
)
async def test_each_limit_ends_it(limits: dict[str, float], pieces: list[bytes], cause: str) -> None:
    stage = Stage(**limits)
    stage.feed(*pieces)
    failure = await stage.relay.done
    assert failure is not None
    assert (failure.cause, failure.status, failure.code) == (cause, 504, "upstream_timeout")
    assert stage.relay.decided.done()
    assert stage.answer.closed == 1
    assert stage.relay.released == bool(pieces and pieces != [ROLE])


async def test_what_comes_in_time_ends_nothing() -> None:
    stage = Stage(first_by=0.05, idle=0.05)
    for _ in range(10):
        stage.feed(delta("a"))
        await asyncio.sleep(0.02)
    assert not stage.relay.done.done()
    stage.relay.close()


@pytest.mark.parametrize("pieces", [[], [ROLE], [b": ping\n\n"], [delta("a")[:-1]], [b"\n\n"]])
async def test_an_end_too_early(pieces: list[bytes]) -> None:
    stage = Stage()
    stage.feed(*pieces)
    stage.relay.ended(None)
    failure = stage.relay.done.result()
    assert failure is not None
    assert failure.cause == "truncated"
    assert stage.begun == 0
    assert stage.relay.decided.done()


async def test_a_break_is_told_as_it_was() -> None:
    stage = Stage()
    stage.feed(delta("a"))
    broken = UpstreamError("gone", cause="broken")
    stage.relay.ended(broken)
    assert stage.relay.done.result() is broken
    stage.relay.ended(None)
    assert stage.relay.done.result() is broken


async def test_what_a_break_leaves_half_said_is_not_passed_on() -> None:
    stage = Stage()
    stage.feed(delta("a"), delta("b")[:-1])
    stage.relay.ended(UpstreamError("gone", cause="broken"))
    assert stage.got == [delta("a")]


async def test_a_break_behind_the_provider_s_own_error_is_no_second_one() -> None:
    stage = Stage()
    stage.feed(delta("a"), event(error={"message": "m", "code": 529}))
    stage.relay.ended(UpstreamError("gone", cause="broken"))
    assert stage.relay.done.result() is None
    assert stage.relay.reported is not None


@pytest.mark.parametrize(
    ("code", "cause"), [(529, "overloaded"), (429, "rate_limited"), (400, None), (404, None), (None, "server_error")]
)
async def test_trouble_told_inside_the_stream(code: int | None, cause: str | None) -> None:
    stage = Stage()
    stage.feed(event(error={"message": "m", "code": code}))
    assert stage.relay.decided.done()
    assert not stage.relay.released
    stage.relay.ended(None)
    assert stage.relay.done.result() is None
    reported = stage.relay.reported
    assert (reported.cause if reported else None) == cause


async def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relays, "MAX_KEPT", 500)
    stage = Stage()
    stage.feed(*[delta("x" * 200)] * 10)
    assert len(b"".join(stage.relay.kept)) < 1000
    assert len(stage.relay.times) == len(stage.relay.kept)
    assert b"".join(stage.got) == delta("x" * 200) * 10
    stage.relay.close()


async def test_leaving_gives_the_provider_a_moment_unless_it_is_over() -> None:
    stage = Stage()
    stage.feed(delta("a", "stop"), DONE)
    stage.relay.ended(None)
    stage.relay.leave()
    assert stage.answer.closed == 0
    await asyncio.sleep(0)
    assert stage.answer.closed == 0


async def test_a_client_that_reads_slowly_is_not_the_providers_silence() -> None:
    stage = Stage(idle=0.05)
    stage.feed(delta("a"))
    stage.relay.pause()
    await asyncio.sleep(0.2)
    assert not stage.relay.done.done()
    stage.relay.resume()
    async with asyncio.timeout(5):
        failure = await stage.relay.done
    assert failure is not None
    assert failure.cause == "idle_timeout"
