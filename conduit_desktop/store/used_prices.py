"""The rates behind the price that each exchange names, kept once: what a bill rests on, whatever changes later."""

from __future__ import annotations

from conduit_desktop.records import Price
from conduit_desktop.store.database import Database
from conduit_desktop.store.models import PRICE_USED
from conduit_desktop.store.prices import decode_price, encode_price
from conduit_desktop.store.writer import Writer


class UsedPrices:
    def __init__(self, activity: Database, writer: Writer) -> None:
        self._activity = activity
        self._writer = writer

    def keep(self, *prices: Price) -> None:
        """Remember the rates behind each price's source; those that are known stay as they are."""

        def write() -> None:
            for price in prices:
                if self.get(price.source) is None:
                    self._activity.execute(PRICE_USED.put({"source": price.source, "price": encode_price(price)}))

        self._writer.run(self._activity, write)

    def get(self, source: str) -> Price | None:
        row = self._activity.row(PRICE_USED.select().where(PRICE_USED["source"] == source))
        return None if row is None else decode_price(row[1])
