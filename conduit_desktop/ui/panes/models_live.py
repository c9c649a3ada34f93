"""Keeps the Models pane up to date with how deployments do: reads when something happened, and only while it is seen.

There is no clock that ticks: what the gateway tells (a change of health, a request that ended) asks for a look, and
looks are at least a second apart; where a deployment is kept away, one more comes when its time is up.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.routing import DeploymentNumbers
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.models_health_words import DAY, Live

APART = 1.0
"""Seconds between two looks at the states."""
COUNTED_APART = 5.0
"""Seconds between two looks at the log."""


class LiveHealth(QObject):
    """``pane`` is what must be visible. Signal: ``changed(Live)`` when something is not as it was."""

    changed = Signal(object)

    def __init__(self, service: GatewayService, bridge: Bridge, pane: QWidget) -> None:
        super().__init__(pane)
        self._service, self._bridge, self._pane = service, bridge, pane
        self.live = Live()
        self._looked = self._counted = float("-inf")
        self._uncounted = True
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.timeout.connect(self.look)
        bridge.health_changed.connect(self._soon)
        bridge.faults_changed.connect(self._soon)
        bridge.gateway_changed.connect(self._soon)
        bridge.exchange_started.connect(self._soon)
        bridge.exchange_finished.connect(self._ended)

    def look(self) -> None:
        """Look now, if anybody sees it."""
        self._wait.stop()
        if self._pane.isVisible():
            self._looked = time.monotonic()
            self._bridge.run(self._read(), self._show, _ignore, owner=self, slot="live")

    def _ended(self, _exchanges: object) -> None:
        self._uncounted = True
        self._soon()

    def _soon(self, _notice: object = None) -> None:
        self._after(self._looked + APART - time.monotonic())

    def _after(self, seconds: float) -> None:
        if not self._pane.isVisible():
            return
        left, wanted = self._wait.remainingTime(), max(int(seconds * 1000), 0)
        if left < 0 or wanted < left:
            self._wait.start(wanted)

    async def _read(self) -> Live:
        routing = self._service.routing
        running = self._service.status.state == "running"
        states = await routing.health() if running else {}
        faults = await routing.faults() if running else {}
        numbers = self.live.numbers
        if self._uncounted and time.monotonic() - self._counted >= COUNTED_APART:
            self._counted, self._uncounted = time.monotonic(), False
            numbers = await routing.numbers(time.time() - DAY)
        return Live(running, states, faults, numbers)

    def _show(self, live: Live) -> None:
        if live != self.live:
            self.live = live
            self.changed.emit(live)
        if self._uncounted or _incomplete(live.numbers):
            self._uncounted = True
            self._after(COUNTED_APART - (time.monotonic() - self._counted))
        if ends := [state.until for state in live.states.values() if state.until is not None]:
            self._after(max(min(ends) - time.time(), APART))


def _incomplete(numbers: Mapping[str, DeploymentNumbers]) -> bool:
    """Whether there is more of the last day to be read."""
    return any(time.time() - each.since < DAY - 1200 for each in numbers.values())


def _ignore(_text: str) -> None:
    """What cannot be read stays as it was; the pane's own load says what is wrong."""
