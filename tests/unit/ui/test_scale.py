"""Axis arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.ui.widgets.scale import label_stride, ticks


@pytest.mark.parametrize(
    ("highest", "expected"),
    [(375, [0, 200, 400]), (0, [0, 1]), (1, [0, 0.5, 1]), (9.4, [0, 5, 10]), (100, [0, 50, 100])],
)
def test_ticks_are_round(highest: float, expected: list[float]) -> None:
    assert ticks(highest, 3) == pytest.approx(expected)


@given(st.floats(1e-9, 1e15), st.integers(1, 8))
def test_ticks_start_at_zero_and_reach_the_highest(highest: float, about: int) -> None:
    marks = ticks(highest, about)
    assert marks[0] == 0
    assert marks[-1] >= highest * (1 - 1e-6)
    assert 2 <= len(marks) <= about + 2


def test_labels_that_do_not_fit_are_left_out() -> None:
    assert label_stride(24, 40, 960) == 1
    assert label_stride(24, 80, 960) == 2
    assert label_stride(1, 80, 10) == 1
    assert label_stride(0, 80, 0) == 1


def test_counts_have_whole_ticks() -> None:
    assert ticks(1, 3, "count") == [0, 1]
    assert ticks(4, 3, "count") == [0, 2, 4]


def test_long_times_have_ticks_of_a_clock() -> None:
    assert ticks(200, 3, "seconds") == [0, 120, 240]
    assert ticks(2.4, 3, "seconds") == [0, 1, 2, 3]
    assert ticks(400_000, 3, "seconds")[1] % 86_400 == 0
