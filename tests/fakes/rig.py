"""A whole gateway for a test: a home of its own, real SQLite files, real sockets, a vault in memory."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from conduit_desktop.bus import Bus
from conduit_desktop.gateway.engine import Gateway
from conduit_desktop.gateway.tally import catalogue
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.paths import Home
from conduit_desktop.providers import spec
from conduit_desktop.records import Exchange, ExchangeFilter, Price, Provider, VirtualKey
from conduit_desktop.runtime import keys, master, models, providers
from conduit_desktop.runtime.admin.entry import Admin
from conduit_desktop.runtime.notifying.notices import Notices
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault


class Rig:
    """The parts, and the few verbs that tests need. ``key`` is the text of a key without limits."""

    def __init__(self, folder: Path, key: str = "test") -> None:
        self.home = Home(folder)
        self.store = Store.open(self.home)
        self.vault = MemoryVault()
        self.bus = Bus()
        self.ring = Ring()
        self.gateway = Gateway(self.store, self.vault, self.bus, self.ring)
        self.key = self.add_key(key)
        self.base_url = ""
        self.notices: Notices | None = None

    def administer(self) -> str:
        """Have the admin API answer; gives the master key."""
        self.notices = Notices(self.store, self.vault, self.bus)
        parts = (self.home, self.store, self.vault, self.bus, self.ring, self.gateway, self.notices)
        self.gateway.administered_by(Admin(*parts))
        return master.new(self.store, self.vault)

    def add_provider(self, name: str, kind: str, base_url: str = "", secret: str | None = None) -> Provider:
        return providers.add(self.store, self.vault, name, kind, base_url=base_url, secret=secret)

    def add_model(self, alias: str, provider: Provider, upstream: str, **more: int) -> None:
        models.add(self.store, alias, provider, upstream, **more)

    def add_key(self, name: str, **limits: object) -> str:
        wanted = VirtualKey(id="", name=name, digest="", last4="", **limits)  # type: ignore[arg-type]
        return keys.create(self.store, self.vault, wanted, keep_text=False)[1]

    def limit(self, alias: str, **seconds: float) -> None:
        """Set a model's time limits."""
        model = models.named(self.store, alias)
        self.store.models.put(replace(model, timeouts=replace(model.timeouts, **seconds)))

    def route(self, alias: str, **more: Any) -> None:
        models.set_routing(self.store, alias, **more)

    def set_price(self, provider: Provider, upstream_model: str, price: Price | None) -> None:
        """A price by hand: no catalogue is asked."""
        self.store.prices.put(*models.price_key(provider, upstream_model), price, "test")

    def add_prices(self, provider: Provider, upstream_models: Iterable[str]) -> None:
        """Look prices up all at once, which takes one child process instead of one a model."""
        wanted = [(provider.kind, provider.base_url, model) for model in sorted(set(upstream_models))]
        found = catalogue.look_up_all(wanted)
        for (kind, base_url, model), price in zip(wanted, found, strict=True):
            own = base_url == spec(kind).base_url
            self.store.prices.put(kind if own else f"{kind} {base_url}", model, price, "test")

    def log(self, limit: int = 1000) -> list[Exchange]:
        """The log, newest first, with attempts; what is gathered for a moment before it is written is waited for."""
        self.store.exchanges.flush()
        rows = self.store.exchanges.page(ExchangeFilter(), None, limit)
        return [found for row in rows if (found := self.store.exchanges.get(row.id))]

    async def logged(self, count: int) -> list[Exchange]:
        """The log, once it has ``count`` rows."""
        for _ in range(500):
            if len(self.log()) >= count:
                break
            await asyncio.sleep(0.01)
        return self.log()


@contextlib.asynccontextmanager
async def running(folder: Path, key: str = "test") -> AsyncIterator[Rig]:
    """A rig whose gateway listens on a free port; ``key`` is the name of its first key."""
    rig = Rig(folder, key)
    try:
        rig.base_url = (await rig.gateway.start("127.0.0.1", 0)).base_url
        yield rig
    finally:
        await rig.gateway.stop(1.0)
        if rig.notices is not None:
            await asyncio.to_thread(rig.notices.close)
        rig.store.close()
