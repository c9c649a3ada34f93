"""The tables as peewee knows them. Private to the store: records go in and out of it, rows never do.

The schema itself is made by the migrations; a test holds the two together. The exchange log and its rollups are not
here: they are read and written raw, where peewee's query building would cost more than the query.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import EXCLUDED, Column, Delete, Function, Insert, Select, Table, Update


class Rows:
    """One table: its columns in the order in which ``select`` gives them, and what identifies a row."""

    def __init__(self, name: str, keys: tuple[str, ...], *others: str) -> None:
        self.name = name
        self.keys = keys
        self.columns = keys + others
        self._table = Table(name)

    def __getitem__(self, column: str) -> Column:
        """A column, to build a condition or an order with."""
        if column not in self.columns:
            raise KeyError(column)
        return Column(self._table, column)

    def select(self) -> Select:
        return self._table.select(*(self[column] for column in self.columns))

    def sums(self, by: tuple[str, ...], *sums: Function) -> Select:
        """The given sums for each distinct combination of some columns."""
        columns = [self[column] for column in by]
        return self._table.select(*columns, *sums).group_by(*columns)

    def put(self, row: Mapping[str, Any]) -> Insert:
        """Insert the row, or change the one with the same key in place (a replaced row would take those that
        refer to it with it)."""
        keep = {name: getattr(EXCLUDED, name) for name in row if name not in self.keys}
        insert: Insert = self._table.insert({self[name]: value for name, value in row.items()})
        return insert.on_conflict(conflict_target=[self[key] for key in self.keys], update=keep)

    def update(self, values: Mapping[str, Any]) -> Update:
        return self._table.update({self[name]: value for name, value in values.items()})

    def delete(self) -> Delete:
        return self._table.delete()


PROVIDER = Rows(
    "provider", ("id",), "name", "kind", "base_url", "secret_ref", "secret_last4", "enabled", "created", "updated"
)
CREDENTIAL = Rows("credential", ("id",), "provider_id", "name", "secret_ref", "last4", "enabled", "created")
MODEL = Rows(
    "model",
    ("id",),
    "alias",
    "strategy",
    "retries",
    "fallbacks",
    "enabled",
    "created",
    "context_fallbacks",
    "content_fallbacks",
    "timeouts",
    "cache_seconds",
    "resume",
)
DEPLOYMENT = Rows(
    "deployment",
    ("id",),
    "model_id",
    "provider_id",
    "upstream_model",
    "weight",
    "priority",
    "enabled",
    "position",
    "price",
    "rpm",
    "tpm",
    "parallel",
    "context_window",
    "lacks",
)
VIRTUAL_KEY = Rows(
    "virtual_key",
    ("id",),
    "name",
    "digest",
    "last4",
    "enabled",
    "note",
    "budget",
    "period",
    "expires",
    "models",
    "rpm",
    "tpm",
    "parallel",
    "secret_ref",
    "created",
    "color",
    "tag",
    "providers",
    "local_only",
    "at_limit",
    "downgrade_to",
    "thresholds",
    "default_model",
    "max_output",
    "old_digest",
    "old_until",
    "reset_at",
    "reset_spent",
    "cache",
)
SETTING = Rows("setting", ("key",), "value")
PRICE = Rows("price", ("kind", "model"), "price", "version")
PRICE_RULE = Rows("price_rule", ("id",), "pattern", "price", "created", "updated")
CATALOGUE = Rows("catalogue", ("id",), "fetched", "source", "models", "data", "active")
MASTER_KEY = Rows("master_key", ("one",), "salt", "hash", "last4", "secret_ref", "created")
WEBHOOK = Rows("webhook", ("one",), "kind", "host", "last4", "secret_ref")

SPEND = Rows(
    "spend",
    ("day", "key_id", "model", "provider"),
    "requests",
    "errors",
    "input",
    "output",
    "cached_read",
    "cost",
    "unpriced",
    "cache_write",
    "saved",
)
KEY_SPEND = Rows("key_spend", ("day", "key_id"), "cost", "requests", "unpriced", "errors")
NOTIFICATION = Rows(
    "notification",
    ("subject",),
    "id",
    "kind",
    "severity",
    "title",
    "text",
    "created",
    "updated",
    "count",
    "read",
    "action",
    "target",
)
TOLD = Rows("told", ("subject",), "stage")
PRICE_USED = Rows("price_used", ("source",), "price")
AUDIT = Rows("audit", ("seq",), "at", "who", "origin", "action", "subject", "detail")
HEALTH_EVENT = Rows("health_event", ("seq",), "at", "kind", "subject", "name", "state", "reason", "until")
CAPTURE = Rows("capture", ("seq",), "exchange_id", "started", "size", "data")
