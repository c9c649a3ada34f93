"""How each deployment and each credential does: what is in work there, how fast it answers, whether to keep away.

A circuit is closed while all is well. Failures in a row open it, a rate limit opens it for as long as the provider
asks; when its time is up, one request tries it (half-open) until one has gone well. A credential that its provider
turned down is put aside until it is changed. What is the client's doing (400, 404, 422, hanging up) never counts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.snapshot import Key, Target

FAILURES_TO_OPEN = 3
FIRST_COOLDOWN = 5.0
LONGEST_COOLDOWN = 60.0
LONGEST_ASKED = 3600.0
"""What of a provider's ``Retry-After`` is honoured."""


@dataclass(slots=True)
class Condition:
    """One deployment's state. ``away_until`` is on the monotonic clock; ``ttft`` a moving mean in seconds, ``speed``
    one of output tokens a second. ``resting`` says until when each of its credentials is left alone."""

    in_work: int = 0
    failures: int = 0
    away_until: float = 0.0
    reason: str = ""
    ttft: float | None = None
    speed: float | None = None
    resting: dict[str, float] = field(default_factory=dict)


class Health:
    """The condition of every deployment, by target id. Belongs to the gateway's loop."""

    def __init__(self) -> None:
        self._conditions: dict[str, Condition] = {}
        self._turn = 0

    def of(self, target_id: str) -> Condition:
        condition = self._conditions.get(target_id)
        if condition is None:
            condition = self._conditions[target_id] = Condition()
        return condition

    def available(self, target: Target, now: float) -> bool:
        """Whether there is nothing against trying it. One whose time is up is tried again, by one request at a time
        until one has gone well."""
        condition = self._conditions.get(target.id)
        if condition is None or not condition.away_until:
            return True
        return now >= condition.away_until and condition.in_work == 0

    def key(self, target: Target, now: float, tried: Collection[str] = ()) -> Key | None:
        """The credential to call ``target`` with, in turn; None when all of them were ``tried`` or are put aside."""
        left = [key for key in target.keys if key.id not in tried]
        if not left:
            return None
        self._turn += 1
        return left[self._turn % len(left)]

    def working(self, target_id: str, change: int) -> None:
        """Count what is in work there."""
        self.of(target_id).in_work += change

    def succeeded(self, target: Target, key: Key, ttft: float | None, speed: float | None = None) -> None:
        """A call went well: the circuit closes."""
        condition = self.of(target.id)
        condition.failures = 0
        condition.away_until = 0.0
        condition.reason = ""
        if ttft is not None:
            condition.ttft = ttft if condition.ttft is None else 0.8 * condition.ttft + 0.2 * ttft

    def failed(self, target: Target, key: Key, fault: Fault, now: float) -> None:
        """Count a failure that was not the client's."""
        condition = self.of(target.id)
        condition.failures += 1
        condition.reason = fault.reason or fault.cause
        if fault.kind == "limit":
            asked = FIRST_COOLDOWN if fault.retry_after is None else fault.retry_after
            condition.away_until = now + min(asked, LONGEST_ASKED)
        elif condition.failures >= FAILURES_TO_OPEN:
            steps = min(condition.failures - FAILURES_TO_OPEN, 10)
            condition.away_until = now + min(FIRST_COOLDOWN * 2**steps, LONGEST_COOLDOWN)
