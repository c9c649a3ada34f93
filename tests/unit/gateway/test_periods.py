"""Calendar periods in the user's time zone, at month ends and where clocks change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit_desktop.gateway.periods import Days, day_of, first_day, next_reset
from conduit_desktop.records import Period

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs time.tzset")

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # until 2019 the clocks changed at midnight
    "Asia/Beirut",  # midnight does not exist on the day they go forward
    "America/Havana",  # 0:00 comes twice on the day they go back
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
]
Use = Callable[[str], ZoneInfo]


@pytest.fixture
def use() -> Iterator[Use]:
    before = os.environ.get("TZ")

    def zone(name: str) -> ZoneInfo:
        os.environ["TZ"] = name
        time.tzset()
        return ZoneInfo(name)

    yield zone
    os.environ.pop("TZ", None)
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def at(zone: ZoneInfo, text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("zone", "now", "period", "first", "reset"),
    [
        ("UTC", "2026-01-31T23:59:59", "month", "2026-01-01", "2026-02-01T00:00:00"),
        ("UTC", "2026-02-01T00:00:00", "month", "2026-02-01", "2026-03-01T00:00:00"),
        ("UTC", "2028-02-29T12:00:00", "month", "2028-02-01", "2028-03-01T00:00:00"),
        ("UTC", "2026-12-31T23:00:00", "month", "2026-12-01", "2027-01-01T00:00:00"),
        ("UTC", "2026-12-31T23:00:00", "week", "2026-12-28", "2027-01-04T00:00:00"),
        ("UTC", "2026-11-22T12:00:00", "week", "2026-11-16", "2026-11-23T00:00:00"),
        ("UTC", "2026-11-23T00:00:00", "week", "2026-11-23", "2026-11-30T00:00:00"),
        ("Europe/Berlin", "2026-03-29T01:59:59", "day", "2026-03-29", "2026-03-30T00:00:00"),
        ("Europe/Berlin", "2026-10-25T02:30:00", "day", "2026-10-25", "2026-10-26T00:00:00"),
        ("Europe/Berlin", "2026-03-25T12:00:00", "month", "2026-03-01", "2026-04-01T00:00:00"),
        ("America/New_York", "2026-11-01T12:00:00", "week", "2026-10-26", "2026-11-02T00:00:00"),
        ("Asia/Kathmandu", "2026-06-30T23:59:59", "month", "2026-06-01", "2026-07-01T00:00:00"),
    ],
)
def test_table(use: Use, zone: str, now: str, period: Period, first: str, reset: str) -> None:
    moment = at(use(zone), now)
    assert first_day(period, moment) == first
    assert next_reset(period, moment) == at(ZoneInfo(zone), reset)
    assert day_of(moment) == now[:10]


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T00:00:00", 23),
        ("Europe/Berlin", "2026-10-25T00:00:00", 25),
        ("America/Sao_Paulo", "2018-11-03T00:00:00", 24),
        ("America/Sao_Paulo", "2018-02-17T00:00:00", 25),
        ("Australia/Lord_Howe", "2026-04-05T00:00:00", 24.5),
    ],
)
def test_a_day_has_the_hours_it_has(use: Use, zone: str, now: str, hours: float) -> None:
    moment = at(use(zone), now)
    reset = next_reset("day", moment)
    assert reset is not None
    assert (reset - moment) / 3600 == hours


def test_once_has_no_beginning_and_no_end(use: Use) -> None:
    use("Europe/Berlin")
    assert first_day("once", 1.7e9) is None
    assert next_reset("once", 1.7e9) is None


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(ZONES), st.sampled_from(["day", "week", "month"]), st.integers(1_262_304_000, 2_208_988_800))
def test_periods_follow_each_other_without_gap_or_overlap(use: Use, zone: str, period: Period, now: int) -> None:
    use(zone)
    reset = next_reset(period, now)
    assert reset is not None
    assert now < reset
    assert first_day(period, reset - 1) == first_day(period, now)
    begun = first_day(period, reset)
    assert begun is not None
    assert begun > str(first_day(period, now))
    assert begun == day_of(reset)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(ZONES),
    st.integers(1_262_304_000, 2_208_988_800),
    st.lists(st.floats(-90.0, 90.0), min_size=1, max_size=6),
)
def test_days_of_moments_near_midnight(use: Use, zone: str, now: int, around: list[float]) -> None:
    there, days = use(zone), Days()
    midnight = next_reset("day", now)
    assert midnight is not None
    for seconds in around:
        for where in (None, there):
            assert days.of(midnight + seconds, where) == day_of(midnight + seconds, where)
