"""The sheet with what happened to a deployment's health, and to the keys of its provider: what, when, why."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.records import HealthEvent
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.models_health_words import Live, event_look, look
from conduit_desktop.ui.panes.models_words import Served
from conduit_desktop.ui.shown import ago, clock, moment
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.layout import column, row, rule
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.status import StatusDot
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

MOST = 60
"""Changes that are shown."""
_SUB = "Changes of this deployment and of its provider's keys, the latest first."
_NONE = "Nothing yet: it was neither kept away nor turned down since changes are kept."


class HistorySheet(Sheet):
    """Follows what happens while it is open. Signal: ``use_wanted(deployment id)``."""

    use_wanted = Signal(str)

    def __init__(self, parent: QWidget, service: GatewayService, bridge: Bridge, served: Served, live: Live) -> None:
        super().__init__(parent, "Health", "Use again now", _SUB, width=500, cancel="Close")
        self.setObjectName("health-history")
        self._service, self._bridge, self.served = service, bridge, served
        self._dot = StatusDot("", "neutral", role="strong")
        self._why = Label("", "small", wrap=True)
        self._empty = Label(_NONE, "muted", wrap=True)
        self._empty.hide()
        self._lines = column(gap=SPACE.m)
        self.body.addWidget(ElidedLabel(served.name, "mono"))
        self.body.addLayout(column(self._dot, self._why, gap=4))
        self.body.addWidget(rule())
        self.body.addWidget(self._empty)
        self.body.addLayout(self._lines)
        self.body.addStretch(1)
        self.accepted.connect(lambda: self.use_wanted.emit(served.deployment.id))
        bridge.health_changed.connect(self._changed)
        self.show_live(live)
        self._read()

    @property
    def subjects(self) -> set[str]:
        """Whose changes are shown."""
        provider = self.served.provider
        keys = {provider.id, *(each.id for each in provider.credentials)} if provider is not None else set()
        return {self.served.deployment.id, *keys}

    def show_live(self, live: Live) -> None:
        """How it does now."""
        now = look(self.served, live)
        self._dot.set_state(now.word, now.tone, hollow=now.hollow)
        said = " ".join(part for part in (now.why, now.until) if part)
        self._why.setText(said)
        self._why.setVisible(bool(said))
        self.accept_button.setVisible(now.away)

    def _changed(self, events: Sequence[HealthEvent]) -> None:
        if any(event.subject in self.subjects for event in events):
            self._read()

    def _read(self) -> None:
        self._bridge.run(self._events(), self._show, self.set_error, owner=self, slot="history")

    async def _events(self) -> list[HealthEvent]:
        found = [event for each in self.subjects for event in await self._service.routing.history(each, MOST)]
        return sorted(found, key=lambda event: (-event.at, -event.seq))[:MOST]

    def _show(self, events: Sequence[HealthEvent]) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for event in events:
            self._lines.addWidget(_Change(event))
        self._empty.setVisible(not events)


class _Change(QWidget):
    """One change."""

    def __init__(self, event: HealthEvent) -> None:
        super().__init__()
        word, tone = event_look(event)
        exact = clock(event.at) if moment(event.at)[:10] == moment(time.time())[:10] else moment(event.at)
        when = Label(f"{exact} · {ago(event.at)}", "small", tone="text-faint")
        parts = [event.reason] if event.reason else []
        if event.kind == "credential":
            parts.insert(0, f"Key {event.name}" if event.name else "Key")
        if event.until is not None and event.state == "open":
            parts.append(f"to be tried again at {clock(event.until)}")
        reason = Label(" · ".join(parts), "small", wrap=True)
        reason.setVisible(bool(parts))
        reason_box = row(reason, gap=0, margins=(18, 0, 0, 0))
        self.setLayout(column(row(StatusDot(word, tone), None, when), reason_box, gap=2))
        self.setAccessibleName(f"{word}, {moment(event.at)}: {' · '.join(parts)}")
