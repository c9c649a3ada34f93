"""Who is called after which failure: deployments, credentials, fallbacks, pauses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.exchange import Fault, Trip
from conduit_desktop.gateway.send.sender import Sender
from conduit_desktop.gateway.send.sent import FINE, Sent
from conduit_desktop.gateway.send.verdict import Judgement
from conduit_desktop.gateway.snapshot import Key, Snapshot, Target
from conduit_desktop.providers import spec
from conduit_desktop.records import Attempt, Credential, Provider

PROVIDER = Provider(id="p", name="p", kind="openai", base_url="https://api.openai.com/v1", secret_ref="r")
SECOND = Credential(id="p2", provider_id="p", name="second", secret_ref="r2", last4="2222")
TWO_KEYS = replace(PROVIDER, id="q", name="q", credentials=(SECOND,))


def target(name: str, alias: str = "fast", provider: Provider = PROVIDER, upstream: str = "real") -> Target:
    return Target(name, name, provider, spec(provider.kind), upstream, alias=alias)


A, B = target("a"), target("b")
FALL = target("fall", "cheap", upstream="other")
LONG = target("long", "long", upstream="long")
MILD = target("mild", "mild", upstream="mild")

SERVER = Judgement("again", "server_error", "trouble")
LIMIT = Judgement("again", "rate_limited", "limit")
REJECTED = Judgement("credential", "unauthorised", "rejected")
GONE = Judgement("elsewhere", "not_found")
TOO_LONG = Judgement("context", "context_length")
FILTERED = Judgement("content", "content_filter")
CLIENT = Judgement("client", "client_error")


@dataclass(frozen=True)
class Order:
    targets: tuple[Target, ...]
    least: int = 1
    context: tuple[Target, ...] = ()
    content: tuple[Target, ...] = ()
    total: float = 60.0
    tokens: int = 0


class Doctor:
    """Takes every credential for good, unless it is ``away``."""

    def __init__(self) -> None:
        self.away: set[str] = set()
        self.quicker: set[str] = set()
        self.work: dict[str, int] = {}
        self.faults: list[str] = []
        self.waits: list[float] = []

    def key(self, target: Target, now: float, tried: Collection[str] = (), tokens: int = 0, **_: bool) -> Key | None:
        return next((key for key in target.keys if key.id not in tried and key.id not in self.away), None)

    def wait(self, target: Target, now: float) -> float:
        return self.waits.pop(0) if self.waits else 0.0

    def enter(self, target: Target, key: Key, tokens: int = 0, **_: bool) -> str | None:
        if target.id in self.quicker:
            return None
        self.work[target.id] = self.work.get(target.id, 0) + 1
        return target.id

    def leave(self, work: str, used: int = 0) -> None:
        self.work[work] -= 1

    def refusal(self, model: str, targets: Iterable[Target], now: float, tokens: int = 0) -> NoRoute:
        return NoRoute(f"Nobody of {[target.id for target in targets]}.", status=503)

    def succeeded(self, target: Target, key: Key, ttft: float | None, speed: float | None = None) -> None: ...

    def failed(self, target: Target, key: Key, fault: Fault, now: float) -> None:
        self.faults.append(f"{target.id} {key.id} {fault.kind}")


class Script:
    """Stands for the attempts: what comes of each call, in order; the last for ever."""

    def __init__(self, *results: Judgement | tuple[Judgement, float]) -> None:
        self._results = list(results)
        self.calls: list[str] = []
        self.waits: list[float] = []

    async def make(self, trip: Trip, target: Target, key: Key, *_: Any) -> Sent:
        self.calls.append(target.id if key.id == target.provider.id else f"{target.id}/{key.id}")
        self.waits.append(_[3])
        result = self._results.pop(0) if len(self._results) > 1 else self._results[0]
        means, wait = result if isinstance(result, tuple) else (result, None)
        trip.attempts.append(
            Attempt(
                n=1,
                provider_id="p",
                provider="p",
                deployment_id=target.id,
                upstream_model="m",
                url="u",
                offset=0.0,
                cause=means.cause,
            )
        )
        status = 200 if means == FINE else 500
        return Sent(target, key, means, status=status, headers=[], retry_after=wait)


async def sent(order: Order, *results: Any, doctor: Doctor | None = None) -> tuple[list[str], Sent, Doctor, Trip]:
    doctor = doctor or Doctor()
    script = Script(*results)
    trip = Trip(id="r", started=0.0, began=time.perf_counter(), method="POST", path="/", snapshot=Snapshot())
    sender = Sender(script, doctor, Random(1))  # type: ignore[arg-type]
    answer = await sender.send(trip, order, None, None)  # type: ignore[arg-type]
    assert not any(doctor.work.values()), "every call leaves its place"
    assert script.waits[0] == 0.0
    return script.calls, answer, doctor, trip


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What is slept, without sleeping."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return slept


@pytest.mark.parametrize(
    ("order", "results", "calls"),
    [
        (Order((A, B)), [FINE], ["a"]),
        (Order((A, B)), [SERVER, FINE], ["a", "b"]),
        (Order((A, B)), [SERVER], ["a", "b"]),
        (Order((A, B), least=5), [SERVER], ["a", "b", "a", "b", "a"]),
        (Order((A,), least=3), [SERVER], ["a", "a", "a"]),
        (Order((A,), least=3), [CLIENT], ["a"]),
        # what a deployment cannot do once it cannot do twice
        (Order((A, B), least=5), [GONE], ["a", "b"]),
        (Order((A, B), least=4), [GONE, SERVER], ["a", "b", "b", "b"]),
        # a model's own deployments have their retries before a fallback is asked
        (Order((A, FALL), least=3), [SERVER, FINE], ["a", "a"]),
        (Order((A, FALL), least=3), [SERVER, SERVER, SERVER, FINE], ["a", "a", "a", "fall"]),
        (Order((A, B, FALL), least=2), [SERVER], ["a", "b", "fall", "fall"]),
        # a request that is too long goes where it fits, once
        (Order((A, B), least=3), [TOO_LONG, FINE], ["a"]),
        (Order((A, FALL), least=3), [TOO_LONG, FINE], ["a", "fall"]),
        (Order((A, B, FALL), context=(LONG,)), [TOO_LONG, FINE], ["a", "long"]),
        (Order((A,), context=(LONG,)), [TOO_LONG], ["a", "long"]),
        # what a filter refuses goes to the models that are for it, and nowhere else
        (Order((A, B, FALL), least=3), [FILTERED], ["a"]),
        (Order((A, B, FALL), content=(MILD,)), [FILTERED, FINE], ["a", "mild"]),
        (Order((A,), content=(MILD,)), [FILTERED], ["a", "mild"]),
    ],
)
async def test_who_is_called(order: Order, results: list[Judgement], calls: list[str]) -> None:
    assert (await sent(order, *results))[0] == calls


TWO = target("two", provider=TWO_KEYS)


@pytest.mark.parametrize(
    ("results", "calls", "slept"),
    [
        ([REJECTED, FINE], ["two", "two/p2"], 0),
        ([REJECTED], ["two", "two/p2"], 0),
        ([(LIMIT, 7.0), FINE], ["two", "two/p2"], 0),
        ([(LIMIT, 7.0), (LIMIT, 1.0), FINE], ["two", "two/p2", "two/p2"], 1),
        ([SERVER, FINE], ["two", "two"], 1),
    ],
)
async def test_credentials_in_turn(results: list[Any], calls: list[str], slept: int, no_pauses: list[float]) -> None:
    assert (await sent(Order((TWO,), least=2), *results))[0] == calls
    assert len(no_pauses) == slept


async def test_a_rejected_credential_without_another_moves_on() -> None:
    calls, _, doctor, trip = await sent(Order((A, B), least=4), REJECTED, FINE)
    assert calls == ["a", "b"]
    assert doctor.faults == ["a p rejected"]
    assert [attempt.next for attempt in trip.attempts] == ["credential", ""]


async def test_the_wait_that_is_asked_for(no_pauses: list[float]) -> None:
    calls, *_ = await sent(Order((A,), least=2), (LIMIT, 3.0), FINE)
    assert (calls, no_pauses) == (["a", "a"], [3.0])


async def test_all_that_is_waited_for_is_bounded(no_pauses: list[float]) -> None:
    calls, answer, *_ = await sent(Order((A,), least=9), (LIMIT, 7.0))
    assert (calls, no_pauses, answer.retry_after) == (["a", "a"], [7.0], 7.0)


async def test_a_longer_wait_moves_on() -> None:
    calls, answer, *_ = await sent(Order((A, FALL), least=3), (LIMIT, 60.0), FINE)
    assert calls == ["a", "fall"]
    calls, answer, *_ = await sent(Order((A,), least=3), (LIMIT, 60.0), FINE)
    assert (calls, answer.retry_after) == (["a"], 60.0)


async def test_a_limit_that_says_nothing_is_waited_for_ever_longer(no_pauses: list[float]) -> None:
    calls, *_ = await sent(Order((A, FALL), least=4), LIMIT, LIMIT, LIMIT, FINE)
    assert calls == ["a"] * 4
    assert [round(pause) for pause in no_pauses] == [1, 2, 4]


async def test_pauses_grow_with_full_jitter(no_pauses: list[float]) -> None:
    await sent(Order((A,), least=7), SERVER)
    assert len(no_pauses) == 6
    assert all(0 <= pause <= min(0.5 * 2**turn, 10.0) for turn, pause in enumerate(no_pauses))
    assert len(set(no_pauses)) == 6


async def test_the_total_bounds_it(no_pauses: list[float]) -> None:
    calls, *_ = await sent(Order((A,), least=10, total=0.0), SERVER)
    assert (calls, no_pauses) == (["a"], [])


async def test_the_only_deployment_is_waited_for_a_little(no_pauses: list[float]) -> None:
    doctor = Doctor()
    doctor.waits = [4.0, 0.2, 0.2]
    calls, *_ = await sent(Order((A,)), FINE, doctor=doctor)
    assert (calls, no_pauses) == (["a"], [4.0, 0.2, 0.2])
    doctor.waits = [60.0]
    calls, *_ = await sent(Order((A,)), FINE, doctor=doctor)
    assert (calls, no_pauses[3:]) == (["a"], [])


async def test_nobody_to_call() -> None:
    doctor = Doctor()
    doctor.away = {"p"}
    with pytest.raises(NoRoute) as caught:
        await sent(Order((A, B)), FINE, doctor=doctor)
    assert caught.value.message == "Nobody of ['a', 'b']."


async def test_others_were_quicker() -> None:
    """What had room when it was this request's turn has none when it is to be called."""
    doctor = Doctor()
    doctor.quicker = {"a"}
    assert (await sent(Order((A, B)), FINE, doctor=doctor))[0] == ["b"]
    doctor.quicker = {"a", "b"}
    with pytest.raises(NoRoute):
        await sent(Order((A, B)), FINE, doctor=doctor)
