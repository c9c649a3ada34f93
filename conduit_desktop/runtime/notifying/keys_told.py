"""What is told of a virtual key: its budget, requests that wait at its limit, its expiry. Pure.

One notification goes on from one threshold of a budget to the next, another one from a week before the expiry to it.
"""

from __future__ import annotations

from datetime import datetime

from conduit_desktop import money
from conduit_desktop.bus import BudgetAsked, BudgetCrossed
from conduit_desktop.gateway.periods import Zone
from conduit_desktop.records import Exchange, Severity, Telling, VirtualKey

DAY = 86400.0
_STAGES: tuple[tuple[float, str, Severity], ...] = (
    (0.0, "now", "error"),
    (DAY, "1 day", "warning"),
    (7 * DAY, "7 days", "info"),
)
WAITS = " waits for your decision"
_LONG_AGO = 7 * DAY
"""A key that expired before that is no news."""


def budget_crossed(crossed: BudgetCrossed, zone: Zone = None) -> Telling:
    """A threshold was passed. Its stage tells the period, the budget and how far it has got."""
    key, percent = crossed.key, crossed.percent
    severity: Severity = "error" if percent >= 100 else "warning" if percent >= 80 else "info"
    title = f"The budget of {key.name} is spent" if percent >= 100 else f"{key.name} has used {percent} % of its budget"
    each = "" if key.period == "once" else f" a {key.period}"
    text = f"It has spent {money.show(crossed.spent)} of {money.show(key.budget)}{each}."
    if percent >= 100:
        text += f" {_consequence(key)}"
    if crossed.resets is not None:
        text += f" The budget starts anew on {when(crossed.resets, zone)}."
    return Telling(
        subject=f"budget:{key.id}",
        kind="budget",
        severity=severity,
        title=title,
        text=text,
        action="raise_budget",
        target=key.id,
        stage=f"{crossed.resets or 0:.0f}/{key.reset_at or 0:.0f}/{key.budget}/{percent}",
    )


def goes_back(stage: str, told: str) -> bool:
    """Whether a stage of a budget is not above the one that was told in the same period with the same budget: a gateway
    that starts again passes the thresholds again."""
    period, _, percent = stage.rpartition("/")
    before, _, reached = told.rpartition("/")
    return period == before and int(percent) <= int(reached)


def _consequence(key: VirtualKey) -> str:
    match key.at_limit:
        case "downgrade":
            return f"Its requests go to {key.downgrade_to or 'a cheaper model'} until then."
        case "ask":
            return "Its requests wait for you."
        case _:
            return "Its requests are refused."


def budget_refused(exchange: Exchange) -> Telling:
    """A request was refused for want of money: the notification of the budget goes on."""
    return Telling(
        subject=f"budget:{exchange.key_id}",
        kind="budget",
        severity="error",
        title=f"The budget of {exchange.key} is spent",
        text=exchange.error,
        action="raise_budget",
        target=exchange.key_id or "",
    )


def budget_asked(asked: BudgetAsked) -> Telling:
    key = asked.key
    until = datetime.fromtimestamp(asked.until)
    text = (
        f"A request of {key.name} needs more than is left: it has spent {money.show(asked.spent)} of "
        f"{money.show(key.budget)}. Raise the budget or refuse; it waits until {until:%H:%M:%S}."
    )
    return Telling(
        subject=f"asked:{key.id}",
        kind="budget_asked",
        severity="warning",
        title=f"{key.name}{WAITS}",
        text=text,
        action="raise_budget",
        target=key.id,
    )


def ask_ended(key_id: str, name: str) -> Telling:
    """Nobody answered in time, or it was decided elsewhere."""
    return Telling(
        subject=f"asked:{key_id}",
        kind="budget_asked",
        severity="info",
        title=f"{name} waits no longer",
        text="Nobody decided in time, or the budget was changed elsewhere. The request log says what became of it.",
        action="",
        target=key_id,
        times=0,
    )


def expiry(key: VirtualKey, now: float) -> Telling | None:
    """What is to be told of the key's expiry now. A key that lives no longer than a stage is not told of it."""
    if key.expires is None or not key.enabled or key.expires < now - _LONG_AGO:
        return None
    left, life = key.expires - now, key.expires - key.created
    for before, stage, severity in _STAGES:
        if left <= before:
            return _expires(key, stage, severity, left) if life > before else None
    return None


def _expires(key: VirtualKey, stage: str, severity: Severity, left: float) -> Telling:
    assert key.expires is not None
    if stage == "now":
        title, text = f"{key.name} has expired", f"Its requests have been refused since {when(key.expires)}."
    else:
        title = f"{key.name} expires in {_span(left)}"
        text = f"From {when(key.expires)} on its requests are refused."
    return Telling(
        subject=f"expiry:{key.id}",
        kind="expiry",
        severity=severity,
        title=title,
        text=f"{text} Extend it if it is still needed.",
        action="extend_key",
        target=key.id,
        stage=f"{key.expires:.0f}/{stage}",
    )


def expiry_over(key: VirtualKey, told: str) -> Telling | None:
    """The key does not expire at the time that was told (``told`` is the stage) any more."""
    at = f"{key.expires:.0f}" if key.expires is not None else ""
    if not told or told.startswith("over") or told.partition("/")[0] == at:
        return None
    until = f"It is good until {when(key.expires)}." if key.expires is not None else "It does not expire any more."
    return Telling(
        subject=f"expiry:{key.id}",
        kind="expiry",
        severity="info",
        title=f"{key.name} was extended",
        text=until,
        times=0,
        read=True,
        stage=f"over/{at}",
    )


def suggested_budget(key: VirtualKey, spent: int) -> int:
    """Half as much again, and never less than makes room: to the cent above."""
    cent = money.PICO // 100
    wanted = max((key.budget or 0) * 3 // 2, spent * 3 // 2)
    return max(-(-wanted // cent), 1) * cent


def when(at: float, zone: Zone = None) -> str:
    """A local day and time for a sentence: ``Mon 2 Mar 2026, 08:00``."""
    there = datetime.fromtimestamp(at, zone)
    return f"{there:%a} {there.day} {there:%b %Y, %H:%M}"


def _span(seconds: float) -> str:
    if seconds > 1.5 * DAY:
        return f"{round(seconds / DAY)} days"
    hours = max(1, round(seconds / 3600))
    return "1 hour" if hours == 1 else f"{hours} hours"
