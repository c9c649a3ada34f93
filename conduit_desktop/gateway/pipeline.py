"""The whole path of a request: accept, auth, route, send, tally. One place that joins the stages; each is its own.

``Pipeline.handle`` is what the server calls. Whatever happens on the way, ``tally`` runs once at the end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from conduit_desktop.bus import Bus, ExchangeStarted
from conduit_desktop.errors import ConduitError, NoRoute
from conduit_desktop.gateway import answers, asking, informing
from conduit_desktop.gateway.accept import endpoints, guard
from conduit_desktop.gateway.accept.connection import Handler
from conduit_desktop.gateway.accept.reply import JSON, Reply
from conduit_desktop.gateway.accept.request import Request
from conduit_desktop.gateway.admission import Admission
from conduit_desktop.gateway.auth import keys
from conduit_desktop.gateway.cache import replaying
from conduit_desktop.gateway.cache.cache import Cache
from conduit_desktop.gateway.cache.entry import Entry
from conduit_desktop.gateway.cache.keeping import Keeping
from conduit_desktop.gateway.exchange import NOWHERE, Trip
from conduit_desktop.gateway.live import Live
from conduit_desktop.gateway.periods import Days
from conduit_desktop.gateway.route.plan import Plan, Planner, Wish
from conduit_desktop.gateway.route.refusing import AWAY
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.loops import LOOP, Loops
from conduit_desktop.gateway.send.sender import Sender
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.stored import Stored
from conduit_desktop.gateway.streaming import Over, Streaming
from conduit_desktop.gateway.tally import counting, settle
from conduit_desktop.gateway.tally.prices import PriceBook
from conduit_desktop.gateway.tally.recorder import Recorder
from conduit_desktop.records import VirtualKey
from conduit_desktop.tasks import spawn
from conduit_desktop.wire.failure import of_error

ADMIN = ("/admin", "/metrics")
_log = logging.getLogger(__name__)


class Pipeline:
    """The stages, joined. Belongs to the gateway's loop."""

    def __init__(
        self,
        *,
        live: Live,
        admission: Admission,
        planner: Planner,
        sender: Sender,
        prices: PriceBook,
        recorder: Recorder,
        cache: Cache,
        bus: Bus,
        loops: Loops,
        loopback: Callable[[], bool],
    ) -> None:
        self._live = live
        self._admission = admission
        self._planner = planner
        self._sender = sender
        self._streaming = Streaming(sender, prices)
        self._prices = prices
        self._recorder = recorder
        self._cache = cache
        self._bus = bus
        self._loops = loops
        self._stored = Stored()
        self._days = Days()
        self._counting: set[asyncio.Task[Any]] = set()
        self._loopback = loopback
        self.admin: Handler | None = None  # answers below ADMIN; none of that is an exchange

    async def handle(self, request: Request, reply: Reply) -> None:
        """Answer one request."""
        if self.admin is not None and request.path.startswith(ADMIN):
            return await self.admin(request, reply)
        trip = asking.begin(request, await self._live.current() if self._live.stale else self._live.snapshot)
        try:
            if self._loopback():
                guard.check(request)
            if request.method == "OPTIONS":
                reply.whole(204, guard.preflight(request), b"")
                return
            trip.endpoint, named = endpoints.find(request.path, request.headers)
            trip.dialect = trip.endpoint.dialect
            endpoints.check_method(trip.endpoint, request.method, request.path)
            if trip.endpoint.operation in informing.OPERATIONS:
                return informing.tell(trip, request, reply, named)
            await self._serve(trip, request, reply, named)
        except asyncio.CancelledError:
            if not trip.logged:
                trip.fail(499, "client_gone", "The client hung up before the answer was whole.")
                self._tally_later(trip)
            raise
        except ConduitError as error:
            await self._refuse(trip, request, reply, error)
        except Exception:  # noqa: BLE001 - a defect of ours must reach the client as an answer, not as silence
            _log.exception("Request %s failed in a way that should not happen", trip.id)
            await self._refuse(trip, request, reply, answers.bug(trip.id))
        finally:
            if trip.logged:
                self._recorder.keep(trip)

    # ------------------------------------------------------------ the path

    async def _serve(self, trip: Trip, request: Request, reply: Reply, named: str | None) -> None:
        key = self._let_in(trip, request)
        if request.header(b"content-encoding") is not None:
            await asking.unpack(trip, request)
        job, plan = self._route(trip, request, named, key)
        client = answers.Client(trip, reply, guard.cors(request))
        route = trip.snapshot.routes.get(trip.model)
        job.resume = route is not None and route.resume and job.ask.stream and job.operation == "chat"
        if route is not None and route.cache_seconds is not None:
            draft = await self._cache.look(trip, job, key, route)
            if draft is not None:
                if (found := await self._cache.find(draft, trip.started)) is not None:
                    return await self._replay(trip, key, found, reply, client)
                client = Keeping(trip, reply, guard.cors(request), draft)
        if isinstance(plan, NoRoute):
            raise plan
        if job.ask.stream and job.operation == "chat":  # from here on: admission may hold it
            client.keep_alive(answers.PINGS.get(trip.dialect, b""), answers.SSE)
        try:
            plan = await self._admission.admit(trip, key, job, plan)
            if self._bus.wanted(ExchangeStarted):
                self._bus.publish(ExchangeStarted(trip.record()))
            if plan.targets:
                self._prices.begin(plan.targets[0])
                await self._answer(trip, plan, job, reply, client)
            else:
                await self._count(trip, job, reply, client)
        finally:
            client.rest()

    def _let_in(self, trip: Trip, request: Request) -> VirtualKey:
        """By which key the request may come in. Raises NotAllowed, and BadRequest for one that goes round."""
        if request.header(LOOP) and (
            chain := self._loops.chain(mark for name, mark in request.headers if name == LOOP)
        ):
            raise answers.loop(chain)
        text = asking.presented(request)
        key = trip.key = keys.identify(text, trip.snapshot.keys, trip.started)
        keys.check_usable(key, trip.started)
        trip.key_until = keys.until(key, text)
        return key

    def _route(self, trip: Trip, request: Request, named: str | None, key: VirtualKey) -> tuple[Job, Plan | NoRoute]:
        """What is asked, and who can answer it: nobody where tokens are to be counted that no provider counts; the
        refusal where nobody can now, for an answer that is kept is given even then."""
        if trip.endpoint.operation == "responses.stored":
            place = self._stored.find(named or "", key.id)
            trip.model = place.model
            keys.check_model(key, place.model)
            plan = self._planner.plan(Wish(place.model, trip.endpoint, translatable=False), trip.snapshot)
            plan = replace(place.only(plan), least=1)
            return asking.stored(trip, request), self._admission.within(key, place.model, plan)
        job = asking.read(trip, request, named, key)
        ask = job.ask
        trip.model, trip.stream, trip.most_output, trip.choices = ask.model, ask.stream, job.most_output, ask.choices
        try:
            plan = self._admission.plan(trip, job, key, ask.model)
        except NoRoute as error:
            if informing.nobody_counts(job, error):
                return job, Plan(())
            if error.code in AWAY:
                return job, error
            raise
        return job, self._stored.follow(trip, plan, ask.previous, job.body, key.id)

    async def _replay(self, trip: Trip, key: VirtualKey, found: Entry, reply: Reply, client: answers.Client) -> None:
        """Answer as the very same request was answered before."""
        self._admission.enter(trip, key)
        replaying.note(trip, found)
        self._stored.replayed(trip, found.answer_id, found.target_id)
        if (logged := self._tally(trip)) is not None:
            await logged
        replaying.tell(found, reply, client)

    async def _count(self, trip: Trip, job: Job, reply: Reply, client: answers.Client) -> None:
        """Count tokens here, which is near enough where no provider does it, and say that it was done here."""
        body = await informing.count(job)
        trip.status = 200
        if (logged := self._tally(trip)) is not None:
            await logged
        reply.whole(200, [*client.head([JSON]), (b"x-conduit-estimated", b"tokens")], body)

    async def _answer(self, trip: Trip, plan: Plan, job: Job, reply: Reply, client: answers.Client) -> None:
        try:
            sent = await self._sender.send(trip, plan, job, client)
        except NoRoute as error:
            if not informing.nobody_counts(job, error):
                raise
            return await self._count(trip, job, reply, client)
        if sent.relay is not None:
            over = await self._streaming.follow(trip, plan, job, sent, reply, client)
            await self._finish_stream(trip, over, reply)
            sent = over.sent
        elif job.operation == "count_tokens" and sent.uncounted:
            await self._count(trip, job, reply, client)
        elif sent.headers is not None:
            if not self._prices.knows(sent.target):
                await self._prices.find(sent.target)
            if sent.outcome is not None:
                self._stored.keep(trip, sent.outcome.id, sent.target, sent.key)
            sent.note(trip)
            if (logged := self._tallied(trip)) is not None:
                await logged
            _tell(sent, sent.headers, job, reply, client)
        else:
            assert sent.failure is not None
            raise sent.failure
        if isinstance(client, Keeping):
            client.keep(self._cache, trip, sent)

    async def _finish_stream(self, trip: Trip, over: Over, reply: Reply) -> None:
        sent, relay, failure = over
        self._stored.keep(trip, relay.watch.id, sent.target, sent.key)
        await self._prices.find(sent.target)
        if failure is not None:
            trip.fail(failure.status, "stream_broken", failure.message)
        elif relay.watch.error:
            trip.fail(relay.watch.error_status, "stream_error", relay.watch.error)
        if (logged := self._tallied(trip)) is not None:
            await logged
        if failure is None:
            reply.end(relay.withheld + relay.watch.held)
        elif told := relay.watch.fail(of_error(failure)):
            reply.end(relay.withheld + told)
        else:  # a sound: it has no words to say so, but must not look whole
            reply.abort()

    def _tallied(self, trip: Trip) -> Awaitable[None] | None:
        """``_tally``, after counting what the provider did not tell."""
        return self._counted(trip) if settle.uncertain(trip) else self._tally(trip)

    async def _counted(self, trip: Trip) -> None:
        trip.counted = await asyncio.to_thread(counting.count, trip)
        if (logged := self._tally(trip)) is not None:
            await logged

    def _tally_later(self, trip: Trip) -> None:
        """The same where nobody is left to wait for it."""
        if not settle.uncertain(trip):
            self._tally(trip)
            return
        trip.logged = True
        task = spawn(self._counted(trip), "count what was used")
        self._counting.add(task)
        task.add_done_callback(self._counting.discard)

    async def settled(self) -> None:
        """Wait until what hung up is counted and logged."""
        await asyncio.gather(*self._counting)

    def _tally(self, trip: Trip) -> asyncio.Future[None] | None:
        """Settle what was reserved, and log; exactly once an exchange, on every way out. What it gives is to be
        awaited before the answer's last byte goes, None where the exchange is on disk already."""
        trip.logged = True
        trip.usage = settle.used(trip)
        price = self._prices.get(trip.target) if trip.target is not None else None
        cost = settle.settle(trip, price)
        self._admission.settle(trip, cost)
        when = trip.hold.at if trip.hold is not None else trip.started
        return self._recorder.record(trip, self._days.of(when, trip.snapshot.zone))

    async def _refuse(self, trip: Trip, request: Request, reply: Reply, error: ConduitError) -> None:
        """Tell the client why not, in its dialect: as an answer, or inside a stream that has begun."""
        if trip.endpoint is NOWHERE:
            trip.dialect = endpoints.dialect_of(request.path)
        if not trip.logged:
            trip.fail(error.status, error.code, error.message)
            if (logged := self._tally(trip)) is not None:
                await logged
        if reply.started:
            reply.end(answers.stream_error(trip, error))
            return
        reply.whole(*answers.refusal(trip, error, guard.cors(request)))


def _tell(sent: Sent, headers: answers.Headers, job: Job, reply: Reply, client: answers.Client) -> None:
    """An answer that is whole; where a ping has begun a stream, in that."""
    if reply.started:
        reply.end(answers.streamed(job, sent.status, headers, sent.body))
    else:
        reply.whole(sent.status, client.head(headers), sent.body)
