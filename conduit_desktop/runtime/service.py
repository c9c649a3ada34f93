"""The one door that the window uses: everything it can ask and change, as coroutines on its own loop.

No method blocks the caller's loop: the store and the vault are asked on worker threads, the gateway on its own. What
comes back are records. Errors are ConduitError, whose ``text`` is fit for the screen.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar

from conduit_desktop.bus import Bus, ConfigurationChanged, GatewayChanged, GatewayState
from conduit_desktop.errors import ConduitError, ConfigurationError
from conduit_desktop.gateway.periods import day_of, zone_of
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.paths import Home
from conduit_desktop.records import Notification
from conduit_desktop.runtime import caching
from conduit_desktop.runtime.activity import Activity
from conduit_desktop.runtime.administering import Administering
from conduit_desktop.runtime.caching import CacheState
from conduit_desktop.runtime.configuring import Configuring
from conduit_desktop.runtime.housekeeping import Housekeeping
from conduit_desktop.runtime.loop_thread import LoopThread
from conduit_desktop.runtime.notifying.desk import Notifying
from conduit_desktop.runtime.notifying.notices import Notices, moved
from conduit_desktop.runtime.occupancy import Occupancy, port_taken
from conduit_desktop.runtime.pricing import Pricing
from conduit_desktop.runtime.routing import Routing
from conduit_desktop.settings import Settings
from conduit_desktop.store import Store
from conduit_desktop.store.trail import Actor, act_as, acting
from conduit_desktop.vault import Vault, VaultState

if TYPE_CHECKING:
    from conduit_desktop.gateway.engine import Gateway

P = ParamSpec("P")
T = TypeVar("T")

HOST = "127.0.0.1"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """What the header shows. ``detail`` says why it failed, or what is noteworthy; ``since`` is Unix seconds."""

    state: GatewayState = "stopped"
    base_url: str = ""
    port: int = 0
    detail: str = ""
    in_flight: int = 0
    since: float | None = None


class SpentToday(NamedTuple):
    """``cost`` (picodollars) leaves out the requests whose price is unknown, ``unpriced`` of them."""

    cost: int
    unpriced: int = 0


class GatewayService:
    """Configuration in ``service.configuring``'s verbs, the log in ``service.activity``'s, the gateway's life here."""

    def __init__(self, home: Home, store: Store, vault: Vault, bus: Bus) -> None:
        self.home = home
        self.bus = bus
        self._store = store
        self._vault = vault
        self._window = Actor("window", f"process {os.getpid()}")
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="conduit-service")
        self._ring = Ring()
        self._occupancy = Occupancy(home)
        self._housekeeping = Housekeeping(store)
        self._thread: LoopThread | None = None
        self._gateway: Gateway | None = None
        self._status = GatewayStatus()
        self._changing = asyncio.Lock()
        self._notices = Notices(store, vault, bus)
        self.configuring = Configuring(store, vault, bus, self.run)
        self.pricing = Pricing(store, bus, self.run)
        self.activity = Activity(store, self._ring, self.run)
        self.admin = Administering(store, vault, bus, self.run)
        self.routing = Routing(store, vault, bus, self.run, self._ask)
        self.configuring.found_well = self.routing.reset_health
        self.configuring.own_address = lambda: self._status.base_url
        self.pricing.recomputed = self.routing.forget_numbers
        self.notifying = Notifying(store, self.configuring, self.run, self._notices, self._refuse_waiting)

    async def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Do blocking ``work`` on a worker thread, where what it changes is the window's doing."""
        context = contextvars.copy_context()
        if acting() is None:
            context.run(act_as, self._window)
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, lambda: context.run(lambda: work(*args, **named))
        )

    # ------------------------------------------------------------ the gateway's life

    @property
    def status(self) -> GatewayStatus:
        """May be read from any thread, at any time."""
        gateway = self._gateway
        return replace(self._status, in_flight=gateway.in_flight) if gateway else self._status

    async def start(self) -> GatewayStatus:
        """Start the gateway. What goes wrong is in the status (``failed`` with its detail), not raised."""
        self.notifying.start()
        async with self._changing:
            if self._status.state == "running":
                return self.status
            self._become("starting")
            try:
                await self._start()
            except ConduitError as error:
                self._become("failed", detail=error.text)
            except OSError as error:
                self._become("failed", detail=f"The gateway cannot listen: {error.strerror or error}.")
        return self.status

    async def _start(self) -> None:
        port = (await self.settings())["port"]
        await self.run(self._occupancy.take)
        try:
            if self._thread is None:
                self._thread = LoopThread()
            gateway = await self.run(self._make_gateway)
            listening = await self._thread.run(gateway.start(HOST, port))
        except BaseException:
            self._occupancy.leave()
            raise
        self._gateway = gateway
        await self._thread.run(self._housekeeping.start())
        await self.run(self._occupancy.announce, listening.base_url)
        detail = ""
        if listening.port != listening.wanted:
            detail = await self.run(port_taken, listening.wanted, listening.port)
            self._notices.tell(moved(detail))
        self._become("running", listening.base_url, listening.port, detail, since=time.time())

    def _make_gateway(self) -> Gateway:
        """Loads what a gateway consists of: the window is shown by then, and not kept waiting for it."""
        from conduit_desktop.gateway.engine import Gateway
        from conduit_desktop.runtime.admin.entry import Admin

        gateway = Gateway(self._store, self._vault, self.bus, self._ring)
        parts = (self.home, self._store, self._vault, self.bus, self._ring, gateway, self._notices)
        gateway.administered_by(Admin(*parts))
        return gateway

    async def stop(self) -> int:
        """Stop the gateway, letting requests in work finish. Gives how many there were."""
        async with self._changing:
            gateway, thread = self._gateway, self._thread
            if gateway is None or thread is None:
                self._become("stopped")
                return 0
            self._become("draining", self._status.base_url, self._status.port)
            await thread.run(self._housekeeping.stop())
            in_work = await thread.run(gateway.stop())
            self._gateway = None
            await self.run(self._occupancy.leave)
            self._become("stopped")
        return in_work

    async def close(self) -> None:
        """Stop everything and let go of every file and thread; nothing may be asked afterwards."""
        await self.stop()
        if self._thread is not None:
            await self.run(self._thread.stop)
        await self.run(self._notices.close)
        await self.run(self._store.close)
        await asyncio.to_thread(self._pool.shutdown)

    async def _ask(self, work: Callable[[Gateway], Awaitable[T]]) -> T | None:
        """What ``work`` finds out on the gateway's own thread; None while there is no gateway."""
        gateway, thread = self._gateway, self._thread
        if gateway is None or thread is None:
            return None

        async def there() -> T:
            return await work(gateway)

        return await thread.run(there())

    async def _refuse_waiting(self, key_id: str) -> int:
        """Say no to the requests that are held at a key's limit; how many there were."""
        return await self._ask(lambda gateway: gateway.refuse(key_id)) or 0

    def _become(
        self, state: GatewayState, base_url: str = "", port: int = 0, detail: str = "", since: float | None = None
    ) -> None:
        self._status = GatewayStatus(state, base_url, port, detail, 0, since)
        self.bus.publish(GatewayChanged(state, base_url, detail))

    # ------------------------------------------------------------ settings, vault, notices

    async def settings(self) -> Settings:
        return await self.run(self._store.settings.all)

    async def set_setting(self, key: str, value: bool | int | str) -> None:
        """Change one setting. Raises ConfigurationError for a value that it cannot have."""
        from conduit_desktop.settings.schema import BY_KEY

        if key not in BY_KEY:
            raise ConfigurationError(f"There is no setting {key!r}.", code="bad_setting")
        await self.run(self._store.settings.put, key, BY_KEY[key].check(value))
        self.bus.publish(ConfigurationChanged())

    async def vault_state(self, *, fresh: bool = False) -> VaultState:
        """What is known of the vault; with ``fresh`` it is asked again."""
        return await self.run(self._vault.state, fresh=fresh)

    async def unlock_vault(self, passphrase: str) -> None:
        """Open, or create, the encrypted file. Raises VaultError."""
        await self.run(self._vault.unlock, passphrase)
        self.bus.publish(ConfigurationChanged())

    async def cache_state(self) -> CacheState:
        """What the response cache keeps on disk."""
        return await self.run(self._store.cache.state)

    async def empty_cache(self) -> int:
        """Delete every answer that it keeps; how many there were."""
        return await self.run(caching.clear, self._store)

    async def notifications(self, limit: int = 200) -> list[Notification]:
        return await self.run(self._store.notifications.list, limit)

    async def unread(self) -> int:
        return await self.run(self._store.notifications.unread)

    async def mark_read(self, notification_id: str | None = None) -> None:
        """Mark one read, or all."""
        await self.run(self._store.notifications.mark_read, notification_id)

    async def remove_notification(self, notification_id: str) -> None:
        await self.run(self._store.notifications.remove, notification_id)

    async def spend_today(self) -> SpentToday:
        """What today came to, by the user's calendar."""
        zone = zone_of((await self.settings())["time_zone"])
        today = day_of(time.time(), zone)
        rows = await self.run(self._store.spend.rows, today, today)
        return SpentToday(sum(row.cost for row in rows), sum(row.unpriced for row in rows))
