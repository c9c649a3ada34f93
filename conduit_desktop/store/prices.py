"""What models cost, as looked up once per provider kind and upstream model. ``None`` is an answer too: no price is
known."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from conduit_desktop.records import Price
from conduit_desktop.store.models import PRICE
from conduit_desktop.store.repository import Repository

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Price).decode


class Prices(Repository):
    def all(self) -> Mapping[tuple[str, str], Price | None]:
        rows = self._database.rows(PRICE.select())
        return {(kind, model): None if text is None else _decode(text) for kind, model, text, _ in rows}

    def get(self, kind: str, model: str) -> Price | None:
        row = self._database.row(PRICE.select().where(PRICE["kind"] == kind, PRICE["model"] == model))
        return None if row is None or row[2] is None else _decode(row[2])

    def put(self, kind: str, model: str, price: Price | None, version: str) -> None:
        """``version`` says what it was looked up in, for ``clear``."""
        text = None if price is None else _encode(price).decode()
        row = {"kind": kind, "model": model, "price": text, "version": version}
        self._write(lambda: self._database.execute(PRICE.put(row)))

    def clear(self, version_other_than: str) -> None:
        """Forget what was looked up in anything else than this version."""
        self._write(lambda: self._database.execute(PRICE.delete().where(PRICE["version"] != version_other_than)))
