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
        return (*self.targets, *self.context, *self.content) if self.context or self.content else self.targets


class Wish(msgspec.Struct, frozen=True):
    """What is asked for. ``translatable``: a provider of another dialect will do."""

    model: str
    endpoint: Endpoint
    translatable: bool = True
    needs: Needs | None = None
    may: May | None = None


class Group(msgspec.Struct, frozen=True):
    """Some models, and which of their deployments serve an endpoint, as far as the configuration says. ``picky``:
    there are requests that some of these are known not to be able to serve."""

    routes: tuple[Route, ...]
    targets: tuple[Target, ...]
    picky: bool


class Lane(msgspec.Struct, frozen=True):
    """All who may come to serve an endpoint of a model: its own deployments with those of its fallbacks, and those that
    step in for one kind of failure."""

    route: Route
    group: Group
    context: Group | None
    content: Group | None


class Planner:
    """Plans by a snapshot and the deployments' health. Belongs to the gateway's loop; ``rng`` and ``clock`` given. What
    follows from the snapshot alone is found once for each endpoint of a model."""

    def __init__(self, health: Health, price_of: PriceOf, rng: Random, clock: Callable[[], float]) -> None:
        self.health = health
        self.price_of = price_of
        self.clock = clock
        self._ordering = Ordering(health, price_of, rng)
        self._snapshot = Snapshot()
        self._lanes: dict[tuple[str, str, str, bool], Lane] = {}

    def plan(self, wish: Wish, snapshot: Snapshot, *, look: bool = False) -> Plan:
        """The plan for a wish; a ``look`` takes nobody's turn. Raises NotAllowed, and NoRoute: 404 naming near misses,
        400 where nothing can serve such a request, 429 and 503 where nothing takes it now."""
        lane = self._lane(wish, snapshot)
        route, routes = lane.route, lane.group.routes
        targets = able(wish, lane.group)
        context = self._standing_in(wish, lane.context) if lane.context is not None else ()
        content = self._standing_in(wish, lane.content) if lane.content is not None else ()
        if wish.needs is not None and lane.group.picky:
            can = fitting(targets, wish.needs)
            if lane.context is not None and context and too_long(wish.needs, route, targets):
                routes = (*lane.context.routes, *routes)
                can = [*context, *(target for target in can if target not in context)]
            if not can:
                raise cannot(wish.model, targets, wish.needs)
            targets = can
        ordered = self._ordered(wish.model, routes, targets, look=look)
        least = route.retries + 1
        if len(ordered) == 1 and not self.health.available(ordered[0], self.clock()):
            least = 1  # its provider's own words say more than a refusal here would, but once is enough
        return Plan(ordered, least, context, content, route.timeouts.total)

    def _lane(self, wish: Wish, snapshot: Snapshot) -> Lane:
        """Who may serve the wish by the configuration. Raises NoRoute (404)."""
        if snapshot is not self._snapshot:
            self._snapshot, self._lanes = snapshot, {}
        name = (wish.model, wish.endpoint.operation, wish.endpoint.dialect, wish.translatable)
        lane = self._lanes.get(name)
        if lane is None:
            lane = lane_of(wish, snapshot)
            if wish.model in snapshot.routes:  # those that are asked for directly are without number
                self._lanes[name] = lane
        return lane

    def _ordered(
        self, model: str, routes: Sequence[Route], targets: Sequence[Target], *, look: bool
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
        takers = []
        for target in targets:
            if health.key(target, now) is not None:
                takers.append(target)  # noqa: PERF401 - for two or three, half the time
        for route in routes:
            own = takers if len(routes) == 1 else [target for target in takers if target.alias == route.alias]
            found += self._ordering.order(route, own, look=look, turn=not found and not look)
        if not found:
            raise health.refusal(model, targets, now)
        if len(found) < len(targets):
            found += [target for target in targets if target not in found]
        return tuple(found)

    def _standing_in(self, wish: Wish, group: Group) -> tuple[Target, ...]:
        """Those of the models for one kind of failure that can serve the request, whether or not they do now."""
        try:
            targets = able(wish, group)
        except (NoRoute, NotAllowed):
            return ()
        if wish.needs is not None:
            targets = fitting(targets, wish.needs)
        return tuple(
            target
            for each in group.routes
            for target in self._ordering.order(each, [one for one in targets if one.alias == each.alias])
        )


def lane_of(wish: Wish, snapshot: Snapshot) -> Lane:
    """Who may serve the wish by the configuration. Raises NoRoute (404)."""
    route = find(wish.model, snapshot)

    def group(kind: Kind) -> Group | None:
        return _group(wish, reach(route, kind, snapshot)) if getattr(route, kind) else None

    own = _group(wish, [route, *reach(route, "fallbacks", snapshot)])
    return Lane(route, own, group("context_fallbacks"), group("content_fallbacks"))


def _group(wish: Wish, routes: Sequence[Route]) -> Group:
    targets = tuple(target for route in routes for target in route.targets if serves(target, wish))
    return Group(tuple(routes), targets, any(target.picky for target in targets))


def able(wish: Wish, group: Group) -> Sequence[Target]:
    """Those of a group that may be reached. Raises NoRoute and NotAllowed where there is none."""
    found: Sequence[Target] = group.targets
    if found and wish.may is not None:
        found = wish.may(found)
    if not found:
        raise NoRoute(
            f"The model {wish.model!r} has no deployment that can serve {wish.endpoint.name}.",
            hint="Add one in the Models pane (conduit-desktop model add), or enable its provider.",
            # Asking again helps where all are switched off, and not where none has what is asked for.
            status=404 if any(route.targets for route in group.routes) else 503,
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
