"""What each key has spent and set aside in its period: reserve, then settle. In memory, with the store as its truth.

A request is admitted when spent + reserved + its estimate stay within the budget, or when nothing is reserved and
something is left: a sequential user is never refused early, and parallel ones overspend by one request at the most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from conduit_desktop import money
from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.auth.periods import first_day, last_reset, next_reset
from conduit_desktop.records import Period, VirtualKey


@dataclass(slots=True)
class _Account:
    period: Period
    since: float
    until: float
    spent: int = 0
    reserved: int = 0


class Ledger:
    """The accounts of the keys that have a budget. Belongs to the gateway's loop. Amounts are picodollars."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def unknown(self, keys: Mapping[str, VirtualKey], now: float) -> dict[str, str | None]:
        """The keys whose spend must be read from the store before they can be judged: id → first day of the period."""
        missing = {}
        for key in keys.values():
            account = self._accounts.get(key.id)
            if key.budget is not None and (account is None or account.period != key.period):
                missing[key.id] = first_day(key.period, now)
        return missing

    def open(self, key: VirtualKey, spent: int, now: float) -> None:
        """Begin to keep ``key``'s account, at what the store says it has spent in the current period."""
        old = self._accounts.get(key.id)
        self._accounts[key.id] = _Account(
            period=key.period,
            since=last_reset(key.period, now),
            until=next_reset(key.period, now) or float("inf"),
            spent=spent,
            reserved=old.reserved if old else 0,
        )

    def reserve(self, key: VirtualKey, estimate: int, now: float) -> int:
        """Set ``estimate`` aside; gives it back as what to settle later. Raises NotAllowed (402) when it is spent."""
        account = self._accounts.get(key.id)
        if key.budget is None or account is None:
            return 0
        self._roll(account, now)
        fits = account.spent + account.reserved + estimate <= key.budget
        if not fits and (account.reserved or account.spent >= key.budget):
            raise _spent(key, account, now)
        account.reserved += estimate
        return estimate

    def settle(self, key: VirtualKey, reserved: int, cost: int, started: float) -> None:
        """Turn what was set aside into what it came to. It counts for the period in which the request ``started``, as
        in the store; one that has ended since is nobody's business any more."""
        account = self._accounts.get(key.id)
        if account is not None:
            self._roll(account, started)
            account.reserved -= reserved
            if started >= account.since:
                account.spent += cost

    def spent(self, key: VirtualKey, now: float) -> int:
        """What ``key`` has spent in its current period."""
        account = self._accounts.get(key.id)
        if account is None:
            return 0
        self._roll(account, now)
        return account.spent

    def _roll(self, account: _Account, now: float) -> None:
        if now >= account.until:
            account.spent = 0
            account.since = last_reset(account.period, now)
            account.until = next_reset(account.period, now) or float("inf")


def _spent(key: VirtualKey, account: _Account, now: float) -> NotAllowed:
    assert key.budget is not None
    reset = next_reset(key.period, now)
    each = "" if key.period == "once" else f" a {key.period}"
    in_work = f", with {money.show(account.reserved)} set aside for requests in work" if account.reserved else ""
    when = f" It resets on {datetime.fromtimestamp(reset).astimezone():%Y-%m-%d %H:%M %Z}." if reset else ""
    left = max(key.budget - account.spent - account.reserved, 0)
    return NotAllowed(
        f"The key {key.name!r} has a budget of {money.show(key.budget)}{each} and has spent "
        f"{money.show(account.spent)}{in_work}; {money.show(left)} is left.{when}",
        hint="Raise the budget in the Keys pane, or use another key.",
        status=402,
        code="budget_exceeded",
        retry_after=max(reset - now, 0) if reset else None,
    )
