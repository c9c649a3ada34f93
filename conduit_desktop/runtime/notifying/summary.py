"""The daily and the weekly summary of usage: when one is due, and what it says. Pure: spend counters in, words out.

Made in the morning, of the local calendar day or week (from Monday) that ended. One that was missed, because nothing
ran then, is made with the next start; of several that were missed only the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from conduit_desktop import money
from conduit_desktop.gateway.periods import Zone
from conduit_desktop.records import Spend, Telling

Every = Literal["daily", "weekly"]
MORNING = time(8, 0)
_TOP = 3


@dataclass(frozen=True, slots=True)
class Span:
    """The local days of a summary, both included, and those it is compared with. ``stage`` names it."""

    every: Every
    first: date
    last: date
    before_first: date
    before_last: date

    @property
    def stage(self) -> str:
        return f"{self.every}/{self.first}"

    @property
    def subject(self) -> str:
        return f"summary:{self.every}"


def due(every: Every, now: float, zone: Zone = None) -> Span:
    """The latest summary whose morning has come: eight o'clock by the zone's rules of that day."""
    today = datetime.fromtimestamp(now, zone).date()
    length = timedelta(days=7 if every == "weekly" else 1)
    made = today - timedelta(days=today.weekday()) if every == "weekly" else today
    if now < datetime.combine(made, MORNING, zone).timestamp():
        made -= length
    day = timedelta(days=1)
    return Span(every, made - length, made - day, made - 2 * length, made - length - day)


def summary(span: Span, rows: Iterable[Spend], before: Iterable[Spend], names: Mapping[str, str]) -> Telling | None:
    """What it says; None where there was no request. ``names`` are those of the keys, by id."""
    rows, before = list(rows), list(before)
    requests = sum(row.requests for row in rows)
    if not requests:
        return None
    cost, cost_before = sum(row.cost for row in rows), sum(row.cost for row in before)
    requests_before = sum(row.requests for row in before)
    errors, unpriced = sum(row.errors for row in rows), sum(row.unpriced for row in rows)
    than = "the week before" if span.every == "weekly" else "the day before"
    calls = "1 request" if requests == 1 else f"{requests:,} requests"
    parts = [
        f"{money.show(cost)} for {calls}{_change(cost, cost_before, requests, requests_before, than)}.",
        f"{_errors(errors, requests)}.",
    ]
    if unpriced:
        have = "1 request has" if unpriced == 1 else f"{unpriced:,} requests have"
        parts.append(f"{have} no known price and count for nothing in it.")
    parts += _tops(rows, names)
    return Telling(
        subject=span.subject,
        kind="summary",
        severity="info",
        title=f"{_name(span)}: {money.show(cost)}",
        text=" ".join(parts),
        action="show_usage",
        target=f"{span.first}/{span.last}",
        stage=span.stage,
        times=0,
    )


def _name(span: Span) -> str:
    if span.every == "daily":
        return f"{span.first:%A} {span.first.day} {span.first:%B}"
    if span.first.month == span.last.month:
        return f"Week of {span.first.day} to {span.last.day} {span.last:%B}"
    return f"Week of {span.first.day} {span.first:%B} to {span.last.day} {span.last:%B}"


def _change(cost: int, cost_before: int, requests: int, requests_before: int, than: str) -> str:
    if not requests_before:
        return f"; {than} had none"
    return f"; {than} had {money.show(cost_before)} for {requests_before:,}{_percent(cost, cost_before)}"


def _percent(new: int, old: int) -> str:
    if not old:
        return ""
    change = round((new - old) * 100 / old)
    return " (the same)" if change == 0 else f" ({change:+,} %)".replace("-", "−")


def _errors(errors: int, requests: int) -> str:
    if not errors:
        return "No errors"
    share = errors * 100 / requests
    shown = "<1" if share < 1 else f"{share:.0f}"
    return f"{'1 error' if errors == 1 else f'{errors:,} errors'} ({shown} %)"


def _tops(rows: list[Spend], names: Mapping[str, str]) -> list[str]:
    """The keys and the models that cost most."""
    keys = [names.get(row.key_id, "a removed key") if row.key_id else "no key" for row in rows]
    return [_top("Keys", keys, rows), _top("Models", [row.model or "none" for row in rows], rows)]


def _top(title: str, of: list[str], rows: list[Spend]) -> str:
    costs: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for name, row in zip(of, rows, strict=True):
        costs[name] += row.cost
        calls[name] += row.requests
    most = sorted(calls, key=lambda name: (-costs[name], -calls[name], name))[:_TOP]
    return f"{title}: {', '.join(f'{name} {money.show(costs[name])}' for name in most)}."
