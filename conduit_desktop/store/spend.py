"""Spend counters: what each key cost on each model of each provider on each local day. They are written with the
exchanges, in the same transaction, and outlive them."""

from __future__ import annotations

from peewee import fn

from conduit_desktop.records import Spend
from conduit_desktop.store.database import Database
from conduit_desktop.store.models import SPEND


class SpendCounters:
    """Read only: appending an exchange is what changes them."""

    def __init__(self, activity: Database) -> None:
        self._activity = activity

    def per_key(self, since_day: str | None = None) -> dict[str, int]:
        """What each key has cost since that day (picodollars); without one, ever. Calls without a key are under
        the empty id."""
        query = SPEND.sums(("key_id",), fn.SUM(SPEND["cost"]))
        if since_day is not None:
            query = query.where(SPEND["day"] >= since_day)
        return {key_id: int(cost) for key_id, cost in self._activity.rows(query)}

    def rows(self, since_day: str | None = None, until_day: str | None = None) -> list[Spend]:
        """The counters from one day to another, both included, oldest first."""
        query = SPEND.select().order_by(*(SPEND[key] for key in SPEND.keys))
        if since_day is not None:
            query = query.where(SPEND["day"] >= since_day)
        if until_day is not None:
            query = query.where(SPEND["day"] <= until_day)
        return [Spend(**dict(zip(SPEND.columns, row, strict=True))) for row in self._activity.rows(query)]
