"""What a notification's button does by itself: money, time, a test. What only shows something is the window's affair.

Blocking but for the test: for worker threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from conduit_desktop import money
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.send.probe import ProbeResult
from conduit_desktop.records import Notification, Telling, VirtualKey
from conduit_desktop.runtime import keys
from conduit_desktop.runtime.notifying import keys_told
from conduit_desktop.store import Store

ACTIONS = ("raise_budget", "refuse", "extend_key", "enable_key", "test_provider")
"""What ``service.notifying.act`` does; every other action names something to show."""
EXTENSION = 30 * keys_told.DAY


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action, in words; ``probe`` is the result of a test."""

    ok: bool
    text: str
    probe: ProbeResult | None = None


@dataclass(frozen=True, slots=True)
class Raise:
    """The budget of a key as it is, what it has spent of it, and what to raise it to."""

    key: VirtualKey
    spent: int
    suggested: int


def suggestion(store: Store, key_id: str) -> Raise:
    """Raises ConfigurationError for a key that is gone or has no budget any more."""
    key = _key(store, key_id)
    if key.budget is None:
        raise ConfigurationError(f"{key.name} has no budget any more.", hint="Nothing holds it.", code="no_budget")
    spent = next((view.spent for view in keys.views(store) if view.key.id == key.id), 0)
    return Raise(key, spent, keys_told.suggested_budget(key, spent))


def raise_budget(store: Store, key_id: str, amount: int | None) -> VirtualKey:
    """Set the key's budget to ``amount`` picodollars, or to half as much again."""
    found = suggestion(store, key_id)
    wanted = found.suggested if amount is None else amount
    if found.key.budget is not None and wanted <= found.key.budget:
        raise ConfigurationError(
            f"The budget of {found.key.name} is {money.show(found.key.budget)} already.",
            hint="Enter more than that.",
            code="bad_value",
        )
    return _change(store, key_id, lambda key: replace(key, budget=wanted))


def extend_key(store: Store, key_id: str, now: float) -> VirtualKey:
    """Another 30 days: from its expiry, or from now where that has passed."""
    return _change(store, key_id, lambda key: replace(key, expires=max(key.expires or now, now) + EXTENSION))


def enable_key(store: Store, key_id: str) -> VirtualKey:
    return _change(store, key_id, lambda key: replace(key, enabled=True))


def _change(store: Store, key_id: str, change: Callable[[VirtualKey], VirtualKey]) -> VirtualKey:
    """In one transaction: nobody else's change of the key is lost."""
    return store.write(lambda: keys.edit(store, change(_key(store, key_id))))


def _key(store: Store, key_id: str) -> VirtualKey:
    key = next((each for each in store.keys.list() if each.id == key_id), None)
    if key is None:
        raise ConfigurationError("This key is not there any more.", status=404, code="not_found")
    return key


def done(notification: Notification, title: str, text: str, stage: str = "") -> Telling:
    """The notification once its matter is settled: nothing to press, nothing unread."""
    return Telling(
        subject=notification.subject,
        kind=notification.kind,
        severity="info",
        title=title,
        text=text,
        target=notification.target,
        times=0,
        read=True,
        stage=stage,
    )
