"""``round-robin``: smooth weighted turns. Over any run of as many requests as the weights add up to, each deployment
gets its weight's share, spread out as evenly as that allows."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from conduit_desktop.gateway.route.strategies.base import Candidate


def round_robin(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    weights = [max(candidate.weight, 0) for candidate in candidates]
    total = sum(weights)
    if not total:
        weights, total = [1] * len(candidates), len(candidates)
    credit = [0] * len(candidates)
    chosen = 0
    for _ in range(candidates[0].turn % total + 1 if candidates else 0):
        credit = [have + weight for have, weight in zip(credit, weights, strict=True)]
        chosen = max(range(len(candidates)), key=lambda index: (credit[index], -index))
        credit[chosen] -= total
    rest = sorted(
        (index for index in range(len(candidates)) if index != chosen), key=lambda index: (-credit[index], index)
    )
    return [candidates[index] for index in ([chosen, *rest] if candidates else [])]
