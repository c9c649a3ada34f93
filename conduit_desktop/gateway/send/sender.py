"""Calling the planned deployments until one answers.

Failover and retry happen only while the client has nothing of an answer yet. What is the client's doing is passed on as
it came; what an account cannot do is tried on the next; trouble of the provider's is tried again, after a pause when it
is the same deployment's turn once more. The last failure is handed over as it came when nothing is left to try.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from random import Random
from typing import Protocol

from msgspec.structs import replace

from conduit_desktop.errors import ConduitError, UpstreamError
from conduit_desktop.gateway.exchange import Fault, Seen, Trip
from conduit_desktop.gateway.send import headers as crossing
from conduit_desktop.gateway.send.choosing import speech_for
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.preparing import prepare
from conduit_desktop.gateway.send.recall import Recall
from conduit_desktop.gateway.send.relay import Mask, Relay
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.send.speech import Speech
from conduit_desktop.gateway.send.upstream import Answer, Headers
from conduit_desktop.gateway.send.verdict import Verdict, cause, not_json, verdict
from conduit_desktop.gateway.send.ways import Ways
from conduit_desktop.gateway.snapshot import Key, Target
from conduit_desktop.logs import redact
from conduit_desktop.providers.urls import endpoint_url
from conduit_desktop.records import Attempt

LONGEST_WAIT = 10.0
FIRST_PAUSE = 0.5
LONGEST_ERROR = 1000
QUOTED = 4 * LONGEST_ERROR
"""Characters of an error that are read: more than are kept, so that no key is cut before it is known for one."""

Secret = Callable[[Key], Awaitable[str | None]]


class Client(Protocol):
    """The way back, as far as a stream needs it."""

    def begin(self, status: int, headers: Headers, first: bytes) -> None: ...

    def write(self, piece: bytes) -> None: ...

    def flow(self, pause: Callable[[], None], resume: Callable[[], None]) -> None: ...


class Doctor(Protocol):
    """Who knows how the deployments and credentials do, and is told."""

    def key(self, target: Target, now: float, tried: Collection[str] = ()) -> Key | None: ...

    def working(self, target_id: str, change: int) -> None: ...

    def succeeded(self, target: Target, key: Key, ttft: float | None, speed: float | None = None) -> None: ...

    def failed(self, target: Target, key: Key, fault: Fault, now: float) -> None: ...


class Sender:
    """Belongs to the gateway's loop."""

    def __init__(self, ways: Ways, secret: Secret, doctor: Doctor, rng: Random, gateway_id: str) -> None:
        self._ways = ways
        self._secret = secret
        self._doctor = doctor
        self._rng = rng
        self._gateway_id = gateway_id
        self._recall = Recall()

    async def send(self, trip: Trip, targets: tuple[Target, ...], calls: int, job: Job, client: Client) -> Sent:
        """Call until something may go to the client. A stream that comes back in ``relay`` has been released."""
        queue = deque(targets)
        turns: dict[str, int] = {}
        sent: Sent | None = None
        for _ in range(calls):
            target = queue[0]
            turn = turns[target.id] = turns.get(target.id, -1) + 1
            try:
                if turn and not await self._pause(turn, sent.retry_after if sent else None):
                    break
            except asyncio.CancelledError:
                self._drop(sent)
                raise
            self._drop(sent)
            sent = await self._try(trip, target, job, client)
            if sent.verdict in ("fine", "client"):
                break
            queue.rotate(-1)
            if sent.verdict == "elsewhere":
                queue.pop()
                if not queue:
                    break
        assert sent is not None
        if sent.relay is not None and sent.failure is not None:
            # Broken off before anything went to the client: a plain error is the clearer answer.
            self._drop(sent)
            sent.relay = sent.headers = None
        elif sent.relay is not None:
            sent.relay.release()
        return sent

    def _drop(self, sent: Sent | None) -> None:
        """Done with a stream that came to nothing."""
        if sent is not None and sent.relay is not None:
            sent.relay.close()
            self._doctor.working(sent.target.id, -1)

    def ended(self, trip: Trip, sent: Sent, failure: UpstreamError | None) -> None:
        """A stream is over: bring its attempt, and what is known of the deployment, up to date."""
        assert sent.relay is not None
        self._doctor.working(sent.target.id, -1)
        attempt = trip.attempts[-1]
        first = _since(trip, attempt, sent.relay.first)
        attempt = replace(attempt, first=first, duration=time.perf_counter() - trip.began - attempt.offset)
        if failure is not None:
            attempt = _noted(attempt, failure.cause, failure.message)
            self._doctor.failed(sent.target, sent.target.keys[0], Fault("trouble", failure.cause), time.monotonic())
        trip.attempts[-1] = attempt

    async def _pause(self, turn: int, asked: float | None) -> bool:
        """Wait before a deployment's next turn; False when it asks for more than we care to wait."""
        if asked is not None and asked > LONGEST_WAIT:
            return False
        jitter = self._rng.uniform(0, min(FIRST_PAUSE * 2 ** (turn - 1), LONGEST_WAIT))
        await asyncio.sleep(max(jitter, asked or 0.0))
        return True

    # ------------------------------------------------------------ one attempt

    async def _try(self, trip: Trip, target: Target, job: Job, client: Client) -> Sent:
        began = time.perf_counter()
        trip.target = target
        trip.tried += 1
        trip.dropped = ""
        speech = speech_for(job, target, self._recall, trip.key.id if trip.key else "")
        attempt = Attempt(
            n=trip.tried,
            provider_id=target.provider.id,
            provider=target.provider.name,
            deployment_id=target.deployment_id,
            upstream_model=target.upstream_model,
            url=endpoint_url(target.provider.base_url, speech.path, target.upstream_model),
            offset=began - trip.began,
            dialect=speech.dialect,
        )
        self._doctor.working(target.id, 1)
        sent: Sent | None = None
        try:
            sent, attempt = await self._call(trip, target, speech, client, attempt, began)
        except ConduitError as error:
            kind = error.cause if isinstance(error, UpstreamError) else error.code
            again: Verdict = "again" if isinstance(error, UpstreamError) else "elsewhere"
            sent = Sent(verdict=again, target=target, failure=error)
            attempt = _noted(attempt, kind, error.message)
        except asyncio.CancelledError:
            trip.attempts.append(replace(attempt, cause="client_gone", duration=time.perf_counter() - began))
            raise
        finally:
            if sent is None or sent.relay is None:
                self._doctor.working(target.id, -1)
        trip.attempts.append(replace(attempt, duration=time.perf_counter() - began))
        self._report(target, sent, attempt)
        return sent

    def _report(self, target: Target, sent: Sent, attempt: Attempt) -> None:
        if sent.verdict == "again":
            kind = "limit" if attempt.cause == "rate_limited" else "trouble"
            fault = Fault(kind, attempt.cause, attempt.error, sent.retry_after)
            self._doctor.failed(target, target.keys[0], fault, time.monotonic())
        elif sent.verdict == "fine":
            self._doctor.succeeded(target, target.keys[0], attempt.first or attempt.headers)

    async def _call(
        self, trip: Trip, target: Target, speech: Speech, client: Client, attempt: Attempt, began: float
    ) -> tuple[Sent, Attempt]:
        secret = await self._secret(target.keys[0])
        call = await prepare(trip, target, speech, attempt.url, secret, self._gateway_id)
        if speech.dropped:
            trip.dropped = ", ".join(speech.dropped)[:LONGEST_ERROR]
            attempt = replace(attempt, dropped=trip.dropped)
        if trip.sent is None:
            trip.sent = time.perf_counter()
        answer = await self._ways.to(target).call(call)
        attempt = replace(
            attempt,
            status=answer.status,
            connected=answer.connected,
            headers=time.perf_counter() - began,
            reused=answer.reused,
            upstream_request_id=crossing.upstream_id(answer.headers),
        )
        try:
            if answer.status < 300 and speech.streams(answer.headers):
                mask = partial(crossing.masked, secret=secret)
                return await self._stream(trip, target, speech, client, answer, attempt, mask)
            body = await answer.read()
        except BaseException:
            answer.close()
            raise
        trip.answered = time.perf_counter()
        trip.response = Seen(
            f"HTTP/1.1 {answer.status}", answer.headers, body, [(trip.answered - trip.began, len(body))]
        )
        sent = Sent(verdict(answer.status), target, answer.status, answer.headers, body)
        return self._whole(sent, speech, attempt, secret)

    def _whole(self, sent: Sent, speech: Speech, attempt: Attempt, secret: str | None) -> tuple[Sent, Attempt]:
        status = sent.status
        if status >= 300:
            sent.unquote(secret)
            sent.headers = crossing.told_to_wait(sent.headers or [], sent.body)
            sent.retry_after = crossing.retry_after(sent.headers)
            told = speech.error(status, sent.body)
            if status < 400:
                sent.verdict = "client"
                sent.failure = UpstreamError(
                    f"The provider answers with a redirect ({status}), which is not followed.",
                    cause="redirect",
                    hint="Enter the address it redirects to as the provider's base URL.",
                )
            sent.tell(told)
            return sent, _noted(attempt, cause(status) or "redirect", told.outcome.error)
        told = speech.whole(sent.body, sent.headers or [])
        if told.outcome.error:
            sent.unquote(secret)
            told = speech.whole(sent.body, sent.headers or [])
        sent.outcome = outcome = told.outcome
        if not outcome.readable:
            sent.verdict, sent.failure = "again", not_json()
            return sent, _noted(attempt, sent.failure.cause, sent.failure.message)
        sent.tell(told)
        if outcome.error:
            sent.verdict = verdict(outcome.error_status)
            if not speech.same:
                sent.status = outcome.error_status
            return sent, _noted(attempt, cause(outcome.error_status), outcome.error)
        return sent, attempt

    async def _stream(
        self,
        trip: Trip,
        target: Target,
        speech: Speech,
        client: Client,
        answer: Answer,
        attempt: Attempt,
        mask: Mask,
    ) -> tuple[Sent, Attempt]:
        watch = speech.watch(answer.headers)

        def begin(first: bytes) -> None:
            trip.answered = time.perf_counter()
            client.flow(answer.pause, answer.resume)
            client.begin(answer.status, speech.stream_head(answer.headers), first)

        relay = Relay(answer, watch, trip.began, begin, client.write, mask)
        trip.response = Seen(f"HTTP/1.1 {answer.status}", answer.headers, relay.kept, relay.pieces)
        answer.relay(relay)
        try:
            await relay.decided
        except asyncio.CancelledError:
            relay.close()
            raise
        sent = Sent("fine", target, answer.status, answer.headers, relay=relay)
        attempt = replace(attempt, first=_since(trip, attempt, relay.first))
        return (sent, attempt) if relay.released else _broken_early(sent, relay, attempt, same=speech.same)


def _broken_early(sent: Sent, relay: Relay, attempt: Attempt, *, same: bool) -> tuple[Sent, Attempt]:
    """A stream that is decided while the client has nothing of it: it told an error, broke off, or was empty."""
    watch = relay.watch
    if watch.error:
        sent.verdict = verdict(watch.error_status)
        attempt = _noted(attempt, cause(watch.error_status), watch.error)
        if not same:
            sent.failure = UpstreamError(attempt.error, cause=attempt.cause, status=watch.error_status)
        return sent, attempt
    failure = relay.done.result() if relay.done.done() else None
    if failure is not None:
        sent.verdict, sent.failure = "again", failure
        return sent, _noted(attempt, failure.cause, failure.message)
    return sent, attempt


def _since(trip: Trip, attempt: Attempt, when: float | None) -> float | None:
    """Seconds from the attempt's start."""
    return None if when is None else when - trip.began - attempt.offset


def _noted(attempt: Attempt, kind: str, error: str) -> Attempt:
    """The attempt with why it failed. Providers quote in their errors what they were sent, keys included."""
    return replace(attempt, cause=kind, error=redact(error[:QUOTED])[:LONGEST_ERROR])
