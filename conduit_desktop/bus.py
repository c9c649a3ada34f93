"""Typed notices from the core to whoever listens. ``publish`` may be called from any thread; a listener runs in the
publishing thread, must not block and must hand the notice on by itself (the window appends it to a list).

Knows nothing of Qt: a listener is a plain callable, and no QObject or bound method of one may be registered here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from conduit_desktop.records import Exchange, HealthEvent, Notification, VirtualKey

GatewayState = Literal["stopped", "starting", "running", "draining", "failed"]


@dataclass(frozen=True, slots=True)
class ConfigurationChanged:
    """Providers, models, keys or settings changed, here or in another process."""


@dataclass(frozen=True, slots=True)
class ExchangeStarted:
    """A request was accepted; ``exchange`` has what is known so far (``seq`` is 0)."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class ExchangeFinished:
    """A request ended and is in the log."""

    exchange: Exchange


@dataclass(frozen=True, slots=True)
class GatewayChanged:
    """The gateway's state changed. ``detail`` says why, for ``failed``, or what is noteworthy (another port)."""

    state: GatewayState
    base_url: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Notified:
    """A notification was made or updated."""

    notification: Notification


@dataclass(frozen=True, slots=True)
class BudgetCrossed:
    """What a key has spent passed ``percent`` of its budget, one of its thresholds. ``resets`` is Unix seconds."""

    key: VirtualKey
    percent: int
    spent: int
    resets: float | None


@dataclass(frozen=True, slots=True)
class BudgetAsked:
    """A request waits at a key's limit for somebody to raise it (Unix seconds: ``until``); then it is refused."""

    key: VirtualKey
    spent: int
    until: float


@dataclass(frozen=True, slots=True)
class ExchangeLost:
    """A request ended and could not be written into the log; ``why`` is in words."""

    why: str


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """A deployment or credential is kept away from, tried again, or in use again."""

    event: HealthEvent


@dataclass(frozen=True, slots=True)
class FaultsChanged:
    """A fault of the fault lab was switched on or off, was met or is used up."""


Notice = (
    ConfigurationChanged
    | ExchangeStarted
    | ExchangeFinished
    | ExchangeLost
    | GatewayChanged
    | Notified
    | BudgetCrossed
    | BudgetAsked
    | HealthChanged
    | FaultsChanged
)
Listener = Callable[[Notice], None]

_log = logging.getLogger(__name__)


class Bus:
    """Fans notices out to listeners; a listener that fails is logged and does not disturb the others."""

    def __init__(self) -> None:
        self._listeners: tuple[tuple[Listener, tuple[type, ...]], ...] = ()

    def subscribe(self, listener: Listener, *kinds: type) -> Callable[[], None]:
        """Add ``listener`` for notices of these kinds, or of all; the returned callable removes it again."""
        row = (listener, kinds)
        self._listeners = (*self._listeners, row)

        def unsubscribe() -> None:
            self._listeners = tuple(item for item in self._listeners if item is not row)

        return unsubscribe

    def wanted(self, kind: type) -> bool:
        """Whether anybody would hear such a notice, so that the hot path need not build one for nobody."""
        for _, kinds in self._listeners:  # noqa: SIM110 - asked for every exchange, mostly of nobody
            if not kinds or kind in kinds:
                return True
        return False

    def publish(self, notice: Notice) -> None:
        for listener, kinds in self._listeners:
            if kinds and type(notice) not in kinds:
                continue
            try:
                listener(notice)
            except Exception:  # noqa: BLE001 - one listener must not disturb the others
                _log.exception("A listener failed on %s", type(notice).__name__)
