"""Providers: configured accounts. Their secrets are in the vault; only references to them are here."""

from __future__ import annotations

from conduit_desktop.records import Provider
from conduit_desktop.store.database import Row
from conduit_desktop.store.models import PROVIDER
from conduit_desktop.store.repository import Repository, fields


class Providers(Repository):
    def list(self) -> list[Provider]:
        """All of them, in the order in which they were made."""
        query = PROVIDER.select().order_by(PROVIDER["created"], PROVIDER["name"])
        return [_record(row) for row in self._database.rows(query)]

    def get(self, id: str) -> Provider | None:
        row = self._database.row(PROVIDER.select().where(PROVIDER["id"] == id))
        return None if row is None else _record(row)

    def by_name(self, name: str) -> Provider | None:
        row = self._database.row(PROVIDER.select().where(PROVIDER["name"] == name))
        return None if row is None else _record(row)

    def put(self, provider: Provider) -> None:
        """Insert it, or change the one with its id. A name that another one has is refused."""
        with self._refusing(f"There is another provider named {provider.name!r}."):
            self._write(lambda: self._put(provider))

    def _put(self, provider: Provider) -> None:
        before = self.get(provider.id)
        self._database.execute(PROVIDER.put(fields(provider, PROVIDER)))
        self._note("provider", provider.name, before, provider)

    def remove(self, id: str) -> None:
        """Its deployments go with it."""

        def write() -> None:
            if (before := self.get(id)) is not None:
                self._database.execute(PROVIDER.delete().where(PROVIDER["id"] == id))
                self._note("provider", before.name, before, None)

        self._write(write)


def _record(row: Row) -> Provider:
    values = dict(zip(PROVIDER.columns, row, strict=True))
    values["enabled"] = bool(values["enabled"])
    return Provider(**values)
