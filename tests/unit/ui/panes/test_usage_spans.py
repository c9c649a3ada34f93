"""Spans of Usage: calendar days, what they are compared with, changes of the clock, names of bars."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from conduit_desktop.records import Grain
from conduit_desktop.ui.panes.usage_spans import bar_title, custom_of, dates, grains, span, usual_grain, zone_of

BERLIN = ZoneInfo("Europe/Berlin")


def at(*parts: int) -> float:
    return datetime(*parts, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type,misc]


NOW = at(2026, 11, 26, 14, 30)


@pytest.mark.parametrize(
    ("key", "since", "until", "before_since", "before_now", "words"),
    [
        ("today", (2026, 11, 26), (2026, 11, 27), (2026, 11, 25), (2026, 11, 25, 14, 30), "Thu 26 Nov 2026"),
        ("7d", (2026, 11, 20), (2026, 11, 27), (2026, 11, 13), (2026, 11, 19, 14, 30), "20–26 Nov 2026"),
        ("30d", (2026, 10, 28), (2026, 11, 27), (2026, 9, 28), (2026, 10, 27, 14, 30), "28 Oct – 26 Nov 2026"),
        ("month", (2026, 11, 1), (2026, 12, 1), (2026, 10, 1), (2026, 10, 26, 14, 30), "1–30 Nov 2026"),
        ("last-month", (2026, 10, 1), (2026, 11, 1), (2026, 9, 1), (2026, 10, 1), "1–31 Oct 2026"),
        ("year", (2026, 1, 1), (2027, 1, 1), (2025, 1, 1), (2025, 11, 26, 14, 30), "1 Jan – 31 Dec 2026"),
    ],
)
def test_ranges(
    key: str,
    since: tuple[int, ...],
    until: tuple[int, ...],
    before_since: tuple[int, ...],
    before_now: tuple[int, ...],
    words: str,
) -> None:
    shown = span(key, NOW, zone=BERLIN)
    assert (shown.since, shown.until) == (at(*since), at(*until))
    assert (shown.before_since, shown.before_now) == (at(*before_since), at(*before_now))
    assert shown.before_until == (at(*since) if key != "last-month" else at(2026, 10, 1))
    assert shown.words == words
    assert shown.running is (key != "last-month")


def test_a_long_month_is_compared_with_the_whole_of_a_short_one() -> None:
    shown = span("month", at(2026, 3, 31, 12), zone=BERLIN)
    assert shown.before_now == at(2026, 2, 28, 12)
    leap = span("year", at(2028, 2, 29, 9), zone=BERLIN)
    assert leap.before_now == at(2027, 2, 28, 9)


def test_days_of_23_and_25_hours_are_days() -> None:
    spring, autumn = span("today", at(2026, 3, 29, 12), zone=BERLIN), span("today", at(2026, 10, 25, 12), zone=BERLIN)
    assert (spring.until - spring.since) / 3600 == 23
    assert (autumn.until - autumn.since) / 3600 == 25
    assert autumn.before_now == at(2026, 10, 24, 12)


def test_days_of_ones_own() -> None:
    whole = (at(2026, 10, 20), at(2026, 10, 27))  # with the night that has an hour more
    shown = span("custom", NOW, whole, BERLIN)
    assert (shown.before_since, shown.before_until) == (at(2026, 10, 13), at(2026, 10, 20))
    assert shown.before == "as long before"
    assert span("custom", NOW, None, BERLIN).key == "today", "without a span of one's own"
    assert custom_of(f"{whole[0]:.0f}..{whole[1]:.0f}") == whole
    assert custom_of("") is custom_of("2..1") is custom_of("now..then") is None


def test_what_it_is_compared_with_is_said() -> None:
    assert span("month", NOW, zone=BERLIN).before == "last month by this time"
    assert span("last-month", NOW, zone=BERLIN).before == "the month before"


@pytest.mark.parametrize(
    ("since", "until", "grain", "said"),
    [
        ((2026, 11, 26, 14, 5), (2026, 11, 26, 14, 6), "minute", "Thu 26 Nov, 14:05–14:06"),
        ((2026, 11, 26, 14), (2026, 11, 26, 15), "hour", "Thu 26 Nov, 14:00–15:00"),
        ((2026, 11, 26), (2026, 11, 27), "day", "Thu 26 Nov"),
        ((2026, 11, 23), (2026, 11, 30), "week", "23–29 Nov"),
        ((2026, 11, 30), (2026, 12, 7), "week", "30 Nov – 6 Dec"),
        ((2026, 11, 1), (2026, 12, 1), "month", "November 2026"),
        ((2026, 11, 12), (2026, 12, 1), "month", "12–30 Nov"),
    ],
)
def test_bars_are_named(since: tuple[int, ...], until: tuple[int, ...], grain: Grain, said: str) -> None:
    assert bar_title(at(*since), at(*until), grain, BERLIN) == said


def test_hours_in_which_the_clock_is_changed() -> None:
    night = at(2026, 10, 25)
    assert bar_title(night + 2 * 3600, night + 3 * 3600, "hour", BERLIN) == "Sun 25 Oct, 02:00–02:00 (clocks go back)"
    assert bar_title(night + 3 * 3600, night + 4 * 3600, "hour", BERLIN) == "Sun 25 Oct, 02:00–03:00 (second time)"
    spring = at(2026, 3, 29)
    assert bar_title(spring + 3600, spring + 7200, "hour", BERLIN).endswith("01:00–03:00 (clocks go forward)")


def test_grains_that_can_be_told_apart() -> None:
    assert [key for key, _ in grains(span("today", NOW, zone=BERLIN))] == ["", "hour"]
    assert [key for key, _ in grains(span("30d", NOW, zone=BERLIN))] == ["", "hour", "day", "week"]
    usual = {key: usual_grain(span(key, NOW, zone=BERLIN)) for key in ("today", "7d", "month", "year")}
    assert usual == {"today": "hour", "7d": "day", "month": "day", "year": "month"}


def test_spans_across_years_and_within_a_day() -> None:
    assert dates(at(2026, 12, 28), at(2027, 1, 4), BERLIN) == "28 Dec 2026 – 3 Jan 2027"
    assert dates(at(2026, 11, 26, 9), at(2026, 11, 26, 17, 30), BERLIN) == "Thu 26 Nov 2026, 09:00–17:30"


def test_a_zone_that_is_not_known_is_the_systems() -> None:
    assert zone_of("Europe/Berlin") == BERLIN
    assert zone_of("") is zone_of("Mars/Olympus") is None
