"""In which order a model's deployments are tried: its strategy, with what the strategy needs to know of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from random import Random
from typing import NamedTuple

from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.strategies import MEASURED, STRATEGIES, Candidate
from conduit_desktop.gateway.route.strategies.round_robin import turned
from conduit_desktop.gateway.snapshot import Route, Target
from conduit_desktop.records import Price

PriceOf = Callable[[Target], Price | None]
_id, _index = attrgetter("id"), attrgetter("index")


class _Kept(NamedTuple):
    """What is kept for a model: its deployments as its strategy sees them, by target id."""

    route: Route
    candidates: dict[str, Candidate]


class Ordering:
    """Belongs to the gateway's loop. Whose turn it is in a round robin is kept for each model; another weight or
    deployment begins a new round."""

    def __init__(self, health: Health, price_of: PriceOf, rng: Random) -> None:
        self._health = health
        self._price_of = price_of
        self._rng = rng
        self._kept: dict[str, _Kept] = {}

    def order(self, route: Route, targets: Sequence[Target], *, look: bool = False, turn: bool = False) -> list[Target]:
        """``targets`` of the model as its strategy has them now. A ``look`` draws no lots: the likeliest first. With
        ``turn`` the first of them is called, and has had its turn in a round robin."""
        if len(targets) < 2:
            return list(targets)
        if look and route.strategy == "random":
            return sorted(targets, key=lambda target: -target.weight)
        kept = self._kept.get(route.alias)
        if kept is None or kept.route is not route:
            kept = self._kept[route.alias] = _Kept(route, _candidates(route, kept))
        candidates = list(map(kept.candidates.__getitem__, map(_id, targets)))
        if route.strategy in MEASURED:
            self._measure(targets, candidates, priced=route.strategy == "least-cost")
        order = STRATEGIES[route.strategy](candidates, self._rng)
        if turn and route.strategy == "round-robin":
            turned(candidates, order[0])
        return list(map(route.targets.__getitem__, map(_index, order)))

    def _measure(self, targets: Sequence[Target], candidates: Sequence[Candidate], *, priced: bool) -> None:
        """How each of them does now, and what it costs."""
        for target, candidate in zip(targets, candidates, strict=True):
            condition = self._health.of(target.id)
            price = self._price_of(target) if priced else None
            candidate.in_work, candidate.ttft = condition.in_work, condition.ttft
            candidate.price = price.input + price.output if price else None


def _candidates(route: Route, before: _Kept | None) -> dict[str, Candidate]:
    """The model's deployments, which go on with the round where they are what they were ``before``."""
    found = {each.id: Candidate(n, each.weight, each.priority) for n, each in enumerate(route.targets)}
    if before is not None and _weights(before.candidates) == _weights(found):
        for name, candidate in found.items():
            candidate.credit = before.candidates[name].credit
    return found


def _weights(candidates: dict[str, Candidate]) -> list[tuple[str, int]]:
    return [(name, each.weight) for name, each in candidates.items()]
