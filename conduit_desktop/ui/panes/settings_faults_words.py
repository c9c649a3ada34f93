"""What the fault lab's screen and its banner say: which deployments there are to choose, what they play. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.routing import FAULTS, LabFault, LabState
from conduit_desktop.ui.shown import count


class Place(NamedTuple):
    """What can have a fault: its ``key`` (a deployment's id, or ``PROVIDER/MODEL``), what it is called on screen, the
    ``model`` that a tool asks for to reach it, and how many other deployments that model has."""

    key: str
    name: str
    model: str
    others: int = 0


def places(models: Sequence[Model], providers: Sequence[Provider]) -> list[Place]:
    """Every deployment by its model, then each of a provider's own names, for who asks for it directly."""
    names = {provider.id: provider.name for provider in providers}
    found, own = [], {}
    for model in sorted(models, key=lambda each: each.alias):
        for each in model.deployments:
            if (provider := names.get(each.provider_id)) is not None:
                direct = f"{provider}/{each.upstream_model}"
                found.append(Place(each.id, f"{model.alias}  ·  {direct}", model.alias, len(model.deployments) - 1))
                own[direct] = Place(direct, f"{direct}, asked for directly", direct)
    return [*found, *(own[name] for name in sorted(own))]


def fault_words(fault: LabFault) -> str:
    """``429 rate limit, Retry-After 10 s``, ``Cut off before the first words``."""
    row = FAULTS[fault.kind]
    words = row.name
    if row.seconds:
        words += f", {row.seconds if row.seconds == 'Retry-After' else row.seconds.lower()} {fault.seconds:g} s"
    if row.within:
        words += " before the first words" if fault.early else " after the first words"
    return words


def while_words(state: LabState) -> str:
    """How long it is still on, and how many calls met it: ``for the next 3 calls · met by 2``."""
    fault = state.fault
    left = "until it is switched off"
    if fault.requests is not None:
        left = "for the next call" if fault.requests == 1 else f"for the next {count(fault.requests)} calls"
    if fault.chance < 1:
        left = f"in {fault.chance * 100:g} % of calls, {left}"
    return f"{left} · met by {count(state.met)}" if state.met else left


def banner_words(faults: Mapping[str, LabState], known: Sequence[Place]) -> str:
    """What stands under the header while any fault is on."""
    if len(faults) != 1:
        return f"Fault lab: {count(len(faults))} deployments answer wrongly on purpose."
    [(key, state)] = faults.items()
    name = next((place.name for place in known if place.key == key), key)
    return f"Fault lab: {name} answers wrongly on purpose: {fault_words(state.fault)}, {while_words(state)}."


def try_words(place: Place | None) -> str:
    """How to meet it with one's own tool."""
    if place is None:
        return ""
    if not place.others:
        return "Ask for this model with your own tool; nothing else answers for it."
    takes = "another deployment" if place.others == 1 else f"{count(place.others)} other deployments"
    return (
        f"Ask for this model with your own tool. {takes.capitalize()} may take over, which is what Attempts then "
        "shows; to meet the fault itself, choose the deployment as asked for directly."
    )
