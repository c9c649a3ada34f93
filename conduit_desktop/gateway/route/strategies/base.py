"""What a strategy is given and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

import msgspec


class Candidate(msgspec.Struct):
    """A deployment as a strategy sees it. ``index`` is its place among the model's; ``credit`` is what it is owed of
    the turns so far (``round_robin.turned``); ``price`` is picodollars for a token in and one out; ``ttft`` is
    seconds."""

    index: int
    weight: int
    priority: int
    in_work: int = 0
    ttft: float | None = None
    price: int | None = None
    credit: int = 0


Order = Callable[[Sequence[Candidate], Random], list[Candidate]]


class Weighted(Protocol):
    @property
    def weight(self) -> int: ...


def weights_of(candidates: Sequence[Weighted]) -> list[int]:
    """Their weights; where none has any, all count the same."""
    weights = [each.weight if each.weight > 0 else 0 for each in candidates]
    return weights if any(weights) else [1] * len(weights)
