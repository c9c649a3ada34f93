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


Follows = Callable[[Exchange], bool]


class Bus:
    """Fans notices out to listeners; a listener that fails is logged and does not disturb the others."""

    def __init__(self) -> None:
        self._listeners: tuple[tuple[Listener, tuple[type, ...], Follows], ...] = ()
        self._following: tuple[Follows, ...] = ()

    def subscribe(self, listener: Listener, *kinds: type, follows: Follows | None = None) -> Callable[[], None]:
        """Add ``listener`` for notices of these kinds, or of all; the returned callable removes it again. Of the end of
        exchanges it hears for certain of those that it ``follows``."""
        row = (listener, kinds, follows or _every)
        self._listen((*self._listeners, row))
        return lambda: self._listen(tuple(item for item in self._listeners if item is not row))

    def _listen(self, listeners: tuple[tuple[Listener, tuple[type, ...], Follows], ...]) -> None:
        self._listeners = listeners
        self._following = tuple(each for _, kinds, each in listeners if not kinds or ExchangeFinished in kinds)

    def wanted(self, kind: type) -> bool:
        """Whether anybody would hear such a notice, so that the hot path need not build one for nobody."""
        for _, kinds, _ in self._listeners:  # noqa: SIM110 - asked for every exchange, mostly of nobody
            if not kinds or kind in kinds:
                return True
        return False

    def follows(self, exchange: Exchange) -> bool:
        """Whether anybody is to hear of this exchange's end."""
        for follows in self._following:  # noqa: SIM110 - as above
            if follows(exchange):
                return True
        return False

    def publish(self, notice: Notice) -> None:
        for listener, kinds, _ in self._listeners:
            if kinds and type(notice) not in kinds:
                continue
            try:
                listener(notice)
            except Exception:  # noqa: BLE001 - one listener must not disturb the others
                _log.exception("A listener failed on %s", type(notice).__name__)


def _every(_exchange: Exchange) -> bool:
    return True
