"""Calling the planned deployments until one answers.

Failover and retry happen only while the client has nothing of an answer yet. ``verdict`` says what a failure means;
here is what follows: the client's doing is told as it came; what one credential cannot, the deployment's next one
tries; what one deployment cannot, the next one tries; a provider's trouble is tried again, after a pause when it is the
same deployment's turn once more. When nothing is left to try, the last thing a provider said is handed over as it came.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Any, Protocol

from msgspec.structs import replace

from conduit_desktop.errors import NoRoute, UpstreamError
from conduit_desktop.gateway.exchange import Fault, Trip
from conduit_desktop.gateway.send.attempting import Attempting, Client, noted, since
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.snapshot import Key, Target

LONGEST_WAIT = 10.0
"""Seconds that a request waits for a deployment that asks to be left alone."""
FIRST_PAUSE = 0.5
SHORTEST_MEASURED = 0.1
"""Seconds that a stream must take for its speed to mean anything."""
MOST_CALLS = 32
"""Calls for one request, whatever is configured."""


class Order(Protocol):
    """A plan, as far as sending needs it: whom to try, best first, and how many calls of a model's deployments at
    least (``least``), whom when a request is too long or refused by a content filter; for how long (seconds), and how
    many ``tokens`` it may use where anybody counts them."""

    @property
    def targets(self) -> tuple[Target, ...]: ...
    @property
    def least(self) -> int: ...
    @property
    def context(self) -> tuple[Target, ...]: ...
    @property
    def content(self) -> tuple[Target, ...]: ...
    @property
    def total(self) -> float: ...
    @property
    def tokens(self) -> int: ...


class Doctor(Protocol):
    """Who knows how the deployments and credentials do, and is told."""

    def key(self, target: Target, now: float, tried: Collection[str] = (), tokens: int = 0) -> Key | None: ...

    def enter(self, target: Target, key: Key, tokens: int = 0) -> Any: ...

    def leave(self, work: Any, used: int = 0) -> None: ...

    def refusal(self, model: str, targets: Iterable[Target], now: float, tokens: int = 0) -> NoRoute: ...

    def succeeded(self, target: Target, key: Key, ttft: float | None, speed: float | None = None) -> None: ...

    def failed(self, target: Target, key: Key, fault: Fault, now: float) -> None: ...


class _Queue:
    """Whom to try for one request, and what of them was tried. The deployments of one model have their calls, retries
    among them, before those of the next model get theirs."""

    def __init__(self, order: Order, doctor: Doctor) -> None:
        self._order = order
        self._doctor = doctor
        self._groups = self._grouped(order.targets)
        self._turns: dict[str, int] = {}
        self._tried: dict[str, set[str]] = {}
        self._asked: dict[str, float] = {}

    def _grouped(self, targets: Iterable[Target]) -> deque[_Group]:
        found = [deque(group) for _, group in groupby(targets, lambda target: target.alias)]
        return deque(_Group(group, max(len(group), self._order.least)) for group in found)

    def next(self) -> tuple[Target, Key, int] | None:
        """The deployment whose turn it is, its credential, and how often it was called before; None when nothing is
        left to try."""
        while self._groups:
            group = self._groups[0]
            while group.left and group.calls > 0:
                target = group.left[0]
                asked = self._asked.get(target.id, 0.0)
                key = self._key(target, asked) if asked <= LONGEST_WAIT else None
                if key is not None:
                    group.calls -= 1
                    turn = self._turns[target.id] = self._turns.get(target.id, -1) + 1
                    return target, key, turn
                group.left.popleft()
            self._groups.popleft()
        return None

    def taken(self) -> None:
        """Others were quicker than the last one that was given."""
        self._groups[0].left.popleft()
        self._groups[0].calls += 1

    def _key(self, target: Target, asked: float) -> Key | None:
        tried = self._tried.get(target.id, ())
        return self._doctor.key(target, time.monotonic() + asked, tried, self._order.tokens)

    def asked(self, target: Target) -> float:
        """Seconds that the deployment asked to be left alone when it was last called."""
        return self._asked.get(target.id, 0.0)

    def failed(self, sent: Sent) -> None:
        """Take in what came of the last call."""
        group, target = self._groups[0], sent.target
        match sent.verdict:
            case "again":
                self._asked[target.id] = self._wait(sent)
                if sent.means.fault != "limit" or not self._other_key(group, sent):
                    group.left.rotate(-1)
            case "credential":
                if not self._other_key(group, sent):
                    group.left.popleft()
            case "elsewhere":
                group.left.popleft()
            case "context":
                left = [each for group in self._groups for each in group.left]
                self._go_to(
                    self._order.context or [each for each in left if each.upstream_model != target.upstream_model]
                )
            case "content":
                self._go_to(self._order.content)
            case _:
                self._groups.clear()

    def _wait(self, sent: Sent) -> float:
        """Seconds to leave the deployment alone: what it asks; of a rate limit that says nothing, ever longer."""
        if sent.retry_after is not None:
            return sent.retry_after
        return float(2 ** self._turns[sent.target.id]) if sent.means.fault == "limit" else 0.0

    def _other_key(self, group: _Group, sent: Sent) -> bool:
        """Have the deployment's next credential called at once; whether there is one."""
        tried = self._tried.setdefault(sent.target.id, set())
        if all(each.id in tried for each in sent.target.keys if each.id != sent.key.id):
            return False
        tried.add(sent.key.id)
        self._asked.pop(sent.target.id, None)
        self._turns[sent.target.id] -= 1
        group.calls += 1
        return True

    def _go_to(self, targets: Iterable[Target]) -> None:
        self._groups = self._grouped(each for each in targets if each.id not in self._turns)


@dataclass(slots=True)
class _Group:
    """A model's deployments that are left to try, and how many calls there may be."""

    left: deque[Target]
    calls: int


class Sender:
    """Belongs to the gateway's loop."""

    def __init__(self, attempting: Attempting, doctor: Doctor, rng: Random) -> None:
        self._attempting = attempting
        self._doctor = doctor
        self._rng = rng

    async def send(self, trip: Trip, order: Order, job: Job, client: Client) -> Sent:
        """Call until something may go to the client. A stream that comes back in ``relay`` has been released."""
        until = trip.began + order.total
        queue = _Queue(order, self._doctor)
        best: Sent | None = None
        sent: Sent | None = None
        try:
            for _ in range(MOST_CALLS):
                found = queue.next()
                if found is None:
                    break
                target, key, turn = found
                waited = await self._pause(turn, queue.asked(target), until)
                if waited is None:
                    break
                work = self._doctor.enter(target, key, order.tokens)
                if work is None:
                    queue.taken()
                    continue
                if sent is not None:
                    trip.attempts[-1] = replace(trip.attempts[-1], next=sent.verdict)
                sent = await self._try(trip, target, key, work, job, client, until, waited)
                worse = best if best is None or sent.answered or not best.answered else sent
                self._drop(worse)
                best = best if worse is sent else sent
                if sent.verdict in ("fine", "client") or time.perf_counter() >= until:
                    break
                queue.failed(sent)
        except BaseException:
            self._drop(best)
            raise
        if best is None:
            raise self._doctor.refusal(trip.model, order.targets, time.monotonic(), order.tokens)
        trip.target = best.target
        return self._settled(best)

    def _settled(self, sent: Sent) -> Sent:
        """What goes to the client."""
        if sent.relay is not None and sent.failure is not None:
            # Broken off before anything went to the client: a plain error is the clearer answer.
            self._drop(sent)
            sent.relay = sent.headers = None
        elif sent.relay is not None:
            sent.relay.release()
        elif sent.failure is not None:
            sent.headers = None
        return sent

    def _drop(self, sent: Sent | None) -> None:
        """Done with a stream that came to nothing."""
        if sent is not None and sent.relay is not None:
            sent.relay.close()
            self._doctor.leave(sent.work)

    async def _pause(self, turn: int, asked: float, until: float) -> float | None:
        """Wait before a deployment's next turn; gives the seconds, None when there is not the time to."""
        if not turn:
            return 0.0
        wait = max(self._rng.uniform(0, min(FIRST_PAUSE * 2 ** (turn - 1), LONGEST_WAIT)), asked)
        if time.perf_counter() + wait >= until:
            return None
        await asyncio.sleep(wait)
        return wait

    async def _try(
        self, trip: Trip, target: Target, key: Key, work: Any, job: Job, client: Client, until: float, waited: float
    ) -> Sent:
        sent: Sent | None = None
        try:
            sent = await self._attempting.make(trip, target, key, job, client, until, waited)
        finally:
            if sent is None or sent.relay is None:
                usage = sent.outcome.usage if sent is not None and sent.outcome is not None else None
                self._doctor.leave(work, usage.total if usage is not None else 0)
        sent.work = work
        sent.at = len(trip.attempts) - 1
        attempt = trip.attempts[-1]
        if sent.means.fault:
            fault = Fault(sent.means.fault, attempt.cause, attempt.error, sent.retry_after)
            self._doctor.failed(target, key, fault, time.monotonic())
        elif sent.verdict in ("fine", "content"):
            self._doctor.succeeded(target, key, attempt.first or attempt.headers)
        return sent

    def ended(self, trip: Trip, sent: Sent, failure: UpstreamError | None) -> None:
        """A stream is over: bring its attempt, and what is known of the deployment, up to date."""
        assert sent.relay is not None
        usage = trip.usage or sent.relay.watch.usage
        self._doctor.leave(sent.work, usage.total if usage is not None else 0)
        attempt = trip.attempts[sent.at]
        first = since(trip, attempt, sent.relay.first)
        attempt = replace(attempt, first=first, duration=time.perf_counter() - trip.began - attempt.offset)
        if failure is not None:
            attempt = noted(attempt, failure.cause, failure.message)
            fault = Fault("trouble", failure.cause, attempt.error)
            self._doctor.failed(sent.target, sent.key, fault, time.monotonic())
        elif trip.usage is not None and first is not None and attempt.duration - first > SHORTEST_MEASURED:
            speed = trip.usage.output / (attempt.duration - first)
            self._doctor.succeeded(sent.target, sent.key, None, speed)
        trip.attempts[sent.at] = attempt
