"""In which order a model's deployments are tried: its strategy, with what the strategy needs to know of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.strategies import STRATEGIES, Candidate
from conduit_desktop.gateway.route.strategies.round_robin import turned
from conduit_desktop.gateway.snapshot import Route, Target
from conduit_desktop.records import Price

PriceOf = Callable[[Target], Price | None]


class Ordering:
    """Belongs to the gateway's loop. Whose turn it is in a round robin is kept for each model; another weight or
    deployment begins a new round."""

    def __init__(self, health: Health, price_of: PriceOf, rng: Random) -> None:
        self._health = health
        self._price_of = price_of
        self._rng = rng
        self._credits: dict[str, dict[str, int]] = {}
        self._rounds: dict[str, tuple[tuple[str, int], ...]] = {}

    def order(self, route: Route, targets: Sequence[Target], *, look: bool = False, turn: bool = False) -> list[Target]:
        """``targets`` of the model as its strategy has them now. A ``look`` draws no lots: the likeliest first. With
        ``turn`` the first of them is called, and has had its turn in a round robin."""
        if len(targets) < 2:
            return list(targets)
        if look and route.strategy == "random":
            return sorted(targets, key=lambda target: -target.weight)
        candidates = self._candidates(route, targets)
        order = STRATEGIES[route.strategy](candidates, self._rng)
        if turn and route.strategy == "round-robin":
            kept = self._round(route)
            for target, credit in zip(targets, turned(candidates, order[0]), strict=True):
                kept[target.id] = credit
        return [targets[each.index] for each in order]

    def _candidates(self, route: Route, targets: Sequence[Target]) -> list[Candidate]:
        credits = self._round(route) if route.strategy == "round-robin" else {}
        found = []
        for index, target in enumerate(targets):
            condition = self._health.of(target.id)
            price = self._price_of(target) if route.strategy == "least-cost" else None
            found.append(
                Candidate(
                    index=index,
                    weight=target.weight,
                    priority=target.priority,
                    in_work=condition.in_work,
                    ttft=condition.ttft,
                    price=price.input + price.output if price else None,
                    credit=credits.get(target.id, 0),
                )
            )
        return found

    def _round(self, route: Route) -> dict[str, int]:
        now = tuple((target.id, target.weight) for target in route.targets)
        if self._rounds.get(route.alias) != now:
            self._rounds[route.alias] = now
            self._credits[route.alias] = {}
        return self._credits[route.alias]
