"""What makes notifications while a gateway or the window runs.

The bus is heard on whatever thread publishes; there a notice is only put into a bounded queue. A loop on a thread of
its own empties it: it knows what is worth telling, writes it, looks at the clock and sends to the webhook.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from conduit_desktop.bus import (
    BudgetAsked,
    BudgetCrossed,
    Bus,
    ExchangeFinished,
    ExchangeLost,
    HealthChanged,
    Notice,
    Notified,
)
from conduit_desktop.records import Exchange, Notification, Telling
from conduit_desktop.runtime.calendar import users_zone
from conduit_desktop.runtime.loop_thread import LoopThread
from conduit_desktop.runtime.notifying import keys_told
from conduit_desktop.runtime.notifying.clock import Clock
from conduit_desktop.runtime.notifying.health_told import HealthTold, Place, place
from conduit_desktop.runtime.notifying.teller import Teller
from conduit_desktop.runtime.notifying.watching import Watching, meaning
from conduit_desktop.runtime.notifying.webhook import Patience, Sending
from conduit_desktop.store import Store
from conduit_desktop.tasks import spawn
from conduit_desktop.vault import Vault

T = TypeVar("T")

MOST_WAITING = 10_000
GATHER = 0.2
"""Seconds in which notices are gathered before they are looked at, so that a busy gateway wakes nobody for each."""
LOOK = 60.0
"""Seconds between looks at the clock."""

_log = logging.getLogger(__name__)


class Notices:
    """``start`` and ``close`` may be called from any thread; ``close`` blocks. ``now`` is the clock on the wall."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        bus: Bus,
        *,
        now: Callable[[], float] = time.time,
        patience: Patience | None = None,
        gather: float = GATHER,
        look: float = LOOK,
    ) -> None:
        self._store, self.bus, self._now = store, bus, now
        self._gather, self._look = gather, look
        self._inbox: deque[Notice | Telling] = deque(maxlen=MOST_WAITING)
        self._awake = False
        self._thread: LoopThread | None = None
        self._woken = asyncio.Event()
        self._looked = float("-inf")
        self._watching = Watching()
        self._health = HealthTold(self._place, self._watching.is_down, meaning)
        self._teller = Teller(store, self._publish, now)
        self._clock = Clock(store, self._teller.tell)
        self.sending = Sending(store, vault, self._put, patience or Patience(), random.Random())
        kinds = (ExchangeFinished, ExchangeLost, BudgetCrossed, BudgetAsked, HealthChanged)
        self._deaf = bus.subscribe(self._hear, *kinds, follows=self._concerned)

    # ------------------------------------------------------------ any thread

    def start(self) -> None:
        """Begin to look at the clock, at what was heard and at what is to be sent. Once is enough."""
        if self._thread is None:
            self._thread = LoopThread("conduit-notices")
            self._thread.call(lambda: spawn(self._go_on(), "notices"))

    def tell(self, telling: Telling) -> None:
        """Raise or update the notification on its subject."""
        self._put(telling)

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` on the notifying loop."""
        self.start()
        assert self._thread is not None
        return await self._thread.run(work)

    async def settle(self) -> None:
        """Until everything that was heard so far is written."""
        await self.do(self._settle())

    def close(self) -> None:
        """Write what waits and end. What the webhook did not get yet is forgotten."""
        self._deaf()
        if self._thread is not None:
            self._thread.stop()
            self._thread = None
        self._drain()
        self._teller.flush(everything=True)

    def _hear(self, notice: Notice) -> None:
        if not isinstance(notice, ExchangeFinished) or self._concerned(notice.exchange):
            self._put(notice)

    def _concerned(self, exchange: Exchange) -> bool:
        return self._health.concerned or self._watching.concerns(exchange)

    def _put(self, item: Notice | Telling) -> None:
        self._inbox.append(item)
        if not self._awake and self._thread is not None:
            self._awake = True
            self._thread.call(self._woken.set)

    # ------------------------------------------------------------ the notifying loop

    async def _go_on(self) -> None:
        self._attempt(self._resume)
        spawn(self.sending.run(), "webhook")
        while True:
            self._attempt(self._turn)
            pause = min(self._look, max(min(self._teller.due_in(), self._health.due_in(self._now())), 0.0))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):  # not wait_for, which may swallow that we are to end
                    await self._woken.wait()
            await asyncio.sleep(self._gather)

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001 - whatever it was, the next turn may go better
            _log.exception("Notifications could not be made")

    def _resume(self) -> None:
        self._watching.resume(self._store.notifications.of_kind(*Watching.KINDS))
        self._health.resume(self._store.notifications.of_kind(*HealthTold.KINDS))
        self._clock.resume()
        self.sending.resume()

    def _turn(self) -> None:
        self._woken.clear()
        self._awake = False
        self._drain()
        now = self._now()
        if not 0 <= now - self._looked < self._look:
            self._looked = now
            self._watching.tidy()
            self._clock.look(now)
            for telling in self._health.gone():
                self._teller.tell(telling)
        for telling in self._health.due(now):
            self._teller.tell(telling)
        self._teller.flush()

    async def _settle(self) -> None:
        self._looked = float("-inf")
        self._turn()

    def _drain(self) -> None:
        for _ in range(len(self._inbox)):
            item = self._inbox.popleft()
            for telling in self._tellings(item):
                self._teller.tell(telling)

    def _tellings(self, item: Notice | Telling) -> list[Telling]:
        match item:
            case Telling():
                return [item]
            case ExchangeFinished():
                return self._of_exchange(item.exchange)
            case BudgetCrossed():
                return self._of_budget(item)
            case BudgetAsked():
                self._clock.asked[item.key.id] = (item.key.name, item.until)
                return [keys_told.budget_asked(item)]
            case ExchangeLost():
                return [_lost(item.why)]
            case HealthChanged():
                return self._health.heard(item.event, self._now())
            case _:
                return []

    def _of_exchange(self, exchange: Exchange) -> list[Telling]:
        told = self._told_of(exchange)
        self._watching.came(exchange)  # not before: in between, nothing would say that a good one matters
        return told

    def _told_of(self, exchange: Exchange) -> list[Telling]:
        if exchange.error_code == "budget_exceeded" and exchange.key_id:
            return [keys_told.budget_refused(exchange)]
        return [*self._watching.tell(exchange), *self._health.of_exchange(exchange)]

    def _place(self, subject: str) -> Place | None:
        return place(subject, self._store.providers.list(), self._store.models.list())

    def _of_budget(self, crossed: BudgetCrossed) -> list[Telling]:
        telling = keys_told.budget_crossed(crossed, users_zone(self._store))
        told = self._store.notifications.stage(telling.subject)
        return [] if told and keys_told.goes_back(telling.stage, told) else [telling]

    # ------------------------------------------------------------ for the verbs

    async def settled(self, telling: Telling, key_id: str = "") -> None:
        """The user saw to it: told at once, after what was heard before. ``key_id``: nothing of this key waits any
        more."""
        self._drain()
        self._clock.asked.pop(key_id, None)
        self._teller.tell(telling, at_once=True)

    async def answers(self, provider_id: str, name: str) -> None:
        """A test found the provider well: told at once, though the gateway's own word of it may have come before."""
        self._drain()
        for telling in (*self._watching.answers(provider_id, name), *self._health.answers(provider_id)):
            self._teller.tell(telling, at_once=True)
        for about in ("credential", "down"):
            self._teller.hurry(f"{about}:{provider_id}")

    async def forget_webhook(self) -> None:
        """Its address was changed."""
        self.sending.forget()

    def _publish(self, notification: Notification) -> None:
        self.bus.publish(Notified(notification))
        self.sending.offer(notification)


def moved(detail: str) -> Telling:
    """The gateway listens at another port than it was to."""
    title = "The gateway is on another port"
    return Telling(subject="port", kind="port_taken", severity="warning", title=title, text=detail)


def _lost(why: str) -> Telling:
    return Telling(
        subject="log",
        kind="log_failed",
        severity="error",
        title="The log cannot be written",
        text=f"Requests are still served, but not recorded: {why} Make room on the disk, or see what holds the file.",
    )
