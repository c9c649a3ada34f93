"""Option values: from text to what is meant, and what to say when it means nothing. Imports little, for ``--help``."""

from __future__ import annotations

import math
import time
from argparse import ArgumentTypeError
from datetime import date, datetime, timedelta

from conduit_desktop import money
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers import PROVIDERS, spec
from conduit_desktop.records import DIMENSIONS, GRAINS

PARTS = (*DIMENSIONS, *GRAINS)
"""What usage is told by: one of what it is of, one of times, or both."""

_SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def kinds() -> str:
    return ", ".join(known.kind for known in PROVIDERS)


def kind(text: str) -> str:
    """A provider kind."""
    try:
        return spec(text).kind
    except ConfigurationError as error:
        raise ArgumentTypeError(error.text) from None


def port(text: str) -> int:
    """A port; 0 is any free one."""
    if not (text.isdecimal() and int(text) <= 65535):
        raise ArgumentTypeError(f"a port is 0 to 65535, not {text!r}")
    return int(text)


def count(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"a whole number, not {text!r}")
    return int(text)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"a whole number from 1 on, not {text!r}")
    return int(text)


def seconds(text: str) -> float | None:
    """A length of time in seconds; None for the default."""
    if text == "default":
        return None
    try:
        found = float(text.removesuffix("s"))
    except ValueError:
        found = math.nan
    if not (math.isfinite(found) and found > 0):
        raise ArgumentTypeError(f"seconds such as 30 or 2.5, or default, not {text!r}")
    return found


def on_off(text: str) -> bool:
    if text not in ("on", "off"):
        raise ArgumentTypeError(f"on or off, not {text!r}")
    return text == "on"


def usd(text: str) -> int:
    """An amount, as picodollars."""
    try:
        return money.from_usd(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def expiry(text: str) -> float:
    """When a key expires."""
    from conduit_desktop.runtime import keys

    try:
        moment = keys.expiry(text)
        datetime.fromtimestamp(moment)
    except (ValueError, OverflowError, OSError) as error:
        raise ArgumentTypeError(str(error)) from None
    if moment <= time.time():
        raise ArgumentTypeError(f"{text!r} is over already")
    return moment


def span(text: str) -> float:
    """A length of time such as ``90s``, ``1h`` or ``7d`` (seconds)."""
    given = text.strip().lower()
    if not (given[:-1].isdecimal() and given[-1:] in _SPANS):
        raise ArgumentTypeError(f"a span such as 1h or 7d, not {text!r}")
    return float(int(given[:-1]) * _SPANS[given[-1]])


def outcome(text: str) -> str:
    """What a request ended with: ok, error, or a status."""
    if text not in ("ok", "error") and not (text.isdecimal() and len(text) == 3):
        raise ArgumentTypeError(f"ok, error or a status such as 429, not {text!r}")
    return text


def moment(text: str) -> float:
    """A point in time (Unix seconds): a date or time, local unless it says otherwise, an age such as ``2h``,
    ``today`` or ``yesterday``."""
    given = text.strip().lower()
    if given[:-1].isdecimal() and given[-1:] in _SPANS:
        return time.time() - int(given[:-1]) * _SPANS[given[-1]]
    if given in ("today", "yesterday"):
        day = date.today() - timedelta(days=given == "yesterday")
        return datetime.combine(day, datetime.min.time()).timestamp()
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ArgumentTypeError(f"{text!r} is no time; give one such as 2027-01-31, 2027-01-31T09:30 or 2h") from None
