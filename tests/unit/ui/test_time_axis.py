"""Labels of a time axis: few enough, at round times, across days, years and changes of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.ui.widgets.time_axis import Mark, marks

BERLIN = ZoneInfo("Europe/Berlin")


def days(first: datetime, count: int) -> list[float]:
    return [(first + timedelta(days=at)).timestamp() for at in range(count)]


def test_a_week_names_its_days() -> None:
    found = marks(days(datetime(2026, 11, 20, tzinfo=BERLIN), 7), "day", 12, BERLIN)
    assert found[0] == Mark(0, "Fri 20", "Nov")
    assert [mark.text for mark in found][1:3] == ["Sat 21", "Sun 22"]


def test_a_month_is_labelled_by_weeks_where_there_is_little_room() -> None:
    found = marks(days(datetime(2026, 11, 1, tzinfo=BERLIN), 30), "day", 6, BERLIN)
    assert [mark.text for mark in found] == ["2", "9", "16", "23", "30"]
    assert [mark.context for mark in found] == ["Nov", "", "", "", ""]


def test_the_year_is_told_where_it_changes() -> None:
    found = marks(days(datetime(2026, 12, 20, tzinfo=BERLIN), 24), "day", 24, BERLIN)
    assert found[0].context == "Dec 2026"
    assert next(mark for mark in found if mark.context.startswith("Jan")) == Mark(12, "1", "Jan 2027")


def test_hours_of_the_night_in_which_clocks_go_back() -> None:
    start = datetime(2026, 10, 25, tzinfo=BERLIN).timestamp()
    hours = [start + 3600 * at for at in range(25)]
    found = marks(hours, "hour", 9, BERLIN)
    assert [(mark.at, mark.text) for mark in found[:3]] == [(0, "00:00"), (4, "03:00"), (7, "06:00")]
    assert found[0].context == "Sun 25 Oct"


def test_months_of_two_years() -> None:
    starts = [datetime(2025 + at // 12, at % 12 + 1, 1, tzinfo=BERLIN).timestamp() for at in range(18)]
    found = marks(starts, "month", 6, BERLIN)
    assert [(mark.text, mark.context) for mark in found] == [
        ("Jan", "2025"), ("Apr", ""), ("Jul", ""), ("Oct", ""), ("Jan", "2026"), ("Apr", ""),
    ]  # fmt: skip


def test_nothing_and_one() -> None:
    assert marks([], "day", 5) == ()
    (only,) = marks([datetime(2026, 3, 5, 14, 37, tzinfo=BERLIN).timestamp()], "hour", 1, BERLIN)
    assert only.at == 0


@given(
    st.sampled_from(["minute", "hour", "day", "week", "month"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    st.integers(1, 400),
    st.integers(1, 30),
)
def test_never_more_than_there_is_room_for(grain: str, first: datetime, count: int, most: int) -> None:
    width = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000}[grain]
    start = first.replace(tzinfo=BERLIN).timestamp()
    found = marks([start + width * at for at in range(count)], grain, most, BERLIN)
    assert 1 <= len(found) <= most
    assert [mark.at for mark in found] == sorted({mark.at for mark in found})
