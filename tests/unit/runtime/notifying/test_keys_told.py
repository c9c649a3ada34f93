"""Budgets, decisions and expiries in words and stages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conduit_desktop.bus import BudgetAsked, BudgetCrossed
from conduit_desktop.records import AtLimit
from conduit_desktop.runtime.notifying import keys_told
from tests.unit.runtime.notifying.making import KEY, NOON, USD, refused

DAY = 86400.0


def crossed(percent: int, **more: object) -> BudgetCrossed:
    key = replace(KEY, **more)  # type: ignore[arg-type]
    return BudgetCrossed(key, percent, percent * USD // 20, NOON + 5 * DAY)


@pytest.mark.parametrize(("percent", "severity"), [(50, "info"), (80, "warning"), (95, "warning"), (100, "error")])
def test_a_budget_goes_on_from_threshold_to_threshold(percent: int, severity: str) -> None:
    told = keys_told.budget_crossed(crossed(percent))
    assert (told.subject, told.severity, told.action, told.target) == ("budget:k1", severity, "raise_budget", "k1")
    assert "of $5.00 a month" in told.text
    assert "starts anew on" in told.text
    assert ("is spent" in told.title) == (percent == 100)


@pytest.mark.parametrize(("at_limit", "words"), [("block", "refused"), ("ask", "wait for you"), ("downgrade", "mini")])
def test_at_the_limit_it_says_what_becomes_of_requests(at_limit: AtLimit, words: str) -> None:
    assert words in keys_told.budget_crossed(crossed(100, at_limit=at_limit, downgrade_to="mini")).text


def test_a_budget_for_good_has_no_beginning() -> None:
    told = keys_told.budget_crossed(BudgetCrossed(replace(KEY, period="once"), 50, 1, None))
    assert "anew" not in told.text


def test_stages_tell_what_was_passed_already() -> None:
    stages = {percent: keys_told.budget_crossed(crossed(percent)).stage for percent in (50, 80, 100)}
    assert keys_told.goes_back(stages[50], stages[80])
    assert keys_told.goes_back(stages[80], stages[80])
    assert not keys_told.goes_back(stages[100], stages[80])
    more = keys_told.budget_crossed(crossed(50, budget=10 * USD)).stage
    assert not keys_told.goes_back(more, stages[100])  # another budget
    assert not keys_told.goes_back(keys_told.budget_crossed(crossed(50, reset_at=NOON)).stage, stages[100])
    month = replace(crossed(50), resets=NOON + 36 * DAY)
    assert not keys_told.goes_back(keys_told.budget_crossed(month).stage, stages[100])


def test_a_refused_request_is_told_in_the_budgets_notification() -> None:
    told = keys_told.budget_refused(refused(402, "budget_exceeded", error="It resets on Monday."))
    assert (told.subject, told.severity, told.action) == ("budget:k1", "error", "raise_budget")
    assert told.text == "It resets on Monday."
    assert not told.stage


def test_a_waiting_request_asks() -> None:
    told = keys_told.budget_asked(BudgetAsked(KEY, 5 * USD, NOON + 60))
    assert (told.subject, told.kind, told.severity, told.action) == (
        "asked:k1",
        "budget_asked",
        "warning",
        "raise_budget",
    )
    over = keys_told.ask_ended("k1", "editor")
    assert (over.subject, over.severity, over.action, over.times) == ("asked:k1", "info", "", 0)


# ---------------------------------------------------------------- expiry

LATER = replace(KEY, expires=NOON + 30 * DAY)


@pytest.mark.parametrize(
    ("left", "stage", "severity"),
    [
        (30 * DAY, None, ""),
        (7 * DAY + 1, None, ""),
        (7 * DAY, "7 days", "info"),
        (DAY + 1, "7 days", "info"),
        (DAY, "1 day", "warning"),
        (1, "1 day", "warning"),
        (0, "now", "error"),
        (-6 * DAY, "now", "error"),
        (-8 * DAY, None, ""),
    ],
)
def test_expiry_is_told_in_stages(left: float, stage: str | None, severity: str) -> None:
    assert LATER.expires is not None
    told = keys_told.expiry(LATER, LATER.expires - left)
    if stage is None:
        assert told is None
    else:
        assert told is not None
        assert told.stage.endswith(f"/{stage}")
        assert (told.severity, told.action, told.target) == (severity, "extend_key", "k1")


def test_keys_that_do_not_expire_or_are_off_are_not_told_of() -> None:
    assert keys_told.expiry(KEY, NOON) is None
    assert keys_told.expiry(replace(LATER, enabled=False), NOON + 30 * DAY) is None


def test_a_key_for_a_day_is_not_told_of_when_it_is_made() -> None:
    short = replace(KEY, created=NOON, expires=NOON + DAY)
    assert keys_told.expiry(short, NOON + 60) is None
    told = keys_told.expiry(short, NOON + DAY)
    assert told is not None
    assert told.title == "editor has expired"


@pytest.mark.parametrize(("left", "words"), [(5 * DAY, "5 days"), (20 * 3600, "20 hours"), (1200, "1 hour")])
def test_how_long_is_left_is_said(left: float, words: str) -> None:
    assert LATER.expires is not None
    told = keys_told.expiry(LATER, LATER.expires - left)
    assert told is not None
    assert told.title == f"editor expires in {words}"


def test_an_extended_key_is_no_matter_any_more() -> None:
    assert LATER.expires is not None
    told = keys_told.expiry(LATER, LATER.expires)
    assert told is not None
    assert keys_told.expiry_over(LATER, told.stage) is None
    over = keys_told.expiry_over(replace(LATER, expires=LATER.expires + 90 * DAY), told.stage)
    assert over is not None
    assert over.read
    assert over.severity == "info"
    assert keys_told.expiry_over(replace(LATER, expires=LATER.expires + 90 * DAY), over.stage) is None
    for_good = keys_told.expiry_over(replace(LATER, expires=None), told.stage)
    assert for_good is not None
    assert "does not expire" in for_good.text


# ---------------------------------------------------------------- what to raise to


@pytest.mark.parametrize(
    ("budget", "spent", "wanted"),
    [
        (5 * USD, 5 * USD, "7.5"),
        (5 * USD, 0, "7.5"),
        (USD // 100, 0, "0.02"),
        (1, 0, "0.01"),
        (5 * USD, 9 * USD, "13.5"),
    ],
)
def test_half_as_much_again_to_the_cent(budget: int, spent: int, wanted: str) -> None:
    assert keys_told.suggested_budget(replace(KEY, budget=budget), spent) == int(float(wanted) * 100) * USD // 100


def test_large_budgets_keep_their_cents() -> None:
    budget = 900_000 * USD + USD // 100
    assert keys_told.suggested_budget(replace(KEY, budget=budget), 0) == 1_350_000 * USD + 2 * USD // 100
