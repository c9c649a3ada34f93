"""Budget periods: calendar days, weeks (from Monday) and months in the user's time zone.

A ``zone`` of None is the system's. Bounds are local midnights by the zone's rules of that day, so that daylight saving
is right; a midnight that the clocks skip is the moment at which they do.
"""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache

from conduit_desktop.records import Period

Zone = tzinfo | None


@lru_cache(maxsize=8)
def zone_of(name: str) -> Zone:
    """The time zone of an IANA name; None, the system's, for an empty one or one that this machine does not know."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return None


def day_of(now: float, zone: Zone = None) -> str:
    """The local calendar day, ``YYYY-MM-DD``."""
    return datetime.fromtimestamp(now, zone).date().isoformat()


class Days:
    """The local days of moments that mostly come one after the other: looked up once a minute, for no zone's day begins
    within one."""

    def __init__(self) -> None:
        self._minute = -1.0
        self._zone: Zone = None
        self._day = ""

    def of(self, now: float, zone: Zone) -> str:
        """``day_of``."""
        minute = now // 60
        if minute != self._minute or zone is not self._zone:
            self._minute, self._zone, self._day = minute, zone, day_of(now, zone)
        return self._day


def first_day(period: Period, now: float, zone: Zone = None) -> str | None:
    """The local day on which the current period began; None for ``once``, which has no beginning."""
    today = datetime.fromtimestamp(now, zone).date()
    match period:
        case "once":
            return None
        case "day":
            return today.isoformat()
        case "week":
            return (today - timedelta(days=today.weekday())).isoformat()
        case "month":
            return today.replace(day=1).isoformat()


def last_reset(period: Period, now: float, zone: Zone = None) -> float:
    """When the current period began (Unix seconds); at no time for ``once``."""
    start = first_day(period, now, zone)
    return float("-inf") if start is None else _midnight(datetime.fromisoformat(start), zone)


def next_reset(period: Period, now: float, zone: Zone = None) -> float | None:
    """When the current period ends and the next begins (Unix seconds); None for ``once``."""
    start = first_day(period, now, zone)
    if start is None:
        return None
    begin = datetime.fromisoformat(start)
    match period:
        case "day":
            end = begin + timedelta(days=1)
        case "week":
            end = begin + timedelta(days=7)
        case _:
            end = (begin + timedelta(days=32)).replace(day=1)
    return _midnight(end, zone)


def _midnight(day: datetime, zone: Zone) -> float:
    # Of a naive time, too, timestamp() takes the zone's rules of that day.
    return day.replace(tzinfo=zone).timestamp()
