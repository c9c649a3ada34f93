"""``least-busy``, ``least-latency``, ``least-cost``: the smallest first; what is not known comes last for cost, and
first for latency, so that it becomes known. Priority, then the order of entry, decides among equals."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from conduit_desktop.gateway.route.strategies.base import Candidate


def least_busy(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    return sorted(candidates, key=lambda each: (each.in_work / max(each.weight, 1), each.priority, each.index))


def least_latency(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    return sorted(
        candidates, key=lambda each: (each.ttft if each.ttft is not None else -1.0, each.priority, each.index)
    )


def least_cost(candidates: Sequence[Candidate], rng: Random) -> list[Candidate]:
    return sorted(
        candidates,
        key=lambda each: (each.price is None, each.price or 0, each.priority, each.index),
    )
