"""What the Models pane says of how deployments do: state, why, until when, figures, shares, limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from conduit_desktop import money
from conduit_desktop.records import Deployment, HealthEvent, HealthState, Strategy
from conduit_desktop.runtime.routing import FAULTS, DeploymentNumbers, DeploymentState, LabState
from conduit_desktop.ui.panes.models_words import Served
from conduit_desktop.ui.shown import clock, count, duration, moment

DAY = 86_400.0
SHARED = ("random", "round-robin")
"""The strategies under which a weight is a share of the requests."""
ABILITY_WORDS = {"images": "images", "tools": "tools", "json_schema": "JSON schema"}
_STATES: Mapping[HealthState, tuple[str, str]] = {
    "closed": ("Ready", "success"),
    "open": ("Kept away", "danger"),
    "half-open": ("Being tried", "warning"),
    "rejected": ("Key turned down", "danger"),
}


@dataclass(frozen=True, slots=True)
class Live:
    """What is known of the deployments now, by id: how they do, what the fault lab has them play, what they came to.
    Not ``running``: the gateway is stopped, and no more is known than the log says."""

    running: bool = False
    states: Mapping[str, DeploymentState] = field(default_factory=dict)
    faults: Mapping[str, LabState] = field(default_factory=dict)
    numbers: Mapping[str, DeploymentNumbers] = field(default_factory=dict)


class Look(NamedTuple):
    """A dot with its word, and what is to be said beside it."""

    word: str
    tone: str
    hollow: bool = False
    why: str = ""
    until: str = ""

    @property
    def away(self) -> bool:
        """Whether somebody could want it back before its time."""
        return self.tone in ("danger", "warning") and not self.hollow


class Figure(NamedTuple):
    """A number with what it is of; ``tone`` where it is noteworthy."""

    text: str
    name: str
    tone: str = ""


def look(served: Served, live: Live) -> Look:
    """How a deployment does."""
    if served.problem:
        off = not served.deployment.enabled or (served.provider is not None and not served.provider.enabled)
        return Look("Off" if off else "Cannot serve", "neutral" if off else "warning", True, _sentence(served.problem))
    if not live.running:
        return Look("Gateway stopped", "neutral", True)
    state = live.states.get(served.deployment.id, DeploymentState())
    word, tone = _STATES[state.state]
    if state.state == "closed" and state.in_work:
        word = f"Ready · {state.in_work} in work"
    if state.state == "closed" and state.failures:
        said = f"Failed {times(state.failures)} in a row" + (f": {state.reason}" if state.reason else "")
        return Look(word, tone, False, _sentence(said))
    until = f"Tried again at {clock(state.until)}." if state.until is not None and state.state != "closed" else ""
    if state.state == "half-open":
        until = "One request tries it; the others wait for how that goes."
    return Look(word, tone, False, _sentence(state.reason or state.limits), until)


def played(deployment_id: str, live: Live) -> str:
    """What the fault lab has a deployment play, empty for nothing."""
    state = live.faults.get(deployment_id)
    return f"Fault lab: {FAULTS[state.fault.kind].name}" if state is not None else ""


def figures(numbers: DeploymentNumbers | None, state: DeploymentState | None) -> tuple[Figure, ...]:
    """What it came to lately; none where it was not called."""
    if numbers is None or not numbers.requests:
        return ()
    share = numbers.errors / numbers.requests
    errors = "no" if not numbers.errors else "<0.1 %" if share < 0.001 else f"{share:.1%}".replace("%", " %")
    found = [
        Figure(count(numbers.requests), "request" if numbers.requests == 1 else "requests"),
        Figure(errors, "errors", "danger" if share >= 0.05 else ""),
    ]
    ttft = numbers.ttft if state is None or state.ttft is None else state.ttft
    speed = numbers.speed if state is None or state.speed is None else state.speed
    if ttft is not None:
        found.append(Figure(duration(ttft), "to first token"))
    if speed is not None:
        found.append(Figure(count(speed), "tokens/s"))
    return (*found, Figure(cost(numbers), ""))


def cost(numbers: DeploymentNumbers) -> str:
    """What it cost; that of what has no price is not known."""
    if numbers.unpriced and not numbers.cost:
        return "unpriced"
    return money.show(numbers.cost) + (f" + {count(numbers.unpriced)} unpriced" if numbers.unpriced else "")


def span(numbers: DeploymentNumbers | None, now: float) -> str:
    """Since when the figures count: ``last 24 h``, or from where the log was read so far."""
    if numbers is None or now - numbers.since >= DAY - 1200:
        return "last 24 h"
    return f"since {clock(numbers.since)}" if now - numbers.since < DAY / 2 else f"since {moment(numbers.since)}"


def shares(served: Sequence[Served], strategy: Strategy) -> dict[str, str]:
    """Which part of the requests each deployment gets by its weight, in percent, where the strategy goes by it. What
    no request reaches gets none; weights that are all 0 count as equal."""
    if strategy not in SHARED:
        return {}
    usable = [each.deployment for each in served if not each.problem]
    total = sum(each.weight for each in usable)
    found = {each.deployment.id: "0 %" for each in served}
    for each in usable:
        part = each.weight / total if total else 1 / len(usable)
        found[each.id] = f"{part:.0%}".replace("%", " %") if part >= 0.01 or not part else "<1 %"
    return found


def limits(deployment: Deployment) -> str:
    """Its own limits and what it lacks, in a line; empty where there is nothing of the kind."""
    most = []
    if deployment.rpm is not None:
        most.append(f"{count(deployment.rpm)} requests/min")
    if deployment.tpm is not None:
        most.append(f"{count(deployment.tpm)} tokens/min")
    if deployment.parallel is not None:
        most.append(f"{count(deployment.parallel)} at once")
    parts = [f"At most {', '.join(most)}"] if most else []
    if deployment.context_window is not None:
        parts.append(f"window of {count(deployment.context_window)} tokens")
    if deployment.lacks:
        parts.append(f"no {' or '.join(ABILITY_WORDS[each] for each in deployment.lacks)}")
    text = " · ".join(parts)
    return text[:1].upper() + text[1:]


def event_look(event: HealthEvent) -> tuple[str, str]:
    """The word and tone of a change in the history."""
    word, tone = _STATES[event.state]
    return ("In use again", tone) if event.state == "closed" else (word, tone)


def away(served: Sequence[Served], live: Live) -> int:
    """How many of the deployments that could serve are kept away."""
    return sum(not each.problem and look(each, live).tone == "danger" for each in served)


def times(number: int) -> str:
    return "once" if number == 1 else "twice" if number == 2 else f"{number} times"


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
