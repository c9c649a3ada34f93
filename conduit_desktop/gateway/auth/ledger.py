"""What each key has spent and set aside in its period: reserve, then settle. In memory, with the store as its truth.

A request is admitted when spent + reserved + its estimate stay within the budget, or when nothing is reserved and
something is left, or when it costs nothing: a sequential user is never refused early, and parallel ones overspend by
one request at the most. What is set aside belongs to the period in which it was: it is settled there or, when that is
over, nowhere. A period ends when its time has come and never begins again, so that a clock set back gives nobody a new
one: what is spent then counts for the period that had begun, here and by ``Hold.at`` in the store; and after a restart,
what the store has of days to come counts at once, and again when they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from conduit_desktop import money
from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.exchange import Hold
from conduit_desktop.gateway.periods import Zone, first_day, last_reset, next_reset
from conduit_desktop.records import Period, VirtualKey


@dataclass(slots=True)
class _Account:
    period: Period
    zone: Zone
    since: float
    until: float
    spent: int = 0
    reserved: int = 0
    number: int = 0
    """Counts the periods."""
    fresh: int = 0
    """Settled since the store was last asked."""
    days: Mapping[str, int] = field(default_factory=dict)
    """What the store said of each day."""


class Ledger:
    """The accounts of the keys that have a budget. Belongs to the gateway's loop. Amounts are picodollars."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}

    def ask(self, keys: Iterable[VirtualKey], zone: Zone, now: float) -> dict[str, str | None]:
        """The keys whose spending is to be read from the store, with the first day to count: whenever the configuration
        has changed, because spending may have been set back or priced anew. What is settled until ``open`` is told the
        answer is added to it, so whoever asks must read in the order of the log."""
        asked: dict[str, str | None] = {}
        for key in keys:
            if key.budget is None:
                continue  # an account that it had stays: requests in work have set something aside there
            account = self._accounts.get(key.id)
            if account is None:
                account = self._accounts[key.id] = _Account(key.period, zone, *_bounds(key.period, now, zone))
            # The period goes on: a clock that was set back begins no other.
            asked[key.id] = first_day(key.period, max(now, account.since), zone)
            account.fresh = 0
        return asked

    def open(self, key: VirtualKey, days: Mapping[str, int], zone: Zone, now: float) -> None:
        """Go on with ``key``'s account at what the store says it has spent on each day of its period and later."""
        account = self._accounts[key.id]
        account.period, account.zone, account.days = key.period, zone, days
        account.since, account.until = _bounds(key.period, max(now, account.since), zone)
        before = key.reset_spent if key.reset_at is not None and key.reset_at >= account.since else 0
        begins = first_day(key.period, max(now, account.since), zone) or ""  # later than was asked for, past midnight
        account.spent = max(sum(cost for day, cost in days.items() if day >= begins) - before, 0) + account.fresh

    def reserve(self, key: VirtualKey, estimate: int, now: float, share: float = 1.0) -> Hold | None:
        """Set ``estimate`` aside, within that ``share`` of the budget; what it gives is to be settled later, None where
        nothing is counted. Raises NotAllowed (402) when it is spent."""
        account = self._accounts.get(key.id)
        if key.budget is None or account is None:
            return None
        if now >= account.until:
            self._roll(account, now)
        limit = key.budget if share == 1.0 else int(key.budget * share)
        fits = estimate == 0 or account.spent + account.reserved + estimate <= limit
        if not fits and (account.reserved or account.spent >= limit):
            raise _spent(key, account, now)
        account.reserved += estimate
        return Hold(estimate, account.number, now if now > account.since else account.since)

    def settle(self, key: VirtualKey, hold: Hold | None, cost: int, started: float) -> tuple[int, int] | None:
        """Turn what was set aside into what it came to. Gives what was spent before and is now; None where nothing is
        counted, or where it belongs to a period that is over."""
        account = self._accounts.get(key.id)
        if account is None:
            return None
        if hold is None:  # the key had no budget when it began
            if started < account.since:
                return None
        elif hold.period != account.number:
            return None
        else:
            account.reserved -= hold.amount
            if hold.at < account.since:  # of a period that has become another, or is over, since the store was asked
                return None
        before = account.spent
        account.spent += cost
        account.fresh += cost
        return before, account.spent

    def release(self, key: VirtualKey, hold: Hold | None) -> None:
        """Give back what was set aside for a request that was not made."""
        account = self._accounts.get(key.id)
        if account is not None and hold is not None and hold.period == account.number:
            account.reserved -= hold.amount

    def spent(self, key: VirtualKey, now: float) -> int:
        """What ``key`` has spent in its current period."""
        account = self._accounts.get(key.id)
        if account is None:
            return 0
        if now >= account.until:
            self._roll(account, now)
        return account.spent

    def reserved(self, key_id: str) -> int:
        """What is set aside for requests in work."""
        account = self._accounts.get(key_id)
        return account.reserved if account else 0

    def resets(self, key: VirtualKey) -> float | None:
        """When the period ends (Unix seconds), None where it does not."""
        account = self._accounts.get(key.id)
        return None if account is None or account.until == float("inf") else account.until

    def _roll(self, account: _Account, now: float) -> None:
        """The period is over: begin the one that ``now`` is in."""
        begins = first_day(account.period, now, account.zone) or ""
        account.spent = sum(cost for day, cost in account.days.items() if day >= begins)
        account.reserved = 0
        account.number += 1
        account.since, account.until = _bounds(account.period, now, account.zone)


def _bounds(period: Period, now: float, zone: Zone) -> tuple[float, float]:
    return last_reset(period, now, zone), next_reset(period, now, zone) or float("inf")


def _spent(key: VirtualKey, account: _Account, now: float) -> NotAllowed:
    assert key.budget is not None
    each = "" if key.period == "once" else f" a {key.period}"
    in_work = f", with {money.show(account.reserved)} set aside for requests in work" if account.reserved else ""
    reset = None if account.until == float("inf") else account.until
    zone = account.zone
    when = f" It resets on {datetime.fromtimestamp(reset, zone).astimezone(zone):%Y-%m-%d %H:%M %Z}." if reset else ""
    left = max(key.budget - account.spent - account.reserved, 0)
    return NotAllowed(
        f"The key {key.name!r} has a budget of {money.show(key.budget)}{each} and has spent "
        f"{money.show(account.spent)}{in_work}; {money.show(left)} is left.{when}",
        hint="Raise the budget in the Keys pane (conduit-desktop key set), or use another key.",
        status=402,
        code="budget_exceeded",
        retry_after=max(reset - now, 0) if reset else None,
    )
