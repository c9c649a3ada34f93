"""How each deployment and each credential does: what is in work there, how fast it answers, whether to keep away.

Failures in a row open a deployment's circuit; a rate limit rests the credential that met it, at that deployment alone;
a credential that its provider turned down, or whose account is spent, is put aside for all of the provider's. What is
the client's doing (400, 404, 422, hanging up) never counts. A change is told once, not with every request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from msgspec.structs import replace

from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.route.circuit import SPENT_REST, Circuit
from conduit_desktop.gateway.snapshot import Key, Snapshot, Target, keys_of
from conduit_desktop.records import HealthEvent, HealthState

WORTH_TELLING = 30.0
"""A rate limit that lasts no longer (seconds) is no news."""
MOST = 5000
"""Conditions that are kept; models asked for directly have one each."""


@dataclass(slots=True)
class Condition:
    """One deployment's state. ``ttft`` is a moving mean in seconds, ``speed`` one of output tokens a second;
    ``resting`` says of its credentials which are left alone here; ``last`` is the one used last."""

    in_work: int = 0
    ttft: float | None = None
    speed: float | None = None
    circuit: Circuit = field(default_factory=Circuit)
    resting: dict[str, Circuit] = field(default_factory=dict)
    last: str = ""

    @property
    def failures(self) -> int:
        """In a row, of any kind."""
        return self.circuit.failures + sum(each.failures for each in self.resting.values())

    @property
    def reason(self) -> str:
        """Why it failed last, while that counts."""
        return self.circuit.reason or next((each.reason for each in self.resting.values()), "")

    def afresh(self) -> None:
        self.circuit = Circuit()
        self.resting.clear()

    @property
    def idle(self) -> bool:
        return not self.in_work and not self.circuit.failures and not self.resting


class Shown(NamedTuple):
    """How something does, for people. ``until`` is Unix seconds: when it is tried again."""

    state: HealthState = "closed"
    reason: str = ""
    until: float | None = None


CLOSED = Shown()
_WELL, _SHUT = Condition(), Circuit()
"""Of what nothing is known; never changed."""


class Health:
    """The condition of every deployment, by target id, and of credentials that are put aside. Belongs to the gateway's
    loop. ``tell`` hears of changes; ``clock`` is monotonic, ``wall`` gives Unix seconds."""

    def __init__(
        self,
        tell: Callable[[HealthEvent], None] = lambda event: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._wall = wall
        self._conditions: dict[str, Condition] = {}
        self._aside: dict[str, Circuit] = {}
        self._serves: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, tuple[str | None, str]] = {}
        self._told: dict[str, HealthEvent] = {}

    def of(self, target_id: str) -> Condition:
        condition = self._conditions.get(target_id)
        if condition is None:
            if len(self._conditions) >= MOST:
                for name in [name for name, each in self._conditions.items() if each.idle]:
                    del self._conditions[name]
            condition = self._conditions[target_id] = Condition()
        return condition

    # ------------------------------------------------------------ choosing

    def available(self, target: Target, now: float) -> bool:
        """Whether there is nothing against trying it."""
        return self._choose(target, now) is not None

    def key(self, target: Target, now: float, tried: Collection[str] = ()) -> Key | None:
        """The credential to call ``target`` with at that time, in turn; None when there is something against the
        deployment, or all of them were ``tried`` or are put aside."""
        key = self._choose(target, now, tried)
        if key is not None and len(target.keys) > 1:
            self.of(target.id).last = key.id
        return key

    def _choose(self, target: Target, now: float, tried: Collection[str] = ()) -> Key | None:
        condition, keys = self._conditions.get(target.id, _WELL), target.keys
        if not condition.circuit.lets(now):
            return None
        if len(keys) > 1:
            at = next((n for n, key in enumerate(keys, 1) if key.id == condition.last), 0)
            keys = keys[at:] + keys[:at]
        for key in keys:
            circuits = (self._aside.get(key.id, _SHUT), condition.resting.get(key.id, _SHUT))
            if key.id not in tried and all(circuit.lets(now) for circuit in circuits):
                return key
        return None

    def working(self, target_id: str, change: int) -> None:
        """Count what is in work there."""
        condition = self.of(target_id)
        condition.in_work += change
        now = self._clock()
        for circuit in (condition.circuit, *condition.resting.values()):
            if circuit.until:
                circuit.tried = change > 0 and circuit.state(now) == "half-open"

    # ------------------------------------------------------------ what came of it

    def succeeded(self, target: Target, key: Key, ttft: float | None, speed: float | None = None) -> None:
        """A call went well."""
        condition = self.of(target.id)
        if ttft is not None:
            condition.ttft = _mean(condition.ttft, ttft)
        if speed is not None:
            condition.speed = _mean(condition.speed, speed)
        if not (condition.circuit.failures or condition.resting or self._aside):
            return
        now = self._clock()
        condition.circuit.well(now)
        if key.id in condition.resting and now >= condition.resting[key.id].until:  # else it began before, and waits
            condition.resting[key.id].well(now)
            if not condition.resting[key.id].until:
                del condition.resting[key.id]
        self._tell_of(target, now)
        if key.id in self._aside and self._current(target, key):
            self._aside[key.id].well(now)
            if not self._aside[key.id].until:
                del self._aside[key.id]
            self._tell_of_key(target, key, now)

    def failed(self, target: Target, key: Key, fault: Fault, now: float) -> None:
        """Count a failure that was not the client's."""
        condition = self.of(target.id)
        reason = fault.reason or fault.cause
        if fault.kind in ("rejected", "spent"):
            if self._current(target, key):  # else the text that was turned down is not in use any more
                until = inf if fault.kind == "rejected" else now + SPENT_REST
                self._aside.setdefault(key.id, Circuit()).put_aside(reason, until)
                self._tell_of_key(target, key, now)
            return
        if fault.kind == "limit":
            condition.resting.setdefault(key.id, Circuit()).limited(reason, fault.retry_after, now)
        else:
            condition.circuit.trouble(reason, now)
        self._tell_of(target, now)

    def _current(self, target: Target, key: Key) -> bool:
        used = (key.ref, target.provider.base_url)
        return self._texts.get(key.id, used) == used

    # ------------------------------------------------------------ for people

    def state(self, target: Target, now: float) -> Shown:
        """How a deployment does."""
        condition = self._conditions.get(target.id, _WELL)
        keys = []
        for key in target.keys:
            aside = self._aside.get(key.id, _SHUT)
            keys.append(condition.resting.get(key.id, _SHUT) if aside.state(now) == "closed" else aside)
        return self._standing(condition.circuit, keys, now)

    def credential(self, key_id: str, now: float) -> Shown:
        """How a credential does."""
        return self._shown(self._aside.get(key_id, _SHUT), now)

    def tried_again(self, target: Target, key: Key) -> float | None:
        """When ``target`` is tried again with this credential (monotonic clock), now where nobody knows when; None
        where nothing is against it."""
        condition = self._conditions.get(target.id, _WELL)
        circuits = (condition.circuit, condition.resting.get(key.id, _SHUT), self._aside.get(key.id, _SHUT))
        times = [each.until for each in circuits if each.until]
        return max([each for each in times if each < inf], default=self._clock()) if times else None

    def _standing(self, circuit: Circuit, keys: Sequence[Circuit], now: float) -> Shown:
        """Of a deployment: its own state, or that of the best of its credentials."""
        if circuit.state(now) != "closed":
            return self._shown(circuit, now)
        found = [self._shown(each, now) for each in keys]
        return min(found, key=lambda each: (_BEST.index(each.state), each.until or 0.0))

    def _shown(self, circuit: Circuit, now: float) -> Shown:
        state = circuit.state(now)
        if state == "closed":
            return CLOSED
        return Shown(state, circuit.reason, round(self._wall() + circuit.until - now, 1) if state == "open" else None)

    # ------------------------------------------------------------ telling

    def _tell_of(self, target: Target, now: float) -> None:
        """Tell how a deployment does, where that is news. What its credentials are told of is not told of it again."""
        condition = self.of(target.id)
        resting = [condition.resting.get(key.id, _SHUT) for key in target.keys]
        shown = self._standing(condition.circuit, resting, now)
        limited = shown.state == "open" and condition.circuit.state(now) == "closed"
        if limited and target.id not in self._told and min(each.until for each in resting) - now < WORTH_TELLING:
            return
        name = f"{target.provider.name}/{target.upstream_model}"
        self._say(HealthEvent(at=0, kind="deployment", subject=target.id, name=name, state="closed"), shown)

    def _tell_of_key(self, target: Target, key: Key, now: float) -> None:
        name = f"{target.provider.name}: {key.name}" if key.name else target.provider.name
        event = HealthEvent(at=0, kind="credential", subject=key.id, name=name, state="closed")
        self._say(event, self.credential(key.id, now))

    def _say(self, event: HealthEvent, shown: Shown) -> None:
        before = self._told.get(event.subject, event)
        if shown.state == before.state:
            return
        event = replace(event, at=self._wall(), state=shown.state, reason=shown.reason, until=shown.until)
        if shown.state == "closed":
            del self._told[event.subject]
        else:
            self._told[event.subject] = event
        self._tell(event)

    # ------------------------------------------------------------ starting afresh

    def forgive(self, subject: str) -> None:
        """Use a deployment or credential from now on, whatever happened to it."""
        if subject in self._conditions:
            self._conditions[subject].afresh()
        self._aside.pop(subject, None)
        for condition in self._conditions.values():
            condition.resting.pop(subject, None)
        if subject in self._told:
            self._say(self._told[subject], CLOSED)

    def follow(self, snapshot: Snapshot) -> None:
        """Start afresh with what was changed, and forget what is gone."""
        serves, texts = _as_configured(snapshot)
        for name, condition in list(self._conditions.items()):
            provider = f"{name.partition('/')[0]}/"
            here, before = (each.get(name) or each.get(provider) for each in (serves, self._serves))
            if here is None:
                self._told.pop(name, None)
                condition.afresh()
                if condition.idle:
                    del self._conditions[name]
            elif before is not None and before != here:
                self.forgive(name)
        for key_id, text in self._texts.items():
            if key_id not in texts:
                self._told.pop(key_id, None)
            if texts.get(key_id) != text:
                self.forgive(key_id)
        self._serves, self._texts = serves, texts


_BEST: tuple[HealthState, ...] = ("closed", "half-open", "open", "rejected")


def _mean(before: float | None, now: float) -> float:
    return now if before is None else 0.8 * before + 0.2 * now


def _as_configured(snapshot: Snapshot) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str | None, str]]]:
    """What each deployment is (those that are asked for directly are their provider's, ``NAME/``), and what each
    credential is: its text and for which address."""
    serves: dict[str, tuple[str, ...]] = {}
    texts: dict[str, tuple[str | None, str]] = {}
    for provider in snapshot.providers.values():
        serves[f"{provider.name}/"] = (provider.id, provider.base_url)
        texts |= {key.id: (key.ref, provider.base_url) for key in keys_of(provider)}
    for route in snapshot.routes.values():
        for target in route.targets:
            serves[target.id] = (target.provider.id, target.provider.base_url, target.upstream_model)
    return serves, texts
