"""How a virtual key's state, budget, limits and dates read. Pure; what is typed for them is in ``keys_typed``."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from conduit_desktop import money
from conduit_desktop.records import AtLimit, Period, VirtualKey
from conduit_desktop.runtime.configuring import CHAT_KEY
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.shown import count

SOON = 7 * 86400.0
NEAR = 0.8
LATEST = 253_370_764_800.0  # 1 January 9999: what lies beyond is no date any more

Kind = Literal["on", "near", "spent", "expiring", "expired", "off"]


class State(NamedTuple):
    """What a key is good for: a word with its tone and icon, and whether it still answers requests."""

    kind: Kind
    word: str
    tone: str
    icon: str
    works: bool = True

    @property
    def badge(self) -> tuple[str, str, str]:
        return self.word, self.tone, self.icon


ON = State("on", "On", "success", "check")
OFF = State("off", "Off", "neutral", "pause", works=False)
EXPIRED = State("expired", "Expired", "danger", "clock", works=False)
SPENT = State("spent", "Spent", "danger", "coin", works=False)
DOWNGRADED = State("spent", "Downgraded", "warning", "down")
ASKING = State("spent", "Asks", "warning", "help", works=False)
NEAR_LIMIT = State("near", "Near limit", "warning", "warning")
WHY = {
    "off": "is disabled",
    "expired": "has expired",
    "spent": "has spent its budget",
}
PERIOD_WORDS: dict[Period, str] = {"once": "in all", "day": "today", "week": "this week", "month": "this month"}
PERIOD_CHOICES: tuple[tuple[Period, str], ...] = (
    ("day", "a day"),
    ("week", "a week"),
    ("month", "a month"),
    ("once", "once, in all"),
)
PER: dict[Period, str] = {"once": "in all", "day": "a day", "week": "a week", "month": "a month"}
AT_LIMIT_WORDS: dict[AtLimit, str] = {
    "block": "Refuses requests",
    "downgrade": "Goes on with a cheaper model",
    "ask": "Holds requests and asks you",
}
COLOURS: tuple[tuple[str, str], ...] = (
    ("blue", "series-1"),
    ("teal", "series-2"),
    ("orange", "series-3"),
    ("pink", "series-4"),
    ("violet", "series-5"),
    ("green", "series-6"),
    ("sky", "series-7"),
    ("grey", "series-8"),
)
"""What a key can be marked with: the colour's name as it is stored, and its token."""
_TOKENS = dict(COLOURS)


def mark(key: VirtualKey) -> str:
    """The token of a key's colour, empty for none or one that is not of ours."""
    return _TOKENS.get(key.color, "")


def made_by_app(key: VirtualKey) -> bool:
    """Whether this is the key that the chat pane made for itself."""
    return key.name == CHAT_KEY


def state(view: KeyView, now: float) -> State:
    """The first of what keeps a key from working, of what soon will, or that it works."""
    key = view.key
    if not key.enabled:
        return OFF
    if key.expires is not None and key.expires <= now:
        return EXPIRED
    used = share(view)
    if used is not None and used >= 1:
        return {"block": SPENT, "downgrade": DOWNGRADED, "ask": ASKING}[key.at_limit]
    if used is not None and used >= NEAR:
        return NEAR_LIMIT
    if key.expires is not None and key.expires - now <= SOON:
        return State("expiring", f"Expires in {short_span(key.expires - now)}", "warning", "clock")
    return ON


def kinds(view: KeyView, now: float) -> frozenset[Kind]:
    """Everything that is so of a key, for filters: one near its limit may expire soon as well."""
    key, found = view.key, {state(view, now).kind}
    used = share(view)
    if used is not None and used >= NEAR:
        found.add("spent" if used >= 1 else "near")
    if key.expires is not None and key.expires - now <= SOON:
        found.add("expired" if key.expires <= now else "expiring")
    if state(view, now).works:
        found.add("on")
    return frozenset(found)


def dollars(amount: int) -> str:
    """An amount beside others: cents where they say enough, otherwise as precise as it takes."""
    cents = money.PICO // 100
    return f"${money.to_usd(amount):,.2f}" if amount == 0 or amount >= cents else money.show(amount)


def share(view: KeyView) -> float | None:
    """How much of the budget is used, None without one."""
    return view.spent / view.key.budget if view.key.budget else None


def of_budget(view: KeyView) -> str:
    """``$3.20 of $5.00``, or without a budget ``$3.20``."""
    spent = dollars(view.spent)
    return spent if view.key.budget is None else f"{spent} of {dollars(view.key.budget)}"


def use(view: KeyView) -> str:
    """``$3.20 of $5.00 this month``, or without a budget ``$3.20 this month``."""
    return f"{of_budget(view)} {PERIOD_WORDS[view.key.period]}"


def unpriced(view: KeyView) -> str:
    """``17 unpriced``: the requests that the sum leaves out; empty for none."""
    return f"{count(view.unpriced)} unpriced" if view.unpriced else ""


def resets(view: KeyView, now: float) -> str:
    """When the spending counts from zero again: ``resets at midnight``, ``resets on Monday``, ``resets on 1 Dec``."""
    if view.resets is None:
        return "does not reset" if view.key.budget is not None else ""
    then, today = datetime.fromtimestamp(view.resets), datetime.fromtimestamp(now)
    days = (then.date() - today.date()).days
    if days <= 1:  # midnight of the user's time zone, which may not be this machine's
        return "resets at midnight" if (then.hour, then.minute) == (0, 0) else f"resets at {then:%H:%M}"
    return f"resets on {then:%A}" if days < 7 else f"resets on {then.day} {then:%b}"


def resets_short(view: KeyView, now: float) -> str:
    """The same in a column: ``midnight``, ``Monday``, ``1 Dec``, a dash for never."""
    said = resets(view, now)
    return said.removeprefix("resets on ").removeprefix("resets at ") if view.resets else "–"


def forecast(view: KeyView, now: float) -> str:
    """``At this pace $7.20 by 30 Nov``, with what that is against the budget; empty when nothing can be told."""
    if view.forecast is None or view.resets is None or not view.spent:
        return ""
    last = datetime.fromtimestamp(view.resets - 1)
    by = "by midnight" if view.resets - now <= 86400 else f"by {last.day} {last:%b}"
    said = f"At this pace {dollars(view.forecast)} {by}"
    budget = view.key.budget
    if budget is None or view.spent >= budget or view.forecast <= budget:
        return said
    return f"{said}, {dollars(view.forecast - budget)} over"


def exceeds(view: KeyView) -> bool:
    """Whether the budget will not last its period at this pace."""
    return view.key.budget is not None and view.forecast is not None and view.forecast > view.key.budget


def expires(key: VirtualKey, now: float) -> str:
    """``never``, ``in 5 days``, ``in 3 h``, ``on 12 Mar 2027``, ``2 days ago``."""
    if key.expires is None:
        return "Never"
    left = key.expires - now
    if left <= 0:
        return f"{_span(-left)} ago"
    return f"In {_span(left)}" if left < 60 * 86400 else date_words(key.expires)


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


def rotation(key: VirtualKey, now: float) -> str:
    """Until when the text before the last rotation is good; empty when it is not."""
    if key.old_digest is None or key.old_until is None or key.old_until <= now:
        return ""
    return f"Its old text is good until {moment_words(key.old_until)}"


def _local(when: float) -> datetime:
    return datetime.fromtimestamp(min(when, LATEST))


def date_words(when: float) -> str:
    """``31 Mar 2027``; the first moment of a day is the end of the day before."""
    then = _local(when - 1)
    return f"{then.day} {then:%b %Y}"


def _span(seconds: float) -> str:
    for size, one, many in ((86400, "day", "days"), (3600, "h", "h"), (60, "min", "min")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {one if number == 1 else many}"
    return "1 min"


def short_span(seconds: float) -> str:
    """``3 d``, ``5 h``, ``12 min``."""
    return _span(seconds).replace(" days", " d").replace(" day", " d")


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


def at_limit(key: VirtualKey) -> str:
    """What happens when the budget is spent."""
    if key.at_limit == "downgrade":
        return f"Goes on with {key.downgrade_to}"
    return AT_LIMIT_WORDS[key.at_limit]
