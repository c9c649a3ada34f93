"""One attempt: one call to one deployment with one credential, up to where it is clear what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from conduit_desktop.errors import ConduitError, UpstreamError, VaultError
from conduit_desktop.gateway.exchange import Seen, Trip
from conduit_desktop.gateway.send import headers as crossing
from conduit_desktop.gateway.send import waiting
from conduit_desktop.gateway.send.choosing import speech_for
from conduit_desktop.gateway.send.faults import LAB
from conduit_desktop.gateway.send.faulty import Faulty
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.loops import Loops
from conduit_desktop.gateway.send.preparing import prepare, sign
from conduit_desktop.gateway.send.recall import Recall
from conduit_desktop.gateway.send.relay import Limits, Mask, Relay
from conduit_desktop.gateway.send.secrets import Secrets
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.send.speech import Speech
from conduit_desktop.gateway.send.upstream import Answer, Call, Headers, Upstream, too_long
from conduit_desktop.gateway.send.verdict import Judgement, empty, judge, judge_status, not_json
from conduit_desktop.gateway.send.ways import Ways
from conduit_desktop.gateway.snapshot import Key, Target
from conduit_desktop.logs import redact
from conduit_desktop.providers.urls import endpoint_url
from conduit_desktop.records import Attempt
from conduit_desktop.wire import splice, translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.failure import Failure

LONGEST_ERROR = 1000
QUOTED = 4 * LONGEST_ERROR
"""Characters of an error that are read: more than are kept, so that no key is cut before it is known for one."""
FILTERED = frozenset(["content_filter", "sensitive", "guardrail_intervened"]) | frozenset(
    ["SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "IMAGE_SAFETY"]
)
"""What dialects call an answer's end by a content filter: OpenAI's, Z.ai's and Bedrock's word, and Gemini's."""


class Client(Protocol):
    """The way back, as far as a stream needs it."""

    def begin(self, status: int, headers: Headers, first: bytes) -> None: ...

    def write(self, piece: bytes) -> None: ...

    def flow(self, pause: Callable[[], None], resume: Callable[[], None]) -> None: ...


class Attempting:
    """Makes attempts. Belongs to the gateway's loop."""

    def __init__(self, ways: Ways, secrets: Secrets, loops: Loops) -> None:
        self._ways = ways
        self._secrets = secrets
        self._loops = loops
        self._recall = Recall()

    async def make(
        self,
        trip: Trip,
        target: Target,
        key: Key,
        job: Job,
        client: Client,
        until: float,
        waited: float,
        speech: Speech | None = None,
    ) -> Sent:
        """Call ``target``; all is to be over at ``until`` (``time.perf_counter()``). The attempt is the trip's last.
        ``speech`` is how to speak, where that is not the usual way."""
        began = time.perf_counter()
        trip.target = target
        trip.tried += 1
        trip.dropped = ""
        speech = speech or speech_for(job, target, self._recall, trip.key.id if trip.key else "")
        way = self._ways.to(target, speech)
        attempt = _begun(trip, target, key, speech, way, began - trip.began, waited)
        sent = Sent(target, key)
        try:
            await self._call(trip, sent, speech, way, client, attempt, until)
        except ConduitError as error:
            kind = error.cause if isinstance(error, UpstreamError) else error.code
            sent = Sent(target, key, _without_answer(error, kind), failure=error)
            noted(attempt, kind, error.message)
            trip.answered = trip.sent and time.perf_counter()  # what was waited for is nothing of our own
        except asyncio.CancelledError:
            attempt.cause = "client_gone"
            _over(trip, attempt, began)
            raise
        _over(trip, attempt, began)
        return sent

    async def _call(
        self, trip: Trip, sent: Sent, speech: Speech, way: Upstream, client: Client, attempt: Attempt, until: float
    ) -> None:
        target = sent.target
        began = trip.began + attempt.offset
        secret = self._secrets.known(sent.key) or await self._secrets.fetch(sent.key)
        call = prepare(trip, target, speech, attempt.url, secret, self._loops.mark(target))
        if target.spec.auth != "header" and secret:
            await sign(call, target, secret)
        if speech.dropped:
            trip.dropped = ", ".join(speech.dropped)[:LONGEST_ERROR]
        if trip.sent is None:
            trip.sent = time.perf_counter()
        _limit(call, target, until - began, stream=speech.job.ask.stream)
        answer = await way.call(call)
        headed = time.perf_counter() - began
        sent.status, sent.headers = answer.status, answer.headers
        try:
            if answer.status < 300 and speech.streams(answer.headers):
                mask = partial(crossing.masked, secret=secret)
                await _stream(trip, sent, speech, client, answer, attempt, mask, until)
            else:
                body = answer.body
                sent.body = await _read(answer, until, target.timeouts.total) if body is None else body
                _whole(trip, sent, speech, attempt, secret)
        except BaseException:
            answer.close()
            raise
        # Only now: of a call that came to nothing the attempt tells why, and nothing of a half answer.
        attempt.dropped = trip.dropped
        attempt.status = answer.status
        attempt.connected = answer.connected
        attempt.headers = headed
        attempt.reused = answer.reused
        attempt.upstream_request_id = crossing.upstream_id(answer.headers)


def _begun(
    trip: Trip, target: Target, key: Key, speech: Speech, way: Upstream, offset: float, waited: float
) -> Attempt:
    """The attempt as it begins."""
    provider = target.provider
    return Attempt(
        trip.tried,
        provider.id,
        provider.name,
        target.deployment_id,
        target.upstream_model,
        endpoint_url(provider.base_url, speech.path, target.upstream_model),
        offset,
        dialect=speech.dialect,
        waited=waited,
        credential=key.name,
        model=target.alias if target.alias != trip.model else "",
        lab=way.fault.kind if isinstance(way, Faulty) else "",
    )


def _over(trip: Trip, attempt: Attempt, began: float) -> None:
    attempt.duration = time.perf_counter() - began
    trip.attempts.append(attempt)


def _limit(call: Call, target: Target, left: float, *, stream: bool) -> None:
    """Puts the model's time limits on the call, for which ``left`` seconds are left."""
    times = target.timeouts
    left = left if left > 0.0 else 0.0
    call.connect_timeout = times.connect if times.connect < left else left
    call.idle_timeout = times.idle
    call.answer_timeout, call.limit = (times.first_token, "first token") if stream else (times.idle, "idle")
    if call.answer_timeout >= left:
        call.answer_timeout, call.limit = left, "total"


async def _read(answer: Answer, until: float, total: float) -> bytes:
    """The whole body. Raises UpstreamError when it breaks off or takes too long."""
    try:
        async with asyncio.timeout(until - time.perf_counter()):
            return await answer.read()
    except TimeoutError:
        raise too_long("total", total) from None


def _whole(trip: Trip, sent: Sent, speech: Speech, attempt: Attempt, secret: str | None) -> None:
    """What came of an answer that is whole."""
    body, headers = sent.body, sent.headers or []
    trip.answered = time.perf_counter()
    trip.response = Seen(f"HTTP/1.1 {sent.status}", headers, body, (trip.answered - trip.began,))
    if sent.status >= 300:
        return _refused(sent, speech, attempt, secret)
    told = speech.whole(body, headers)
    failure = None
    if told.outcome.error:
        failure = translation.read_answer(dialect(speech.dialect), body)
        sent.unquote(secret)
        told = speech.whole(sent.body, sent.headers or [])
    sent.outcome = outcome = told.outcome
    if not outcome.readable:
        sent.failure = not_json()
        sent.means = Judgement("again", sent.failure.cause, "trouble")
        return noted(attempt, sent.failure.cause, sent.failure.message)
    sent.tell(told)
    if outcome.error:
        known = failure if isinstance(failure, Failure) else None
        sent.means = judge(known) if known else judge_status(outcome.error_status, outcome.error)
        sent.retry_after = known.retry_after if known else None
        if not (speech.same and splice.has(sent.body, "status")):  # a Response that failed is an answer, and says so
            sent.status = outcome.error_status
        noted(attempt, sent.means.cause, outcome.error)
    elif outcome.finish in FILTERED:
        sent.means = Judgement("content", "content_filter")


def _refused(sent: Sent, speech: Speech, attempt: Attempt, secret: str | None) -> None:
    """What came of an answer whose status is none of success."""
    failure = translation.read_failure(dialect(speech.dialect), sent.status, sent.body)
    sent.means = judge(failure)
    sent.retry_after = waiting.asked(sent.headers or [], sent.body)
    sent.unquote(secret)
    sent.headers = waiting.told(sent.headers or [], sent.retry_after)
    told = speech.error(sent.status, sent.body)
    if sent.status < 400:
        sent.means = Judgement("elsewhere", "redirect")
        sent.failure = UpstreamError(
            f"The provider answers with a redirect ({sent.status}), which is not followed.",
            cause="redirect",
            hint="Enter the address it redirects to as the provider's base URL.",
        )
    sent.tell(told)
    noted(attempt, sent.means.cause, told.outcome.error)


async def _stream(
    trip: Trip, sent: Sent, speech: Speech, client: Client, answer: Answer, attempt: Attempt, mask: Mask, until: float
) -> None:
    """What came of a stream up to its first content."""
    watch, times = speech.watch(answer.headers), sent.target.timeouts
    by = trip.began + attempt.offset + times.first_token
    limits = Limits(by, until, times.idle, times.first_token, times.total)

    def begin(first: bytes) -> None:
        trip.answered = time.perf_counter()
        client.flow(relay.pause, relay.resume)
        client.begin(answer.status, speech.stream_head(answer.headers), first)

    relay = sent.relay = Relay(
        answer, watch, limits, trip.began, begin, client.write, mask, withholds=speech.job.resume
    )
    trip.response = Seen(f"HTTP/1.1 {answer.status}", answer.headers, relay.kept, relay.times)
    answer.relay(relay)
    try:
        await relay.decided
    except asyncio.CancelledError:
        relay.close()
        raise
    attempt.first = since(trip, attempt, relay.first)
    if not relay.released:
        _broken_early(sent, relay, attempt, speech)


def _broken_early(sent: Sent, relay: Relay, attempt: Attempt, speech: Speech) -> None:
    """A stream that is decided while the client has nothing of it: it told an error, broke off, or was empty."""
    watch = relay.watch
    if watch.error:
        failure = dialect(speech.dialect).decode_error(watch.error_status, {"error": {"message": watch.error}})
        means = judge_status(watch.error_status, watch.error)
        sent.means = judge(failure) if means.verdict == "client" or not means.fault else means
        noted(attempt, sent.means.cause, watch.error)
        if not speech.same or watch.garbled:  # else its own words, in its own way
            sent.failure = UpstreamError(attempt.error, cause=attempt.cause, status=watch.error_status)
        return
    broken = relay.done.result() if relay.done.done() else None
    if broken is None and not watch.finish and not watch.content and speech.job.operation == "chat":
        broken = empty()
    if broken is not None:
        sent.means, sent.failure = _without_answer(broken, broken.cause), broken
        noted(attempt, broken.cause, broken.message)
    elif watch.finish in FILTERED:
        sent.means = Judgement("content", "content_filter")


def _without_answer(error: ConduitError, cause: str) -> Judgement:
    """What follows where a provider could not be asked, or did not say all. Who was silent too long, once, is not asked
    again."""
    if isinstance(error, VaultError):
        return Judgement("credential", cause)
    if not isinstance(error, UpstreamError):
        return Judgement("elsewhere", cause)
    return Judgement("elsewhere" if "timeout" in cause else "again", cause, "trouble")


def since(trip: Trip, attempt: Attempt, when: float | None) -> float | None:
    """Seconds from the attempt's start."""
    return None if when is None else when - trip.began - attempt.offset


def noted(attempt: Attempt, kind: str, error: str) -> None:
    """Note why the attempt failed. Providers quote in their errors what they were sent, keys included."""
    if attempt.lab and not error.startswith(LAB):
        error = f"{LAB}: {error}"
    attempt.cause, attempt.error = kind, redact(error[:QUOTED])[:LONGEST_ERROR]
