"""An upstream that is down for an hour under steady load, and comes back: on a clock that is set by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

import pytest

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.route.circuit import FIRST_COOLDOWN, LONGEST_COOLDOWN
from conduit_desktop.gateway.route.condition import Work
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.plan import Planner, Wish
from conduit_desktop.records import Credential, HealthEvent, Model
from tests.unit.gateway.route.test_plan import CHAT, LOCAL, OPENAI, model, snapshot

HOUR = 3600.0
A_SECOND = 2
TAKES = 1.4
"""Seconds that a call takes, in which others begin."""
DOWN = Fault("trouble", "server_error", "it is down")


@dataclass
class World:
    """A gateway's routing with ``A_SECOND`` requests a second; ``down`` are the upstream models that fail."""

    models: tuple[Model, ...]
    now: float = 1000.0
    down: set[str] = field(default_factory=set)
    limited: dict[str, float] = field(default_factory=dict)
    events: list[HealthEvent] = field(default_factory=list)
    calls: list[tuple[float, str]] = field(default_factory=list)
    outcome: Counter[str] = field(default_factory=Counter)
    answered: dict[str, float] = field(default_factory=dict)
    pending: list[tuple[float, Work, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.health = Health(self.events.append, lambda: self.now, lambda: self.now)
        self.snapshot = snapshot(*self.models)
        self.planner = Planner(self.health, lambda target: None, Random(3), lambda: self.now)

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            self.end()
            self.begin([])
            self.now += 1 / A_SECOND

    def begin(self, tried: list[str]) -> None:
        """A request, or its next try."""
        try:
            plan = self.planner.plan(Wish("a", CHAT), self.snapshot)
        except NoRoute as error:
            self.outcome["lost" if tried else "refused" if error.retry_after else "refused for good"] += 1
            return
        for target in plan.targets:
            key = self.health.key(target, self.now) if target.id not in tried else None
            work = self.health.enter(target, key) if key is not None else None
            if work is not None:
                self.calls.append((self.now, target.upstream_model))
                self.pending.append((self.now + TAKES, work, [*tried, target.id]))
                return
        self.outcome["lost"] += 1

    def end(self) -> None:
        """The calls whose time has come."""
        over = [each for each in self.pending if each[0] <= self.now]
        self.pending = [each for each in self.pending if each[0] > self.now]
        for _, work, tried in over:
            self.health.leave(work)
            name = work.target.upstream_model
            if name in self.down:
                self.health.failed(work.target, work.key, DOWN, self.now)
                self.begin(tried)
            elif name in self.limited:
                fault = Fault("limit", "rate_limited", "slow down", self.limited[name])
                self.health.failed(work.target, work.key, fault, self.now)
                self.begin(tried)
            else:
                self.health.succeeded(work.target, work.key, TAKES)
                self.outcome["answered"] += 1
                self.answered.setdefault(name, self.now)

    def called(self, name: str, since: float, until: float) -> list[float]:
        return [at for at, each in self.calls if each == name and since <= at < until]


@pytest.mark.parametrize("strategy", ["simple", "random", "round-robin", "least-busy", "least-latency"])
def test_an_hour_of_outage_with_another_deployment_loses_nothing(strategy: str) -> None:
    world = World((model("a", (OPENAI, "a1"), (LOCAL, "a2"), strategy=strategy),))
    world.run(60)
    world.down.add("a1")
    fell = world.now
    world.run(HOUR)
    world.answered.clear()
    world.down.clear()
    rose = world.now
    world.run(60)
    assert not world.outcome["lost"]
    assert not world.outcome["refused"]
    # The first failures, those that were on their way by then, and one probe each time a pause is over.
    probes = world.called("a1", fell + 5, rose)
    assert len(probes) <= (HOUR - FIRST_COOLDOWN) / LONGEST_COOLDOWN + 3
    assert all(later - earlier >= FIRST_COOLDOWN for earlier, later in pairwise(probes))
    back = world.answered["a1"] - rose
    assert back <= LONGEST_COOLDOWN + 2 * TAKES + 1
    assert len(world.called("a1", rose + LONGEST_COOLDOWN + 3, world.now)) > 1, "and not by a single request"


def test_an_hour_of_outage_alone() -> None:
    world = World(
        (
            model(
                "a",
                (OPENAI, "a1"),
            ),
        )
    )
    world.down.add("a1")
    world.run(HOUR)
    probes = len(world.calls)
    assert probes <= HOUR / LONGEST_COOLDOWN + 12
    assert world.outcome["refused"] + world.outcome["lost"] >= HOUR * A_SECOND - probes - 10, "refused, or waiting"
    rose = world.now
    world.down.clear()
    world.run(60)
    assert world.answered["a1"] - rose <= LONGEST_COOLDOWN + 2 * TAKES
    assert len(world.called("a1", world.now - 10, world.now)) == 10 * A_SECOND, "all of the traffic is back"


def test_an_outage_is_told_in_a_few_words() -> None:
    world = World((model("a", (OPENAI, "a1"), (LOCAL, "a2")),))
    world.down.add("a1")
    world.run(HOUR)
    world.down.clear()
    world.run(60)
    states = [event.state for event in world.events]
    assert states[0] == "open"
    assert states[-1] == "closed"
    assert len(states) <= 8
    assert all(before != after for before, after in pairwise(states))


def test_an_hour_of_rate_limits_with_two_credentials() -> None:
    second = Credential(id="p1/2", provider_id="p1", name="second", secret_ref="r2", last4="")
    world = World((model("a", (replace(OPENAI, credentials=(second,)), "a1"), (LOCAL, "a2")),))
    world.limited["a1"] = 30.0
    world.run(HOUR)
    assert not world.outcome["lost"]
    assert len(world.calls) < HOUR * A_SECOND + 2 * 2 * TAKES * A_SECOND * HOUR / 30
    world.limited.clear()
    rose = world.now
    world.run(60)
    assert world.answered["a1"] - rose <= 30 + 2 * TAKES
