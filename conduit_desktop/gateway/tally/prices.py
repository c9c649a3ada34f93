"""The prices in force: the user's own, else what the store has of the catalogue, completed when a model is first
seen."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from conduit_desktop.gateway.snapshot import Snapshot, Target
from conduit_desktop.gateway.tally import renewing, rules
from conduit_desktop.records import Price, PriceRule
from conduit_desktop.store import Store
from conduit_desktop.tasks import cancel, spawn

_log = logging.getLogger(__name__)

Key = tuple[str, str]
AGAIN_SECONDS = 60.0
"""How long after a look-up that failed there is none for the same model."""


class PriceBook:
    """Prices by target. Reading never blocks: what is in force for a target is found once for each configuration.
    Looking up, which imports the whole catalogue, happens in a child process, and what it finds is kept in the
    store, so that it is done once. So are the rates behind each price, which exchanges name."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._listed: dict[Key, Price | None] = {}
        self._rules: tuple[PriceRule, ...] = ()
        self._found: dict[str, Price | None] = {}
        self._asked: dict[Key, asyncio.Task[None]] = {}
        self._failed: dict[Key, float] = {}
        self._told: set[str] = set()
        self._keeping: set[asyncio.Task[None]] = set()

    def load(self, snapshot: Snapshot) -> None:
        """Take over what another configuration says."""
        self._listed.update(snapshot.prices)
        self._rules = snapshot.rules
        self._found = {}

    def get(self, target: Target) -> Price | None:
        """The price, None when there is none or it is not known yet."""
        try:
            return self._found[target.id]
        except KeyError:
            return self._compiled(target)

    def knows(self, target: Target) -> bool:
        return target.id in self._found or self.get(target) is not None or target.price_key in self._listed

    def _compiled(self, target: Target) -> Price | None:
        price = rules.own_price(target, self._rules)
        if price is None:
            if target.price_key not in self._listed:
                return None
            price = self._listed[target.price_key]
        self._found[target.id] = price
        if price is not None and price.source not in self._told:
            self._told.add(price.source)
            task = spawn(self._keep(price), "keep rates")
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)
        return price

    async def _keep(self, price: Price) -> None:
        try:
            await asyncio.to_thread(self._store.used_prices.keep, price)
        except Exception:  # noqa: BLE001 - the exchange still names the price
            self._told.discard(price.source)
            _log.warning("The rates of %s could not be kept", price.source, exc_info=True)

    def begin(self, target: Target) -> asyncio.Task[None] | None:
        """Begin to look the price up, when it is not known yet, so that it is there when the answer is."""
        if self.knows(target):
            return None
        key = target.price_key
        if self._clock() - self._failed.get(key, -AGAIN_SECONDS) < AGAIN_SECONDS:
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
        return self.get(target)

    async def close(self) -> None:
        """End what is being looked up: nobody waits for it any more."""
        for task in list(self._asked.values()):
            await cancel(task)
        await asyncio.gather(*self._keeping)

    async def _look_up(self, key: Key, target: Target) -> None:
        try:
            wanted = (target.spec.kind, target.provider.base_url, target.upstream_model)
            self._listed[key] = await asyncio.to_thread(renewing.look_up, self._store, key, wanted)
        except Exception:  # noqa: BLE001 - a price that cannot be found must never cost anybody their answer
            self._failed[key] = self._clock()
            _log.warning("The price of %s could not be looked up", target.upstream_model, exc_info=True)
        finally:
            self._asked.pop(key, None)
