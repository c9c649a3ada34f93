"""What is known of one deployment, and a call that is in work there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from conduit_desktop.gateway.exchange import Place
from conduit_desktop.gateway.route.circuit import Circuit
from conduit_desktop.gateway.snapshot import Key, Target
from conduit_desktop.records import HealthState


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

    def measured(self, ttft: float | None, speed: float | None) -> None:
        """Take in how fast a call was."""
        if ttft is not None:
            self.ttft = _mean(self.ttft, ttft)
        if speed is not None:
            self.speed = _mean(self.speed, speed)

    def afresh(self) -> None:
        self.circuit = Circuit()
        self.resting.clear()

    @property
    def idle(self) -> bool:
        return not self.in_work and not self.circuit.failures and not self.resting


class Work(msgspec.Struct, eq=False):
    """A call that is in work: its place in the deployment's limits, and the circuits that it tries for all others."""

    target: Target
    key: Key
    condition: Condition
    place: Place | None
    trials: list[Circuit]


class Shown(NamedTuple):
    """How something does, for people. ``until`` is Unix seconds: when it is tried again."""

    state: HealthState = "closed"
    reason: str = ""
    until: float | None = None


CLOSED = Shown()


def _mean(before: float | None, now: float) -> float:
    return now if before is None else 0.8 * before + 0.2 * now
