"""Keys in words, and what is typed for them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes import keys_words as words

USD = 10**12
NOW = datetime(2026, 11, 22, 15, 30).timestamp()  # a Sunday


def view(spent: int = 0, resets: float | None = None, **more: object) -> KeyView:
    return KeyView(VirtualKey(id="k", name="k", digest="", last4="abcd", **more), spent, resets)  # type: ignore[arg-type]


def test_the_first_obstacle_is_the_status() -> None:
    past = NOW - 5
    assert words.state(view(), NOW).word == "Enabled"
    assert words.state(view(spent=5 * USD, budget=5 * USD), NOW).word == "Spent"
    assert words.state(view(spent=5 * USD, budget=5 * USD, expires=past), NOW).word == "Expired"
    assert words.state(view(enabled=False, expires=past), NOW).word == "Disabled"
    assert all(state.icon and state.word for state in (words.ENABLED, words.DISABLED, words.EXPIRED, words.SPENT))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (view(spent=3_200_000_000_000, budget=5 * USD), "$3.20 of $5.00 this month"),
        (view(spent=0, budget=2 * USD, period="day"), "$0.00 of $2.00 today"),
        (view(spent=18_000_000, budget=USD, period="once"), "$0.000018 of $1.00 in all"),
        (view(spent=1234 * USD + USD // 2, period="week"), "$1,234.50 this week"),
    ],
)
def test_budget_in_words(made: KeyView, said: str) -> None:
    assert words.use(made) == said


def test_when_it_resets() -> None:
    day = timedelta(days=1)
    midnight = datetime(2026, 11, 23)
    assert words.resets(view(resets=midnight.timestamp()), NOW) == "resets at midnight"
    assert words.resets(view(resets=(midnight + 3 * day).timestamp()), NOW) == "resets on Thursday"
    assert words.resets(view(resets=datetime(2026, 12, 1).timestamp()), NOW) == "resets on 1 Dec"
    assert words.resets(view(budget=1, period="once"), NOW) == "does not reset"


def test_expiry_in_words() -> None:
    assert words.expires(view().key, NOW) == "Never"
    assert words.expires(view(expires=NOW + 5 * 86400).key, NOW) == "In 5 days"
    assert words.expires(view(expires=NOW + 3 * 3600).key, NOW) == "In 3 h"
    assert words.expires(view(expires=NOW - 86400).key, NOW) == "1 day ago"
    assert words.expires(view(expires=datetime(2027, 4, 1).timestamp()).key, NOW) == "31 Mar 2027"
    assert words.moment_words(datetime(2027, 2, 1).timestamp()) == "Sun 31 Jan 2027, at the end of the day"


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("", None), ("5", 5 * USD), ("$0.50", USD // 2), (" 1,000 ", 1000 * USD), ("1,234.5", 1234 * USD + USD // 2)],
)
def test_reading_a_budget(typed: str, amount: int | None) -> None:
    assert words.read_budget(typed) == amount


@pytest.mark.parametrize("typed", ["5,50", "abc", "0", "-1", "nan", "1e99", "5.5.5", "€5", "2000000"])
def test_no_budget(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        words.read_budget(typed)


@pytest.mark.parametrize(("amount", "typed"), [(None, ""), (5 * USD, "5"), (USD // 2, "0.50"), (1, "0.000000000001")])
def test_a_budget_as_typed_reads_back(amount: int | None, typed: str) -> None:
    assert words.budget_text(amount) == typed
    assert words.read_budget(typed) == amount


def test_limits() -> None:
    assert words.read_limit("") is None
    assert words.read_limit("100,000") == words.read_limit("100 000") == 100_000
    for typed in ("0", "-1", "1.5", "many", "99999999999"):
        with pytest.raises(ValueError, match="whole number"):
            words.read_limit(typed)
    assert words.limits(view(rpm=60, tpm=100_000, parallel=4).key) == "60 req/min · 100 k tok/min · 4 parallel"
    assert words.limits(view().key) == "–"


def test_expiry_typed() -> None:
    assert words.read_expiry("2027-01-31", NOW) == datetime(2027, 2, 1).timestamp()
    assert words.read_expiry("2027-01-31 18:00", NOW) == datetime(2027, 1, 31, 18).timestamp()
    for typed in ("", "soon", "2020-01-01", "2027-13-01", "99999999999999d"):
        with pytest.raises(ValueError, match=r"\w"):
            words.read_expiry(typed, NOW)


def test_patterns() -> None:
    assert words.read_patterns("openai/*, gpt-5,, openai/*\nclaude-*") == ("openai/*", "gpt-5", "claude-*")
    with pytest.raises(ValueError, match="last"):
        words.read_patterns("*-mini")
    assert words.split_models(("fast", "openai/*"), ("fast", "smart")) == (("fast",), ("openai/*",))
