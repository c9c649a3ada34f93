"""``round-robin``: smooth weighted turns. Over any run of as many requests as the weights add up to, each deployment
gets its weight's share, spread out as evenly as that allows.

Who is owed most goes first. With each turn everybody is owed its weight more, and who went all of the weights less
(``turned``): whoever keeps the credits keeps the turns, at a cost that does not grow with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from random import Random

from conduit_desktop.gateway.route.strategies.base import Candidate, weights_of

_candidate = itemgetter(-1)


def round_robin(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    weights = weights_of(candidates)
    # One without weight gets no turn, and steps in after the others.
    order = [(not weights[n], -each.credit - weights[n], each.index, each) for n, each in enumerate(candidates)]
    order.sort()
    return list(map(_candidate, order))


def turned(candidates: Sequence[Candidate], first: Candidate) -> None:
    """Set everybody's credit to what it is after ``first`` had its turn."""
    weights = weights_of(candidates)
    for n, each in enumerate(candidates):
        each.credit += weights[n]
    first.credit -= sum(weights)
