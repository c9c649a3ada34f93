"""The fault lab: faults that somebody has a chosen deployment play, so that they can try their own tools against them.

Here is what there is to choose and who has which; ``faulty`` plays it in front of the deployment's real way, so that
all behind it (verdict, failover, health, log) is the real thing. Nothing of it is stored: it ends with the gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType
from typing import Literal

LAB = "Fault lab"
"""How what it did is told, so that nobody looks for it at the provider."""

Kind = Literal[
    "rate_limited",
    "server_error",
    "overloaded",
    "slow_first",
    "slow",
    "hang",
    "cut",
    "stalled",
    "malformed",
    "html",
    "empty",
    "error_inside",
    "reset",
]


@dataclass(frozen=True, slots=True)
class Row:
    """One fault to choose: its ``name``, what the tool meets (``meets``), what its seconds stand for (empty: it has
    none) and how many they usually are. ``within``: it happens in a stream, before or after its first words. ``real``:
    the provider is called all the same, and bills."""

    name: str
    meets: str
    seconds: str = ""
    usual: float = 0.0
    within: bool = False
    real: bool = False


FAULTS: Mapping[Kind, Row] = MappingProxyType(
    {
        "rate_limited": Row("429 rate limit", "429 with Retry-After", "Retry-After", 10.0),
        "server_error": Row("500 server error", "500 at once"),
        "overloaded": Row("503 overloaded", "503 at once, the word for overloaded in it"),
        "slow_first": Row(
            "Slow first token", "a long wait before the first word, then all of it", "Wait", 20.0, real=True
        ),
        "slow": Row(
            "Slow answer", "a pause before every piece; ten of them before an answer in one", "Pause", 1.0, real=True
        ),
        "hang": Row("Hang before headers", "no answer at all, until the time limit for the first token"),
        "cut": Row("Cut off", "a connection that breaks in the middle of the answer", within=True, real=True),
        "stalled": Row(
            "Stalled", "an answer that stops coming while its connection stays open", within=True, real=True
        ),
        "malformed": Row(
            "Malformed stream", "events that nobody can read; half of an answer in one", within=True, real=True
        ),
        "html": Row("Web page", "200 with a login page instead of an answer"),
        "empty": Row("Empty reply", "200 with nothing in it"),
        "error_inside": Row(
            "Error inside a 200", "a stream that tells an error after a good beginning", within=True, real=True
        ),
        "reset": Row("Connection reset", "a connection that closes before any answer"),
    }
)


@dataclass(frozen=True, slots=True)
class LabFault:
    """What a deployment is to play. ``seconds`` as its row says; ``early``: before the first words of a stream, so
    that another deployment can take over; ``requests``: for so many calls (None: until it is switched off);
    ``chance``: of being played at all, for each call."""

    kind: Kind
    seconds: float = 0.0
    early: bool = False
    requests: int | None = None
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class LabState:
    """A fault that is on: ``fault.requests`` is how many calls are left of it, ``met`` how many met it."""

    fault: LabFault
    met: int = 0


class FaultLab:
    """Which target has which fault. Belongs to the gateway's loop; ``changed`` is called when a fault comes, is met or
    goes. ``active`` is empty while nothing is on, which is all that a request asks."""

    def __init__(self, rng: Random, changed: Callable[[], None]) -> None:
        self.active: dict[str, LabState] = {}
        self._rng = rng
        self._changed = changed

    def put(self, target_id: str, fault: LabFault | None) -> None:
        """Have the target (a deployment's id, or ``PROVIDER/MODEL``) play ``fault`` from its next call on; None: no
        more."""
        if fault is not None:
            self.active[target_id] = LabState(fault)
        elif self.active.pop(target_id, None) is None:
            return
        self._changed()

    def take(self, target_id: str) -> LabFault | None:
        """What one call to the target meets, and counts as."""
        state = self.active.get(target_id)
        if state is None or self._rng.random() >= state.fault.chance:
            return None
        fault, left = state.fault, state.fault.requests
        if left is None:
            self.active[target_id] = LabState(fault, state.met + 1)
        elif left > 1:
            self.active[target_id] = LabState(replace(fault, requests=left - 1), state.met + 1)
        else:
            del self.active[target_id]
        self._changed()
        return fault
