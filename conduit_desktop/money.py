"""Money as integer picodollars (1e-12 USD): entry, and how it reads on a screen."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

PICO = 10**12
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")


def from_usd(text: str | Decimal | int) -> int:
    """Picodollars of an amount in US dollars, as typed (``5``, ``$0.50``, ``1,000``). Raises ValueError when it is no
    amount, or when a comma may stand for a point: ``5,50`` must never become 550."""
    given = str(text).strip().lstrip("$").strip()
    if "," in given and not _THOUSANDS.fullmatch(given):
        raise ValueError("Write cents after a point, such as 5.50.")
    try:
        amount = Decimal(given.replace(",", ""))
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not an amount in US dollars, such as 5 or 0.50") from error
    if not amount.is_finite():
        raise ValueError(f"{text!r} is not an amount in US dollars")
    return int((amount * PICO).to_integral_value())


def to_usd(picodollars: int) -> Decimal:
    """The exact amount in US dollars."""
    return Decimal(picodollars) / PICO


def show(picodollars: int | None) -> str:
    """An amount for people: ``unpriced``, ``$0.00``, ``$0.000018``, ``$0.0421``, ``$12.34``, ``$1,234.50``."""
    if picodollars is None:
        return "unpriced"
    usd = to_usd(picodollars)
    size = abs(usd)
    if size == 0 or size >= 1:
        return f"${usd:,.2f}"
    if size >= Decimal("0.01"):
        return f"${usd:.4f}"
    if size >= Decimal("0.000001"):
        return f"${usd:.6f}"
    return "<$0.000001" if usd > 0 else ">-$0.000001"


def plain(picodollars: int | None) -> str | None:
    """The exact amount in US dollars for programs, without trailing zeros: ``0.000018``, ``12.34``."""
    return None if picodollars is None else f"{to_usd(picodollars).normalize():f}"
