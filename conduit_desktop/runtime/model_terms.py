"""What a model and its deployments can be: refuses what none can have, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.records import ABILITIES, STRATEGIES, Deployment, Model, Timeouts

MOST_RETRIES = 10
MOST_OF_ANYTHING = 1_000_000_000
SHORTEST, LONGEST = 0.1, 86_400.0
"""Seconds that a step of a request may be given."""
LONGEST_CONNECT = 300.0
LONGEST_CACHED = 30 * 86_400
"""Seconds for which an answer may be given again."""
STEPS = tuple(each.name for each in fields(Timeouts))
KINDS_OF_FALLBACK = ("fallbacks", "context_fallbacks", "content_fallbacks")
_LIMITS = {"rpm": "requests/min", "tpm": "tokens/min", "parallel": "parallel requests", "context_window": "tokens"}


def check(model: Model, there: Iterable[Model]) -> None:
    """Raises ConfigurationError for what no model can be. ``there`` are all models that there are, it as it was before
    among them: a circle of fallbacks that was stored already does not stand in the way of changing something else."""
    if model.strategy not in STRATEGIES:
        raise ConfigurationError(
            f"There is no strategy {model.strategy!r}.", hint=f"Strategies: {', '.join(STRATEGIES)}.", code="bad_value"
        )
    if not 0 <= model.retries <= MOST_RETRIES:
        raise _bad(f"Retries are 0 to {MOST_RETRIES}.", "retries")
    if model.cache_seconds is not None and not 1 <= model.cache_seconds <= LONGEST_CACHED:
        raise _bad(f"An answer is kept for 1 to {LONGEST_CACHED:,} seconds.", "cache_seconds")
    _check_times(model.timeouts)
    for deployment in model.deployments:
        _check_deployment(deployment)
    there = list(there)
    before = next((each for each in there if each.id == model.id), None)
    if before is None or any(getattr(before, kind) != getattr(model, kind) for kind in KINDS_OF_FALLBACK):
        _check_fallbacks(model, [each for each in there if each.id != model.id])


def _check_deployment(deployment: Deployment) -> None:
    if not (0 <= deployment.weight <= 1000 and 0 <= deployment.priority <= 1000):
        raise _bad("Weights and priorities are 0 to 1000.", "deployments")
    for name, what in _LIMITS.items():
        limit = getattr(deployment, name)
        if limit is not None and not 1 <= limit <= MOST_OF_ANYTHING:
            raise _bad(f"{name.replace('_', ' ')} is 1 to {MOST_OF_ANYTHING:,} {what}.".capitalize(), "deployments")
    if len(deployment.lacks) != len(set(deployment.lacks)):
        raise _bad("An ability that is lacking is named twice.", "deployments")
    for ability in deployment.lacks:
        if ability not in ABILITIES:
            raise _bad(f"There is no ability {ability!r}.", "deployments", f"Abilities: {', '.join(ABILITIES)}.")


# ---------------------------------------------------------------- time limits


def _check_times(timeouts: Timeouts) -> None:
    for name in STEPS:
        seconds = getattr(timeouts, name)
        most = LONGEST_CONNECT if name == "connect" else LONGEST
        if not (math.isfinite(seconds) and SHORTEST <= seconds <= most):
            raise _bad(f"The time limit {_said(name)} is {SHORTEST:g} to {most:,.0f} seconds.", "timeouts")


def in_force(step: str, times: Timeouts) -> str:
    """What applies of a step's time limit, and what was set where the limit in all is shorter:
    ``60 s (the total, instead of 300 s)``."""
    own, applied = getattr(times, step), getattr(times.applied, step)
    return f"{applied:g} s" + (f" (the total, instead of {own:g} s)" if applied != own else "")


def _said(step: str) -> str:
    return {
        "connect": "for connecting",
        "first_token": "for the first token",
        "idle": "between two pieces",
        "total": "in all",
    }[step]


# ---------------------------------------------------------------- fallbacks


def _check_fallbacks(model: Model, others: Sequence[Model]) -> None:
    for kind in KINDS_OF_FALLBACK:
        names = getattr(model, kind)
        if model.alias in names:
            raise _bad(f"{model.alias!r} cannot be its own fallback.", kind)
        if len(names) != len(set(names)):
            raise _bad(f"A fallback of {model.alias!r} is named twice.", kind)
    circle = cycle(model, others)
    if circle:
        raise _bad(
            f"These models fall back to each other in a circle: {' → '.join(circle)}.",
            "fallbacks",
            f"Take {circle[1]!r} out of the fallbacks of {circle[0]!r}, or break the circle elsewhere.",
        )


def cycle(model: Model, others: Iterable[Model]) -> tuple[str, ...]:
    """A circle of fallbacks, of whatever kind, that leads from ``model`` back to it, its first and last alias the same;
    empty where there is none. Names that lead nowhere end there."""
    then = {each.alias: _leads_to(each) for each in others} | {model.alias: _leads_to(model)}
    seen: set[str] = set()
    path = [model.alias]
    ways: list[Any] = [iter(then[model.alias])]
    while ways:
        following = next(ways[-1], None)
        if following is None:
            ways.pop()
            path.pop()
        elif following == model.alias:
            return (*path, following)
        elif following in then and following not in seen:
            seen.add(following)
            path.append(following)
            ways.append(iter(then[following]))
    return ()


def _leads_to(model: Model) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind in KINDS_OF_FALLBACK for name in getattr(model, kind)))


def _bad(message: str, param: str, hint: str = "") -> ConfigurationError:
    return ConfigurationError(message, hint=hint, code="bad_value", param=param)
