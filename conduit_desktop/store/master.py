"""The master key as it is kept: salt and scrypt hash, never its text."""

from __future__ import annotations

from conduit_desktop.records import MasterKey
from conduit_desktop.store.models import MASTER_KEY
from conduit_desktop.store.repository import Repository, fields


class Master(Repository):
    """At most one row."""

    def get(self) -> MasterKey | None:
        row = self._database.row(MASTER_KEY.select())
        if row is None:
            return None
        values = dict(zip(MASTER_KEY.columns, row, strict=True))
        del values["one"]
        return MasterKey(**{**values, "salt": bytes(values["salt"]), "hash": bytes(values["hash"])})

    def put(self, key: MasterKey) -> None:

        def write() -> None:
            before = self.get()
            self._database.execute(MASTER_KEY.put(fields(key, MASTER_KEY) | {"one": 1}))
            self._note("master key", "", before, key)

        self._write(write)
