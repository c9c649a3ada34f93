"""A stream on its way to the client until it is over, however many calls to providers it takes: one that breaks off is
written on by another where its model is set so (``send.continuing``). Joins sending and the tally of what each used.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.accept.reply import Reply
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.route.plan import Plan
from conduit_desktop.gateway.send.account import account
from conduit_desktop.gateway.send.attempting import Client
from conduit_desktop.gateway.send.continuing import OpenEnd, open_end
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.relay import Relay
from conduit_desktop.gateway.send.sender import Sender
from conduit_desktop.gateway.send.sent import Sent
from conduit_desktop.gateway.tally import counting, settle
from conduit_desktop.gateway.tally.prices import PriceBook


class Over(NamedTuple):
    """How a stream ended: the call that ended it, and the failure with which it broke off."""

    sent: Sent
    relay: Relay
    failure: UpstreamError | None


class Streaming:
    """Belongs to the gateway's loop."""

    def __init__(self, sender: Sender, prices: PriceBook) -> None:
        self._sender = sender
        self._prices = prices

    async def follow(self, trip: Trip, plan: Plan, job: Job, sent: Sent, reply: Reply, client: Client) -> Over:
        """Wait until a released stream is over."""
        while True:
            over = await self._one(trip, sent, reply)
            broken = open_end(job, sent, over.failure, trip.attempts[sent.at].dialect) if job.resume else None
            further = await self._further(trip, plan, broken, client) if broken is not None else None
            if further is None:
                if over.failure is not None and broken is not None and broken.vain:
                    over.failure.hint = f"{over.failure.hint} {account(trip.attempts, over.sent.at)}".lstrip()
                return over
            sent = further

    async def _one(self, trip: Trip, sent: Sent, reply: Reply) -> Over:
        relay = sent.relay
        assert relay is not None
        try:
            failure = await relay.done
        except asyncio.CancelledError:
            relay.close()
            self._sender.ended(trip, sent, None)
            raise
        finally:
            trip.first = relay.first if trip.first is None else trip.first
            trip.bytes_out = reply.sent
            trip.usage, trip.finish = relay.watch.usage, relay.watch.finish
        relay.leave()
        self._sender.ended(trip, sent, failure or relay.reported)
        return Over(sent, relay, failure)

    async def _further(self, trip: Trip, plan: Plan, broken: OpenEnd, client: Client) -> Sent | None:
        """The call that writes on; None when nobody does, and then the trip is as it was."""
        target, response, asked, dropped = trip.target, trip.response, trip.upstream_request, trip.dropped
        if not broken.candidates(plan.targets):
            return None
        trip.fail(502, "stream_broken", "")  # what was used up to here is no provider's last word
        if settle.uncertain(trip):
            trip.counted = await asyncio.to_thread(counting.count, trip)
        used, price = settle.used(trip), await self._prices.find(broken.sent.target)
        further = None
        try:
            further = await self._sender.write_on(trip, plan, broken, client, used)
        finally:
            if further is None:
                trip.target, trip.response, trip.upstream_request, trip.dropped = target, response, asked, dropped
        try:
            for each in broken.vain:
                if each.relay is not None and each.relay.kept:
                    spent = settle.up_to(each.relay.watch.usage, b"".join(each.relay.kept), used.input if used else 0)
                    settle.set_aside(trip, spent, await self._prices.find(each.target))
        except asyncio.CancelledError:
            if further is not None and further.relay is not None:
                further.relay.close()
                self._sender.ended(trip, further, None)
            raise
        if further is not None:
            settle.set_aside(trip, used, price)
            trip.usage = trip.counted = None
            trip.status, trip.error_code, trip.error = 200, "", ""
        return further
