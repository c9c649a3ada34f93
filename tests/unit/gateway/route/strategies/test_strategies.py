"""The order of the deployments: pure, so that a seed or a turn says it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.gateway.route.strategies import STRATEGIES, Candidate
from conduit_desktop.gateway.route.strategies.round_robin import turned
from conduit_desktop.records import STRATEGIES as NAMES

RNG = Random(1)


def some(*rows: Mapping[str, object]) -> list[Candidate]:
    usual = {"weight": 1, "priority": 1}
    return [Candidate(index=index, **{**usual, **row}) for index, row in enumerate(rows)]  # type: ignore[arg-type]


def order(strategy: str, *rows: Mapping[str, object]) -> list[int]:
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
        credit=st.just(0),
    ),
    max_size=6,
)


@given(st.sampled_from(NAMES), CANDIDATES, st.integers(0, 10**6))
def test_everyone_is_tried_once(strategy: str, given_: list[Candidate], credit: int) -> None:
    candidates = [
        Candidate(index, each.weight, each.priority, each.in_work, each.ttft, each.price, credit * (-1) ** index)
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


def rounds(weights: list[int], times: int) -> list[int]:
    """Who goes first, so often, in a round robin."""
    candidates, firsts = some(*[{"weight": weight} for weight in weights]), []
    for _ in range(times):
        first = STRATEGIES["round-robin"](candidates, RNG)[0]
        turned(candidates, first)
        assert sum(each.credit for each in candidates) == 0
        firsts.append(first.index)
    return firsts


@pytest.mark.parametrize("weights", [[1, 1], [3, 1], [5, 1, 1], [0, 2, 1], [0, 0], [1000, 999, 1], [7, 5, 3, 2]])
def test_round_robin_gives_each_exactly_its_share(weights: list[int]) -> None:
    total = sum(weights) or len(weights)
    firsts = rounds(weights, 2 * total)
    expected = {i: weight for i, weight in enumerate(weights) if weight} or dict.fromkeys(range(len(weights)), 1)
    assert Counter(firsts[:total]) == Counter(firsts[total:]) == expected


def test_round_robin_is_smooth() -> None:
    assert rounds([5, 1, 1], 7) == [0, 0, 1, 0, 2, 0, 0]
    assert rounds([1, 1], 4) == [0, 1, 0, 1]


# The figure below which 99.9 % of all samples stay, for as many candidates less one.
CHI = {1: 10.83, 2: 13.82, 3: 16.27}


@pytest.mark.parametrize("weights", [[1, 1], [3, 1], [5, 3, 2], [10, 1, 1, 1], [0, 4, 4]])
def test_random_over_10_000_choices(weights: list[int]) -> None:
    rng, total = Random(20_240_501), sum(weights)
    candidates = some(*[{"weight": weight, "priority": n} for n, weight in enumerate(weights)])
    orders = [STRATEGIES["random"](candidates, rng) for _ in range(10_000)]
    firsts = Counter(order[0].index for order in orders)
    expected = {n: 10_000 * weight / total for n, weight in enumerate(weights) if weight}
    assert set(firsts) == set(expected)
    assert sum((firsts[n] - wanted) ** 2 / wanted for n, wanted in expected.items()) < CHI[len(expected) - 1]
    # Who steps in for the first one is drawn by weight, too.
    second = Counter(order[1].index for order in orders if order[0].index == len(weights) - 1)
    left = {n: weight for n, weight in enumerate(weights[:-1]) if weight}
    wanted = {n: second.total() * weight / sum(left.values()) for n, weight in left.items()}
    assert sum((second[n] - each) ** 2 / each for n, each in wanted.items()) < 16.27


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
