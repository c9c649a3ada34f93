"""How notifications read on screen, which of them a filter leaves, and what their buttons are. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from conduit_desktop.records import Notification
from conduit_desktop.ui.widgets.chips import ChipLook
from conduit_desktop.ui.widgets.status import SEVERITY_ICONS

SEVERITIES = {"info": "Info", "warning": "Warning", "error": "Error"}
UNREAD = "unread"

_PROVIDERS = frozenset({"provider_down", "deployment_away", "credential_rejected", "credential_spent", "failover"})
FAMILIES: tuple[tuple[str, str, str, frozenset[str]], ...] = (
    ("budgets", "Budgets", "coin", frozenset({"budget", "budget_asked", "budget_exceeded"})),
    ("keys", "Keys", "key", frozenset({"expiry", "refused", "rate_limited"})),
    ("providers", "Providers", "provider", _PROVIDERS),
    ("prices", "Prices", "tag", frozenset({"price_unknown"})),
    ("summaries", "Summaries", "dashboard", frozenset({"summary"})),
)
OTHERS = ("app", "Conduit", "mark")
_FAMILY = {kind: (key, word, icon) for key, word, icon, kinds in FAMILIES for kind in kinds}

# action -> what its button says, its icon
BUTTONS: dict[str, tuple[str, str]] = {
    "raise_budget": ("Raise budget…", "coin"),
    "refuse": ("Refuse", "close"),
    "extend_key": ("Extend by 30 days", "clock"),
    "enable_key": ("Enable key", "power"),
    "test_provider": ("Test provider", "bolt"),
    "set_price": ("Set a price", "tag"),
    "show_request": ("Show request", "requests"),
    "show_key": ("Show key", "key"),
    "show_provider": ("Show provider", "provider"),
    "show_usage": ("Show usage", "dashboard"),
    "open_settings": ("Open settings", "settings"),
}
_ALSO = {
    "budget": ("show_key",),
    "budget_asked": ("refuse",),
    "expiry": ("show_key",),
    "refused": ("show_key",),
    "provider_down": ("show_provider",),
    **dict.fromkeys(("deployment_away", "credential_rejected", "credential_spent"), ("show_provider",)),
}


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """``text`` is looked for in title and text; of ``chips`` those of a sort (severity, family) stand for one another,
    and the sorts all have to hold."""

    text: str = ""
    chips: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        return bool(self.text or self.chips)


def family(notification: Notification) -> tuple[str, str, str]:
    """What it is about: key, word and icon."""
    return _FAMILY.get(notification.kind, OTHERS)


def title(notification: Notification) -> str:
    """With how often it was told."""
    return f"{notification.title} (×{notification.count})" if notification.count > 1 else notification.title


def matching(notifications: Sequence[Notification], wanted: NoticeFilter, kept: str = "") -> list[Notification]:
    """Those that ``wanted`` leaves, in their order; one whose id is ``kept`` stays although it was read meanwhile."""
    if not wanted.active:
        return list(notifications)
    severities = {chip for chip in wanted.chips if chip in SEVERITIES}
    families = set(wanted.chips) - severities - {UNREAD}
    needles = wanted.text.casefold().split()
    return [
        each
        for each in notifications
        if (not severities or each.severity in severities)
        and (not families or family(each)[0] in families)
        and (UNREAD not in wanted.chips or not each.read or each.id == kept)
        and (not needles or _has(each, needles))
    ]


def _has(notification: Notification, needles: Sequence[str]) -> bool:
    hay = f"{notification.title}\n{notification.text}".casefold()
    return all(needle in hay for needle in needles)


def chips(notifications: Sequence[Notification]) -> list[ChipLook]:
    """The chips, with how many each would leave by itself."""
    severities = Counter(each.severity for each in notifications)
    families = Counter(family(each)[0] for each in notifications)
    looks = [*((key, word, icon) for key, word, icon, _ in FAMILIES), OTHERS]
    return [
        ChipLook(UNREAD, "Unread", sum(not each.read for each in notifications), "bell"),
        ChipLook("error", "Errors", severities["error"], SEVERITY_ICONS["error"]),
        ChipLook("warning", "Warnings", severities["warning"], SEVERITY_ICONS["warning"]),
        ChipLook("info", "Info", severities["info"], SEVERITY_ICONS["info"]),
        *(ChipLook(key, word, families[key]) for key, word, _ in looks),
    ]


def actions(notification: Notification) -> tuple[str, ...]:
    """What its buttons do, the wanted one first; none where there is nothing left to do."""
    if not notification.action:
        return ()
    also = [each for each in _ALSO.get(notification.kind, ()) if each != notification.action]
    if notification.kind == "refused" and not notification.subject.partition(":")[2].partition(":")[2].startswith(
        "key:"
    ):
        also = []  # nobody knows whose key it was
    return tuple(each for each in (notification.action, *also) if each in BUTTONS)


def days(target: str) -> tuple[float, float] | None:
    """From the first to the end of the last of the days that a summary is about: ``2026-03-02/2026-03-08``."""
    first, _, last = target.partition("/")
    try:
        end = date.fromisoformat(last) + timedelta(days=1)
        return datetime.fromisoformat(first).timestamp(), datetime.combine(end, datetime.min.time()).timestamp()
    except ValueError:
        return None
