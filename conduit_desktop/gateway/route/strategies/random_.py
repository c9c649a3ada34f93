"""``random``: drawn by weight, one after the other without putting back."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from conduit_desktop.gateway.route.strategies.base import Candidate, weights_of


def random_(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    left, order = list(candidates), []
    while left:
        order.append(left.pop(rng.choices(range(len(left)), weights_of(left))[0]))
    return order
