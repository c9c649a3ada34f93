"""Keys in words."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes import keys_words as words

USD = 10**12
NOW = datetime(2026, 11, 22, 15, 30).timestamp()  # a Sunday


def view(
    spent: int = 0, resets: float | None = None, forecast: int | None = None, unpriced: int = 0, **more: object
) -> KeyView:
    key = VirtualKey(id="k", name="k", digest="", last4="abcd", **more)  # type: ignore[arg-type]
    return KeyView(key, spent, resets, forecast=forecast, unpriced=unpriced)


def test_the_first_obstacle_is_the_status() -> None:
    past = NOW - 5
    assert words.state(view(), NOW) == words.ON
    assert words.state(view(spent=4 * USD, budget=5 * USD), NOW).word == "Near limit"
    assert words.state(view(spent=5 * USD, budget=5 * USD), NOW) == words.SPENT
    assert words.state(view(spent=5 * USD, budget=5 * USD, expires=past), NOW).word == "Expired"
    assert words.state(view(enabled=False, expires=past), NOW).word == "Off"
    assert words.state(view(expires=NOW + 3 * 86400), NOW).word == "Expires in 3 d"
    assert words.state(view(expires=NOW + 30 * 86400), NOW) == words.ON


def test_what_a_spent_budget_means_depends_on_what_the_key_does_then() -> None:
    spent = {"spent": 5 * USD, "budget": 5 * USD}
    blocked, asking = (words.state(view(**spent, at_limit=how), NOW) for how in ("block", "ask"))  # type: ignore[arg-type]
    down = words.state(view(**spent, at_limit="downgrade", downgrade_to="fast"), NOW)  # type: ignore[arg-type]
    assert [state.works for state in (blocked, asking, down)] == [False, False, True]
    assert {state.kind for state in (blocked, asking, down)} == {"spent"}
    assert words.at_limit(view(at_limit="downgrade", downgrade_to="fast").key) == "Goes on with fast"


def test_a_key_is_found_under_everything_that_is_so_of_it() -> None:
    both = view(spent=9 * USD, budget=10 * USD, expires=NOW + 86400)
    assert words.kinds(both, NOW) == {"on", "near", "expiring"}
    assert words.kinds(view(enabled=False, spent=9 * USD, budget=9 * USD), NOW) == {"off", "spent"}
    assert words.kinds(view(), NOW) == {"on"}


def test_the_pace_in_words() -> None:
    end = datetime(2026, 12, 1).timestamp()
    made = view(spent=3 * USD, resets=end, budget=5 * USD, forecast=7 * USD + USD // 5)
    assert words.forecast(made, NOW) == "At this pace $7.20 by 30 Nov, $2.20 over"
    assert words.exceeds(made)
    assert words.forecast(view(spent=USD, resets=end, forecast=2 * USD), NOW) == "At this pace $2.00 by 30 Nov"
    assert words.forecast(view(resets=end), NOW) == words.forecast(view(spent=1, forecast=2), NOW) == ""


def test_the_text_before_a_rotation() -> None:
    later = datetime(2026, 11, 29, 15, 30).timestamp()
    key = view(old_digest="d", old_until=later).key
    assert words.rotation(key, NOW) == "Its old text is good until Sun 29 Nov 2026, 15:30"
    assert words.rotation(key, later) == words.rotation(view().key, NOW) == ""


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
    assert words.resets_short(view(resets=midnight.timestamp()), NOW) == "midnight"
    assert words.resets_short(view(resets=(midnight + 3 * day).timestamp()), NOW) == "Thursday"
    assert words.resets_short(view(resets=datetime(2026, 12, 1).timestamp()), NOW) == "1 Dec"
    assert words.resets_short(view(budget=1, period="once"), NOW) == "–"


def test_expiry_in_words() -> None:
    assert words.expires(view().key, NOW) == "Never"
    assert words.expires(view(expires=NOW + 5 * 86400).key, NOW) == "In 5 days"
    assert words.expires(view(expires=NOW + 3 * 3600).key, NOW) == "In 3 h"
    assert words.expires(view(expires=NOW - 86400).key, NOW) == "1 day ago"
    assert words.expires(view(expires=datetime(2027, 4, 1).timestamp()).key, NOW) == "31 Mar 2027"
    assert words.moment_words(datetime(2027, 2, 1).timestamp()) == "Sun 31 Jan 2027, at the end of the day"


def test_limits() -> None:
    assert words.limits(view(rpm=60, tpm=100_000, parallel=4).key) == "60 req/min · 100 k tok/min · 4 parallel"
    assert words.limits(view().key) == "–"


def test_colours_have_names_and_unknown_ones_are_none() -> None:
    assert words.mark(view(color="teal").key) == "series-2"
    assert words.mark(view(color="#123456").key) == words.mark(view().key) == ""
