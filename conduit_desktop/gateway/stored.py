"""Where answers are kept that a provider stores (OpenAI's Responses): only the deployment that made one can give it
again, continue or delete it. Known for as long as the gateway runs, the latest few thousand."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.route.plan import Plan

MOST = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """Which deployment has it, under which name it was asked for, and by whose key."""

    target_id: str
    model: str
    key_id: str

    def first(self, plan: Plan) -> Plan:
        """The plan with that deployment in front."""
        return replace(plan, targets=tuple(sorted(plan.targets, key=lambda target: target.id != self.target_id)))

    def only(self, plan: Plan) -> Plan:
        """The plan with that deployment alone. Raises BadRequest (404) where it is no more."""
        there = tuple(target for target in plan.targets if target.id == self.target_id)
        if not there:
            raise BadRequest("The deployment that made this answer is no more.", status=404, code="response_not_found")
        return replace(plan, targets=there, calls=1, least=1)


class Stored:
    """Belongs to the gateway's loop."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, Place] = OrderedDict()

    def keep(self, answer_id: str, place: Place) -> None:
        """Remember where an answer is."""
        self._places[answer_id] = place
        self._places.move_to_end(answer_id)
        if len(self._places) > MOST:
            self._places.popitem(last=False)

    def find(self, answer_id: str, key_id: str) -> Place:
        """Where the answer is. Raises BadRequest (404) when that is not known, or another key's affair."""
        place = self._places.get(answer_id)
        if place is None or place.key_id != key_id:
            raise BadRequest(
                f"There is no stored answer {answer_id[:100]!r} here.",
                hint="Stored answers can be asked for while the gateway that passed them on still runs.",
                status=404,
                code="response_not_found",
            )
        return place

    def first(self, plan: Plan, answer_id: str, key_id: str) -> Plan:
        """The plan with the deployment in front that made the answer which is to be continued. Raises BadRequest (404)
        for another key's answer: its provider would know it for ours."""
        return self.find(answer_id, key_id).first(plan) if answer_id in self._places else plan
