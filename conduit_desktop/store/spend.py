"""Spend counters: what each key cost on each model of each provider on each local day. They are written with the
exchanges, in the same transaction, and outlive them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import NamedTuple

from peewee import fn

from conduit_desktop.records import Spend
from conduit_desktop.store.database import Database
from conduit_desktop.store.models import KEY_SPEND, SPEND
from conduit_desktop.store.writer import Writer


class KeySpend(NamedTuple):
    """What a key came to: picodollars, requests, those of them whose price is unknown, and those that failed."""

    cost: int
    requests: int
    unpriced: int
    errors: int = 0


class SpendCounters:
    """Read only: appending an exchange is what changes them."""

    def __init__(self, activity: Database, writer: Writer) -> None:
        self._activity = activity
        self._writer = writer

    def per_key(self, since_day: str | None = None) -> dict[str, int]:
        """What each key has cost since that day (picodollars); without one, ever. Calls without a key are under
        the empty id."""
        return {key_id: spend.cost for key_id, spend in self.of_keys(since_day).items()}

    def by_day_next(self, since_day: str | None) -> Future[dict[str, dict[str, int]]]:
        """``by_day``, without waiting, read behind everything that was appended so far and before what comes later;
        without a day, all that there ever was as of one day."""

        def read() -> dict[str, dict[str, int]]:
            if since_day is not None:
                return self.by_day(since_day)
            return {key_id: {"": cost} for key_id, cost in self.per_key().items()}

        return self._writer.later(self._activity, read)

    def of_keys(self, since_day: str | None = None) -> dict[str, KeySpend]:
        """What each key came to since that day; without one, ever."""
        query = KEY_SPEND.sums(("key_id",), *(fn.SUM(KEY_SPEND[name]) for name in KeySpend._fields))
        if since_day is not None:
            query = query.where(KEY_SPEND["day"] >= since_day)
        return {row[0]: KeySpend(*map(int, row[1:])) for row in self._activity.rows(query)}

    def by_day(self, since_day: str) -> dict[str, dict[str, int]]:
        """What each key cost on each day since that one (picodollars); days without any are not in it."""
        query = KEY_SPEND.select().where(KEY_SPEND["day"] >= since_day)
        found: dict[str, dict[str, int]] = {}
        for day, key_id, cost, *_ in self._activity.rows(query):
            found.setdefault(key_id, {})[day] = cost
        return found

    def last_used(self, key_ids: Iterable[str]) -> dict[str, float]:
        """When each key was last used (Unix seconds), as far as the rollups know, which follow the log within a second;
        to the minute where its exchange was deleted."""
        query = (
            "SELECT coalesce(e.started, r.slot) FROM (SELECT slot, last_seq FROM rollup WHERE grp = ? AND grain = 60"
            " ORDER BY slot DESC LIMIT 1) r LEFT JOIN exchange e ON e.seq = r.last_seq"
        )
        found: dict[str, float] = {}
        with self._activity.reading() as connection:
            for key_id in key_ids:
                row = connection.execute(query, (f"k:{key_id}",)).fetchone()
                if row is not None:
                    found[key_id] = float(row[0])
        return found

    def sums(self, since_day: str, until_day: str) -> list[Spend]:
        """What each key came to on each model of each provider from one day to another, both included, as if it had all
        been on the first: requests, errors, cost and what is unpriced, no tokens."""
        names = ("requests", "errors", "cost", "unpriced")
        query = SPEND.sums(SPEND.keys[1:], *(fn.SUM(SPEND[name]) for name in names))
        query = query.where(SPEND["day"].between(since_day, until_day))
        columns = (*SPEND.keys[1:], *names)
        return [Spend(day=since_day, **dict(zip(columns, row, strict=True))) for row in self._activity.rows(query)]

    def rows(self, since_day: str | None = None, until_day: str | None = None) -> list[Spend]:
        """The counters from one day to another, both included, oldest first."""
        query = SPEND.select().order_by(*(SPEND[key] for key in SPEND.keys))
        if since_day is not None:
            query = query.where(SPEND["day"] >= since_day)
        if until_day is not None:
            query = query.where(SPEND["day"] <= until_day)
        return [Spend(**dict(zip(SPEND.columns, row, strict=True))) for row in self._activity.rows(query)]
