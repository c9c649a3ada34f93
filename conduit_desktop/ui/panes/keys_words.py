"""How a virtual key's state, budget, limits and dates read, and how what is typed for them is understood. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from conduit_desktop import money
from conduit_desktop.records import Period, VirtualKey
from conduit_desktop.runtime.configuring import CHAT_KEY
from conduit_desktop.runtime.keys import MOST_BUDGET, MOST_OF_ANYTHING, KeyView, expiry
from conduit_desktop.ui.shown import count

SOON = 7 * 86400.0
_LATEST = 253_370_764_800.0  # 1 January 9999: what lies beyond is no date any more
MOST_NAME = 64


class State(NamedTuple):
    """What a key is good for: a word, its tone and its icon."""

    word: str
    tone: str
    icon: str


ENABLED = State("Enabled", "success", "check")
DISABLED = State("Disabled", "neutral", "pause")
EXPIRED = State("Expired", "warning", "clock")
SPENT = State("Spent", "danger", "coin")
WHY = {
    "Disabled": "is disabled",
    "Expired": "has expired",
    "Spent": "has spent its budget",
}
PERIOD_WORDS: dict[Period, str] = {"once": "in all", "day": "today", "week": "this week", "month": "this month"}
PERIOD_CHOICES: tuple[tuple[Period, str], ...] = (
    ("day", "a day"),
    ("week", "a week"),
    ("month", "a month"),
    ("once", "once, in all"),
)


def made_by_app(key: VirtualKey) -> bool:
    """Whether this is the key that the chat pane made for itself."""
    return key.name == CHAT_KEY


def state(view: KeyView, now: float) -> State:
    """The first of what keeps a key from working, or that it works."""
    key = view.key
    if not key.enabled:
        return DISABLED
    if key.expires is not None and key.expires <= now:
        return EXPIRED
    if key.budget is not None and view.spent >= key.budget:
        return SPENT
    return ENABLED


def dollars(amount: int) -> str:
    """An amount beside others: cents where they say enough, otherwise as precise as it takes."""
    cents = money.PICO // 100
    return f"${money.to_usd(amount):,.2f}" if amount == 0 or amount >= cents else money.show(amount)


def share(view: KeyView) -> float | None:
    """How much of the budget is used, None without one."""
    return view.spent / view.key.budget if view.key.budget else None


def use(view: KeyView) -> str:
    """``$3.20 of $5.00 this month``, or without a budget ``$3.20 this month``."""
    span = PERIOD_WORDS[view.key.period]
    if view.key.budget is None:
        return f"{dollars(view.spent)} {span}"
    return f"{dollars(view.spent)} of {dollars(view.key.budget)} {span}"


def resets(view: KeyView, now: float) -> str:
    """When the spending counts from zero again: ``resets at midnight``, ``resets on Monday``, ``resets on 1 Dec``."""
    if view.resets is None:
        return "does not reset" if view.key.budget is not None else ""
    then, today = datetime.fromtimestamp(view.resets), datetime.fromtimestamp(now)
    days = (then.date() - today.date()).days
    if days <= 1:
        return "resets at midnight"
    return f"resets on {then:%A}" if days < 7 else f"resets on {then.day} {then:%b}"


def expires(key: VirtualKey, now: float) -> str:
    """``never``, ``in 5 days``, ``in 3 h``, ``on 12 Mar 2027``, ``2 days ago``."""
    if key.expires is None:
        return "Never"
    left = key.expires - now
    if left <= 0:
        return f"{_span(-left)} ago"
    return f"In {_span(left)}" if left < 60 * 86400 else _date(key.expires)


def expires_tone(key: VirtualKey, now: float) -> str:
    """Muted, or a warning from a week before."""
    return "text-muted" if key.expires is None or key.expires - now > SOON else "warning"


def moment_words(when: float) -> str:
    """``Sun 31 Jan 2027, 18:00``; the last moment of a day reads as that day's end."""
    then = _local(when)
    if (then.hour, then.minute) == (0, 0):
        then = _local(when - 1)
        return f"{then:%a} {then.day} {then:%b %Y}, at the end of the day"
    return f"{then:%a} {then.day} {then:%b %Y, %H:%M}"


def _local(when: float) -> datetime:
    return datetime.fromtimestamp(min(when, _LATEST))


def _date(when: float) -> str:
    then = _local(when - 1)
    return f"{then.day} {then:%b %Y}"


def _span(seconds: float) -> str:
    for size, one, many in ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {one if number == 1 else many}"
    return "1 min"


def models(key: VirtualKey) -> str:
    """``All``, or the names."""
    return ", ".join(key.models) if key.models else "All"


def limits(key: VirtualKey) -> str:
    """``60 req/min · 100,000 tok/min · 4 parallel``, or a dash."""
    parts = (
        (key.rpm, "req/min"),
        (key.tpm, "tok/min"),
        (key.parallel, "parallel"),
    )
    return " · ".join(f"{count(limit)} {unit}" for limit, unit in parts if limit is not None) or "–"


# ---------------------------------------------------------------- what is typed


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
    if when > _LATEST:
        raise ValueError("That is too far off. Choose “Never” instead.")
    return when


def expiry_text(when: float) -> str:
    """An expiry as it is typed."""
    return f"{_local(when):%Y-%m-%d %H:%M}"


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
