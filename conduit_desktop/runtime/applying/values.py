"""Single values as files and the admin API write them: money as decimal US dollars in text, times as ISO 8601 in UTC,
everything else as it is. Each reader takes what stands there and gives what a record holds, or raises ValueError saying
what it takes; each writer goes the other way, exactly.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from conduit_desktop import money
from conduit_desktop.records import TIMEOUTS, Price, Timeouts
from conduit_desktop.runtime import model_terms

MILLION = 10**6
MOST_USD = Decimal(1_000_000)
"""More than anything costs or anybody may spend; the store's integers end at some nine million dollars."""
_NESTED = ("tiers", "services", "hours")
PARTS = tuple(each.name for each in fields(Price) if each.name not in ("source", *_NESTED))
"""The rates of a price: those named ``per_`` are US dollars each, the others US dollars a million tokens."""
OWN = "own price"
"""The source of every price of the user's own, until it is used."""
_PRICE_FIELDS = (*PARTS, *_NESTED)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?")


def same(value: Any) -> Any:
    return value


def text(most: int = 500) -> Callable[[Any], str]:
    """Text that can be shown, of at most so many characters; lines may break."""

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("takes text")
        if len(value) > most:
            raise ValueError(f"takes at most {most} characters")
        if not all(each.isprintable() or each in "\n\t" for each in value):
            raise ValueError("takes text that can be shown")
        return str(value)

    return read


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("takes true or false")
    return value


def whole(low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"takes a whole number from {low} to {high}")
        return int(value)

    return read


def seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
        raise ValueError("takes a number of seconds")
    return float(value)


def number(value: float) -> int | float:
    """As it is written best: whole where it is."""
    return int(value) if value == int(value) else value


def times(value: Any) -> Timeouts:
    """Time limits by step; a step that is not given is at its default."""
    if not isinstance(value, Mapping):
        raise ValueError("takes time limits, such as { connect = 10, total = 600 }")
    if unknown := [name for name in value if name not in model_terms.STEPS]:
        raise ValueError(f"has no step {unknown[0]!r}; there are {', '.join(model_terms.STEPS)}")
    given = {name: _said(name, seconds, each) for name, each in value.items() if each is not None}
    return replace(TIMEOUTS, **given)


def times_plain(timeouts: Timeouts) -> dict[str, int | float]:
    """Those that are not at their default."""
    pairs = ((name, getattr(timeouts, name)) for name in model_terms.STEPS)
    return {name: number(each) for name, each in pairs if each != getattr(TIMEOUTS, name)}


def choice(options: Sequence[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in options:
            raise ValueError(f"takes one of {', '.join(options)}")
        return str(value)

    return read


def optional(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, and None for what is not there."""
    return lambda value: None if value is None else reader(value)


def listed(reader: Callable[[Any], Any], most: int = 200) -> Callable[[Any], tuple[Any, ...]]:
    def read(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError("takes a list")
        if len(value) > most:
            raise ValueError(f"takes at most {most} of them")
        return tuple(reader(each) for each in value)

    return read


def as_list(values: Sequence[Any]) -> list[Any]:
    return list(values)


# ---------------------------------------------------------------- money


def usd(value: Any) -> int:
    """Picodollars."""
    return _amount(value, money.PICO)


def usd_text(picodollars: int | None) -> str | None:
    """``5.00``, ``0.000018``: exact, with cents."""
    return None if picodollars is None else _decimal(Decimal(picodollars) / money.PICO)


def _amount(value: Any, unit: int) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError('takes an amount in US dollars, such as "5.00"')
    if isinstance(value, str) and not (value.strip() and value.isascii()):
        raise ValueError('takes an amount in US dollars, such as "5.00"')
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError('takes an amount in US dollars, such as "5.00"') from None
    if not amount.is_finite() or not 0 <= amount <= MOST_USD:
        raise ValueError(f"takes an amount in US dollars from 0 to {MOST_USD}")
    exact = amount * unit
    if len(amount.as_tuple().digits) > 24 or exact != exact.to_integral_value():
        raise ValueError("takes an amount in US dollars, to the picodollar at most")
    return int(exact)


def _decimal(amount: Decimal) -> str:
    shown = f"{amount.normalize():f}"
    whole_part, _, cents = shown.partition(".")
    return f"{whole_part}.{cents.ljust(2, '0')}"


# ---------------------------------------------------------------- time


def moment(value: Any) -> float:
    """Unix seconds of an ISO 8601 time or of TOML's; local time where it does not say. A date alone lasts until its
    end."""
    refusal = ValueError("takes a date and time from 1970 to 9998, such as 2027-01-31T00:00:00Z")
    try:
        if isinstance(value, str):
            given = value.strip()
            value = date.fromisoformat(given) if _DATE.fullmatch(given) else datetime.fromisoformat(given)
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime.combine(value, time()) + timedelta(days=1)
        seconds: float = value.timestamp()
    except (OverflowError, OSError, ValueError, AttributeError):
        raise refusal from None
    if not 0 <= seconds < 253_370_764_800:
        raise refusal
    return seconds


def moment_text(seconds: float | None) -> str | None:
    """ISO 8601 in UTC, to the microsecond where there is one."""
    if seconds is None or not math.isfinite(seconds):
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


# ---------------------------------------------------------------- prices


def price(value: Any) -> Price:
    """A price the user gives: ``input`` and ``output``, and whatever else is billed."""
    return _price(value, _PRICE_FIELDS)


def price_plain(price: Price | None) -> dict[str, Any] | None:
    """A price as files and the API write it, without the parts that it has not."""
    if price is None:
        return None
    found: dict[str, Any] = {}
    for part in PARTS:
        rate = getattr(price, part)
        if rate is not None and (rate or part != "per_request"):
            found[part] = usd_text(rate * _unit(part))
    if price.tiers:
        found["tiers"] = [{"above": above, **(price_plain(then) or {})} for above, then in price.tiers]
    if price.services:
        found["services"] = {name: price_plain(then) for name, then in price.services}
    if price.hours:
        rows = [(_clock_text(start), _clock_text(end), then) for start, end, then in price.hours]
        found["hours"] = [{"from": start, "until": end, **(price_plain(then) or {})} for start, end, then in rows]
    return found


def _unit(part: str) -> int:
    """How many of what a record counts one rate in a file is for."""
    return 1 if part.startswith("per_") else MILLION


def _price(value: Any, known: Sequence[str]) -> Price:
    if not isinstance(value, Mapping):
        raise ValueError('takes a price, such as { input = "0.40", output = "1.60" }')
    if unknown := [name for name in value if name not in known]:
        raise ValueError(f"has no part {unknown[0]!r}; there are {', '.join(known)}")
    if value.get("input") is None or value.get("output") is None:
        raise ValueError("takes input and output, in US dollars a million tokens")
    found: dict[str, Any] = {}
    for part in PARTS:
        if value.get(part) is not None:
            found[part] = _said(part, partial(_amount, unit=money.PICO // _unit(part)), value[part])
    found["tiers"] = tuple(_rows(value, "tiers", _tier))
    found["hours"] = tuple(_rows(value, "hours", _hour))
    found["services"] = tuple(_services(value.get("services") or {}))
    return Price(source=OWN, **found)


def _said(where: str, read: Callable[[Any], Any], value: Any) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{where} {error}") from None


def _rows(value: Mapping[str, Any], name: str, read: Callable[[dict[str, Any]], Any]) -> list[Any]:
    rows = value.get(name) or []
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(f"{name} takes a list of prices, such as {_EXAMPLES[name]}")
    if len(rows) > 50:
        raise ValueError(f"{name} takes at most 50 of them")
    found = [_said(f"{name}:", read, dict(row)) for row in rows]
    starts = [row[0] for row in found]
    if starts != sorted(set(starts)):
        raise ValueError(f"{name} takes each step once, the lowest first")
    return found


_EXAMPLES = {
    "tiers": '[{ above = 200000, input = "1", output = "2" }]',
    "hours": '[{ from = "16:30", until = "23:30", input = "1", output = "2" }]',
}


def _tier(row: dict[str, Any]) -> tuple[int, Price]:
    return _said("above", whole(1, 100_000_000), row.pop("above", None)), _price(row, PARTS)


def _hour(row: dict[str, Any]) -> tuple[int, int, Price]:
    start, end = (_said(name, _clock, row.pop(name, None)) for name in ("from", "until"))
    return start, end, _price(row, PARTS)


def _services(value: Any) -> list[tuple[str, Price]]:
    if not isinstance(value, Mapping) or len(value) > 50:
        raise ValueError('services takes a table, such as { batch = { input = "1", output = "2" } }')
    return [
        (text(50)(name), _said(f"services.{name}:", partial(_price, known=(*PARTS, "tiers", "hours")), given))
        for name, given in value.items()
    ]


def _clock(value: Any) -> int:
    """A time of the day in UTC, as its second."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    seconds = 0 if found is None else int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    if found is None or seconds > 86_400 or int(found[2]) > 59 or int(found[3] or 0) > 59:
        raise ValueError("takes a time of the day in UTC, such as 16:30")
    return seconds


def _clock_text(second: int) -> str:
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
