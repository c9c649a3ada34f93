"""What a strategy is given and gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deployment as a strategy sees it. ``turn`` counts how often the model was asked for; ``price`` is picodollars
    for a token in and one out; ``ttft`` is seconds."""

    index: int
    weight: int
    priority: int
    in_work: int = 0
    ttft: float | None = None
    price: int | None = None
    turn: int = 0


Order = Callable[[Sequence[Candidate], Random], list[Candidate]]
