"""Who can serve a model: its deployments in the order in which to try them, then those of its fallbacks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from random import Random

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.exchange import Endpoint
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.strategies import STRATEGIES, Candidate
from conduit_desktop.gateway.snapshot import Route, Snapshot, Target, direct
from conduit_desktop.records import Price

PriceOf = Callable[[Target], Price | None]


@dataclass(frozen=True, slots=True)
class Plan:
    """The targets to try, best first, and how many calls may be made in all; ``least`` of them however few targets
    there are. ``context`` are those to try when the request is too long for a target, ``content`` when a content filter
    refuses it. ``total`` is how long all of it may take (seconds)."""

    targets: tuple[Target, ...]
    calls: int
    least: int = 1
    context: tuple[Target, ...] = ()
    content: tuple[Target, ...] = ()
    total: float = 1800.0

    def only(self, targets: tuple[Target, ...]) -> Plan:
        """The plan with those of its targets alone: who may not go elsewhere does not ask the same one more often."""
        return replace(self, targets=targets, calls=max(len(targets), self.least))


class Planner:
    """Plans by a snapshot and the deployments' health. Belongs to the gateway's loop; ``rng`` and ``clock`` given."""

    def __init__(self, health: Health, price_of: PriceOf, rng: Random, clock: Callable[[], float]) -> None:
        self._health = health
        self._price_of = price_of
        self._rng = rng
        self._clock = clock
        self._turns: dict[str, int] = {}

    def plan(self, model: str, endpoint: Endpoint, translatable: bool, snapshot: Snapshot) -> Plan:
        """The plan for ``model``; ``translatable``: a provider of another dialect will do. Raises NoRoute: 404 naming
        near misses, 503 when nothing can serve it now."""
        route = find(model, snapshot)
        targets = self._ordered(route)
        for name in route.fallbacks:
            fallback = snapshot.routes.get(name)
            if fallback is not None:
                targets += self._ordered(fallback)
        able = [target for target in targets if _serves(target, endpoint, translatable)]
        if not able:
            raise NoRoute(
                f"The model {model!r} has no deployment that can serve {endpoint.name}.",
                hint="Add one in the Models pane, or enable its provider.",
                # Asking again helps where all are switched off, and not where none has what is asked for.
                status=404 if targets else 503,
                code="no_deployment",
                param="model",
            )
        now = self._clock()
        able.sort(key=lambda target: not self._health.available(target, now))
        least = route.retries + 1
        return Plan(tuple(able), max(len(able), least), least, total=route.timeouts.total)

    def _ordered(self, route: Route) -> list[Target]:
        if len(route.targets) < 2:
            return list(route.targets)
        turn = self._turns[route.alias] = self._turns.get(route.alias, -1) + 1
        candidates = []
        for index, target in enumerate(route.targets):
            condition = self._health.of(target.id)
            price = self._price_of(target)
            candidates.append(
                Candidate(
                    index=index,
                    weight=target.weight,
                    priority=target.priority,
                    in_work=condition.in_work,
                    ttft=condition.ttft,
                    price=price.input + price.output if price else None,
                    turn=turn,
                )
            )
        order = STRATEGIES[route.strategy](candidates, self._rng)
        return [route.targets[candidate.index] for candidate in order]


def _serves(target: Target, endpoint: Endpoint, translatable: bool) -> bool:
    surface = target.surface(endpoint.operation, endpoint.dialect)
    return surface is not None and (translatable or surface.dialect == endpoint.dialect)


def find(model: str, snapshot: Snapshot) -> Route:
    """The route of ``model``: an alias, else ``PROVIDER/MODEL-ID`` split at its first slash. Raises NoRoute (404)."""
    route = snapshot.routes.get(model)
    if route is not None:
        return route
    name, slash, rest = model.partition("/")
    provider = snapshot.providers.get(name)
    if slash and rest and provider is not None:
        return direct(provider, rest)
    near = get_close_matches(model, [*snapshot.routes], n=3, cutoff=0.5)
    if near:
        hint = f"Did you mean {' or '.join(near)}?"
    elif snapshot.routes:
        hint = f"Models here: {', '.join(sorted(snapshot.routes)[:10])}. Or name a provider's own: PROVIDER/MODEL-ID."
    else:
        hint = "No model is set up yet: add one in the Models pane, or with 'conduit-desktop model add'."
    raise NoRoute(f"There is no model {model!r}.", hint=hint, param="model")
