"""The spans of time that Usage shows, what they are compared with, and how their bars are called. Calendar time of a
``zone`` (None: the system's), right across changes of the clock. Pure."""

from __future__ import annotations

import calendar
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from conduit_desktop.records import Grain

CUSTOM = "custom"
RANGES: tuple[tuple[str, str], ...] = (
    ("today", "Today"),
    ("7d", "Last 7 days"),
    ("30d", "Last 30 days"),
    ("month", "This month"),
    ("last-month", "Last month"),
    ("year", "This year"),
    (CUSTOM, "Choose days…"),
)
GRAINS: tuple[tuple[str, str], ...] = (
    ("", "Automatic"),
    ("minute", "Minutes"),
    ("hour", "Hours"),
    ("day", "Days"),
    ("week", "Weeks"),
    ("month", "Months"),
)
MOST_BARS = 750
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "month": 2_592_000}
_USUAL: tuple[tuple[float, Grain], ...] = ((0.15, "minute"), (3.1, "hour"), (93, "day"), (190, "week"))
_BEFORE = {
    "today": "yesterday",
    "7d": "the 7 days before",
    "30d": "the 30 days before",
    "month": "last month",
    "last-month": "the month before",
    "year": "last year",
    CUSTOM: "as long before",
}


Zone = tzinfo | None


def zone_of(name: str) -> Zone:
    """The time zone of that name; the system's for an empty one, or one that is not known here."""
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """``[since, until)`` at the moment ``now``. The period before is ``[before_since, before_until)``; ``before_now``
    is as far into it as ``now`` is into this one, so that what is compared is of equal length."""

    key: str
    since: float
    until: float
    now: float
    before_since: float
    before_now: float
    before_until: float
    zone: Zone = None

    @property
    def running(self) -> bool:
        """Whether it is not over yet."""
        return self.since < self.now < self.until

    @property
    def before(self) -> str:
        """What it is compared with, in words."""
        whole = _BEFORE.get(self.key, _BEFORE[CUSTOM])
        return f"{whole} by this time" if self.running else whole

    @property
    def words(self) -> str:
        """``1–30 Nov 2026``, ``Thu 26 Nov 2026``."""
        return dates(self.since, self.until, self.zone)


def span(key: str, now: float | None = None, custom: tuple[float, float] | None = None, zone: Zone = None) -> Span:
    """The range ``key`` as of ``now``; ``custom`` is the user's own."""
    now = time.time() if now is None else now
    here = datetime.fromtimestamp(now, zone)
    today = here.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if key == CUSTOM and custom is not None:
        return _custom(*custom, now, zone)
    if key in ("7d", "30d"):
        return _days(key, int(key[:-1]), today, here)
    if key in ("month", "last-month"):
        first = today.replace(day=1)
        return _calendar(key, _back(first, 1) if key == "last-month" else first, 1, here)
    if key == "year":
        return _calendar(key, today.replace(month=1, day=1), 12, here)
    return _days("today", 1, today, here)


def _days(key: str, count: int, today: datetime, here: datetime) -> Span:
    since, until = today - timedelta(days=count - 1), today + timedelta(days=1)
    back = timedelta(days=count)
    return _span(key, here, since, until, since - back, here - back, since)


def _calendar(key: str, first: datetime, months: int, here: datetime) -> Span:
    """A month or a year; of the one before it as many days as have gone of this one, up to its end."""
    before, until = _back(first, months), _back(first, -months)
    reached = min(_back(here, months) if here < until else first, first)
    return _span(key, here, first, until, before, reached, first)


def _back(day: datetime, months: int) -> datetime:
    """The same day and time so many months before, or the last day where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def _custom(since: float, until: float, now: float, zone: Zone) -> Span:
    """Days of the user's own. Whole days are compared with as many whole days, whatever the clock did."""
    start, end = datetime.fromtimestamp(since, zone), datetime.fromtimestamp(until, zone)
    gone = datetime.fromtimestamp(min(max(now, since), until), zone)
    back = end.replace(tzinfo=None) - start.replace(tzinfo=None)
    here = datetime.fromtimestamp(now, zone)
    return _span(CUSTOM, here, start, end, start - back, gone - back, start)


def _span(key: str, here: datetime, *edges: datetime) -> Span:
    since, until, before_since, before_now, before_until = (edge.timestamp() for edge in edges)
    return Span(key, since, until, here.timestamp(), before_since, before_now, before_until, here.tzinfo)


def grains(span_: Span) -> tuple[tuple[str, str], ...]:
    """The grains that make sense for a span: more than one bar, and not more than can be told apart."""
    seconds = span_.until - span_.since
    return tuple(
        (key, text)
        for key, text in GRAINS
        if not key or (seconds / _SECONDS[key] <= MOST_BARS and seconds / _SECONDS[key] >= 1.5)
    )


def usual_grain(span_: Span) -> Grain:
    """The grain that reads best."""
    days = (span_.until - span_.since) / 86_400
    for most, grain in _USUAL:
        if days <= most:
            return grain
    return "month"


# ---------------------------------------------------------------- words


def dates(since: float, until: float, zone: Zone = None) -> str:
    """The days from ``since`` until ``until``, which is not in it: ``26 Nov 2026``, ``1–30 Nov 2026``; with the time of
    day where it is not midnight."""
    start, end = datetime.fromtimestamp(since, zone), datetime.fromtimestamp(until, zone)
    if _midnight(start) and _midnight(end):
        last = datetime.fromtimestamp(until - 1, zone)
        if start.date() == last.date():
            return f"{start:%a} {start.day} {start:%b %Y}"
        if (start.year, start.month) == (last.year, last.month):
            return f"{start.day}–{last.day} {last:%b %Y}"
        year = "" if start.year == last.year else f" {start:%Y}"
        return f"{start.day} {start:%b}{year} – {last.day} {last:%b %Y}"
    if start.date() == end.date():
        return f"{start:%a} {start.day} {start:%b %Y}, {start:%H:%M}–{end:%H:%M}"
    return f"{start.day} {start:%b %Y %H:%M} – {end.day} {end:%b %Y %H:%M}"


def _midnight(when: datetime) -> bool:
    return when.hour == when.minute == when.second == 0


def file_dates(span_: Span) -> str:
    """The days of a span for the name of a file: ``2026-11-01..2026-11-30``."""
    first, last = (datetime.fromtimestamp(when, span_.zone) for when in (span_.since, span_.until - 1))
    return f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d}..{last:%Y-%m-%d}"


def bar_title(start: float, end: float, grain: Grain, zone: Zone = None) -> str:
    """From when to when a bar is: ``Sat 21 Nov, 14:00–15:00``, ``Sat 21 Nov``, ``16–22 Nov``, ``November 2026``."""
    first, last = datetime.fromtimestamp(start, zone), datetime.fromtimestamp(end - 1, zone)
    day = f"{first:%a} {first.day} {first:%b}"
    if grain in ("minute", "hour"):
        return f"{day}, {first:%H:%M}–{datetime.fromtimestamp(end, zone):%H:%M}{clock_change(start, end, zone)}"
    if grain == "month" and first.day == 1 and _midnight(datetime.fromtimestamp(end, zone)) and _next_is_first(last):
        return f"{first:%B %Y}"
    if first.date() == last.date():
        return day
    if first.month == last.month:
        return f"{first.day}–{last.day} {last:%b}"
    return f"{first.day} {first:%b} – {last.day} {last:%b}"


def _next_is_first(last: datetime) -> bool:
    return (last + timedelta(days=1)).day == 1


def clock_change(start: float, end: float, zone: Zone = None) -> str:
    """What the clock does within a bar shorter than a day, and which of two equal hours it is."""
    before, after = (datetime.fromtimestamp(when, zone).astimezone(zone).utcoffset() for when in (start, end))
    if before != after and before is not None and after is not None:
        return " (clocks go back)" if after < before else " (clocks go forward)"
    return " (second time)" if datetime.fromtimestamp(start, zone).fold else ""


def bar_word(grain: Grain) -> str:
    return {"minute": "per minute", "hour": "per hour", "day": "per day", "week": "per week", "month": "per month"}[
        grain
    ]


def custom_of(text: str) -> tuple[float, float] | None:
    """The user's own span as it is remembered: ``since..until``."""
    since, _, until = text.partition("..")
    try:
        span_ = float(since), float(until)
    except ValueError:
        return None
    return span_ if span_[0] < span_[1] else None
