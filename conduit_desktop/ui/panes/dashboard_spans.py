"""The spans of time that the Dashboard shows, and how their bars are cut and named. Pure."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime

from conduit_desktop.records import Bucket

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Range:
    """One choice of the range control: ``bars`` bars of ``width`` seconds that end with the current one."""

    key: str
    text: str
    words: str
    before: str
    width: int
    bars: int

    @property
    def seconds(self) -> int:
        return self.width * self.bars

    @property
    def grain(self) -> str:
        """What its bars begin with."""
        return "minute" if self.width < _HOUR else "hour" if self.width < _DAY else "day"


RANGES: tuple[Range, ...] = (
    Range("1h", "1 h", "the last hour", "the hour before", 2 * _MINUTE, 30),
    Range("24h", "24 h", "the last 24 hours", "the 24 hours before", _HOUR, 24),
    Range("7d", "7 d", "the last 7 days", "the 7 days before", 6 * _HOUR, 28),
    Range("30d", "30 d", "the last 30 days", "the 30 days before", _DAY, 30),
)


def range_of(key: str) -> Range:
    """The range by its key; 24 hours for one that is not known."""
    return next((each for each in RANGES if each.key == key), RANGES[1])


@dataclass(frozen=True, slots=True)
class Span:
    """What is shown at one moment. The last bar is still growing; the span before ends as far before as this one
    has come, so that both are of equal length."""

    range: Range
    since: float
    until: float
    now: float

    @property
    def before(self) -> tuple[float, float]:
        return self.since - self.range.seconds, self.now - self.range.seconds


def span(chosen: Range, now: float | None = None) -> Span:
    """The span that ends with the bar of ``now``; bars begin at round local times."""
    now = time.time() if now is None else now
    offset = (datetime.fromtimestamp(now).astimezone().utcoffset() or datetime.resolution * 0).total_seconds()
    until = (math.floor((now + offset) / chosen.width) + 1) * chosen.width - offset
    return Span(chosen, until - chosen.seconds, until, now)


def bar_title(chosen: Range, bucket: Bucket) -> str:
    """From when to when a bar is: ``14:02–14:04``, ``Sat 21 Nov, 06:00–12:00``, ``Sat 21 Nov``."""
    start, end = datetime.fromtimestamp(bucket.start), datetime.fromtimestamp(bucket.start + bucket.seconds)
    day = f"{start:%a} {start.day} {start:%b}"
    if chosen.width >= _DAY:
        return day
    hours = f"{start:%H:%M}–{end:%H:%M}"
    return hours if chosen.seconds <= _HOUR else f"{day}, {hours}"
