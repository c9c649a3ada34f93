"""The gateway as one thing to start and stop: builds the stages, listens, drains. Knows its loop, no thread."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import random
import time
import uuid
from dataclasses import dataclass

from conduit_desktop.bus import Bus, ConfigurationChanged, FaultsChanged, HealthChanged
from conduit_desktop.gateway import answers
from conduit_desktop.gateway.accept.connection import Handler
from conduit_desktop.gateway.accept.guard import is_local_host
from conduit_desktop.gateway.accept.server import Server
from conduit_desktop.gateway.admission import Admission
from conduit_desktop.gateway.auth.ledger import Ledger
from conduit_desktop.gateway.auth.limits import Limits
from conduit_desktop.gateway.cache.cache import Cache
from conduit_desktop.gateway.checking import Checking
from conduit_desktop.gateway.live import Live
from conduit_desktop.gateway.outbox import Outbox
from conduit_desktop.gateway.pipeline import Pipeline
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.plan import Planner
from conduit_desktop.gateway.send.attempting import Attempting
from conduit_desktop.gateway.send.faults import FaultLab
from conduit_desktop.gateway.send.loops import Loops
from conduit_desktop.gateway.send.secrets import Secrets
from conduit_desktop.gateway.send.sender import Sender
from conduit_desktop.gateway.send.ways import Ways
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.gateway.tally.prices import PriceBook
from conduit_desktop.gateway.tally.recorder import Recorder
from conduit_desktop.gateway.tally.ring import Ring
from conduit_desktop.records import HealthEvent
from conduit_desktop.store import Store
from conduit_desktop.tasks import cancel, spawn
from conduit_desktop.vault import Vault

DRAIN_SECONDS = 10.0
PORTS_TO_TRY = 50
WATCH_SECONDS = 0.5
TAKEN = (errno.EADDRINUSE, 10048, 10013)
"""What the system says of a taken port; the numbers are Windows' own."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listening:
    """Where the gateway listens. ``wanted`` is the port that was asked for."""

    host: str
    port: int
    wanted: int

    @property
    def base_url(self) -> str:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}"


class Gateway:
    """One gateway on the running loop. Everything of it is made in ``start`` and gone after ``stop``."""

    def __init__(self, store: Store, vault: Vault, bus: Bus, ring: Ring) -> None:
        self._store = store
        self._bus = bus
        self.id = uuid.uuid4().hex
        self.ledger = Ledger()
        self.health = Health(self._tell)
        self._prices = PriceBook(store)
        self._live = Live(store, self._prepare)
        self._recorder = Recorder(store, ring, bus)
        self._warming: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self.listening: Listening | None = None
        self.limits = Limits()
        rng = random.Random()
        self.lab = FaultLab(rng, lambda: bus.publish(FaultsChanged()))
        self._outbox = outbox = Outbox()
        self._ways = Ways(self.lab, outbox)
        self._secrets = Secrets(vault)
        self._cache = Cache(store.cache, self.lab.active)
        self._checking = Checking(self._live.current, self._secrets.fetch, self.health, rng)
        self.planner = planner = Planner(self.health, self._prices.get, rng, time.monotonic)
        self._admission = Admission(self._live, self.ledger, self.limits, planner, self._prices, bus)
        loops = Loops(self.id)
        self._pipeline = pipeline = Pipeline(
            live=self._live,
            admission=self._admission,
            planner=planner,
            sender=Sender(Attempting(self._ways, self._secrets, loops), self.health, rng),
            prices=self._prices,
            recorder=self._recorder,
            cache=self._cache,
            bus=bus,
            loops=loops,
            loopback=lambda: self._loopback,
        )
        self._loopback = True
        self._server = Server(pipeline.handle, answers.unreadable, outbox)

    async def start(self, host: str, port: int) -> Listening:
        """Read the configuration and listen; on the next free port where ``port`` is taken. Raises OSError when none
        of the next ``PORTS_TO_TRY`` is free, or the address is not ours."""
        self._loopback = is_local_host(host if ":" not in host else f"[{host}]")
        self._admission.holding = True
        snapshot = await self._live.current()
        found = await self._listen(host, port)
        self.listening = Listening(host, found, port)
        self._watch = spawn(self._follow_changes(), "watch configuration")
        self._warming = spawn(self._warm(snapshot), "warm prices")
        self._checking.start()
        return self.listening

    async def _listen(self, host: str, port: int) -> int:
        for candidate in range(port, min(port + PORTS_TO_TRY, 65536)) if port else (0,):
            try:
                return await self._server.listen(host, candidate)
            except OSError as error:
                if error.errno not in TAKEN:
                    raise
                failure = error
        raise failure

    async def stop(self, grace: float = DRAIN_SECONDS) -> int:
        """Stop listening, let requests finish for up to ``grace`` seconds, log what is left. Gives how many were in
        work when the stop began."""
        await cancel(self._watch)
        await cancel(self._warming)
        await self._checking.stop()
        self._admission.holding = False
        in_work = await self._server.close(grace)
        await self._ways.close()
        await self._pipeline.settled()
        await self._prices.close()
        await self._cache.close()
        deadline = time.monotonic() + 5
        while self._recorder.open and time.monotonic() < deadline:
            await asyncio.sleep(0.005)
        self.listening = None
        return in_work

    @property
    def in_flight(self) -> int:
        """Requests in work now. May be read from any thread."""
        return self._outbox.busy

    async def snapshot(self) -> Snapshot:
        """The configuration as a request would find it now."""
        return await self._live.current()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self._loopback

    def administered_by(self, admin: Handler) -> None:
        """Have ``admin`` answer below ``/admin`` and at ``/metrics``."""
        self._pipeline.admin = admin

    async def refuse(self, key_id: str) -> int:
        """Say no to what is held at a key's limit; how many requests that were."""
        return self._admission.refuse(key_id)

    # ------------------------------------------------------------ what the stages need of the rest

    async def _prepare(self, snapshot: Snapshot) -> None:
        """Before a snapshot is put in force: its prices, and what its budgeted keys have spent so far."""
        self._prices.load(snapshot)
        self.health.follow(snapshot)
        await self._cache.prepare(snapshot)
        now = time.time()
        asked = self.ledger.ask(snapshot.keys.values(), snapshot.zone, now)
        # In the order of the log, and asked before this loop settles anything more: no exchange is missed or doubled.
        reads = {start: self._store.spend.by_day_next(start) for start in set(asked.values())}
        spent = {start: await asyncio.wrap_future(read) for start, read in reads.items()}
        for key in snapshot.keys.values():
            if key.id in asked:
                self.ledger.open(key, spent[asked[key.id]].get(key.id, {}), snapshot.zone, now)

    def _tell(self, event: HealthEvent) -> None:
        self._bus.publish(HealthChanged(event))
        self._store.health.add(event)

    async def _warm(self, snapshot: Snapshot) -> None:
        """Look up what is not known yet, and fetch secrets, before the first request needs them."""
        for route in snapshot.routes.values():
            for target in route.targets:
                await self._prices.find(target)
                for key in target.keys:
                    with contextlib.suppress(Exception):  # said when a request needs it, with the reason
                        await self._secrets.fetch(key)

    async def _follow_changes(self) -> None:
        """Take changes up when nobody asks for anything, too, and tell the window of them."""
        known = self._live.snapshot.revision
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            snapshot = await self._live.current()
            if snapshot.revision != known:
                known = snapshot.revision
                self._bus.publish(ConfigurationChanged())
                self._checking.changed()
                await self._warm(snapshot)
