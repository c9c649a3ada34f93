"""The prices in force: what the store has, completed from the catalogue when a model is first seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.gateway.tally import catalogue
from conduit_desktop.records import Price
from conduit_desktop.tasks import cancel, spawn

_log = logging.getLogger(__name__)

Key = tuple[str, str]
Keep = Callable[[Key, Price | None], None]


class PriceBook:
    """Prices by (kind, upstream model). Reading never blocks; looking up, which imports the whole catalogue, happens
    on a worker thread, and what it finds is kept in the store, so that it is done once."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._prices: dict[Key, Price | None] = {}
        self._asked: dict[Key, asyncio.Task[None]] = {}

    def load(self, stored: Mapping[Key, Price | None]) -> None:
        self._prices.update(stored)

    def get(self, target: Target) -> Price | None:
        """The price, None when there is none or it is not known yet."""
        return self._prices.get(target.price_key)

    def knows(self, target: Target) -> bool:
        return target.price_key in self._prices

    def begin(self, target: Target) -> asyncio.Task[None] | None:
        """Begin to look the price up, when it is not known yet, so that it is there when the answer is."""
        key = target.price_key
        if key in self._prices:
            return None
        if key not in self._asked:
            self._asked[key] = spawn(self._look_up(key, target), "price")
        return self._asked[key]

    async def find(self, target: Target) -> Price | None:
        """The price, looked up when it is not known yet."""
        task = self.begin(target)
        if task is not None:
            # Shielded: a client that hangs up must not end the look-up for others who wait for it.
            await asyncio.shield(task)
        return self._prices.get(target.price_key)

    async def close(self) -> None:
        """End what is being looked up: nobody waits for it any more."""
        for task in list(self._asked.values()):
            await cancel(task)

    async def _look_up(self, key: Key, target: Target) -> None:
        try:
            wanted = (target.spec.kind, target.provider.base_url, target.upstream_model)
            (price,) = await asyncio.to_thread(catalogue.look_up_all, [wanted])
            self._prices[key] = price
            await asyncio.to_thread(self._keep, key, price)
        except Exception:  # noqa: BLE001 - a price that cannot be found must never cost anybody their answer
            _log.warning("The price of %s could not be looked up", target.upstream_model, exc_info=True)
        finally:
            self._asked.pop(key, None)
