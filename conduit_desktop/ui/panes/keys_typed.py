"""How what is typed for a virtual key's budget, limits, dates and models is understood. Pure.

Every ``read_…`` raises ValueError with what is wrong, said to the one who typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from conduit_desktop import money
from conduit_desktop.runtime.key_terms import MOST_BUDGET, MOST_OF_ANYTHING
from conduit_desktop.runtime.key_terms import MOST_TAG as MOST_TAG
from conduit_desktop.runtime.keys import expiry
from conduit_desktop.ui.panes.keys_words import LATEST

MOST_NAME = 64
MOST_THRESHOLDS = 8


def read_budget(text: str) -> int | None:
    """Picodollars, None for an empty field. Raises ValueError with what is wrong."""
    given = text.strip()
    if not given:
        return None
    amount = money.from_usd(given)
    if amount <= 0:
        raise ValueError("A budget is more than $0. To stop a key, disable it.")
    if amount > MOST_BUDGET:
        raise ValueError(f"A budget is at most {money.show(MOST_BUDGET)}.")
    return amount


def budget_text(amount: int | None) -> str:
    """A budget as it is typed."""
    if amount is None:
        return ""
    exact = f"{money.to_usd(amount).normalize():f}"
    whole, point, cents = exact.partition(".")
    return f"{whole}.{cents:0<2}" if point else whole


def read_limit(text: str) -> int | None:
    """A whole number, None for an empty field. Raises ValueError with what is wrong."""
    given = re.sub(r"[\s,_']", "", text)
    if not given:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", given) or not 1 <= int(given) <= MOST_OF_ANYTHING:
        raise ValueError(f"Enter a whole number from 1 to {MOST_OF_ANYTHING:,}, or nothing.")
    return int(given)


def read_expiry(text: str, now: float) -> float:
    """The moment. Raises ValueError with what is wrong."""
    if not text.strip():
        raise ValueError("Enter a date, such as 2027-01-31.")
    try:
        when = expiry(text)
    except (ValueError, OverflowError, OSError):
        raise ValueError("Enter a date such as 2027-01-31, or with a time: 2027-01-31 18:00.") from None
    if when <= now:
        raise ValueError("That is in the past.")
    if when > LATEST:
        raise ValueError("That is too far off. Choose “Never” instead.")
    return when


def expiry_text(when: float) -> str:
    """An expiry as it is typed."""
    return f"{datetime.fromtimestamp(min(when, LATEST)):%Y-%m-%d %H:%M}"


def read_name(text: str) -> str:
    """A name that a key can have."""
    name = text.strip()
    if not name:
        raise ValueError("Give it a name.")
    if "/" in name:
        raise ValueError("A name must not hold a slash.")
    return name


def read_thresholds(text: str) -> tuple[int, ...]:
    """Percents of the budget at which to tell, ascending; none for an empty field."""
    found = set()
    for part in re.split(r"[\s,;]+", text.replace("%", " ").strip()):
        if not part:
            continue
        if not re.fullmatch(r"[0-9]{1,3}", part) or not 1 <= int(part) <= 100:
            raise ValueError(f"“{part}” is no percentage: enter whole numbers from 1 to 100, such as 50, 80, 100.")
        found.add(int(part))
    if len(found) > MOST_THRESHOLDS:
        raise ValueError(f"At most {MOST_THRESHOLDS} thresholds.")
    return tuple(sorted(found))


def thresholds_text(thresholds: Sequence[int]) -> str:
    """Thresholds as they are typed."""
    return ", ".join(map(str, thresholds))


def read_model(text: str, aliases: Sequence[str], *, longer: bool = True) -> str:
    """A model that can be asked for, empty for none; ``longer`` takes ``PROVIDER/MODEL-ID`` too."""
    name = text.strip()
    if name and name not in aliases and not (longer and "/" in name):
        near = ", ".join(aliases[:5])
        raise ValueError(f"There is no model {name}." + (f" Models here: {near}." if near else ""))
    return name


def read_patterns(text: str) -> tuple[str, ...]:
    """Names and patterns from a field in which commas part them. Raises ValueError with what is wrong."""
    found = tuple(dict.fromkeys(part.strip() for part in re.split(r"[,\n]", text) if part.strip()))
    for pattern in found:
        if "*" in pattern[:-1]:
            raise ValueError(f"In “{pattern}” the * stands for anything only as the last character.")
    return found


def split_models(chosen: Sequence[str], aliases: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Which of a key's models are known aliases, and which are other names or patterns."""
    known = set(aliases)
    return tuple(name for name in chosen if name in known), tuple(name for name in chosen if name not in known)
