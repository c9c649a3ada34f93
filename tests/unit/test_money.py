"""Amounts as people type them, and as they read."""

from __future__ import annotations

import pytest

from conduit_desktop import money


@pytest.mark.parametrize(
    ("typed", "usd"),
    [("5", "5"), ("$0.50", "0.50"), (" 1,000 ", "1000"), ("$1,234.5", "1234.5"), ("0.000001", "0.000001")],
)
def test_amounts_as_typed(typed: str, usd: str) -> None:
    assert money.to_usd(money.from_usd(typed)) == money.Decimal(usd)


@pytest.mark.parametrize("typed", ["5,50", "1,00", "12,3456", "abc", "", "nan", "€5", "5.5.5"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    """Above all a comma for a point: 5,50 must not become 550."""
    with pytest.raises(ValueError, match=r"5\.50|not an amount"):
        money.from_usd(typed)
