"""The window's verbs on prices: the user's own rules, the catalogue they stand above, and what a correction changes."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

from conduit_desktop.bus import Bus, ConfigurationChanged
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.gateway.tally import rules
from conduit_desktop.gateway.tally.rules import matches as matches
from conduit_desktop.gateway.tally.rules import rule_for as rule_for
from conduit_desktop.money import PICO
from conduit_desktop.records import Exchange, Price, PriceRule
from conduit_desktop.runtime import bills, models, names, price_lists, providers, recomputing
from conduit_desktop.runtime.bills import Bill as Bill
from conduit_desktop.runtime.configuring import Run
from conduit_desktop.runtime.price_lists import CatalogueChange as CatalogueChange
from conduit_desktop.runtime.price_lists import CatalogueDraft as CatalogueDraft
from conduit_desktop.runtime.price_lists import CatalogueState as CatalogueState
from conduit_desktop.runtime.price_lists import PriceChange as PriceChange
from conduit_desktop.runtime.recomputing import ModelChange as ModelChange
from conduit_desktop.runtime.recomputing import Recomputation as Recomputation
from conduit_desktop.store import Store

T = TypeVar("T")

_MOST = 10**6 * PICO


class Pricing:
    """Each verb runs its blocking part on a worker thread."""

    def __init__(self, store: Store, bus: Bus, run: Run) -> None:
        self._store = store
        self._bus = bus
        self._run = run
        self.recomputed: Callable[[], None] = lambda: None
        """Called when history was priced anew."""

    async def _change(self, work: Callable[..., T], *args: Any) -> T:
        result = await self._run(work, *args)
        self._bus.publish(ConfigurationChanged())
        return result

    async def rules(self) -> list[PriceRule]:
        """The user's own prices by pattern."""
        return await self._run(self._store.rules.list)

    async def save_rule(self, pattern: str, price: Price, id: str = "") -> PriceRule:
        """Set the price of every model that ``pattern`` matches: a new rule, or the one with ``id`` changed."""
        return await self._change(save_rule, self._store, pattern, price, id)

    async def remove_rule(self, id: str) -> None:
        await self._change(self._store.rules.remove, id)

    async def catalogue(self) -> CatalogueState:
        """Which list prices are in force, and which were kept."""
        return await self._run(price_lists.state, self._store)

    async def update_catalogue(self) -> CatalogueChange:
        """Fetch the newest list of prices, check it, and put it in force. Raises ConduitError when it cannot be had or
        is not to be trusted; then nothing changes."""
        return await self.keep_catalogue(await self.fetch_catalogue())

    async def fetch_catalogue(self) -> CatalogueDraft:
        """Fetch the newest list of prices and check it: what it would change. Raises ConduitError likewise."""
        address = await self._run(price_lists.address)
        data = await price_lists.download(address)
        return await self._run(price_lists.check, self._store, data)

    async def keep_catalogue(self, draft: CatalogueDraft) -> CatalogueChange:
        """Put a list that was fetched in force, once it is checked against what is in force by now."""
        return await self._change(price_lists.take_over, self._store, draft.data)

    async def use_catalogue(self, id: str | None) -> int:
        """Put a list that was kept in force, or with None the package's own; how many prices in use are others now."""
        return await self._change(price_lists.use, self._store, id)

    async def recompute_preview(
        self, since: float | None, until: float | None, only_unpriced: bool = False
    ) -> Recomputation:
        """What pricing the exchanges of a span anew would change."""
        return await self._run(recomputing.preview, self._store, since, until, only_unpriced)

    async def recompute(self, preview: Recomputation, progress: Callable[[int, int], object] | None = None) -> int:
        """Do what the preview says, with the prices in force now; how many exchanges cost something else. ``progress``
        is called on this loop with how many were looked at, of how many."""
        loop = asyncio.get_running_loop()
        told = [] if progress is None else [progress]  # emptied here: the worker must not be the last to know of it

        def forward(done: int, total: int) -> None:
            for each in told:
                each(done, total)

        try:
            return await self._change(
                recomputing.recompute,
                self._store,
                preview,
                lambda done, total: loop.call_soon_threadsafe(forward, done, total),
            )
        finally:
            told.clear()
            self.recomputed()

    async def price_of(self, provider_id: str, upstream_model: str) -> Price | None:
        """The price in force for a provider's model, with its source; looked up where nobody has asked for it yet."""
        return await self._run(price_of, self._store, provider_id, upstream_model)

    async def bill(self, exchange: Exchange) -> Bill:
        """What an exchange cost, line by line, at the rates of then; or why it has no cost."""
        return await self._run(bill_of, self._store, exchange)


def bill_of(store: Store, exchange: Exchange) -> Bill:
    """See ``Pricing.bill``."""
    now: Price | None = None
    if exchange.cost is None and exchange.usage is not None and exchange.provider_id:
        try:
            now = price_of(store, exchange.provider_id, exchange.upstream_model)
        except ConfigurationError:  # the provider is gone, or of a kind that is not known any more
            now = None
    return bills.bill(store, exchange, now)


def save_rule(store: Store, pattern: str, price: Price, id: str = "") -> PriceRule:
    """See ``Pricing.save_rule``. Raises ConfigurationError."""
    pattern = names.clean(pattern, "price's pattern", most=300, slash=True)
    rules.each_of(price, _checked)
    now = time.time()
    before = store.rules.get(id) if id else None
    if id and before is None:
        raise ConfigurationError("This price is no more.", code="not_found", status=404)
    rule = PriceRule(
        id=id or uuid.uuid4().hex,
        pattern=pattern,
        price=replace(price, source="own price"),
        created=before.created if before else now,
        updated=now,
    )
    store.rules.put(rule)
    return rule


def _checked(rates: Price) -> Price:
    """Rates that are amounts. Raises ConfigurationError."""
    amounts = [value for each in fields(rates) if isinstance(value := getattr(rates, each.name), int)]
    if any(not 0 <= amount <= _MOST for amount in amounts):
        raise ConfigurationError("A price is not negative, and not over a million dollars.", code="bad_value")
    return rates


def price_of(store: Store, provider_id: str, upstream_model: str) -> Price | None:
    """See ``Pricing.price_of``. Blocks, up to seconds where the catalogue must be asked."""
    provider = providers.get(store, provider_id)
    target = models.as_target(provider, upstream_model)
    own = rules.own_price(target, store.rules.list())
    return own if own is not None else models.look_up(store, target)
