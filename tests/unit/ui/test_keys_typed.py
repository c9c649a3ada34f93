"""What is typed for keys."""

from __future__ import annotations

from datetime import datetime

import pytest

from conduit_desktop.ui.panes import keys_typed as typed

USD = 10**12
NOW = datetime(2026, 11, 22, 15, 30).timestamp()


@pytest.mark.parametrize(
    ("given", "amount"),
    [("", None), ("5", 5 * USD), ("$0.50", USD // 2), (" 1,000 ", 1000 * USD), ("1,234.5", 1234 * USD + USD // 2)],
)
def test_reading_a_budget(given: str, amount: int | None) -> None:
    assert typed.read_budget(given) == amount


@pytest.mark.parametrize("given", ["5,50", "abc", "0", "-1", "nan", "1e99", "5.5.5", "€5", "2000000"])
def test_no_budget(given: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        typed.read_budget(given)


@pytest.mark.parametrize(("amount", "given"), [(None, ""), (5 * USD, "5"), (USD // 2, "0.50"), (1, "0.000000000001")])
def test_a_budget_as_typed_reads_back(amount: int | None, given: str) -> None:
    assert typed.budget_text(amount) == given
    assert typed.read_budget(given) == amount


def test_limits() -> None:
    assert typed.read_limit("") is None
    assert typed.read_limit("100,000") == typed.read_limit("100 000") == 100_000
    for given in ("0", "-1", "1.5", "many", "99999999999"):
        with pytest.raises(ValueError, match="whole number"):
            typed.read_limit(given)


def test_expiry_typed() -> None:
    assert typed.read_expiry("2027-01-31", NOW) == datetime(2027, 2, 1).timestamp()
    assert typed.read_expiry("2027-01-31 18:00", NOW) == datetime(2027, 1, 31, 18).timestamp()
    for given in ("", "soon", "2020-01-01", "2027-13-01", "99999999999999d"):
        with pytest.raises(ValueError, match=r"\w"):
            typed.read_expiry(given, NOW)


def test_patterns() -> None:
    assert typed.read_patterns("openai/*, gpt-5,, openai/*\nclaude-*") == ("openai/*", "gpt-5", "claude-*")
    with pytest.raises(ValueError, match="last"):
        typed.read_patterns("*-mini")
    assert typed.split_models(("fast", "openai/*"), ("fast", "smart")) == (("fast",), ("openai/*",))


def test_names() -> None:
    assert typed.read_name("  editor ") == "editor"
    for given in ("", "  ", "a/b"):
        with pytest.raises(ValueError, match=r"\w"):
            typed.read_name(given)


def test_thresholds() -> None:
    assert typed.read_thresholds("100, 50 %;80 80") == (50, 80, 100)
    assert typed.read_thresholds(" ") == ()
    assert typed.read_thresholds(typed.thresholds_text((50, 95))) == (50, 95)
    for given in ("0", "101", "half", "-5", "1 2 3 4 5 6 7 8 9"):
        with pytest.raises(ValueError, match=r"\w"):
            typed.read_thresholds(given)


def test_a_model_is_one_that_can_be_asked_for() -> None:
    assert typed.read_model(" fast ", ("fast",)) == "fast"
    assert typed.read_model("openai/gpt-5", ()) == "openai/gpt-5"
    with pytest.raises(ValueError, match="no model"):
        typed.read_model("openai/gpt-5", (), longer=False)
    assert typed.read_model("", ("fast",)) == ""
    with pytest.raises(ValueError, match="Models here: fast, smart"):
        typed.read_model("fats", ("fast", "smart"))
