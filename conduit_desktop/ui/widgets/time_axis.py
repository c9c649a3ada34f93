"""Which points of a time axis are labelled, and how: local time, across days, months, years and changes of the clock.
Pure; knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Mark:
    """A label under the bar ``at``: ``text`` for the bar, ``context`` (a day, a month, a year) where it begins."""

    at: int
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """A distance between labels: bars that fall into the same ``bucket`` share one label."""

    unit: str
    bucket: Callable[[datetime], int]


def _minutes(step: int) -> _Step:
    return _Step("time", lambda d: (d.toordinal() * 1440 + d.hour * 60 + d.minute) // step)


def _days(step: int) -> _Step:
    # From the first day of the month on, so that the 1st, 11th, 21st are labelled; what is left over joins the last.
    return _Step("day", lambda d: (d.year * 12 + d.month) * 40 + min((d.day - 1) // step, 30 // step - 1))


def _months(step: int) -> _Step:
    return _Step("month", lambda d: (d.year * 12 + d.month - 1) // step)


_WEEK = _Step("day", lambda d: (d.toordinal() - 1) // 7)
_FORTNIGHT = _Step("day", lambda d: (d.toordinal() - 1) // 14)
_STEPS: tuple[_Step, ...] = (
    *map(_minutes, (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)),
    _days(1),
    _days(2),
    _WEEK,
    _FORTNIGHT,
    *map(_months, (1, 2, 3, 6)),
    *(_Step("year", lambda d, n=n: d.year // n) for n in (1, 2, 5, 10)),  # type: ignore[misc]
)
_FINEST = {"minute": 0, "hour": 6, "day": 12, "week": 14, "month": 16}
_NAMED_DAYS = 10


def marks(starts: Sequence[float], grain: str, most: int, zone: tzinfo | None = None) -> tuple[Mark, ...]:
    """Labels for the bars that begin at ``starts``, at most ``most`` of them, at the roundest times there are; in the
    time of ``zone``, None for the system's."""
    if not starts:
        return ()
    days = [datetime.fromtimestamp(start, zone) for start in starts]
    for step in _STEPS[_FINEST.get(grain, 0) :]:
        found = _beginnings(days, step)
        if 0 < len(found) <= max(most, 1):
            return _labelled(days, found, step, every=len(found) == len(days))
    return _labelled(days, [0], _days(1), every=False)


def _beginnings(days: Sequence[datetime], step: _Step) -> list[int]:
    """The bars with which a bucket begins; the first only if it is not cut."""
    found = [at for at in range(1, len(days)) if step.bucket(days[at]) != step.bucket(days[at - 1])]
    if step.bucket(days[0]) != step.bucket(days[0] - timedelta(seconds=1)) or not found:
        found.insert(0, 0)
    return found


def _labelled(days: Sequence[datetime], chosen: Sequence[int], step: _Step, *, every: bool) -> tuple[Mark, ...]:
    years = {day.year for day in days}
    made: list[Mark] = []
    shown = ""
    for at in chosen:
        day = days[at]
        context = _context(day, step.unit, with_year=len(years) > 1)
        named = every and step.unit == "day" and len(days) <= _NAMED_DAYS
        made.append(Mark(at, _text(day, step.unit, named=named), context if context != shown else ""))
        shown = context
    return tuple(made)


def _text(day: datetime, unit: str, *, named: bool) -> str:
    if unit == "time":
        return f"{day:%H:%M}"
    if unit == "day":
        return f"{day:%a} {day.day}" if named else str(day.day)
    return f"{day:%b}" if unit == "month" else f"{day:%Y}"


def _context(day: datetime, unit: str, *, with_year: bool) -> str:
    year = f" {day:%Y}" if with_year else ""
    if unit == "time":
        return f"{day:%a} {day.day} {day:%b}{year}"
    if unit == "day":
        return f"{day:%b}{year}"
    return f"{day:%Y}" if unit == "month" else ""
