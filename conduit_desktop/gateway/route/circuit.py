"""Whether to keep away from something: a deployment, a credential, or what one credential may at one deployment.

Closed: nothing is against it. Open: it is left alone until a time. Half-open: the time is up, and one at a time tries
it until that has gone well. Rejected: somebody has to do something first. Pure; times are a monotonic clock's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from conduit_desktop.records import HealthState

FAILURES_TO_OPEN = 3
FIRST_COOLDOWN = 5.0
LONGEST_COOLDOWN = 20.0
"""One request in this time is not too much to ask of who is in trouble, and whoever is back is found soon."""
FIRST_REST = 1.0
LONGEST_REST = 60.0
"""Of one that asks to be left alone, and does not say for how long."""
LONGEST_ASKED = 3600.0
"""What of a provider's ``Retry-After`` is honoured."""
SPENT_REST = 600.0


@dataclass(slots=True, eq=False)
class Circuit:
    """``failures`` are those in a row, ``opened`` how often it opened since it last was closed. ``until`` is when it is
    tried again: 0 while nothing is against it, without end where somebody has to do something first. ``trial``: one at
    a time tries it then, else it is simply used again; ``tried`` is who does."""

    failures: int = 0
    opened: int = 0
    until: float = 0.0
    reason: str = ""
    trial: bool = False
    tried: object | None = None

    def state(self, now: float) -> HealthState:
        if not self.until:
            return "closed"
        if self.until == inf:
            return "rejected"
        if now < self.until:
            return "open"
        return "half-open" if self.trial else "closed"

    def lets(self, now: float) -> bool:
        """Whether a request may go through now."""
        return not self.until or (now >= self.until and not (self.trial and self.tried is not None))

    def close(self) -> None:
        self.failures, self.opened, self.until, self.reason = 0, 0, 0.0, ""
        self.trial, self.tried = False, None

    def well(self, now: float) -> None:
        """Something went well. While it is open, that had begun before, or is a check's word: time to try it."""
        if now < self.until < inf:
            self.until, self.trial = now, True
        else:
            self.close()

    def trouble(self, reason: str, now: float) -> None:
        """A failure that may pass: from the third in a row on it is left alone, ever longer. What was already on its
        way when it opened says nothing more."""
        self.failures += 1
        self.reason = reason
        if self.failures >= FAILURES_TO_OPEN and now >= self.until:
            self._open(now + _growing(FIRST_COOLDOWN, self.opened, LONGEST_COOLDOWN), trial=True)

    def limited(self, reason: str, asked: float | None, now: float) -> None:
        """It asks to be left alone. One that asks again as soon as it is asked is tried by one at a time."""
        self.failures += 1
        self.reason = reason
        wait = _growing(FIRST_REST, self.opened, LONGEST_REST) if asked is None else min(asked, LONGEST_ASKED)
        if now >= self.until:
            self._open(now + wait, trial=self.opened > 0)
        elif asked is not None:
            self.until = max(self.until, now + wait)

    def put_aside(self, reason: str, until: float = inf) -> None:
        """Not to be used until then, or until somebody does something."""
        self.reason = reason
        self._open(until, trial=True)

    def _open(self, until: float, *, trial: bool) -> None:
        self.until, self.trial, self.tried = until, trial, None
        self.opened += 1

    @property
    def growing(self) -> bool:
        """Whether its pauses still grow: what goes on as it did is no news."""
        return FIRST_COOLDOWN * 2.0 ** (self.opened - 1) < LONGEST_COOLDOWN


def _growing(first: float, times: int, longest: float) -> float:
    return float(min(first * 2.0 ** min(times, 10), longest))
