"""The inspector's Attempts tab: each call to a provider, how long its parts took, and why the next one was made."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import CACHED
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes import requests_attempts_words as words
from conduit_desktop.ui.panes.requests_attempts_words import Tried
from conduit_desktop.ui.panes.requests_overview import DIALECTS
from conduit_desktop.ui.panes.requests_page import Inspected, Page
from conduit_desktop.ui.panes.requests_spans import Kind
from conduit_desktop.ui.panes.requests_timeline import COLOURS, Swatch
from conduit_desktop.ui.panes.requests_words import in_flight
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row, scrolled
from conduit_desktop.ui.widgets.rows import Column, Rows, SpanLook
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label


def shares(each: Tried) -> Sequence[SpanLook]:
    """The attempt's parts as shares of the whole request."""
    total = max(each.exchange.total, each.attempt.offset + each.attempt.duration, 1e-6)
    return [(span.start / total, min(span.end / total, 1.0), COLOURS[span.kind]) for span in each.spans]


COLUMNS: tuple[Column[Tried], ...] = (
    Column("#", lambda t: str(t.attempt.n), 44, tone=lambda _: "text-faint"),
    Column(
        "Status",
        lambda t: words.status_words(t.attempt),
        158,
        icon=lambda t: words.status_look(t.attempt),
        tooltip=lambda t: t.attempt.error or words.status_words(t.attempt),
    ),
    Column(
        "Provider",
        lambda t: t.attempt.provider,
        100,
        stretch=True,
        strong=True,
        sub=lambda t: "fault lab" if t.attempt.lab else t.attempt.upstream_model,
        tooltip=lambda t: f"{t.attempt.provider}/{t.attempt.upstream_model}",
    ),
    Column("When", words.timing_words, 140, spans=shares, tooltip=words.timing_words),
    Column("Took", lambda t: duration(t.attempt.duration), 78, align="right"),
)


def entries(each: Tried) -> tuple[Entry, ...]:
    """One attempt in facts."""
    attempt = each.attempt
    failed = bool(attempt.cause or attempt.error)
    connected = "a kept connection" if attempt.reused else _after(attempt.connected)
    given = bool(attempt.upstream_request_id)
    return (
        Entry("Fault lab", words.lab_words(attempt), tone="warning-text"),
        Entry("Cause", "" if attempt.lab else words.cause_words(attempt.cause), tone="danger-text" if failed else ""),
        Entry("Error", attempt.error),
        Entry("Then", words.next_words(each)),
        Entry("Fallback", f"{attempt.model}, asked in place of {each.exchange.model}" if attempt.model else ""),
        Entry("Model", attempt.upstream_model, mono=True),
        Entry("Key", attempt.credential),
        Entry("Address", attempt.url, mono=True, copy=True),
        Entry("Spoken", DIALECTS.get(attempt.dialect, attempt.dialect)),
        Entry("Left out", f"{attempt.dropped}: the provider has no word for it" if attempt.dropped else ""),
        Entry("Began", f"{duration(attempt.offset)} after the request{_paused(attempt.waited)}"),
        Entry("Connected", connected),
        Entry("Headers", _after(attempt.headers)),
        Entry("First token", _after(attempt.first)),
        Entry("Provider's id", attempt.upstream_request_id or "none given", mono=given, copy=given),
    )


def _after(seconds: float | None) -> str:
    return "not reached" if seconds is None else f"after {duration(seconds)}"


def _paused(seconds: float) -> str:
    return f", a pause of {duration(seconds)} included" if seconds > 0.001 else ""


class AttemptsPage(Page):
    """A table of attempts over the facts of the chosen one."""

    title = "Attempts"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._for = ""
        self.said = Label("", "muted", wrap=True)
        self.rows: Rows[Tried] = Rows(COLUMNS, key=lambda each: each.attempt.n, parent=self)
        self.table = DataTable(self.rows, key="request-attempts", name="Attempts")
        fit_columns(self.table, ("Took", "When"), stretch_least=100)
        self.none = EmptyState("provider", "No provider was asked", "")
        self.table.set_empty(self.none)
        self.table.chosen.connect(self._choose)
        self.legend = flow(*(_key(kind, name) for kind, name in words.LEGEND), gap=12, line_gap=2)
        self.facts = KeyValueTable(name="The chosen attempt")
        content = QWidget()
        content.setLayout(column(self.facts, None, margins=(0, 12, 8, 0)))
        self._below = scrolled(content)
        self.body.addWidget(self.said)
        self.body.addWidget(self.legend)
        self.body.addWidget(Splitter("request-attempts", self.table, self._below, sizes=(2, 3), vertical=True), 1)

    def present(self, inspected: Inspected) -> None:
        exchange = inspected.exchange
        attempts = exchange.attempts
        if not attempts and not in_flight(exchange) and not inspected.fetched:
            return
        why = "It is still in flight." if in_flight(exchange) else "Conduit answered this request by itself."
        if exchange.price == CACHED:
            why = "The response cache had the answer to the very same request."
        self.none.set_state("provider", "No provider was asked", why)
        self._below.setVisible(bool(attempts))
        self.said.setText(words.summary(attempts))
        self.said.setVisible(bool(attempts))
        self.legend.setVisible(bool(attempts))
        if exchange.id == self._for and len(attempts) == len(self.rows):
            return
        self._for = exchange.id
        self.table.view.clearSelection()
        self.rows.set_rows(words.tried(exchange))
        if attempts:
            failed = next((attempt for attempt in attempts if attempt.cause or attempt.error), attempts[-1])
            self.table.select(failed.n)

    def _choose(self, each: Tried | None) -> None:
        if each is not None:
            self.facts.set_entries(entries(each))


def _key(kind: Kind, name: str) -> QWidget:
    """A colour with its name."""
    made = QWidget()
    made.setLayout(row(Swatch(COLOURS[kind]), Label(name, "caption"), gap=5))
    return made
