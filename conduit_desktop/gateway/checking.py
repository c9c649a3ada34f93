"""The background check: asks each provider in use, with each of its keys, whether it answers, by listing its models.

Costs nothing and is off the path of requests. What it finds goes to ``Health`` as a request's outcome would. When to
ask whom is ``Schedule``'s affair, which is pure; the clocks come from outside. A machine that slept is noticed by its
clocks: what was missed is not made up for, and everybody is asked anew, soon and one after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from conduit_desktop.errors import VaultError
from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.send import probe
from conduit_desktop.gateway.send.probe import ProbeResult
from conduit_desktop.gateway.snapshot import Key, Snapshot, Target
from conduit_desktop.tasks import cancel, spawn

TICK = 30.0
"""How often the clocks are looked at while anything is to be checked."""
ASLEEP = 30.0
"""A wait that took so much longer than asked for was sleep."""
FIRST_WITHIN = 60.0
SETTLE, SPREAD = 5.0, 30.0
"""After waking, the network gets so long to come back, and the checks are spread over so long."""
SOON, JITTER = 30.0, 5.0
"""One that is kept away from is checked when it would be tried again, but not more often than this."""
AT_ONCE = 4
TROUBLES = frozenset({"dns", "refused", "unreachable", "tls", "timeout", "server_error"})

_log = logging.getLogger(__name__)


class Line(NamedTuple):
    """One provider asked with one of its keys. Another address or text of the key makes another line."""

    provider_id: str
    key_id: str
    ref: str | None
    base_url: str


@dataclass(slots=True)
class _Slot:
    """``ends`` is when the interval ends in which it is checked once, ``due`` when in it."""

    ends: float
    due: float
    jitter: float
    asked: float = float("-inf")
    busy: bool = False


class Schedule:
    """When each line is checked: once an interval, at any moment in it. Times are the monotonic clock's, but for
    ``wall``."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._slots: dict[Line, _Slot] = {}
        self._interval = 0.0
        self._looked: tuple[float, float] | None = None
        self.woken = 0
        """How often the machine was seen to have slept."""

    def keep(self, lines: Iterable[Line], interval: float, now: float) -> None:
        """These are to be checked, and no others."""
        if interval != self._interval:
            self._slots, self._interval = {}, interval
        wanted = list(lines)
        self._slots = {line: self._slots.get(line) or self._slot(now, FIRST_WITHIN) for line in wanted}
        if not wanted:
            self._looked = None

    def look(self, now: float, wall: float) -> None:
        """See whether the machine slept since the last look, which was a tick ago at most."""
        before, self._looked = self._looked, (now, wall)
        if before is None or max(now - before[0], wall - before[1]) - TICK < ASLEEP:
            return
        self.woken += 1
        for line, slot in self._slots.items():
            fresh = self._slot(now + SETTLE, SPREAD)
            fresh.busy = slot.busy
            self._slots[line] = fresh

    def due(self, now: float, away: Mapping[Line, float]) -> list[Line]:
        """Those to be checked now; ``away`` says when those are tried again that are kept away from."""
        found = [line for line, slot in self._slots.items() if not slot.busy and self._at(line, slot, away) <= now]
        for line in found:
            self._slots[line].busy, self._slots[line].asked = True, now
        return found

    def done(self, line: Line, now: float) -> None:
        """Its check is over: the next one is in the next interval, whatever was missed."""
        slot = self._slots.get(line)
        if slot is None or not slot.busy:
            return
        slot.busy = False
        if slot.due <= now:
            begins = max(slot.ends, now)
            slot.due, slot.ends = begins + self._rng.uniform(0, self._interval), begins + self._interval
        slot.jitter = self._rng.uniform(0, JITTER)

    def next_in(self, now: float, away: Mapping[Line, float]) -> float:
        """Seconds until there may be something to do."""
        times = [self._at(line, slot, away) - now for line, slot in self._slots.items() if not slot.busy]
        return max(0.0, min([TICK, *times]))

    def _at(self, line: Line, slot: _Slot, away: Mapping[Line, float]) -> float:
        if line not in away:
            return slot.due
        return min(slot.due, max(slot.asked + SOON, away[line]) + slot.jitter)

    def _slot(self, now: float, within: float) -> _Slot:
        due = now + self._rng.uniform(0, min(within, self._interval))
        return _Slot(now + self._interval, due, self._rng.uniform(0, JITTER))


class Clocks:
    """The machine's."""

    def now(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    async def wait(self, woken: asyncio.Event, seconds: float | None) -> None:
        """Until ``woken``, for so long at most."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), seconds)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a line asks: the key, and what of the provider's is served. ``first``: it is the provider's first key."""

    key: Key
    targets: tuple[Target, ...]
    first: bool


class Checking:
    """Belongs to the gateway's loop. ``current`` gives the configuration, ``secret`` a key's text."""

    def __init__(
        self,
        current: Callable[[], Awaitable[Snapshot]],
        secret: Callable[[Key], Awaitable[str | None]],
        health: Health,
        rng: Random,
        clocks: Clocks | None = None,
    ) -> None:
        self._current = current
        self._secret = secret
        self._health = health
        self._clocks = clocks or Clocks()
        self._schedule = Schedule(rng)
        self._woken = asyncio.Event()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._task: asyncio.Task[None] | None = None
        self._checks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._task = spawn(self._go_on(), "background check")

    async def stop(self) -> None:
        await cancel(self._task)
        for check in list(self._checks):
            await cancel(check)

    def changed(self) -> None:
        """The configuration is another one."""
        self._woken.set()

    async def _go_on(self) -> None:
        while True:
            try:
                wait = await self._look()
            except Exception:  # noqa: BLE001 - whatever it was, the next look may go better
                _log.warning("The background check could not look after the providers", exc_info=True)
                wait = TICK
            await self._clocks.wait(self._woken, wait)
            self._woken.clear()

    async def _look(self) -> float | None:
        """Check what is due; for how long there is nothing more to do, None while nothing is to be checked."""
        snapshot = await self._current()
        interval = 60.0 * snapshot.settings["check_minutes"]
        lines = lines_of(snapshot) if interval else {}
        now = self._clocks.now()
        self._schedule.keep(lines, interval, now)
        if not lines:
            return None
        self._schedule.look(now, self._clocks.wall())
        away = self._away(lines)
        for line in self._schedule.due(now, away):
            check = spawn(self._check(line, lines[line]), "check of a provider")
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)
        return self._schedule.next_in(now, away)

    def _away(self, lines: Mapping[Line, Asked]) -> dict[Line, float]:
        """When those are tried again that are kept away from. A key that was turned down has its usual turn: it does
        not mend by being asked."""
        found, now = {}, self._clocks.now()
        for line, asked in lines.items():
            if self._health.credential(asked.key.id, now).state == "rejected":
                continue
            times = [self._health.tried_again(target, asked.key) for target in asked.targets]
            if known := [each for each in times if each is not None]:
                found[line] = min(known)
        return found

    async def _check(self, line: Line, asked: Asked) -> None:
        provider, woken = asked.targets[0].provider, self._schedule.woken
        try:
            async with self._few:
                secret = await self._secret(asked.key)
                await asyncio.to_thread(probe.prepare)
                result = await probe.test(asked.targets[0].spec, provider.base_url, secret)
                self._schedule.look(self._clocks.now(), self._clocks.wall())
            if result.ok or woken == self._schedule.woken:  # else it failed by sleep
                tell(self._health, asked, result, self._clocks.now())
        except VaultError as error:
            _log.info("%s was not checked: %s", provider.name, error.message)
        finally:
            self._schedule.done(line, self._clocks.now())
            self._woken.set()


def lines_of(snapshot: Snapshot) -> dict[Line, Asked]:
    """Everybody to ask: the providers that serve a model and are not built in, with each of their keys."""
    served: dict[str, list[Target]] = {}
    for route in snapshot.routes.values():
        for target in route.targets:
            if not target.spec.built_in:
                served.setdefault(target.provider.id, []).append(target)
    found = {}
    for provider_id, targets in served.items():
        keys = targets[0].keys
        for key in keys:
            line = Line(provider_id, key.id, key.ref, targets[0].provider.base_url)
            found[line] = Asked(key, tuple(targets), key is keys[0])
    return found


def tell(health: Health, asked: Asked, result: ProbeResult, now: float) -> None:
    """What a check means for the deployments of a provider. What a list of models cannot tell is left to requests: a
    list that is closed or at its own limit says nothing of the models. Trouble of the server is counted with the
    first key alone, however many there are."""
    key, targets = asked.key, asked.targets
    if result.ok:
        for target in targets:
            if health.tried_again(target, key) is not None:
                health.succeeded(target, key, None)
    elif result.cause == "unauthorised":
        health.failed(targets[0], key, Fault("rejected", result.cause, result.message), now)
    elif result.cause == "quota":
        health.failed(targets[0], key, Fault("spent", result.cause, result.message), now)
    elif result.cause in TROUBLES and asked.first:
        for target in targets:
            health.failed(target, key, Fault("trouble", result.cause, result.message), now)
