"""Where the bars of a report begin and end in the user's calendar, and what grain suits a span. Times are Unix seconds
on whole minutes; ``zone`` None is the system's own."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from conduit_desktop.gateway.periods import Zone, last_reset, next_reset, zone_of
from conduit_desktop.records import Grain
from conduit_desktop.store import Store, rollup

MINUTE, HOUR, DAY = 60, 3600, 86_400
MOST_BARS = 1_000

_WIDTHS: dict[Grain, int] = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY}
_SUITS: tuple[tuple[int, Grain], ...] = (
    (2 * HOUR, "minute"),
    (3 * DAY, "hour"),
    (100 * DAY, "day"),
    (200 * DAY, "week"),
)


def users_zone(store: Store) -> Zone:
    return zone_of(store.settings.all()["time_zone"])


def grain_for(span: int, wanted: Grain | None) -> Grain:
    """What suits the span (seconds), or the grain that is wanted; a wider one where that made more than
    ``MOST_BARS``."""
    if wanted is None:
        return next((grain for most, grain in _SUITS if span <= most), "month")
    grains = list(_WIDTHS)
    wider = grains[grains.index(wanted) :]
    return next((grain for grain in wider if span <= MOST_BARS * _WIDTHS[grain]), "month")


def edges(since: int, until: int, grain: Grain, zone: Zone) -> list[int]:
    """``since``, every begin of a minute, hour, day … between, ``until``."""
    found = [since]
    while (at := after(found[-1], grain, zone)) < until:
        found.append(at)
    return [*found, until]


def after(moment: int, grain: Grain, zone: Zone) -> int:
    """The next begin of a minute, hour, day, week or month after a moment."""
    if grain == "minute":
        return moment + MINUTE
    if grain == "hour":
        return moment - datetime.fromtimestamp(moment, zone).minute * MINUTE + HOUR
    end = next_reset(grain, moment, zone)
    assert end is not None  # only ``once`` has none
    return int(end)


def unsummed(store: Store, now: float) -> list[tuple[int, int, int]]:
    """The days and then the months of the user's calendar which are over and which the log has not summed up yet, each
    as it wants them: grain, start, end."""
    first, _ = store.exchanges.bounds()
    if not first:
        return []
    zone, found = users_zone(store), list[tuple[int, int, int]]()
    periods: tuple[tuple[Literal["day", "month"], int], ...] = (("day", rollup.DAY), ("month", rollup.MONTH))
    for period, number in periods:
        begin = int(last_reset(period, first, zone))
        known = store.exchanges.summed(number)
        while (end := after(begin, period, zone)) <= now:
            if known.get(begin) != end:
                found.append((number, begin, end))
            begin = end
    return found


def whole_minutes(since: float, until: float) -> tuple[int, int]:
    """The span, widened to whole minutes."""
    return int(since // MINUTE) * MINUTE, -int(-until // MINUTE) * MINUTE
