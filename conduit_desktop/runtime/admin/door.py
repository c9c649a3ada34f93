"""The verbs behind the admin API: the window's own, on the gateway's loop. Blocking parts run on worker threads, a few
at a time, so that they leave some to the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from conduit_desktop.bus import Bus, ConfigurationChanged
from conduit_desktop.gateway.engine import Gateway
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.paths import Home
from conduit_desktop.runtime.activity import Activity
from conduit_desktop.runtime.administering import Administering
from conduit_desktop.runtime.configuring import Configuring
from conduit_desktop.runtime.notifying.desk import Notifying
from conduit_desktop.runtime.notifying.notices import Notices
from conduit_desktop.runtime.pricing import Pricing
from conduit_desktop.runtime.routing import Routing
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE = 4


class Door:
    """Made on the first request that needs it; belongs to the gateway's loop."""

    def __init__(
        self, home: Home, store: Store, vault: Vault, bus: Bus, ring: Ring, gateway: Gateway, notices: Notices
    ) -> None:
        self.home = home
        self.store = store
        self.vault = vault
        self.bus = bus
        self.gateway = gateway
        self._few = asyncio.Semaphore(AT_ONCE)
        self.configuring = Configuring(store, vault, bus, self.run)
        self.pricing = Pricing(store, bus, self.run)
        self.activity = Activity(store, ring, self.run)
        # A file that comes over the network may not have the gateway's environment read.
        self.administering = Administering(store, vault, bus, self.run, environ={})
        self.notifying = Notifying(store, self.configuring, self.run, notices, gateway.refuse)
        self.routing = Routing(store, vault, bus, self.run, self._ask)
        self.configuring.found_well = self.routing.reset_health
        self.configuring.own_address = lambda: gateway.listening.base_url if gateway.listening else ""

    async def _ask(self, work: Callable[[Gateway], Awaitable[T]]) -> T | None:
        return await work(self.gateway)

    async def run(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do blocking ``work`` on a worker thread."""
        async with self._few:
            return await asyncio.to_thread(work, *args, **named)

    async def change(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """The same for what changes the configuration: the bus is told."""
        result = await self.run(work, *args, **named)
        self.bus.publish(ConfigurationChanged())
        return result
