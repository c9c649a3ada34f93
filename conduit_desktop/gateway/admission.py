"""Whether a request may be made: what it may cost is set aside from its key's budget, its place is taken from the key's
limits, and both are given back with what it came to. One way in and one way out for every endpoint and dialect.

At a budget's limit a key's request is refused, held until somebody says, or sent to a cheaper model: as the key has it.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial

from msgspec.structs import replace

from conduit_desktop.bus import BudgetAsked, BudgetCrossed, Bus
from conduit_desktop.errors import ConduitError, NoRoute, NotAllowed
from conduit_desktop.gateway import answers
from conduit_desktop.gateway.auth import keys
from conduit_desktop.gateway.auth.ledger import Ledger
from conduit_desktop.gateway.auth.limits import Limits
from conduit_desktop.gateway.exchange import Hold, Standing, Trip
from conduit_desktop.gateway.live import Live
from conduit_desktop.gateway.route.needs import Needs
from conduit_desktop.gateway.route.plan import Plan, Planner, Wish
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.gateway.tally import settle
from conduit_desktop.gateway.tally.outputs import Outputs
from conduit_desktop.gateway.tally.prices import PriceBook
from conduit_desktop.records import VirtualKey

DOWNGRADE_FROM = 0.9
"""The share of its budget from which on a key's requests go to its cheaper model."""
LOOK_SECONDS = 0.1
"""How often a request that is held looks whether the budget was raised."""


class Admission:
    """Belongs to the gateway's loop."""

    def __init__(
        self, live: Live, ledger: Ledger, limits: Limits, planner: Planner, prices: PriceBook, bus: Bus
    ) -> None:
        self._live = live
        self._ledger = ledger
        self._limits = limits
        self._planner = planner
        self._prices = prices
        self._bus = bus
        self._outputs = Outputs()
        self._asking: dict[str, set[object]] = {}
        self.holding = True
        """Whether requests may be held: not while the gateway ends, which must not wait for what nobody says."""

    def plan(self, trip: Trip, job: Job, key: VirtualKey, model: str) -> Plan:
        """Who can serve ``model`` for the key. Raises NotAllowed (403) and NoRoute."""
        keys.check_model(key, model)
        needs = Needs(len(job.body), lambda: job.request) if job.operation == "chat" else None
        may = partial(keys.reachable, key, model) if keys.bounded(key) else None
        return self._planner.plan(Wish(model, job.endpoint, job.translatable, needs, may), trip.snapshot)

    def within(self, key: VirtualKey, model: str, plan: Plan) -> Plan:
        """What of the plan for ``model`` the key may reach."""
        return plan.only(partial(keys.reachable, key, model)) if keys.bounded(key) else plan

    async def admit(self, trip: Trip, key: VirtualKey, job: Job, plan: Plan) -> Plan:
        """Take the key's share: what the request may cost, and its place in the limits. Gives the plan to follow, which
        may be another model's. Raises NotAllowed (402, 403, 429); then nothing is taken."""
        hold: Hold | None = None
        if key.budget is not None and not settle.free(trip):
            plan, estimate = await self._priced(trip, key, job, plan)
            try:
                hold = self._ledger.reserve(key, estimate, trip.started, DOWNGRADE_FROM if _cheaper(trip, key) else 1.0)
            except NotAllowed as error:
                key, plan, hold = await self._at_limit(trip, key, job, plan, estimate, error)
        try:
            expected, counted = 0, key.tpm is not None
            for target in plan.all:
                counted = counted or target.tpm is not None
            if counted:
                guess = self._outputs.of(plan.targets[0].id if plan.targets else "", job.operation)
                expected = settle.tokens(trip, guess)
                plan = replace(plan, tokens=expected)
            trip.place = self._limits.admit(key, expected, time.monotonic())
        except ConduitError:
            self._ledger.release(key, hold)
            trip.standing = self._standing(key)
            raise
        trip.hold = hold
        trip.standing = self._standing(key)
        return plan

    def enter(self, trip: Trip, key: VirtualKey) -> None:
        """Take the place of a request that uses up nothing. Raises NotAllowed (429)."""
        try:
            trip.place = self._limits.admit(key, 0, time.monotonic())
        finally:
            trip.standing = self._standing(key)

    def settle(self, trip: Trip, cost: int) -> None:
        """Turn what was taken into what it came to; on every way out."""
        key, place = trip.key, trip.place
        if key is None or place is None:
            return
        trip.place = None
        usage = trip.usage
        self._outputs.learn(trip)
        used = usage.total if usage is not None and trip.replay is None else 0
        self._limits.release(key, place, used, time.monotonic())
        if trip.cost is None and trip.hold is not None:
            cost = max(cost, trip.hold.amount)  # of what nobody can tell, what was thought; not nothing
        moved = self._ledger.settle(key, trip.hold, cost, trip.started)
        if moved is not None and key.budget and _passed(key, *moved):
            self._tell(key, *moved)

    def _standing(self, key: VirtualKey) -> Standing | None:
        limited = key.rpm is not None or key.tpm is not None
        return self._limits.standing(key, time.monotonic()) if limited else None

    def _tell(self, key: VirtualKey, before: int, after: int) -> None:
        """Tell of the highest threshold that was just passed: of the budget as it is now, whatever it was when the
        request began."""
        now = next((each for each in self._live.snapshot.keys.values() if each.id == key.id), key)
        if passed := _passed(now, before, after):
            self._bus.publish(BudgetCrossed(now, max(passed), after, self._ledger.resets(now)))

    # ------------------------------------------------------------ the budget

    async def _at_limit(
        self, trip: Trip, key: VirtualKey, job: Job, plan: Plan, estimate: int, error: NotAllowed
    ) -> tuple[VirtualKey, Plan, Hold | None]:
        """What the key has for a request that its budget has no room for."""
        if key.at_limit == "ask":
            return await self._ask(trip, key, plan, estimate)
        if not _cheaper(trip, key):
            raise error
        other = await self._downgraded(trip, key, job) if not plan.pinned else None
        if other is not None:
            plan, estimate = other
            trip.downgraded, trip.model = trip.model, key.downgrade_to
        return key, plan, self._ledger.reserve(key, estimate, trip.started)

    async def _priced(self, trip: Trip, key: VirtualKey, job: Job, plan: Plan) -> tuple[Plan, int]:
        """The plan without those that have no price, and what the request may come to at the dearest of the others.
        Raises NotAllowed (403) where none is left."""
        estimate, unpriced, read = 0, [], settle.reads(trip)
        for target in plan.all:
            price = self._prices.get(target) or await self._prices.find(target)
            if price is None:
                if not target.spec.reports_cost:
                    if not settle.free_unpriced(trip):
                        unpriced.append(target.id)
                    continue
                price = settle.ASSUMED
            guess = self._outputs.of(target.id, job.operation)
            dear = settle.estimate(price, trip, guess, read)
            estimate = dear if dear > estimate else estimate
        if not unpriced:
            return plan, estimate
        left = plan.only(lambda targets: [target for target in targets if target.id not in unpriced])
        if plan.targets and not left.targets:
            raise answers.price_unknown(key, plan.targets[0])
        return left, estimate

    async def _downgraded(self, trip: Trip, key: VirtualKey, job: Job) -> tuple[Plan, int] | None:
        """The cheaper model's plan and estimate; None where it cannot do what is asked. Then, as for it, the whole of
        the budget is there for the one that was asked for."""
        try:
            return await self._priced(trip, key, job, self.plan(trip, job, key, key.downgrade_to))
        except (NoRoute, NotAllowed):
            return None

    async def _ask(
        self, trip: Trip, key: VirtualKey, plan: Plan, estimate: int
    ) -> tuple[VirtualKey, Plan, Hold | None]:
        """Hold the request until its key's budget has room, the key does not ask any more, or time is over. Then it
        goes where the key, as it is by then, may go."""
        until = time.time() + trip.snapshot.settings["ask_seconds"]
        held, me = self._asking.setdefault(key.id, set()), object()
        held.add(me)
        if len(held) == 1:
            self._bus.publish(BudgetAsked(key, self._ledger.spent(key, trip.started), until))
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                now = _current(key, await self._live.current())
                keys.check_usable(now, time.time())
                keys.check_model(now, trip.model)
                allowed = self.within(now, trip.model, plan)
                try:
                    hold = self._ledger.reserve(now, estimate, time.time())
                except NotAllowed:
                    if now.at_limit != "ask" or me not in held or time.time() >= until or not self.holding:
                        raise
                else:
                    trip.key = now
                    return now, allowed, hold
        finally:
            held.discard(me)
            if not held and self._asking.get(key.id) is held:
                del self._asking[key.id]

    def refuse(self, key_id: str) -> int:
        """Somebody says no to what is held at the key's limit; how many requests that were."""
        held = self._asking.pop(key_id, set())
        refused = len(held)
        held.clear()
        return refused


def _cheaper(trip: Trip, key: VirtualKey) -> bool:
    """Whether there is a cheaper model to go on with."""
    return key.at_limit == "downgrade" and trip.model != key.downgrade_to


def _passed(key: VirtualKey, before: int, after: int) -> list[int]:
    """The thresholds of the key's budget between two figures of its spending."""
    if not key.budget or before * 100 // key.budget == after * 100 // key.budget:
        return []
    return [each for each in key.thresholds if before * 100 < each * key.budget <= after * 100]


def _current(key: VirtualKey, snapshot: Snapshot) -> VirtualKey:
    """The key as it is now. Raises NotAllowed when it is gone."""
    found = next((each for each in snapshot.keys.values() if each.id == key.id), None)
    if found is None:
        raise NotAllowed(f"The key {key.name!r} was removed.", hint="Use another key.")
    return found
