"""A simulated year of spending, hour by hour: leap day, month ends, both changes of the clocks, restarts and a clock
that is set back. What each period has spent is held against sums by the calendar that are made another way."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.auth.ledger import Ledger
from conduit_desktop.gateway.periods import day_of, first_day, last_reset, next_reset
from conduit_desktop.records import PERIODS, Period, VirtualKey

ZONES = ("Europe/Berlin", "America/Santiago", "Australia/Lord_Howe")
"""Clocks change at two in the morning; at midnight, so that one midnight is skipped; by half an hour."""
BEGIN = datetime(2028, 1, 1, 5, tzinfo=UTC).timestamp()
HOUR = 3600.0


class Log:
    """The spend counters, as the store has them: by local day."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.by_day: dict[str, int] = defaultdict(int)

    def add(self, moment: float, cost: int) -> None:
        self.by_day[day_of(moment, self.zone)] += cost

    def since(self, day: str | None) -> dict[str, int]:
        if day is None:
            return {"": sum(self.by_day.values())}
        return {each: cost for each, cost in self.by_day.items() if each >= day}


def opened(key: VirtualKey, log: Log, now: float, ledger: Ledger | None = None) -> Ledger:
    """A ledger as at a start, or as after a change of the configuration."""
    ledger = ledger or Ledger()
    for day in ledger.ask([key], log.zone, now).values():
        ledger.open(key, log.since(day), log.zone, now)
    return ledger


def calendar(period: Period, moment: float, zone: ZoneInfo) -> object:
    """What tells one period from another, by the calendar alone."""
    local = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    match period:
        case "once":
            return ()
        case "day":
            return (local.year, local.month, local.day)
        case "week":
            return tuple(local.isocalendar())[:2]
        case _:
            return (local.year, local.month)


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("period", PERIODS)
def test_each_periods_spending(period: Period, name: str) -> None:
    zone, rng = ZoneInfo(name), random.Random(4)
    key = VirtualKey(id="k", name="k", digest="", last4="", budget=10**15, period=period)
    log = Log(zone)
    ledger = opened(key, log, BEGIN)
    sums: dict[object, int] = defaultdict(int)
    for hour in range(366 * 24):
        now = BEGIN + hour * HOUR + rng.random() * 3599
        hold = ledger.reserve(key, 50, now)
        cost = rng.randint(0, 50)
        if hour % 997 == 0:  # it is killed: the reservation is gone, and the cost is in the log
            log.add(now, cost)
            ledger = opened(key, log, now)
        else:
            ledger.settle(key, hold, cost, now)
            log.add(now, cost)
        sums[calendar(period, now, zone)] += cost
        assert ledger.spent(key, now) == sums[calendar(period, now, zone)], datetime.fromtimestamp(now, zone)
    assert ledger.reserved("k") == 0


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_periods_meet_without_gap_or_overlap(period: Period, name: str) -> None:
    zone = ZoneInfo(name)
    now = BEGIN
    while now < BEGIN + 366 * 24 * HOUR:
        end = next_reset(period, now, zone)
        assert end is not None
        assert last_reset(period, end, zone) == end
        assert last_reset(period, end - 1, zone) == last_reset(period, now, zone) <= now < end
        assert calendar(period, end - 1, zone) == calendar(period, now, zone) != calendar(period, end, zone)
        now = end


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("period", PERIODS)
def test_a_clock_set_back_opens_no_spent_budget(period: Period, name: str) -> None:
    """At any time of the year, by any span; in the running gateway, after a change of the configuration, and when it is
    started again meanwhile."""
    zone, rng = ZoneInfo(name), random.Random(5)
    key = VirtualKey(id="k", name="k", digest="", last4="", budget=100, period=period)
    for _ in range(200):
        now = BEGIN + rng.random() * 366 * 24 * HOUR
        log = Log(zone)
        ledger = opened(key, log, now)
        ledger.settle(key, ledger.reserve(key, 100, now), 100, now)
        log.add(now, 100)
        back = now - rng.choice(
            [HOUR, 24 * HOUR, timedelta(days=8).total_seconds(), timedelta(days=40).total_seconds()]
        )
        for each in (ledger, opened(key, log, back, ledger), opened(key, log, back)):
            with pytest.raises(NotAllowed):
                each.reserve(key, 1, back)
        restarted = opened(key, log, back)
        for moment in (now, now + 1):  # the clock is right again
            if calendar(period, moment, zone) == calendar(period, now, zone):
                for each in (ledger, restarted):
                    with pytest.raises(NotAllowed):
                        each.reserve(key, 1, moment)


def test_a_request_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    zone = ZoneInfo("Europe/Berlin")
    key = VirtualKey(id="k", name="k", digest="", last4="", budget=100, period="day")
    log = Log(zone)
    evening = datetime(2028, 3, 25, 23, 59, tzinfo=zone).timestamp()
    ledger = opened(key, log, evening)
    hold = ledger.reserve(key, 60, evening)
    morning = evening + 120
    assert ledger.reserve(key, 100, morning) is not None
    ledger.settle(key, hold, 60, evening)
    log.add(evening, 60)
    assert ledger.spent(key, morning) == 0
    assert log.since(first_day("day", morning, zone)) == {}


@pytest.mark.parametrize("name", ZONES)
def test_what_is_spent_while_the_clock_is_set_back_is_not_free(name: str) -> None:
    """It counts for the day that had begun: when the store is asked again, and after a restart with the clock right."""
    zone = ZoneInfo(name)
    key = VirtualKey(id="k", name="k", digest="", last4="", budget=100, period="day")
    noon = datetime(2028, 5, 10, 12, tzinfo=zone).timestamp()
    log = Log(zone)
    ledger = opened(key, log, noon)
    back = noon - 30 * HOUR
    hold = ledger.reserve(key, 100, back)
    assert hold is not None
    assert day_of(hold.at, zone) == "2028-05-10"
    ledger.settle(key, hold, 100, back)
    log.add(hold.at, 100)
    for each, now in ((ledger, back), (opened(key, log, back, ledger), back), (opened(key, log, noon), noon)):
        with pytest.raises(NotAllowed):
            each.reserve(key, 1, now)
