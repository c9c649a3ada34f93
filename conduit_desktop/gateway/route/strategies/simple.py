"""``simple``: by priority, the lowest number first; equal ones as they were entered."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from conduit_desktop.gateway.route.strategies.base import Candidate


def simple(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: (candidate.priority, candidate.index))
