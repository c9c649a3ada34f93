"""The crossing between the core and the window: notices become Qt signals, slots become tasks.

The bus calls a plain closure that appends to a queue; one timer on the Qt thread empties it. No QObject is ever
handed to another thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from conduit_desktop.bus import (
    Bus,
    ConfigurationChanged,
    ExchangeFinished,
    ExchangeStarted,
    FaultsChanged,
    GatewayChanged,
    HealthChanged,
    Listener,
    Notice,
    Notified,
)
from conduit_desktop.errors import ConduitError
from conduit_desktop.tasks import spawn

T = TypeVar("T")

TICK = 50  # milliseconds
BUSY_TICK = 250
_MANY = 20  # notices in a tick that make it busy: nobody can read so much, and each batch has the window painted anew
_KEPT = 20_000  # notices that wait at most, should the window ever stand still

_log = logging.getLogger(__name__)


def error_text(error: BaseException) -> str:
    """An error as a person reads it."""
    if isinstance(error, ConduitError):
        return error.text
    return f"That did not work ({type(error).__name__}). The log says more."


class Bridge(QObject):
    """One for the window. The signals come on the Qt thread, at most every ``TICK``, and in larger batches
    every ``BUSY_TICK`` while there is much to tell.

    ``exchange_started(list[Exchange])``, ``exchange_finished(list[Exchange])``, ``configuration_changed()``,
    ``gateway_changed(GatewayChanged)``, ``notified(Notification)``, ``health_changed(list[HealthEvent])``,
    ``faults_changed()`` come from the core.
    ``unread_changed()`` follows a notification read or removed on screen.
    ``told(severity, text)`` asks for a toast, ``opened(pane key, argument)`` for another pane.
    """

    configuration_changed = Signal()
    exchange_started = Signal(list)
    exchange_finished = Signal(list)
    gateway_changed = Signal(object)
    notified = Signal(object)
    health_changed = Signal(list)
    faults_changed = Signal()
    unread_changed = Signal()
    told = Signal(str, str)
    opened = Signal(str, object)

    def __init__(self, bus: Bus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[Notice] = deque(maxlen=_KEPT)
        self._unsubscribe = bus.subscribe(_listener(self._waiting))
        self._slots: dict[tuple[int, str], asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._owned: dict[int, set[asyncio.Task[None]]] = {}
        self._batched: dict[type, SignalInstance] = {
            ExchangeStarted: self.exchange_started,
            ExchangeFinished: self.exchange_finished,
            HealthChanged: self.health_changed,
        }
        self._timer = QTimer(self)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self.drain)
        self._timer.start()

    # ---- the core to the window

    def drain(self) -> None:
        """Turn what waits into signals: exchanges in batches, repeated configuration changes once."""
        waiting = len(self._waiting)
        self._timer.setInterval(BUSY_TICK if waiting * TICK > _MANY * self._timer.interval() else TICK)
        if not waiting:
            return
        batches: dict[type, list[Any]] = {}
        for _ in range(waiting):
            notice = self._waiting.popleft()
            if isinstance(notice, GatewayChanged):
                self.gateway_changed.emit(notice)
            elif isinstance(notice, Notified):
                self.notified.emit(notice.notification)
            else:
                what = getattr(notice, "exchange", None) or getattr(notice, "event", None)
                batches.setdefault(type(notice), []).append(what)
        if ConfigurationChanged in batches:
            self.configuration_changed.emit()
        if FaultsChanged in batches:
            self.faults_changed.emit()
        for kind, signal in self._batched.items():
            if kind in batches:
                signal.emit(batches[kind])

    # ---- the window to the core

    def run(
        self,
        work: Coroutine[Any, Any, T],
        on_done: Callable[[T], object] | None = None,
        on_error: Callable[[str], object] | None = None,
        *,
        owner: QObject | None = None,
        slot: str = "",
        name: str = "",
    ) -> asyncio.Future[None]:
        """Await ``work`` in a task of its own, then call ``on_done(result)`` or ``on_error(text)``.

        Without ``on_error`` a failure is told as a toast. The task is cancelled when ``owner`` goes away; with
        ``slot``, a later run of the same owner and slot takes the place of the one that still runs. Once the loop
        has ended nothing is started any more.
        """
        if not self._loop.is_running():
            work.close()
            never = self._loop.create_future()
            never.cancel()
            return never
        task = spawn(self._guard(work, on_done, on_error, owner), name or slot or "ui")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _done: work.close())  # one cancelled before its start was never awaited
        if slot:
            key = (id(owner), slot)
            if (old := self._slots.get(key)) is not None:
                old.cancel()
            self._slots[key] = task
            task.add_done_callback(lambda done: self._slots.pop(key, None) if self._slots.get(key) is done else None)
        if owner is not None:
            self._own(owner, task)
        return task

    def _own(self, owner: QObject, task: asyncio.Task[None]) -> None:
        key = id(owner)
        if key not in self._owned:
            self._owned[key] = set()
            owner.destroyed.connect(partial(self._forget, key))
        self._owned[key].add(task)
        task.add_done_callback(self._owned[key].discard)

    def _forget(self, key: int, _gone: object = None) -> None:
        for task in tuple(self._owned.pop(key, ())):
            task.cancel()

    async def _guard(
        self,
        work: Coroutine[Any, Any, T],
        on_done: Callable[[T], object] | None,
        on_error: Callable[[str], object] | None,
        owner: QObject | None,
    ) -> None:
        if not self._loop.is_running():
            return
        try:
            result = await work
        except ConduitError as error:
            self._fail(error.text, on_error, owner)
        except Exception as error:  # noqa: BLE001 - whatever it was, the user is told and the log has it
            if not self._loop.is_running():
                return  # Qt still turned after the loop's end: nothing can work any more, and nobody looks
            _log.exception("Work started by the window failed")
            self._fail(error_text(error), on_error, owner)
        else:
            if on_done is not None and (owner is None or shiboken6.isValid(owner)):
                on_done(result)

    def _fail(self, text: str, on_error: Callable[[str], object] | None, owner: QObject | None) -> None:
        if owner is not None and not shiboken6.isValid(owner):
            return
        if on_error is not None:
            on_error(text)
        else:
            self.told.emit("error", text)

    def tell(self, text: str, severity: str = "success") -> None:
        """Show a toast."""
        self.told.emit(severity, text)

    def open_pane(self, key: str, argument: object = None) -> None:
        """Go to another pane; it gets ``argument`` through its ``open_with``."""
        self.opened.emit(key, argument)

    def close(self) -> None:
        """Hear and do nothing more: what still runs is cancelled."""
        self._timer.stop()
        self._unsubscribe()
        self._waiting.clear()
        for task in tuple(self._tasks):
            task.cancel()


def _listener(waiting: deque[Notice]) -> Listener:
    def hear(notice: Notice) -> None:
        waiting.append(notice)

    return hear
