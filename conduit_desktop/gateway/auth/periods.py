"""Budget periods: calendar days, weeks (from Monday) and months in the user's time zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from conduit_desktop.records import Period


def day_of(now: float) -> str:
    """The local calendar day, ``YYYY-MM-DD``."""
    return datetime.fromtimestamp(now).date().isoformat()


def first_day(period: Period, now: float) -> str | None:
    """The local day on which the current period began; None for ``once``, which has no beginning."""
    today = datetime.fromtimestamp(now).date()
    match period:
        case "once":
            return None
        case "day":
            return today.isoformat()
        case "week":
            return (today - timedelta(days=today.weekday())).isoformat()
        case "month":
            return today.replace(day=1).isoformat()


def last_reset(period: Period, now: float) -> float:
    """When the current period began (Unix seconds: local midnight of its first day); at no time for ``once``."""
    start = first_day(period, now)
    return float("-inf") if start is None else datetime.fromisoformat(start).timestamp()


def next_reset(period: Period, now: float) -> float | None:
    """When the current period ends (Unix seconds: local midnight of the next one's first day); None for ``once``."""
    start = first_day(period, now)
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
    # A naive local time: timestamp() takes the zone's rules of that day, so daylight saving is right.
    return end.timestamp()
