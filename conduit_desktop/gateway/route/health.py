"""How each deployment is doing: what is in work there, how fast it answers, and whether to keep away for a while.

A deployment that failed is not refused, only tried after the others: with one provider alone, its own words say more
than ours would. 429 keeps away for as long as the provider asks; failures in a row keep away ever longer. What is the
client's doing (400, 404, 422, hanging up) never counts.
"""

from __future__ import annotations

from dataclasses import dataclass

FAILURES_TO_OPEN = 3
FIRST_COOLDOWN = 5.0
LONGEST_COOLDOWN = 120.0


@dataclass(slots=True)
class Condition:
    """One deployment's state. ``away_until`` is on the monotonic clock; ``ttft`` a moving mean in seconds."""

    in_work: int = 0
    failures: int = 0
    away_until: float = 0.0
    reason: str = ""
    ttft: float | None = None


class Health:
    """The condition of every deployment, by target id. Belongs to the gateway's loop."""

    def __init__(self) -> None:
        self._conditions: dict[str, Condition] = {}

    def of(self, target_id: str) -> Condition:
        condition = self._conditions.get(target_id)
        if condition is None:
            condition = self._conditions[target_id] = Condition()
        return condition

    def available(self, target_id: str, now: float) -> bool:
        """Whether there is nothing against trying it. One whose time is up is tried again, by one request at a time
        until one has gone well."""
        condition = self._conditions.get(target_id)
        if condition is None or not condition.away_until:
            return True
        return now >= condition.away_until and condition.in_work == 0

    def working(self, target_id: str, change: int) -> None:
        """Count what is in work there."""
        self.of(target_id).in_work += change

    def succeeded(self, target_id: str, ttft: float | None) -> None:
        condition = self.of(target_id)
        condition.failures = 0
        condition.away_until = 0.0
        condition.reason = ""
        if ttft is not None:
            condition.ttft = ttft if condition.ttft is None else 0.8 * condition.ttft + 0.2 * ttft

    def failed(self, target_id: str, cause: str, now: float, retry_after: float | None = None) -> None:
        """Count a failure that was the deployment's."""
        condition = self.of(target_id)
        condition.failures += 1
        condition.reason = cause
        if cause == "rate_limited":
            asked = FIRST_COOLDOWN if retry_after is None else retry_after
            condition.away_until = now + min(asked, LONGEST_COOLDOWN)
        elif condition.failures >= FAILURES_TO_OPEN:
            steps = min(condition.failures - FAILURES_TO_OPEN, 10)
            condition.away_until = now + min(FIRST_COOLDOWN * 2**steps, LONGEST_COOLDOWN)
