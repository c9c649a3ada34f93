"""Where there is state at a provider that a request goes on from: an answer that it stores (OpenAI's Responses), and
reasoning that it alone can read. Only the account that made it can go on. Known for as long as the gateway runs, the
latest few thousand."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.route.plan import Plan
from conduit_desktop.gateway.snapshot import Key, Target

MOST = 5000
KEPT = ("openai-responses", "interactions")
"""The dialects whose providers keep something."""
SEALED = b'"encrypted_content"'
_SEALED = re.compile(rb'"encrypted_content"\s*:\s*"([^"\\]{16,})"')

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """Which deployment has it, of which provider and called with which credential, under which name it was asked for,
    and by whose key."""

    target_id: str
    provider_id: str
    credential_id: str
    model: str
    key_id: str

    def only(self, plan: Plan) -> Plan:
        """The plan with that deployment alone, else with others of the same account, and with that credential while
        it is in use. Raises BadRequest (404) where there is none any more."""
        there = self._there(plan)
        if not there:
            raise BadRequest(
                "The deployment that made this answer is no more, or serves another model.",
                hint="Begin anew, without what was stored.",
                status=404,
                code="response_not_found",
            )
        return msgspec.structs.replace(plan, targets=there, context=(), content=(), pinned=True)

    def _there(self, plan: Plan) -> tuple[Target, ...]:
        same = [target for target in plan.targets if target.id == self.target_id]
        same = same or [target for target in plan.targets if target.provider.id == self.provider_id]
        return tuple(self._with_key(target) for target in same)

    def _with_key(self, target: Target) -> Target:
        if len(target.keys) < 2 or all(key.id != self.credential_id for key in target.keys):
            return target
        return replace(target, key_id=self.credential_id)

    def knows(self, plan: Plan) -> bool:
        """Whether anything of the plan has it."""
        return bool(self._there(plan))


class _Latest(OrderedDict[T, Place], Generic[T]):
    def keep(self, name: T, place: Place) -> None:
        self[name] = place
        self.move_to_end(name)
        if len(self) > MOST:
            self.popitem(last=False)


class Stored:
    """Belongs to the gateway's loop."""

    def __init__(self) -> None:
        self._answers: _Latest[str] = _Latest()
        self._sealed: _Latest[bytes] = _Latest()

    def keep(self, trip: Trip, answer_id: str, target: Target, key: Key) -> None:
        """Remember who has an answer that the client may ask for again, and who can read the reasoning in it."""
        if trip.dialect not in KEPT or trip.key is None:
            return
        place = Place(target.id, target.provider.id, key.id, trip.model, trip.key.id)
        if answer_id:
            self._answers.keep(answer_id, place)
        body = trip.response.body if trip.response is not None else b""
        body = body if isinstance(body, bytes) else b"".join(body)
        if SEALED in body:
            for found in _SEALED.finditer(body):
                self._sealed.keep(_digest(found[1]), place)

    def replayed(self, trip: Trip, answer_id: str, target_id: str) -> None:
        """The same of an answer of the response cache, of which less is known."""
        if answer_id and answer_id not in self._answers and trip.dialect in KEPT and trip.key is not None:
            self._answers.keep(answer_id, Place(target_id, "", "", trip.model, trip.key.id))

    def find(self, answer_id: str, key_id: str) -> Place:
        """Where the answer is. Raises BadRequest (404) when that is not known, or another key's affair."""
        place = self._answers.get(answer_id)
        if place is None or place.key_id != key_id:
            raise BadRequest(
                f"There is no stored answer {answer_id[:100]!r} here.",
                hint="Stored answers can be asked for while the gateway that passed them on still runs.",
                status=404,
                code="response_not_found",
            )
        return place

    def follow(self, trip: Trip, plan: Plan, answer_id: str, body: bytes, key_id: str) -> Plan:
        """The plan with those alone that can go on from what the request refers to. Raises BadRequest (404) for
        another key's answer, which its provider would know for ours."""
        if trip.dialect not in KEPT:
            return plan
        if answer_id and answer_id in self._answers:
            place = self.find(answer_id, key_id)
            return place.only(plan) if place.knows(plan) else plan  # then its provider knows best
        if self._sealed and SEALED in body:
            for found in reversed(_SEALED.findall(body)):
                kept = self._sealed.get(_digest(found))
                if kept is not None:
                    return kept.only(plan) if kept.key_id == key_id and kept.knows(plan) else plan
        return plan


def _digest(sealed: bytes) -> bytes:
    return hashlib.blake2b(sealed, digest_size=16).digest()
