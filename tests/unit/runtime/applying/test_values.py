"""Values as files and the API write them: money exactly, times exactly, prices whole."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conduit_desktop.records import Price
from conduit_desktop.runtime.applying import values
from tests.unit.runtime.applying.configurations import prices

PICO = 10**12


@given(st.integers(0, 10**6 * PICO))
def test_money_is_exact(picodollars: int) -> None:
    text = values.usd_text(picodollars)
    assert text is not None
    assert values.usd(text) == picodollars
    assert len(text.partition(".")[2]) >= 2


@pytest.mark.parametrize(
    ("given_", "picodollars"),
    [("5", 5 * PICO), (5, 5 * PICO), (0.5, PICO // 2), ("0.000000000001", 1), (" 5.00 ", 5 * PICO), ("0", 0)],
)
def test_money_in_any_form(given_: Any, picodollars: int) -> None:
    assert values.usd(given_) == picodollars


@pytest.mark.parametrize(
    "given_",
    ["", "five", "5,50", "1e9", "-1", "nan", "inf", "٥", True, None, [], "0.0000000000005", "1" * 400, float("nan")],
)
def test_money_that_is_none(given_: Any) -> None:
    with pytest.raises(ValueError, match="US dollars"):
        values.usd(given_)


@given(st.floats(0, 2**33, allow_nan=False))
def test_times_to_the_microsecond(seconds: float) -> None:
    text = values.moment_text(seconds)
    assert text is not None
    assert values.moment_text(values.moment(text)) == text
    assert values.moment(text) == pytest.approx(seconds, abs=1e-6)


def test_a_date_lasts_until_its_end() -> None:
    local = datetime(2027, 2, 1).timestamp()
    assert values.moment(date(2027, 1, 31)) == local
    assert values.moment("2027-01-31") == local
    assert values.moment(datetime(2027, 1, 31, tzinfo=UTC)) == values.moment("2027-01-31T00:00:00Z")


@pytest.mark.parametrize("given_", ["soon", "2027-02-30", "1969-01-01T00:00:00Z", 5, None, "9999-12-31T00:00:00Z"])
def test_no_time(given_: Any) -> None:
    with pytest.raises(ValueError, match="date and time"):
        values.moment(given_)


@given(prices())
def test_prices_go_out_and_come_in_the_same(price: Price) -> None:
    plain = values.price_plain(price)
    assert values.price(plain) == price
    assert values.price_plain(values.price(plain)) == plain


def test_every_rate_of_a_price_can_be_written() -> None:
    rates = {part: n * 1_000_000 for n, part in enumerate(values.PARTS, 1)}
    price = Price(source=values.OWN, **rates)
    assert values.price(values.price_plain(price)) == price
