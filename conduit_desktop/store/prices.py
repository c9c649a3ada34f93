"""What models cost: as looked up once per provider kind and upstream model (``None`` is an answer too: no price is
known), the user's own rules, and the catalogues that were fetched."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from conduit_desktop.records import Catalogue, Price, PriceRule
from conduit_desktop.store.database import Row
from conduit_desktop.store.models import CATALOGUE, PRICE, PRICE_RULE
from conduit_desktop.store.repository import Repository

decode_price = msgspec.json.Decoder(Price).decode


def encode_price(price: Price) -> str:
    return msgspec.json.encode(price).decode()


class Prices(Repository):
    def all(self) -> Mapping[tuple[str, str], Price | None]:
        rows = self._database.rows(PRICE.select())
        return {(kind, model): None if text is None else decode_price(text) for kind, model, text, _ in rows}

    def get(self, kind: str, model: str) -> Price | None:
        row = self._database.row(PRICE.select().where(PRICE["kind"] == kind, PRICE["model"] == model))
        return None if row is None or row[2] is None else decode_price(row[2])

    def put(self, kind: str, model: str, price: Price | None, version: str) -> None:
        """``version`` says what it was looked up in, for ``clear``."""
        text = None if price is None else encode_price(price)
        row = {"kind": kind, "model": model, "price": text, "version": version}
        self._write(lambda: self._database.execute(PRICE.put(row)))

    def outdated(self, version: str) -> dict[tuple[str, str], Price | None]:
        """What was looked up in anything else than this version."""
        rows = self._database.rows(PRICE.select().where(PRICE["version"] != version))
        return {(kind, model): None if text is None else decode_price(text) for kind, model, text, _ in rows}

    def put_all(self, prices: Mapping[tuple[str, str], Price | None], version: str) -> None:
        """``put`` for many, as one change."""

        def write() -> None:
            for (kind, model), price in prices.items():
                self.put(kind, model, price, version)

        self._write(write)


class PriceRules(Repository):
    """The user's own prices by pattern."""

    def list(self) -> list[PriceRule]:
        return [_rule(row) for row in self._database.rows(PRICE_RULE.select().order_by(PRICE_RULE["pattern"]))]

    def put(self, rule: PriceRule) -> None:
        """Insert it, or change the one with its id. A pattern that another one has is refused."""
        row = {
            "id": rule.id,
            "pattern": rule.pattern,
            "price": encode_price(rule.price),
            "created": rule.created,
            "updated": rule.updated,
        }
        with self._refusing(f"There is another price for {rule.pattern!r}."):
            self._write(lambda: self._put(rule, row))

    def _put(self, rule: PriceRule, row: Mapping[str, object]) -> None:
        before = self.get(rule.id)
        self._database.execute(PRICE_RULE.put(row))
        self._note("price", rule.pattern, before, rule)

    def get(self, id: str) -> PriceRule | None:
        row = self._database.row(PRICE_RULE.select().where(PRICE_RULE["id"] == id))
        return None if row is None else _rule(row)

    def remove(self, id: str) -> None:
        def write() -> None:
            if (before := self.get(id)) is not None:
                self._database.execute(PRICE_RULE.delete().where(PRICE_RULE["id"] == id))
                self._note("price", before.pattern, before, None)

        self._write(write)


class Catalogues(Repository):
    """Price lists as they were fetched, newest first."""

    def list(self) -> list[Catalogue]:
        query = CATALOGUE.select().order_by(CATALOGUE["fetched"].desc())
        return [_catalogue(row) for row in self._database.rows(query)]

    def active(self) -> tuple[Catalogue, bytes] | None:
        """The one in force with its data; None when that is the package's own."""
        row = self._database.row(CATALOGUE.select().where(CATALOGUE["active"] == 1))
        return None if row is None else (_catalogue(row), row[4])

    def add(self, catalogue: Catalogue, data: bytes, keep: int = 3) -> None:
        """Keep it; of the others the newest ``keep`` - 1 stay. An active one takes over from the one before."""
        row = {
            "id": catalogue.id,
            "fetched": catalogue.fetched,
            "source": catalogue.source,
            "models": catalogue.models,
            "data": data,
            "active": catalogue.active,
        }

        def write() -> None:
            before = self._in_force()
            if catalogue.active:
                self._database.execute(CATALOGUE.update({"active": 0}))
            self._database.execute(CATALOGUE.put(row))
            for old in self.list()[keep:]:
                self._database.execute(CATALOGUE.delete().where(CATALOGUE["id"] == old.id))
            self._note("price catalogue", "", before, self._in_force())

        self._write(write)

    def activate(self, id: str | None) -> None:
        """Put one in force; None: the package's own."""

        def write() -> None:
            before = self._in_force()
            self._database.execute(CATALOGUE.update({"active": 0}))
            if id is not None:
                self._database.execute(CATALOGUE.update({"active": 1}).where(CATALOGUE["id"] == id))
            self._note("price catalogue", "", before, self._in_force())

        self._write(write)

    def _in_force(self) -> str:
        """Which one is, in words for the audit log."""
        row = self._database.row(CATALOGUE.select().where(CATALOGUE["active"] == 1))
        return "the package's own" if row is None else f"{row[2]} ({row[3]} models)"


def _rule(row: Row) -> PriceRule:
    values = dict(zip(PRICE_RULE.columns, row, strict=True))
    return PriceRule(**{**values, "price": decode_price(values["price"])})


def _catalogue(row: Row) -> Catalogue:
    values = dict(zip(CATALOGUE.columns, row, strict=True))
    del values["data"]
    return Catalogue(**{**values, "active": bool(values["active"])})
