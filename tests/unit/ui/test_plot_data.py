"""What plots say of their points."""

from __future__ import annotations

import pytest

from conduit_desktop.ui.widgets.lines import spread
from conduit_desktop.ui.widgets.plot_data import Plotted, Point, Series, TipLine, every_nth

PARTS = (Series("fast", "chart-1", "=fast"), Series("smart", "chart-2", "=smart"))
BARS = Plotted(
    "Spend per day",
    PARTS,
    (
        Point(0.0, "Mon 23 Nov", (3.0, 1.0), before=2.0, unknown=1),
        Point(1.0, "Tue 24 Nov", (0.0, 0.0), ahead=6.0),
    ),
    "{:.0f} $".format,
    before="last week",
)


def test_a_bar_tells_its_parts_from_the_top_down_and_what_they_leave_out() -> None:
    assert BARS.tip(0) == [
        TipLine("Total", "4 $"),
        TipLine("smart", "1 $", "chart-2"),
        TipLine("fast", "3 $", "chart-1"),
        TipLine("Last week", "2 $", "chart-rest"),
        TipLine("Unpriced", "1 request"),
    ]
    assert BARS.spoken(0, 1) == "Mon 23 Nov: smart 1 $"
    assert BARS.spoken(0).startswith("Mon 23 Nov: Total 4 $, smart 1 $")


def test_what_is_expected_is_told_and_fits_in() -> None:
    assert BARS.tip(1)[-1] == TipLine("Expected", "6 $")
    assert BARS.highest() == 6


def test_lines_are_no_sum() -> None:
    lines = Plotted("TTFT", PARTS, (Point(0.0, "Mon", (1.0, 4.0)), Point(1.0, "Tue", (None, None))), summed=False)
    assert lines.highest() == 4
    assert [line.name for line in lines.tip(0)] == ["fast", "smart"]
    assert lines.spoken(1) == "Tue: nothing"


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (0.05, "50 ms"), (2.5, "2.5 s"), (90, "90 s"), (120, "2 min"), (7200, "2 h")]
)
def test_ticks_of_time(value: float, said: str) -> None:
    assert Plotted("TTFT", unit="seconds").tick(value) == said


def test_every_nth_label() -> None:
    assert [mark.text for mark in every_nth(["a", "b", "c", "d", "e"])(3)] == ["a", "c", "e"]


def test_names_are_moved_apart() -> None:
    placed = spread([100.0, 101.0, 40.0], 13)
    assert abs(placed[1] - placed[0]) >= 13
    assert placed[0] - placed[2] >= 13
