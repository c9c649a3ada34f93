"""When summaries are due, and what they say."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from conduit_desktop.records import Spend
from conduit_desktop.runtime.notifying.summary import Every, Span, due, summary

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
USD = 10**12
NAMES = {"k1": "editor", "k2": "agent"}


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def row(day: str, key: str = "k1", model: str = "fast", cost: int = USD, **more: int) -> Spend:
    return Spend(day=day, key_id=key, model=model, provider="one", cost=cost, **{"requests": 10, **more})


@pytest.mark.parametrize(
    ("now", "first", "last"),
    [
        ("2026-03-02 08:00", "2026-02-23", "2026-03-01"),  # a Monday, at eight
        ("2026-03-02 07:59", "2026-02-16", "2026-02-22"),
        ("2026-03-08 23:59", "2026-02-23", "2026-03-01"),
        ("2026-03-30 08:00", "2026-03-23", "2026-03-29"),  # the clocks went forward on Sunday
        ("2026-03-30 07:59", "2026-03-16", "2026-03-22"),
        ("2026-10-26 08:00", "2026-10-19", "2026-10-25"),  # and back
        ("2027-01-04 08:00", "2026-12-28", "2027-01-03"),
    ],
)
def test_a_week_is_due_on_monday_morning(now: str, first: str, last: str) -> None:
    span = due("weekly", at(now), BERLIN)
    assert (str(span.first), str(span.last)) == (first, last)
    assert span.before_last == span.first - timedelta(days=1)
    assert span.first - span.before_first == timedelta(days=7)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-29 08:00", "2026-03-28"),  # a day of 23 hours
        ("2026-03-29 07:59", "2026-03-27"),
        ("2026-03-30 08:00", "2026-03-29"),
        ("2026-10-25 08:00", "2026-10-24"),
        ("2026-03-01 09:00", "2026-02-28"),
    ],
)
def test_a_day_is_due_each_morning(now: str, day: str) -> None:
    span = due("daily", at(now), BERLIN)
    assert str(span.first) == str(span.last) == day
    assert span.before_first == span.before_last == span.first - timedelta(days=1)


@pytest.mark.parametrize("zone", [BERLIN, KOLKATA, ZoneInfo("America/Los_Angeles")])
@pytest.mark.parametrize(("every", "count"), [("daily", 366), ("weekly", 53)])
def test_over_a_year_each_is_due_once_and_at_eight(every: Every, count: int, zone: ZoneInfo) -> None:
    now, end, seen = at("2027-12-31 12:00", zone), at("2028-12-31 12:00", zone), []
    known = due(every, now, zone).stage
    while now < end:
        now += 3600
        if (found := due(every, now, zone)).stage != known:
            known = found.stage
            seen.append(found.first)
            there = datetime.fromtimestamp(now, zone)
            assert (there.hour, there.minute) == (8, 0)
    assert count - 1 <= len(seen) <= count
    steps = {later - earlier for earlier, later in pairwise(seen)}
    assert steps == {timedelta(days=1 if every == "daily" else 7)}


WEEK = due("weekly", at("2026-03-09 09:00"), BERLIN)


def test_what_it_says() -> None:
    rows = [
        row("2026-03-02", cost=2 * USD, errors=2),
        row("2026-03-03", "k2", "smart", 6 * USD, requests=30, unpriced=3),
        row("2026-03-04", "gone", "code", USD),
        row("2026-03-04", "", "fast", 0, requests=5),
    ]
    told = summary(WEEK, rows, [row("2026-02-25", cost=6 * USD, requests=50)], NAMES)
    assert told is not None
    assert told.title == "Week of 2 to 8 March: $9.00"
    assert told.text == (
        "$9.00 for 55 requests; the week before had $6.00 for 50 (+50 %). 2 errors (4 %). "
        "3 requests have no known price and count for nothing in it. "
        "Keys: agent $6.00, editor $2.00, a removed key $1.00. Models: smart $6.00, fast $2.00, code $1.00."
    )
    assert (told.kind, told.severity, told.action, told.times) == ("summary", "info", "show_usage", 0)
    assert told.target == "2026-03-02/2026-03-08"
    assert told.stage == "weekly/2026-03-02"


def test_a_day_and_a_week_across_months() -> None:
    day = summary(due("daily", at("2026-03-09 09:00"), BERLIN), [row("2026-03-08")], [], NAMES)
    assert day is not None
    assert day.title == "Sunday 8 March: $1.00"
    assert "the day before had none" in day.text
    across = summary(due("weekly", at("2026-03-03 09:00"), BERLIN), [row("2026-03-01")], [], NAMES)
    assert across is not None
    assert across.title.startswith("Week of 23 February to 1 March")


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(3 * USD, 6 * USD, "(−50 %)"), (6 * USD, 6 * USD, "(the same)"), (6 * USD, 0, "had $0.00 for 10.")],
)
def test_the_change(now: int, before: int, words: str) -> None:
    told = summary(WEEK, [row("2026-03-02", cost=now)], [row("2026-02-23", cost=before)], NAMES)
    assert told is not None
    assert words in told.text


def test_one_of_each_reads_well() -> None:
    told = summary(WEEK, [row("2026-03-02", requests=1, errors=1, unpriced=1)], [], NAMES)
    assert told is not None
    assert "for 1 request;" in told.text
    assert "1 error (100 %)." in told.text
    assert "1 request has no known price" in told.text


def test_nothing_happened_nothing_is_told() -> None:
    assert summary(WEEK, [], [row("2026-02-23")], NAMES) is None


def test_a_span_is_known_by_its_days() -> None:
    assert isinstance(WEEK, Span)
    assert WEEK.subject == "summary:weekly"
    assert due("daily", at("2026-03-09 09:00"), BERLIN).subject == "summary:daily"
