"""The inspector's Attempts tab: each call to a provider, and why the next one was made."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from conduit_desktop.records import CACHED, Attempt
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_overview import DIALECTS
from conduit_desktop.ui.panes.requests_page import Inspected, Page
from conduit_desktop.ui.panes.requests_words import in_flight, look_of
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, scrolled
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

CAUSES = {
    "dns": "the provider's name cannot be resolved",
    "refused": "nothing listens at the provider's address",
    "unreachable": "the provider cannot be reached",
    "tls": "no secure connection",
    "timeout": "no answer in time",
    "broken": "the connection broke off",
    "truncated": "the answer ended before it was whole",
    "protocol": "the answer is not well-formed",
    "proxy": "the proxy in between failed",
    "redirect": "the provider redirects elsewhere",
    "client_gone": "the client hung up",
    "rate_limited": "the provider asks for fewer requests",
    "overloaded": "the provider is overloaded",
    "server_error": "the provider has a problem",
    "credential": "the provider rejects the key",
    "request": "the request itself is not accepted",
}


def _status(attempt: Attempt) -> str:
    word = look_of(attempt.status).word
    return word if attempt.status is None else f"{attempt.status} {word}"


COLUMNS: tuple[Column[Attempt], ...] = (
    Column("#", lambda a: str(a.n), 56, tone=lambda _: "text-faint"),
    Column(
        "Status",
        _status,
        150,
        icon=lambda a: (look_of(a.status).icon, look_of(a.status).tone),
        tooltip=lambda a: a.error or _status(a),
    ),
    Column("Provider", lambda a: a.provider, 110, stretch=True, strong=True, sub=lambda a: a.upstream_model),
    Column("Began", lambda a: f"+{duration(a.offset)}", 84, align="right", tone=lambda _: "text-muted"),
    Column("Took", lambda a: duration(a.duration), 92, align="right"),
)


def entries(attempt: Attempt) -> tuple[Entry, ...]:
    """One attempt in facts."""
    failed = bool(attempt.cause or attempt.error)
    connected = "a kept connection" if attempt.reused else _after(attempt.connected)
    return (
        Entry("Cause", _cause(attempt.cause), tone="danger-text" if failed else ""),
        Entry("Error", attempt.error),
        Entry("Model", attempt.upstream_model, mono=True),
        Entry("Address", attempt.url, mono=True, copy=True),
        Entry("Spoken", DIALECTS.get(attempt.dialect, attempt.dialect)),
        Entry("Left out", f"{attempt.dropped}: the provider has no word for it" if attempt.dropped else ""),
        Entry("Connected", connected),
        Entry("Headers", _after(attempt.headers)),
        Entry("First token", _after(attempt.first)),
        Entry("Provider's id", attempt.upstream_request_id or "none given", mono=bool(attempt.upstream_request_id),
              copy=bool(attempt.upstream_request_id)),
    )  # fmt: skip


def _after(seconds: float | None) -> str:
    return "not reached" if seconds is None else f"after {duration(seconds)}"


def _cause(cause: str) -> str:
    if not cause or cause == "ok":
        return ""
    return f"{cause.replace('_', ' ')}: {CAUSES[cause]}" if cause in CAUSES else cause.replace("_", " ")


class AttemptsPage(Page):
    """A table of attempts over the facts of the chosen one."""

    title = "Attempts"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._for = ""
        self.said = Label("", "muted", wrap=True)
        self.rows: Rows[Attempt] = Rows(COLUMNS, key=lambda attempt: attempt.n, parent=self)
        self.table = DataTable(self.rows, key="request-attempts", name="Attempts")
        self.none = EmptyState("provider", "No provider was asked", "")
        self.table.set_empty(self.none)
        self.table.chosen.connect(self._choose)
        self.facts = KeyValueTable(name="The chosen attempt")
        content = QWidget()
        content.setLayout(column(self.facts, None, margins=(0, 12, 8, 0)))
        self._below = scrolled(content)
        self.body.addWidget(self.said)
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
        self.said.setText(summary(attempts))
        self.said.setVisible(bool(attempts))
        if exchange.id == self._for and len(attempts) == len(self.rows):
            return
        self._for = exchange.id
        self.table.view.clearSelection()
        self.rows.set_rows(attempts)
        if attempts:
            failed = next((attempt for attempt in attempts if attempt.cause or attempt.error), attempts[-1])
            self.table.select(failed.n)

    def _choose(self, attempt: Attempt | None) -> None:
        if attempt is not None:
            self.facts.set_entries(entries(attempt))


def summary(attempts: tuple[Attempt, ...]) -> str:
    """One sentence on how it went."""
    if not attempts:
        return ""
    last = attempts[-1]
    answered = last.status is not None and last.status < 400 and not last.error
    if len(attempts) == 1:
        end = "answered at the first attempt." if answered else "failed; nobody else was asked."
        return f"{last.provider} {end}"
    before = ", ".join(f"{attempt.provider} ({_status(attempt)})" for attempt in attempts[:-1])
    end = f"{last.provider} answered." if answered else f"{last.provider} failed as well ({_status(last)})."
    return f"{before} failed before the first byte; {end}"
