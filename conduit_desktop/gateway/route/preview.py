"""Where a request would go, in words: whom it would be sent to first, who steps in, who is passed over and why.
Nobody's turn is taken by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from conduit_desktop import money
from conduit_desktop.errors import ConduitError, NoRoute
from conduit_desktop.gateway.exchange import Endpoint
from conduit_desktop.gateway.route.finding import find, reach
from conduit_desktop.gateway.route.needs import WORDS, Needs
from conduit_desktop.gateway.route.plan import Plan, Planner, Wish, serves
from conduit_desktop.gateway.route.strategies.base import weights_of
from conduit_desktop.gateway.snapshot import Route, Snapshot, Target
from conduit_desktop.records import ABILITIES, Ability

State = Literal["first", "then", "skipped", "fallback", "context", "content"]
MILLION = 10**6


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request to think of; ``tokens`` is its length, ``key_id`` whose it is (None: of a key that may all)."""

    dialect: str
    operation: str = "chat"
    stream: bool = False
    images: bool = False
    tools: bool = False
    json_schema: bool = False
    tokens: int = 0
    key_id: str | None = None

    @property
    def needs(self) -> Needs:
        abilities: list[Ability] = [each for each in ABILITIES if getattr(self, each)]
        return Needs.told(abilities, self.tokens)


@dataclass(frozen=True, slots=True)
class Step:
    """A deployment. ``n`` is its place among those that would be called, 0 where it is ``skipped``; ``why`` says why it
    stands there. ``then``: when those before fail; ``fallback``: when none of the model's own takes it; ``context`` and
    ``content``: when the request is too long, or a content filter refuses it."""

    n: int
    model: str
    provider: str
    upstream_model: str
    deployment_id: str | None
    why: str
    state: State


@dataclass(frozen=True, slots=True)
class Preview:
    """The steps in order, and what is to be said of all of them: why it would be refused, where it would."""

    steps: tuple[Step, ...] = ()
    note: str = ""


def preview(
    planner: Planner, snapshot: Snapshot, model: str, wanted: Wanted, bars: Callable[[Target], str] = lambda target: ""
) -> Preview:
    """Where a request for ``model`` would go now; ``bars`` says why a key may not use a target, empty where it may."""
    endpoint = Endpoint(wanted.operation, wanted.dialect, wanted.operation)
    translatable = wanted.operation in ("chat", "embeddings", "rerank", "count_tokens")
    needs = wanted.needs if wanted.operation == "chat" else None
    wish = Wish(model, endpoint, translatable, needs, lambda targets: [each for each in targets if not bars(each)])
    try:
        route = find(model, snapshot)
    except NoRoute as error:
        return Preview(note=error.text)
    try:
        plan = planner.plan(wish, snapshot, look=True)
        note = f"At most {plan.least} calls of a model's deployments, or one of each; {plan.total:,.0f} s in all."
    except ConduitError as error:
        plan, note = Plan(()), error.text
    view = _View(planner, wish, route, bars)
    steps = view.called(plan.targets, plan.context)
    routes = [route, *reach(route, "fallbacks", snapshot)]
    steps += view.skipped([target for each in routes for target in each.targets], steps)
    steps += view.others(plan.context, "context", "the request is too long for the others", steps)
    steps += view.others(plan.content, "content", "a content filter refuses it", steps)
    return Preview(tuple(steps), note)


class _View:
    """What is said of the deployments that one request could go to."""

    def __init__(self, planner: Planner, wish: Wish, route: Route, bars: Callable[[Target], str]) -> None:
        self._planner = planner
        self._wish = wish
        self._route = route
        self._bars = bars
        self._now = planner.clock()

    def called(self, targets: Sequence[Target], context: Sequence[Target]) -> list[Step]:
        """Those that would be called, in order."""
        takes = [each for each in targets if self._planner.health.available(each, self._now)]
        own = [each for each in takes if each.alias in ("", self._route.alias)]
        steps: list[Step] = []
        for target in takes:
            state: State = "first" if not steps else "then"
            why = self._merit(target, own) if target in own else "when none of the model's own deployments can"
            if target not in own:
                state = "context" if target in context else "fallback"
                why = "the request is too long for the model's own" if target in context else why
            elif steps:
                why = f"when that fails; {why}"
            steps.append(_step(len(steps) + 1, target, why, state))
        return steps

    def skipped(self, targets: Iterable[Target], steps: Sequence[Step]) -> list[Step]:
        """Those that would not be called, and why."""
        there = {(step.deployment_id, step.upstream_model) for step in steps}
        left = [each for each in targets if (each.deployment_id, each.upstream_model) not in there]
        return [_step(0, target, self._against(target), "skipped") for target in left]

    def others(self, targets: Iterable[Target], state: State, when: str, steps: Sequence[Step]) -> list[Step]:
        """Those that step in for one reason."""
        at = max((step.n for step in steps), default=0)
        there = {step.deployment_id for step in steps if step.state == state}
        left = [each for each in targets if each.deployment_id not in there]
        return [_step(at + n, target, f"when {when}", state) for n, target in enumerate(left, 1)]

    def _against(self, target: Target) -> str:
        if not serves(target, self._wish):
            return f"its provider has nothing for {self._wish.endpoint.operation} in this dialect"
        if barred := self._bars(target):
            return barred
        needs = self._wish.needs
        if needs is not None and (lacking := needs.lacking(target)):
            return f"takes no {' and no '.join(WORDS[each].removeprefix('a ') for each in WORDS if each in lacking)}"
        if needs is not None and not needs.fits(target):
            return f"its context window is {target.context_window or 0:,} tokens"
        away = self._planner.health.away(target, self._now)
        if away is None:
            return "others can serve it"
        return away.why if away.wait is None else f"{away.why}; tried again in {max(away.wait, 1.0):.0f} s"

    def _merit(self, target: Target, own: Sequence[Target]) -> str:
        """Why the strategy has it where it is."""
        condition = self._planner.health.of(target.id)
        match self._route.strategy:
            case "simple":
                return "by the order of the deployments"
            case "random" | "round-robin":
                weights = weights_of(own)
                share = weights[list(own).index(target)] / sum(weights)
                return (
                    f"{'drawn by weight' if self._route.strategy == 'random' else 'in turn'}: {share:.0%} of requests"
                )
            case "least-busy":
                return f"{condition.in_work} in work, weight {target.weight}"
            case "least-latency":
                return "not measured yet" if condition.ttft is None else f"first token after {condition.ttft:.2f} s"
            case "least-cost":
                price = self._planner.price_of(target)
                if price is None:
                    return "price unknown"
                return f"{money.show(price.input * MILLION)} in, {money.show(price.output * MILLION)} out a million"


def _step(n: int, target: Target, why: str, state: State) -> Step:
    provider = target.provider.name
    return Step(n, target.alias or target.id, provider, target.upstream_model, target.deployment_id, why, state)
