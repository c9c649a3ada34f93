"""How each deployment and each credential does: what is in work there, how fast it answers, whether to keep away.

Failures in a row open a deployment's circuit; a rate limit rests the credential that met it, at that deployment alone;
a credential that its provider turned down, or whose account is spent, is put aside for all of the provider's. What is
the client's doing (400, 404, 422, hanging up) never counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from math import inf

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.rooms import SHORTLY, Full, Rooms
from conduit_desktop.gateway.route.circuit import SPENT_REST, Circuit
from conduit_desktop.gateway.route.condition import CLOSED, Condition, Shown, Work
from conduit_desktop.gateway.route.refusing import Away, refusal
from conduit_desktop.gateway.route.telling import Telling
from conduit_desktop.gateway.snapshot import Key, Snapshot, Target, keys_of
from conduit_desktop.records import HealthEvent, HealthState

WORTH_TELLING = 30.0
"""A rate limit that lasts no longer (seconds) is no news."""
LOOK_AGAIN = 0.2
"""Seconds until somebody else's trial is looked at again."""
MOST = 5000
"""Conditions that are kept; models asked for directly have one each."""
_WELL, _SHUT = Condition(), Circuit()
"""Of what nothing is known; never changed."""
_BEST: tuple[HealthState, ...] = ("closed", "half-open", "open", "rejected")


class Health:
    """The condition of every deployment, by target id, and of credentials that are put aside. Belongs to the gateway's
    loop. ``tell`` hears of changes; ``clock`` is monotonic, ``wall`` gives Unix seconds."""

    def __init__(
        self,
        tell: Callable[[HealthEvent], None] = lambda event: None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._wall = wall
        self._telling = Telling(tell, wall)
        self._rooms = Rooms()
        self._conditions: dict[str, Condition] = {}
        self._aside: dict[str, Circuit] = {}
        self._serves: dict[str, tuple[str, ...]] = {}
        self._texts: dict[str, tuple[str | None, str]] = {}

    def of(self, target_id: str) -> Condition:
        condition = self._conditions.get(target_id)
        if condition is None:
            if len(self._conditions) >= MOST:
                for name in [name for name, each in self._conditions.items() if not each.in_work]:
                    if name not in self._serves:
                        del self._conditions[name]
                        self._telling.forget(name)
            condition = self._conditions[target_id] = Condition()
        return condition

    # ------------------------------------------------------------ choosing

    def available(self, target: Target, now: float) -> bool:
        """Whether there is nothing against trying it."""
        return self.key(target, now) is not None

    def key(
        self, target: Target, now: float, tried: Collection[str] = (), tokens: int = 0, *, alone: bool = False
    ) -> Key | None:
        """The credential whose turn it is to call ``target`` at that time; None when there is something against the
        deployment, its limits leave no room for so many tokens, or all credentials were ``tried`` or are put aside.
        ``alone``: there is no other deployment, and what is against its credentials does not count: the provider's own
        words say more than ours would."""
        condition = self._conditions.get(target.id, _WELL)
        if condition.circuit.until and not condition.circuit.lets(now):
            return None
        if target.limited and self.full(target, tokens) is not None:
            return None
        if target.only_key is not None and not (tried or self._aside or condition.resting):
            return target.only_key
        keys = target.keys
        if len(keys) > 1:
            at = next((n for n, key in enumerate(keys, 1) if key.id == condition.last), 0)
            keys = keys[at:] + keys[:at]
        for key in keys:
            if key.id not in tried and all(each.lets(now) for each in self._about(condition, key)):
                return key
        return next((key for key in keys if alone and key.id not in tried), None)

    def wait(self, target: Target, now: float) -> float:
        """Seconds until a deployment that is kept away from may be tried; 0 where it may."""
        circuit = self._conditions.get(target.id, _WELL).circuit
        return 0.0 if circuit.lets(now) else max(circuit.until - now, LOOK_AGAIN)

    def full(self, target: Target, tokens: int = 0) -> Full | None:
        """Which of the deployment's own limits leaves no room for so many tokens."""
        return self._rooms.full(target, tokens, self._clock())

    def enter(self, target: Target, key: Key, tokens: int = 0, *, alone: bool = False) -> Work | None:
        """A call begins, which may use so many tokens; None when there is something against it by now. Whoever enters
        leaves."""
        now, condition = self._clock(), self.of(target.id)
        trials: list[Circuit] = []
        if condition.circuit.until or condition.resting or self._aside:
            circuits = (condition.circuit, *self._about(condition, key))
            if not all(each.lets(now) for each in (circuits[:1] if alone else circuits)):
                return None
            trials = [each for each in circuits if each.state(now) == "half-open" and each.lets(now)]
        place = None
        if target.limited:
            if self._rooms.full(target, tokens, now) is not None:
                return None
            place = self._rooms.take(target, tokens, now)
        work = Work(target, key, condition, place, trials)
        for circuit in trials:
            circuit.tried = work
        if trials and condition.circuit in trials and condition.circuit.growing:
            self._tell_of(target, now)
        condition.last = key.id
        condition.in_work += 1
        return work

    def leave(self, work: Work, used: int = 0) -> None:
        """The call is over, with whatever came of it, and used so many tokens."""
        work.condition.in_work -= 1
        if work.place is not None:
            self._rooms.release(work.target, work.place, used, self._clock())
        for circuit in work.trials:
            if circuit.tried is work:
                circuit.tried = None

    def _about(self, condition: Condition, key: Key) -> tuple[Circuit, ...]:
        """What may be against a credential at a deployment."""
        if not self._aside and not condition.resting:
            return ()
        return (self._aside.get(key.id, _SHUT), condition.resting.get(key.id, _SHUT))

    # ------------------------------------------------------------ what came of it

    def succeeded(self, target: Target, key: Key, ttft: float | None, speed: float | None = None) -> None:
        """A call went well."""
        condition = self.of(target.id)
        condition.measured(ttft, speed)
        if not (condition.circuit.failures or condition.resting or self._aside):
            return
        now = self._clock()
        condition.circuit.well(now)
        resting = condition.resting.get(key.id)
        if resting is not None and now >= resting.until:  # else it began before, and waits
            del condition.resting[key.id]
        self._tell_of(target, now)
        aside = self._aside.get(key.id)
        if aside is not None and self._current(target, key):
            aside.well(now)
            if not aside.until:
                del self._aside[key.id]
            self._telling.credential(target, key, self.credential(key.id, now))

    def failed(self, target: Target, key: Key, fault: Fault, now: float) -> None:
        """Count a failure that was not the client's."""
        condition = self.of(target.id)
        reason = fault.reason or fault.cause
        if fault.kind in ("rejected", "spent"):
            if self._current(target, key):  # else the text that was turned down is not in use any more
                until = inf if fault.kind == "rejected" else now + SPENT_REST
                self._aside.setdefault(key.id, Circuit()).put_aside(reason, until)
                self._telling.credential(target, key, self.credential(key.id, now))
            return
        if fault.kind == "limit":
            condition.resting.setdefault(key.id, Circuit()).limited(reason, fault.retry_after, now)
        else:
            condition.circuit.trouble(reason, now)
        self._tell_of(target, now)

    def _current(self, target: Target, key: Key) -> bool:
        """Whether the credential is still in use, with the text and for the address it was called with."""
        return not self._texts or self._texts.get(key.id) == (key.ref, target.provider.base_url)

    def _tell_of(self, target: Target, now: float) -> None:
        """Tell how a deployment does, where that is news. What its credentials are told of is not told of it again."""
        condition = self.of(target.id)
        resting = [condition.resting.get(key.id, _SHUT) for key in target.keys]
        shown = self._standing(condition.circuit, resting, now)
        limited = shown.state == "open" and condition.circuit.state(now) == "closed"
        if limited and not self._telling.knows(target.id) and min(each.until for each in resting) - now < WORTH_TELLING:
            return
        self._telling.deployment(target, shown)

    # ------------------------------------------------------------ for people

    def state(self, target: Target, now: float) -> Shown:
        """How a deployment does."""
        condition = self._conditions.get(target.id, _WELL)
        return self._standing(condition.circuit, [self._worst(condition, key, now) for key in target.keys], now)

    def credential(self, key_id: str, now: float) -> Shown:
        """How a credential does."""
        return self._shown(self._aside.get(key_id, _SHUT), now)

    def tried_again(self, target: Target, key: Key) -> float | None:
        """When ``target`` is tried again with this credential (monotonic clock), now where nobody knows when; None
        where nothing is against it."""
        condition = self._conditions.get(target.id, _WELL)
        times = [each.until for each in (condition.circuit, *self._about(condition, key)) if each.until]
        return max([each for each in times if each < inf], default=self._clock()) if times else None

    def away(self, target: Target, now: float, tokens: int = 0) -> Away | None:
        """Why nothing of so many tokens goes there now; None where something does."""
        if self.key(target, now, (), tokens) is not None:
            return None
        name, provider = f"{target.provider.name}/{target.upstream_model}", target.provider.name
        condition = self._conditions.get(target.id, _WELL)
        if condition.circuit.lets(now):
            if target.limited and (full := self.full(target, tokens)) is not None:
                return Away(name, provider, "full", f"is limited to {full.limit}, and {full.left}", full.wait)
            circuit = min((self._worst(condition, key, now) for key in target.keys), key=lambda each: each.until)
            kind = "limited" if circuit in condition.resting.values() else "down"
        else:
            circuit, kind = condition.circuit, "down"
        if circuit.until == inf:
            return Away(name, provider, "rejected", f"turned down its key ({circuit.reason})")
        if circuit.until <= now:
            return Away(name, provider, kind, f"is being tried by another request ({circuit.reason})", SHORTLY)
        words = "asks to be left alone" if kind == "limited" else "is kept away from"
        return Away(name, provider, kind, f"{words} ({circuit.reason})", circuit.until - now)

    def refusal(self, model: str, targets: Iterable[Target], now: float, tokens: int = 0) -> NoRoute:
        """What to tell where none of ``targets`` takes a request now."""
        return refusal(model, [away for target in targets if (away := self.away(target, now, tokens)) is not None])

    def _standing(self, circuit: Circuit, keys: Sequence[Circuit], now: float) -> Shown:
        """Of a deployment: its own state, or that of the best of its credentials."""
        if circuit.state(now) != "closed":
            return self._shown(circuit, now)
        found = [self._shown(each, now) for each in keys]
        return min(found, key=lambda each: (_BEST.index(each.state), each.until or 0.0))

    def _worst(self, condition: Condition, key: Key, now: float) -> Circuit:
        aside = self._aside.get(key.id, _SHUT)
        return condition.resting.get(key.id, _SHUT) if aside.state(now) == "closed" else aside

    def _shown(self, circuit: Circuit, now: float) -> Shown:
        state = circuit.state(now)
        if state == "closed":
            return CLOSED
        return Shown(state, circuit.reason, round(self._wall() + circuit.until - now, 1) if state == "open" else None)

    # ------------------------------------------------------------ starting afresh

    def forgive(self, subject: str) -> None:
        """Use a deployment or credential from now on, whatever happened to it."""
        if subject in self._conditions:
            self._conditions[subject].afresh()
        self._aside.pop(subject, None)
        for condition in self._conditions.values():
            condition.resting.pop(subject, None)
        self._telling.closed(subject)

    def follow(self, snapshot: Snapshot) -> None:
        """Start afresh with what was changed, and forget what is gone."""
        serves, texts = _as_configured(snapshot)
        for name, condition in list(self._conditions.items()):
            provider = f"{name.partition('/')[0]}/"
            here, before = (each.get(name) or each.get(provider) for each in (serves, self._serves))
            if here is None:
                self._telling.forget(name)
                condition.afresh()
                if condition.idle:
                    del self._conditions[name]
            elif before is not None and before != here:
                self.forgive(name)
        for key_id, text in self._texts.items():
            if key_id not in texts:
                self._telling.forget(key_id)
            if texts.get(key_id) != text:
                self.forgive(key_id)
        self._serves, self._texts = serves, texts


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
