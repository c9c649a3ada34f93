"""Calling the planned deployments until one answers.

Failover and retry happen only while the client has nothing of an answer yet. ``verdict`` says what a failure means;
here is what follows: the client's doing is told as it came; what one credential cannot, the deployment's next one
tries; what one deployment cannot, the next one tries; a provider's trouble is tried again, after a pause when it is the
same deployment's turn once more. When nothing is left to try, the last thing a provider said is handed over, with an
account of what the other calls came to.
"""

from __future__ import annotations

import asyncio
import time
from random import Random
from typing import Any

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.exchange import LONGEST_WAIT, Fault, Trip
from conduit_desktop.gateway.send import account
from conduit_desktop.gateway.send.attempting import Attempting, Client, noted, since
from conduit_desktop.gateway.send.continuing import OpenEnd
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.send.speech import Speech
from conduit_desktop.gateway.send.turns import Doctor, Order, Queue
from conduit_desktop.gateway.snapshot import Key, Target
from conduit_desktop.wire.usage import Usage

FIRST_PAUSE = 0.5
SHORTEST_MEASURED = 0.1
"""Seconds that a stream must take for its speed to mean anything."""
MOST_WRITING_ON = 3
"""Calls for a stream that broke off."""
MOST_CALLS = 32
"""Calls for one request, whatever is configured."""


class Sender:
    """Belongs to the gateway's loop."""

    def __init__(self, attempting: Attempting, doctor: Doctor, rng: Random) -> None:
        self._attempting = attempting
        self._doctor = doctor
        self._rng = rng

    async def send(self, trip: Trip, order: Order, job: Job, client: Client) -> Sent:
        """Call until something may go to the client. A stream that comes back in ``relay`` has been released."""
        until = trip.began + order.total
        queue = Queue(order, self._doctor)
        best: Sent | None = None
        sent: Sent | None = None
        if queue.alone:
            await self._waited_for(order.targets[0], until)
        try:
            for _ in range(MOST_CALLS):
                found = queue.next()
                if found is None:
                    break
                target, key, turn = found
                waited = await self._pause(turn, queue, target, until) if turn else 0.0
                if waited is None:
                    break
                work = self._doctor.enter(target, key, order.tokens, alone=queue.alone)
                if work is None:
                    queue.taken()
                    continue
                if sent is not None:
                    trip.attempts[-1].next = sent.verdict
                sent = await self._try(trip, target, key, work, job, client, until, waited)
                best = sent if best is None else self._better_of(sent, best)
                if sent.means.verdict in ("fine", "client") or time.perf_counter() >= until:
                    break
                queue.failed(sent)
        except BaseException:
            self._drop(best)
            raise
        if best is None:
            raise self._doctor.refusal(trip.model, order.targets, time.monotonic(), order.tokens)
        trip.target = best.target
        return self._settled(best, trip)

    async def _waited_for(self, target: Target, until: float) -> None:
        """Wait until the only deployment there is may be tried, where that is not long."""
        end = time.monotonic() + min(LONGEST_WAIT, until - time.perf_counter())
        while (wait := self._doctor.wait(target, now := time.monotonic())) and now + wait <= end:
            await asyncio.sleep(wait)

    def _settled(self, sent: Sent, trip: Trip) -> Sent:
        """What goes to the client."""
        if sent.verdict not in ("fine", "client"):
            account.add(sent, trip.attempts, trip.dialect, trip.id)
        if sent.relay is not None and sent.failure is not None:
            # Broken off before anything went to the client: a plain error is the clearer answer.
            self._drop(sent)
            sent.relay = sent.headers = None
        elif sent.relay is not None:
            sent.relay.release()
        elif sent.failure is not None:
            sent.headers = None
        return sent

    def _better_of(self, sent: Sent, best: Sent) -> Sent:
        """The one of both that the client is told; the other is dropped."""
        if _better(sent, best):
            best, sent = sent, best
        self._drop(sent)
        return best

    def _drop(self, sent: Sent | None) -> None:
        """Done with a stream that came to nothing."""
        if sent is not None and sent.relay is not None:
            sent.relay.close()
            self._doctor.leave(sent.work)

    async def _pause(self, turn: int, queue: Queue, target: Target, until: float) -> float | None:
        """Wait before a deployment's next turn; gives the seconds, None when there is not the time to."""
        asked = queue.asked(target)
        wait = max(self._rng.uniform(0, min(FIRST_PAUSE * 2 ** (turn - 1), LONGEST_WAIT)), asked)
        if time.perf_counter() + wait >= until:
            return None
        await asyncio.sleep(wait)
        queue.waited += asked
        return wait

    async def _try(
        self,
        trip: Trip,
        target: Target,
        key: Key,
        work: Any,
        job: Job,
        client: Client,
        until: float,
        waited: float = 0.0,
        speech: Speech | None = None,
    ) -> Sent:
        sent: Sent | None = None
        try:
            sent = await self._attempting.make(trip, target, key, job, client, until, waited, speech)
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

    async def write_on(
        self, trip: Trip, order: Order, broken: OpenEnd, client: Client, used: Usage | None
    ) -> Sent | None:
        """Have another call write a stream on that broke off, in the client's stream; None when nobody does. ``used``
        is what was used for it up to there."""
        until = trip.began + order.total
        trip.attempts[broken.sent.at].next = "continued"
        for target in broken.candidates(order.targets)[:MOST_WRITING_ON]:
            key = self._doctor.key(target, time.monotonic(), (), order.tokens)
            work = self._doctor.enter(target, key, order.tokens) if key and time.perf_counter() < until else None
            if key is None or work is None:
                continue
            further = broken.given_to(target, client, used)
            sent = await self._try(trip, target, key, work, broken.job, further, until, speech=further.speech)
            if sent.relay is not None and sent.failure is None and sent.verdict == "fine":
                sent.relay.release()
                return sent
            broken.vain.append(sent)
            self._drop(sent)
        return None

    def ended(self, trip: Trip, sent: Sent, failure: UpstreamError | None) -> None:
        """A stream is over: bring its attempt, and what is known of the deployment, up to date."""
        assert sent.relay is not None
        usage = trip.usage or sent.relay.watch.usage
        self._doctor.leave(sent.work, usage.total if usage is not None else 0)
        attempt = trip.attempts[sent.at]
        first = attempt.first = since(trip, attempt, sent.relay.first)
        attempt.duration = time.perf_counter() - trip.began - attempt.offset
        if failure is not None:
            noted(attempt, failure.cause, failure.message)
            fault = Fault("trouble", failure.cause, attempt.error)
            self._doctor.failed(sent.target, sent.key, fault, time.monotonic())
        elif trip.usage is not None and first is not None and attempt.duration - first > SHORTEST_MEASURED:
            speed = trip.usage.output / (attempt.duration - first)
            self._doctor.succeeded(sent.target, sent.key, None, speed)


def _better(sent: Sent, best: Sent) -> bool:
    """Whether the client is told this rather than what was the best so far. Where a request is too long or filtered,
    that is what it has to know, unless whoever was asked instead answers."""
    if sent.verdict == "fine":
        return True
    if best.answered and best.verdict in ("context", "content") and sent.verdict != best.verdict:
        return False
    return sent.answered or not best.answered
