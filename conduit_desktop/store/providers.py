"""Providers: configured accounts. Their secrets are in the vault; only references to them are here."""

from __future__ import annotations

from collections.abc import Sequence

from conduit_desktop.records import Credential, Provider
from conduit_desktop.store.database import Row
from conduit_desktop.store.models import CREDENTIAL, PROVIDER
from conduit_desktop.store.repository import Repository, fields


class Providers(Repository):
    def list(self) -> list[Provider]:
        """All of them, in the order in which they were made."""
        query = PROVIDER.select().order_by(PROVIDER["created"], PROVIDER["name"])
        with self._database.reading():
            rows = self._database.rows(query)
            further = self._database.rows(CREDENTIAL.select().order_by(CREDENTIAL["created"], CREDENTIAL["name"]))
        return [_record(row, further) for row in rows]

    def get(self, id: str) -> Provider | None:
        return self._one("id", id)

    def by_name(self, name: str) -> Provider | None:
        return self._one("name", name)

    def _one(self, column: str, value: str) -> Provider | None:
        with self._database.reading():
            row = self._database.row(PROVIDER.select().where(PROVIDER[column] == value))
            if row is None:
                return None
            wanted = CREDENTIAL.select().where(CREDENTIAL["provider_id"] == row[0])
            return _record(row, self._database.rows(wanted.order_by(CREDENTIAL["created"], CREDENTIAL["name"])))

    def put(self, provider: Provider) -> None:
        """Insert it, or change the one with its id; its further credentials become exactly those given. A name that
        another one has is refused."""
        with self._refusing(f"There is another provider named {provider.name!r}."):
            self._write(lambda: self._put(provider))

    def _put(self, provider: Provider) -> None:
        before = self.get(provider.id)
        self._database.execute(PROVIDER.put(fields(provider, PROVIDER)))
        self._database.execute(CREDENTIAL.delete().where(CREDENTIAL["provider_id"] == provider.id))
        for credential in provider.credentials:
            self._database.execute(CREDENTIAL.put(fields(credential, CREDENTIAL) | {"provider_id": provider.id}))
        self._note("provider", provider.name, before, provider)

    def remove(self, id: str) -> None:
        """Its deployments go with it."""

        def write() -> None:
            if (before := self.get(id)) is not None:
                self._database.execute(PROVIDER.delete().where(PROVIDER["id"] == id))
                self._note("provider", before.name, before, None)

        self._write(write)


def _record(row: Row, further: Sequence[Row]) -> Provider:
    values = dict(zip(PROVIDER.columns, row, strict=True))
    values["enabled"] = bool(values["enabled"])
    return Provider(**values, credentials=tuple(_credential(each) for each in further if each[1] == values["id"]))


def _credential(row: Row) -> Credential:
    values = dict(zip(CREDENTIAL.columns, row, strict=True))
    values["enabled"] = bool(values["enabled"])
    return Credential(**values)
