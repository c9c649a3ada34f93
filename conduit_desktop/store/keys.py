"""Virtual keys: what clients present. Their texts are not here, only their digests."""

from __future__ import annotations

import json

from conduit_desktop.records import VirtualKey
from conduit_desktop.store.database import Row
from conduit_desktop.store.models import VIRTUAL_KEY
from conduit_desktop.store.repository import Repository, fields

_LISTS = ("models", "providers", "thresholds")


class Keys(Repository):
    def list(self) -> list[VirtualKey]:
        """All of them, in the order in which they were made."""
        query = VIRTUAL_KEY.select().order_by(VIRTUAL_KEY["created"], VIRTUAL_KEY["name"])
        return [_record(row) for row in self._database.rows(query)]

    def get(self, id: str) -> VirtualKey | None:
        row = self._database.row(VIRTUAL_KEY.select().where(VIRTUAL_KEY["id"] == id))
        return None if row is None else _record(row)

    def by_name(self, name: str) -> VirtualKey | None:
        row = self._database.row(VIRTUAL_KEY.select().where(VIRTUAL_KEY["name"] == name))
        return None if row is None else _record(row)

    def put(self, key: VirtualKey) -> None:
        """Insert it, or change the one with its id. A name that another one has is refused."""
        row = fields(key, VIRTUAL_KEY) | {name: json.dumps(getattr(key, name)) for name in _LISTS}
        with self._refusing(f"There is another key named {key.name!r}."):
            self._write(lambda: self._put(key, row))

    def _put(self, key: VirtualKey, row: dict[str, object]) -> None:
        before = self.get(key.id)
        self._database.execute(VIRTUAL_KEY.put(row))
        self._note("key", key.name, before, key)

    def remove(self, id: str) -> None:
        """What it has spent stays in the counters."""

        def write() -> None:
            if (before := self.get(id)) is not None:
                self._database.execute(VIRTUAL_KEY.delete().where(VIRTUAL_KEY["id"] == id))
                self._note("key", before.name, before, None)

        self._write(write)


def _record(row: Row) -> VirtualKey:
    values = dict(zip(VIRTUAL_KEY.columns, row, strict=True))
    values["enabled"] = bool(values["enabled"])
    values["local_only"] = bool(values["local_only"])
    values["cache"] = bool(values["cache"])
    for name in _LISTS:
        values[name] = tuple(json.loads(values[name]))
    return VirtualKey(**values)
