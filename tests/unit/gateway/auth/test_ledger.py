"""Reserve, then settle: a sequential user is never refused early, a parallel one overspends by one request at most."""

from __future__ import annotations

import dataclasses
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.auth.ledger import Ledger
from conduit_desktop.gateway.exchange import Hold
from conduit_desktop.gateway.periods import first_day, next_reset
from conduit_desktop.records import VirtualKey

NOW = 1_760_000_000.0
DAY = 86_400.0
TODAY = first_day("day", NOW) or ""


def opened(budget: int | None, spent: int = 0, **more: object) -> tuple[Ledger, VirtualKey]:
    key = VirtualKey(id="k", name="editor", digest="", last4="", budget=budget, **more)  # type: ignore[arg-type]
    ledger = Ledger()
    reread(ledger, key, spent)
    return ledger, key


def reread(ledger: Ledger, key: VirtualKey, spent: int, now: float = NOW) -> None:
    """As after a change of the configuration: the store is asked, and answers."""
    for _ in ledger.ask([key], None, now):
        ledger.open(key, {first_day("day", now) or "": spent}, None, now)


def test_a_key_without_a_budget_has_no_account() -> None:
    ledger, key = opened(None)
    assert ledger.ask([key], None, NOW) == {}
    assert ledger.reserve(key, 10**15, NOW) is None
    assert ledger.settle(key, None, 5, NOW) is None
    assert ledger.spent(key, NOW) == 0


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 200)), max_size=40), st.integers(1, 1000))
def test_one_after_the_other_all_are_admitted_while_something_is_left(
    requests: list[tuple[int, int]], budget: int
) -> None:
    ledger, key = opened(budget)
    spent = 0
    for estimate, cost in requests:
        if spent >= budget and estimate and spent + estimate > budget:
            with pytest.raises(NotAllowed):
                ledger.reserve(key, estimate, NOW)
            continue
        ledger.settle(key, ledger.reserve(key, estimate, NOW), cost, NOW)
        spent += cost
    assert ledger.spent(key, NOW) == spent


@given(st.integers(1, 1000), st.integers(1, 400), st.integers(1, 60), st.integers(0, 10**6))
def test_in_parallel_the_overspend_is_one_request_at_most(budget: int, most: int, wanted: int, seed: int) -> None:
    """No request costs more than its estimate; whatever the order of ends, no more than one goes past the budget."""
    ledger, key = opened(budget)
    rng = random.Random(seed)
    open_: list[Hold | None] = []
    for _ in range(wanted):
        try:
            open_.append(ledger.reserve(key, most, NOW))
        except NotAllowed:
            continue
        if rng.random() < 0.3:
            ledger.settle(key, open_.pop(), rng.randint(0, most), NOW)
    for reserved in open_:
        ledger.settle(key, reserved, most, NOW)
    assert ledger.spent(key, NOW) <= budget + most


def test_fifty_at_once_on_a_budget_for_one() -> None:
    ledger, key = opened(100)
    admitted = 0
    for _ in range(50):
        try:
            ledger.reserve(key, 150, NOW)
            admitted += 1
        except NotAllowed as error:
            refused = error
    assert admitted == 1
    assert (refused.status, refused.code) == (402, "budget_exceeded")


def test_a_refusal_names_key_limit_spent_left_and_reset() -> None:
    ledger, key = opened(5 * 10**12, 5 * 10**12, period="day")
    with pytest.raises(NotAllowed) as caught:
        ledger.reserve(key, 1, NOW)
    text = caught.value.text
    assert "'editor'" in text
    assert "$5.00 a day" in text
    assert "$0.00 is left" in text
    assert "resets on" in text
    reset = next_reset("day", NOW)
    assert reset is not None
    assert caught.value.retry_after == pytest.approx(reset - NOW)
    once, key = opened(5, 5, period="once")
    with pytest.raises(NotAllowed) as never:
        once.reserve(key, 1, NOW)
    assert never.value.retry_after is None
    assert "resets" not in never.value.text


def test_a_new_period_begins_with_nothing_and_what_was_reserved_stays_in_the_old() -> None:
    ledger, key = opened(100, 90, period="day")
    held = ledger.reserve(key, 10, NOW)
    tomorrow = NOW + DAY
    assert ledger.spent(key, tomorrow) == 0
    new = ledger.reserve(key, 90, tomorrow)
    with pytest.raises(NotAllowed, match="set aside"):
        ledger.reserve(key, 11, tomorrow)
    # It began yesterday, and yesterday's account is closed, as in the store.
    assert ledger.settle(key, held, 50, NOW) is None
    assert ledger.spent(key, tomorrow) == 0
    assert ledger.settle(key, new, 20, tomorrow) == (0, 20)
    assert ledger.reserved("k") == 0


def test_a_clock_set_back_neither_opens_a_budget_nor_makes_anything_free() -> None:
    ledger, key = opened(100, 60, period="day")
    yesterday = NOW - DAY
    hold = ledger.reserve(key, 40, yesterday)
    ledger.settle(key, hold, 40, yesterday)
    with pytest.raises(NotAllowed):
        ledger.reserve(key, 1, yesterday)
    assert ledger.spent(key, NOW) == 100
    # Nor when the configuration is read again meanwhile: the store is asked from the account's own day on.
    assert ledger.ask([key], None, yesterday) == {"k": first_day("day", NOW)}
    ledger.open(key, {TODAY: 100}, None, yesterday)
    with pytest.raises(NotAllowed):
        ledger.reserve(key, 1, yesterday)


def test_a_changed_period_is_read_anew_and_keeps_what_is_reserved() -> None:
    ledger, key = opened(100, 90, period="day")
    ledger.reserve(key, 10, NOW)
    monthly = dataclasses.replace(key, period="month")
    assert ledger.ask([monthly], None, NOW) == {"k": first_day("month", NOW)}
    ledger.open(monthly, {TODAY: 50}, None, NOW)
    with pytest.raises(NotAllowed):
        ledger.reserve(monthly, 41, NOW)
    assert ledger.reserve(monthly, 40, NOW) is not None


def test_a_raised_budget_counts_at_once() -> None:
    ledger, key = opened(100, 100)
    with pytest.raises(NotAllowed):
        ledger.reserve(key, 1, NOW)
    assert ledger.reserve(dataclasses.replace(key, budget=200), 1, NOW) is not None


def test_what_costs_nothing_is_always_admitted() -> None:
    ledger, key = opened(100, 250)
    assert ledger.settle(key, ledger.reserve(key, 0, NOW), 0, NOW) == (250, 250)


def test_what_settles_while_the_store_is_asked_is_neither_missed_nor_doubled() -> None:
    ledger, key = opened(1000, 100)
    hold = ledger.reserve(key, 10, NOW)
    assert ledger.ask([key], None, NOW)
    ledger.settle(key, hold, 7, NOW)  # behind the question in the log's order: the answer does not have it
    ledger.open(key, {TODAY: 100}, None, NOW)
    assert ledger.spent(key, NOW) == 107
    reread(ledger, key, 107)
    assert ledger.spent(key, NOW) == 107


def test_a_first_account_counts_what_settles_before_it_is_open() -> None:
    ledger = Ledger()
    key = VirtualKey(id="k", name="editor", digest="", last4="", budget=100)
    assert ledger.ask([key], None, NOW)
    ledger.settle(key, None, 7, NOW)  # begun before the key had a budget
    ledger.open(key, {TODAY: 50}, None, NOW)
    assert ledger.spent(key, NOW) == 57


def test_spending_that_was_set_back_counts_from_there() -> None:
    ledger, key = opened(100, 80, period="day")
    again = dataclasses.replace(key, reset_at=NOW, reset_spent=80)
    reread(ledger, again, 90)
    assert ledger.spent(again, NOW) == 10
    # In the next period it means nothing any more.
    reread(ledger, again, 30, NOW + DAY)
    assert ledger.spent(again, NOW + DAY) == 30


def test_a_share_of_the_budget() -> None:
    ledger, key = opened(100, 85)
    assert ledger.reserve(key, 5, NOW, 0.9) is not None
    with pytest.raises(NotAllowed):
        ledger.reserve(key, 5, NOW, 0.9)
    assert ledger.reserve(key, 5, NOW) is not None


def test_a_budget_that_is_taken_away_and_given_back_meanwhile() -> None:
    """What a request set aside before is given back once, and what it came to is counted."""
    ledger, key = opened(100)
    hold = ledger.reserve(key, 80, NOW)
    without = dataclasses.replace(key, budget=None)
    assert ledger.ask([without], None, NOW) == {}
    assert ledger.reserve(without, 10**9, NOW) is None
    reread(ledger, key, 0)
    assert ledger.reserved("k") == 80
    ledger.settle(key, hold, 30, NOW)
    assert (ledger.reserved("k"), ledger.spent(key, NOW)) == (0, 30)


def test_midnight_between_the_question_and_the_stores_answer() -> None:
    """What the store says of the day that is over is no spending of the new one."""
    ledger, key = opened(100, 90, period="day")
    assert ledger.ask([key], None, NOW) == {"k": TODAY}
    assert ledger.reserve(key, 60, NOW + DAY) is not None
    ledger.open(key, {TODAY: 90}, None, NOW)
    assert ledger.spent(key, NOW + DAY) == 0


def test_what_was_set_aside_in_a_period_that_was_made_shorter_counts_in_it_no_more() -> None:
    """The store has it under yesterday, too."""
    ledger, key = opened(100, 0, period="month")
    hold = ledger.reserve(key, 40, NOW)
    daily = dataclasses.replace(key, period="day")
    reread(ledger, daily, 0, NOW + DAY)
    assert ledger.settle(daily, hold, 40, NOW) is None
    assert (ledger.reserved("k"), ledger.spent(daily, NOW + DAY)) == (0, 0)


def test_a_configuration_read_first_thing_in_a_new_period() -> None:
    ledger, key = opened(100, 0, period="day")
    hold = ledger.reserve(key, 40, NOW)
    reread(ledger, key, 0, NOW + DAY)
    assert ledger.settle(key, hold, 40, NOW) is None
    assert (ledger.reserved("k"), ledger.spent(key, NOW + DAY)) == (0, 0)
