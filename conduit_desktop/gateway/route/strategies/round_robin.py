"""``round-robin``: smooth weighted turns. Over any run of as many requests as the weights add up to, each deployment
gets its weight's share, spread out as evenly as that allows.

Who is owed most goes first. With each turn everybody is owed its weight more, and who went all of the weights less
(``turned``): whoever keeps the credits keeps the turns, at a cost that does not grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from conduit_desktop.gateway.route.strategies.base import Candidate, weights_of


def round_robin(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    weights = weights_of(candidates)
    owed = [each.credit + weight for each, weight in zip(candidates, weights, strict=True)]
    # One without weight gets no turn, and steps in after the others.
    order = sorted(range(len(candidates)), key=lambda n: (not weights[n], -owed[n], candidates[n].index))
    return [candidates[n] for n in order]


def turned(candidates: Sequence[Candidate], first: Candidate) -> list[int]:
    """Everybody's credit after ``first`` had its turn, in the order of ``candidates``."""
    weights = weights_of(candidates)
    total = sum(weights)
    return [
        each.credit + weight - (total if each.index == first.index else 0)
        for each, weight in zip(candidates, weights, strict=True)
    ]
