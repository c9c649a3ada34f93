"""``random``: drawn by weight, one after the other without putting back."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from conduit_desktop.gateway.route.strategies.base import Candidate


def random_(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    left, order = list(candidates), []
    while left:
        weights = [max(candidate.weight, 0) for candidate in left]
        pick = rng.choices(range(len(left)), weights if any(weights) else None)[0]
        order.append(left.pop(pick))
    return order
