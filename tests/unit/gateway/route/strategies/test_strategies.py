"""The order of the deployments: pure, so that a seed or a turn says it all."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.gateway.route.strategies import STRATEGIES, Candidate
from conduit_desktop.records import STRATEGIES as NAMES

RNG = Random(1)


def some(*rows: dict[str, object]) -> list[Candidate]:
    usual = {"weight": 1, "priority": 1}
    return [Candidate(index=index, **{**usual, **row}) for index, row in enumerate(rows)]  # type: ignore[arg-type]


def order(strategy: str, *rows: dict[str, object]) -> list[int]:
    return [candidate.index for candidate in STRATEGIES[strategy](some(*rows), RNG)]  # type: ignore[index]


def test_every_strategy_is_in_the_table() -> None:
    assert set(STRATEGIES) == set(NAMES)


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        index=st.just(0),
        weight=st.integers(0, 1000),
        priority=st.integers(0, 5),
        in_work=st.integers(0, 50),
        ttft=st.none() | st.floats(0, 10),
        price=st.none() | st.integers(0, 10**9),
        turn=st.just(0),
    ),
    max_size=6,
)


@given(st.sampled_from(NAMES), CANDIDATES, st.integers(0, 10**6))
def test_everyone_is_tried_once(strategy: str, given_: list[Candidate], turn: int) -> None:
    candidates = [
        Candidate(index, each.weight, each.priority, each.in_work, each.ttft, each.price, turn)
        for index, each in enumerate(given_)
    ]
    got = STRATEGIES[strategy](candidates, Random(0))  # type: ignore[index]
    assert sorted(candidate.index for candidate in got) == list(range(len(candidates)))


def test_simple_goes_by_priority() -> None:
    assert order("simple", {"priority": 3}, {"priority": 1}, {"priority": 2}, {"priority": 1}) == [1, 3, 2, 0]


def test_least_busy_goes_by_work_for_its_weight() -> None:
    assert order("least-busy", {"in_work": 2}, {"in_work": 3, "weight": 3}, {"in_work": 1, "priority": 2}) == [1, 2, 0]
    assert order("least-busy", {"in_work": 0, "weight": 0}, {"in_work": 0, "priority": 0}) == [1, 0]


def test_least_latency_tries_the_unknown_first() -> None:
    assert order("least-latency", {"ttft": 0.5}, {"ttft": 0.1}, {}) == [2, 1, 0]


def test_least_cost_tries_the_unknown_last() -> None:
    assert order("least-cost", {}, {"price": 5}, {"price": 0}, {"price": 5, "priority": 0}) == [2, 3, 1, 0]


@pytest.mark.parametrize("weights", [[1, 1], [3, 1], [5, 1, 1], [0, 2, 1], [0, 0], [1000, 999, 1]])
def test_round_robin_gives_each_its_share(weights: list[int]) -> None:
    total = sum(weights) or len(weights)
    firsts = [
        order("round-robin", *[{"weight": weight, "turn": turn} for weight in weights])[0]
        for turn in range(min(total, 200))
    ]
    if total <= 200:
        expected = {i: weight for i, weight in enumerate(weights) if weight} or dict.fromkeys(range(len(weights)), 1)
        assert Counter(firsts) == expected
    assert order("round-robin", *[{"weight": weight, "turn": total} for weight in weights])[0] == firsts[0]


def test_round_robin_is_smooth() -> None:
    firsts = [order("round-robin", *[{"weight": weight, "turn": turn} for weight in (5, 1, 1)])[0] for turn in range(7)]
    assert firsts == [0, 0, 1, 0, 2, 0, 0]


def test_random_goes_by_weight() -> None:
    rng = Random(7)
    candidates = some({"weight": 3}, {"weight": 1}, {"weight": 0})
    firsts = Counter(STRATEGIES["random"](candidates, rng)[0].index for _ in range(4000))
    assert firsts[2] == 0
    assert 2850 < firsts[0] < 3150
    again = Random(7)
    assert firsts == Counter(STRATEGIES["random"](candidates, again)[0].index for _ in range(4000))


def test_random_without_any_weight_is_even() -> None:
    rng = Random(7)
    firsts = Counter(STRATEGIES["random"](some({"weight": 0}, {"weight": 0}), rng)[0].index for _ in range(2000))
    assert 900 < firsts[0] < 1100
