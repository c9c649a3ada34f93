"""The inspector's Stream tab: each event of a streamed answer, when it came and what it held."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtWidgets import QStackedLayout, QWidget

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_events import Event, events_of
from conduit_desktop.ui.panes.requests_page import Inspected, Missing, Page
from conduit_desktop.ui.panes.requests_render import text_of
from conduit_desktop.ui.panes.requests_words import in_flight
from conduit_desktop.ui.shown import duration, size
from conduit_desktop.ui.widgets.code import CodeView
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_CONTENT = re.compile(r'"(?:content|text|arguments|partial_json)"\s*:\s*("(?:[^"\\]|\\.)+")')
SLOW = 1.0  # seconds between two events that are worth a colour


def _offset(event: Event) -> str:
    return "–" if event.at is None else f"{event.at * 1000:,.0f} ms"


def _gap(event: Event) -> str:
    return "" if event.gap is None else f"+{event.gap * 1000:,.0f} ms"


def _gist(event: Event) -> str:
    """The piece of text that an event adds, else the event's name, else its data."""
    found = _CONTENT.search(event.data)
    return found[1] if found else event.name or event.data


COLUMNS: tuple[Column[Event], ...] = (
    Column("#", lambda e: str(e.n), 64, tone=lambda _: "text-faint"),
    Column("At", _offset, 80, align="right"),
    Column(
        "Gap",
        _gap,
        76,
        align="right",
        tone=lambda e: "warning" if e.gap is not None and e.gap >= SLOW else "text-muted",
    ),
    Column("Size", lambda e: size(e.size), 64, align="right", tone=lambda _: "text-muted"),
    Column("Data", _gist, 160, mono=True, stretch=True, sub=lambda e: "" if _gist(e) == e.data else e.data),
)


class StreamPage(Page):
    """A table of events over the data of the chosen one."""

    title = "Stream"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._for = ""
        self.missing = Missing(bridge)
        self.none = EmptyState("send", "Not a stream", "The answer came in one piece. It is under Response.")
        self.said = Label("", "muted", wrap=True)
        self.rows: Rows[Event] = Rows(COLUMNS, key=lambda event: event.n, parent=self)
        self.table = DataTable(self.rows, key="request-events", name="Events of the stream")
        fit_columns(self.table, ("Gap", "Size"), stretch_least=120)
        self.code = CodeView("Data of the event", numbers=False)
        self.table.chosen.connect(self._choose)
        split = Splitter("request-events", self.table, self.code, sizes=(3, 2), vertical=True)
        there = QWidget()
        there.setLayout(column(self.said, split, gap=8))
        self._stack = QStackedLayout()
        self.body.addLayout(self._stack)  # before it has widgets: the first one added is shown at once
        for part in (self.missing, self.none, there):
            self._stack.addWidget(part)

    def present(self, inspected: Inspected) -> None:
        exchange, capture = inspected.exchange, inspected.capture
        if not inspected.fetched and not in_flight(exchange):
            return
        response = capture.response if capture is not None else None
        streamed = exchange.stream or (response is not None and len(response.pieces) > 1)
        if not streamed or response is None:
            self._for = ""
            self.missing.explain(inspected)
            self._stack.setCurrentIndex(0 if streamed else 1)
            return
        self._stack.setCurrentIndex(2)
        if exchange.id == self._for:
            return
        self._for = exchange.id
        self.said.setText("Reading the events…")
        work = self.service.run(events_of, response)
        self.bridge.run(work, partial(self._put, exchange.id), owner=self, slot="events")

    def _put(self, exchange_id: str, found: tuple[tuple[Event, ...], int]) -> None:
        if exchange_id != self._for:
            return
        events, total = found
        self.rows.set_rows(events)
        self.code.set_code("")
        self.said.setText(summary(events, total))

    def _choose(self, event: Event | None) -> None:
        if event is not None:
            made = text_of(event.data)
            self.code.set_code(made.text, made.language)


def summary(events: tuple[Event, ...], total: int) -> str:
    """``312 events from 410 ms to 3.2 s; the longest gap was 120 ms.``"""
    count = f"{total:,} events" if total != 1 else "1 event"
    shown = f", the first {len(events):,} are listed" if total > len(events) else ""
    timed = [event.at for event in events if event.at is not None]
    if not timed:
        return f"{count}{shown}."
    gaps = [event.gap for event in events if event.gap is not None]
    longest = f"; the longest gap was {duration(max(gaps))}" if gaps else ""
    return f"{count}{shown}, from {duration(timed[0])} to {duration(timed[-1])} after the start{longest}."
