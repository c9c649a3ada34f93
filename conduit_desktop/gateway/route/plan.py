"""Who can serve a request: a model's deployments in the order in which to try them, then those of its fallbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random

import msgspec
from msgspec.structs import replace

from conduit_desktop.errors import NoRoute, NotAllowed
from conduit_desktop.gateway.exchange import LONGEST_WAIT, Endpoint
from conduit_desktop.gateway.route.finding import Kind, find, reach
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.needs import Needs, cannot
from conduit_desktop.gateway.route.ordering import Ordering, PriceOf
from conduit_desktop.gateway.snapshot import Route, Snapshot, Target

May = Callable[[Sequence[Target]], Sequence[Target]]
"""Gives those of targets that whoever asks may reach. Raises NotAllowed where that leaves none."""


class Plan(msgspec.Struct, frozen=True):
    """The targets to try, best first, those of one model together; as many calls of each model's as it has targets, but
    ``least`` of them. ``context`` are those to try when the request is too long for a target, ``content`` when a
    content filter refuses it. ``total`` is how long all of it may take (seconds), ``tokens`` how many it may use, where
    a target has a limit on them. ``pinned``: what it continues is known to its targets alone."""

    targets: tuple[Target, ...]
    least: int = 1
    context: tuple[Target, ...] = ()
    content: tuple[Target, ...] = ()
    total: float = 1800.0
    tokens: int = 0
    pinned: bool = False

    def only(self, may: May) -> Plan:
        """The plan with those alone that ``may`` gives. Raises as that does where no target is left."""
        return replace(
            self, targets=tuple(may(self.targets)), context=_some(may, self.context), content=_some(may, self.content)
        )

    @property
    def all(self) -> tuple[Target, ...]:
        """Everybody who may come to answer."""
        return (*self.targets, *self.context, *self.content)


class Wish(msgspec.Struct, frozen=True):
    """What is asked for. ``translatable``: a provider of another dialect will do."""

    model: str
    endpoint: Endpoint
    translatable: bool = True
    needs: Needs | None = None
    may: May | None = None


class Planner:
    """Plans by a snapshot and the deployments' health. Belongs to the gateway's loop; ``rng`` and ``clock`` given."""

    def __init__(self, health: Health, price_of: PriceOf, rng: Random, clock: Callable[[], float]) -> None:
        self.health = health
        self.price_of = price_of
        self.clock = clock
        self._ordering = Ordering(health, price_of, rng)

    def plan(self, wish: Wish, snapshot: Snapshot, *, look: bool = False) -> Plan:
        """The plan for a wish; a ``look`` takes nobody's turn. Raises NotAllowed, and NoRoute: 404 naming near misses,
        400 where nothing can serve such a request, 429 and 503 where nothing takes it now."""
        route = find(wish.model, snapshot)
        routes = [route, *reach(route, "fallbacks", snapshot)] if route.fallbacks else [route]
        targets = able(wish, routes)
        context = self._standing_in(wish, route, "context_fallbacks", snapshot) if route.context_fallbacks else ()
        content = self._standing_in(wish, route, "content_fallbacks", snapshot) if route.content_fallbacks else ()
        if wish.needs is not None and any([target.picky for target in targets]):
            can = fitting(targets, wish.needs)
            if context and too_long(wish.needs, route, targets):
                routes = [*reach(route, "context_fallbacks", snapshot), *routes]
                can = [*context, *(target for target in can if target not in context)]
            if not can:
                raise cannot(wish.model, targets, wish.needs)
            targets = can
        ordered = self._ordered(wish.model, routes, targets, look=look)
        least = route.retries + 1
        if len(ordered) == 1 and not self.health.available(ordered[0], self.clock()):
            least = 1  # its provider's own words say more than a refusal here would, but once is enough
        return Plan(ordered, least, context, content, route.timeouts.total)

    def _ordered(
        self, model: str, routes: Iterable[Route], targets: Sequence[Target], *, look: bool
    ) -> tuple[Target, ...]:
        """Those that take a request now as their models' strategies have them, then those that do not: one of these
        may by the time it is its turn. Raises NoRoute where none does."""
        now, health = self.clock(), self.health
        if len(targets) == 1:
            one = targets[0]
            if (one.limited and health.full(one) is not None) or health.wait(one, now) > LONGEST_WAIT:
                raise health.refusal(model, targets, now)
            return tuple(targets)
        found: list[Target] = []
        for route in routes:
            own = [target for target in targets if target.alias == route.alias and health.available(target, now)]
            found += self._ordering.order(route, own, look=look, turn=not found and not look)
        if not found:
            raise health.refusal(model, targets, now)
        if len(found) < len(targets):
            found += [target for target in targets if target not in found]
        return tuple(found)

    def _standing_in(self, wish: Wish, route: Route, kind: Kind, snapshot: Snapshot) -> tuple[Target, ...]:
        """Those of the models for one kind of failure that can serve the request, whether or not they do now."""
        routes = reach(route, kind, snapshot)
        try:
            targets = able(wish, routes)
        except (NoRoute, NotAllowed):
            return ()
        if wish.needs is not None:
            targets = fitting(targets, wish.needs)
        return tuple(
            target
            for each in routes
            for target in self._ordering.order(each, [one for one in targets if one.alias == each.alias])
        )


def able(wish: Wish, routes: Sequence[Route]) -> Sequence[Target]:
    """The deployments that serve the endpoint and may be reached. Raises NoRoute and NotAllowed where none does."""
    targets = routes[0].targets if len(routes) == 1 else [target for route in routes for target in route.targets]
    found = [target for target in targets if serves(target, wish)]
    if found and wish.may is not None:
        found = list(wish.may(found))
    if not found:
        raise NoRoute(
            f"The model {wish.model!r} has no deployment that can serve {wish.endpoint.name}.",
            hint="Add one in the Models pane, or enable its provider.",
            # Asking again helps where all are switched off, and not where none has what is asked for.
            status=404 if targets else 503,
            code="no_deployment",
            param="model",
        )
    return found


def serves(target: Target, wish: Wish) -> bool:
    """Whether its provider has an API for what is asked."""
    surface = target.surface(wish.endpoint.operation, wish.endpoint.dialect)
    return surface is not None and (wish.translatable or surface.dialect == wish.endpoint.dialect)


def fitting(targets: Iterable[Target], needs: Needs) -> list[Target]:
    """Those that can do what the request needs."""
    return [target for target in targets if not needs.lacking(target) and needs.fits(target)]


def too_long(needs: Needs, route: Route, targets: Iterable[Target]) -> bool:
    """Whether the request fits none of the model's own deployments that could serve it otherwise."""
    own = [target for target in targets if target.alias == route.alias and not needs.lacking(target)]
    return bool(own) and not any(needs.fits(target) for target in own)


def _some(may: May, targets: tuple[Target, ...]) -> tuple[Target, ...]:
    try:
        return tuple(may(targets)) if targets else ()
    except NotAllowed:
        return ()
