"""The inspector's first tab: one exchange in facts, and what to do when it failed."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from conduit_desktop.money import show
from conduit_desktop.records import CACHED, Exchange, Usage
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.requests_page import Inspected, Page
from conduit_desktop.ui.panes.requests_words import Advice, advice, elapsed, in_flight, look, speed, status_text
from conduit_desktop.ui.shown import duration, moment, size
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.key_values import Entry, KeyValueTable
from conduit_desktop.ui.widgets.layout import column, row, scrolled
from conduit_desktop.ui.widgets.status import Badge, Icon
from conduit_desktop.ui.widgets.text import Label, set_look

DIALECTS = {
    "openai-chat": "OpenAI Chat Completions",
    "openai-responses": "OpenAI Responses",
    "anthropic-messages": "Anthropic Messages",
    "gemini": "Gemini",
    "interactions": "Gemini Interactions",
    "cohere": "Cohere",
    "ollama": "Ollama",
    "ollama-generate": "Ollama generate",
    "completions": "OpenAI Completions",
    "bedrock-converse": "Bedrock Converse",
}
_FINISHES = {
    "stop": "stop (it was done)",
    "length": "length (cut off at the token limit)",
    "tool_calls": "tool_calls (it wants a tool called)",
    "content_filter": "content_filter (withheld by the provider)",
}
Groups = tuple[tuple[str, tuple[Entry, ...]], ...]


def groups(exchange: Exchange) -> Groups:
    """The facts in groups."""
    return (
        ("", _what(exchange)),
        ("Tokens", _tokens(exchange.usage, exchange)),
        ("Time", _times(exchange)),
        ("Caller", _caller(exchange)),
    )


def _what(exchange: Exchange) -> tuple[Entry, ...]:
    return (
        Entry("Model", exchange.model or "none named"),
        Entry("Served by", _served(exchange)),
        Entry("Cost", "" if in_flight(exchange) else _cost(exchange)),
        Entry("Finish", _FINISHES.get(exchange.finish, exchange.finish)),
    )


def _served(exchange: Exchange) -> str:
    if exchange.price == CACHED:
        return f"From the cache, as {exchange.upstream_model or exchange.model} answered before"
    served = exchange.upstream_model if exchange.upstream_model != exchange.model else ""
    tries = f" after {len(exchange.attempts)} attempts" if len(exchange.attempts) > 1 else ""
    return f"{served} at {exchange.provider}{tries}" if served else exchange.provider + tries


def _cost(exchange: Exchange) -> str:
    if exchange.price == CACHED:
        return f"nothing; {show(exchange.saved)} saved" if exchange.saved else "nothing"
    if exchange.usage is None and not exchange.cost:
        return "nothing was used"
    if exchange.cost is None:
        return "unpriced: see Cost for why"
    source = f" ({exchange.price.partition(' #')[0]})" if exchange.price else ""
    return f"{show(exchange.cost)}{source}"


def _tokens(usage: Usage | None, exchange: Exchange) -> tuple[Entry, ...]:
    if usage is None:
        return (Entry("Usage", "not known yet" if in_flight(exchange) else "none: no provider gave an answer"),)
    estimated = " (estimated here)" if usage.estimated else ""
    audio = usage.audio_input or usage.audio_output
    pictures = usage.image_input or usage.image_output
    hour = f" ({usage.cache_write_1h:,} for an hour)" if usage.cache_write_1h else ""
    return (
        Entry("Input", f"{usage.input:,}{estimated}"),
        Entry("  cached", f"{usage.cached_read:,} read, {usage.cache_write:,} written{hour}"),
        Entry("Output", f"{usage.output:,}{estimated}"),
        Entry("  reasoning", f"{usage.reasoning:,}"),
        Entry("  audio", f"{usage.audio_input:,} in, {usage.audio_output:,} out" if audio else ""),
        Entry("  images", f"{usage.image_input:,} in, {usage.image_output:,} out" if pictures else ""),
        Entry("Searches", f"{usage.searches:,}" if usage.searches else ""),
        Entry("Service tier", usage.service),
    )


def _times(exchange: Exchange) -> tuple[Entry, ...]:
    rate = speed(exchange)
    overhead = exchange.overhead
    return (
        Entry("Started", moment(exchange.started)),
        Entry("First token", duration(exchange.ttft) if exchange.ttft is not None else ""),
        Entry("Total", elapsed(exchange)),
        Entry("Speed", f"{rate:,.0f} tokens/s" if rate else ""),
        Entry("Conduit's share", f"{overhead * 1000:.2f} ms" if overhead is not None else ""),
    )


def _caller(exchange: Exchange) -> tuple[Entry, ...]:
    upstream = next((each.upstream_request_id for each in reversed(exchange.attempts) if each.upstream_request_id), "")
    return (
        Entry("Key", exchange.key or "none that is known"),
        Entry("App", exchange.app or "did not say"),
        Entry("Asked for", f"{exchange.method} {exchange.path}", mono=True),
        Entry("Dialect", DIALECTS.get(exchange.dialect, exchange.dialect) + (", streamed" if exchange.stream else "")),
        Entry("Size", f"{size(exchange.bytes_in)} in, {size(exchange.bytes_out)} out"),
        Entry("Request id", exchange.id, mono=True, copy=True),
        Entry("Provider's id", upstream, mono=True, copy=True),
    )


class _Problem(QFrame):
    """What went wrong and what to do."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._advice: Advice | None = None
        self._icon = Icon("error", "danger")
        self._error = Label("", "body", wrap=True, selectable=True)
        self._todo = Label("", "muted", wrap=True)
        self._code = Label("", "mono-small", selectable=True)
        self._go = Button("", "secondary", small=True)
        self._go.clicked.connect(self._open)
        words = column(self._error, self._todo, row(self._go, self._code, None, gap=SPACE.m), gap=SPACE.s)
        box = row(gap=SPACE.m, margins=(SPACE.m, SPACE.m, SPACE.m, SPACE.m))
        box.addLayout(column(self._icon, None, gap=0))
        box.addLayout(words, 1)
        self.setLayout(box)

    def explain(self, exchange: Exchange) -> None:
        self._advice = found = advice(exchange)
        self.setVisible(found is not None)
        if found is None:
            return
        tone = look(exchange).tone
        self._icon.set_icon(look(exchange).icon, tone)
        self._error.setText(exchange.error or status_text(exchange))
        self._todo.setText(found.text)
        self._code.setText(exchange.error_code)
        self._go.setText(found.action)
        self._go.updateGeometry()
        self._go.setVisible(bool(found.action))
        set_look(self, surface="well")

    def _open(self) -> None:
        if self._advice is not None:
            self._bridge.open_pane(self._advice.pane)


class Overview(Page):
    """Facts in groups."""

    title = "Overview"

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__(service, bridge)
        self._badge = Badge("")
        self._said = Label("", "muted", wrap=True)
        self.problem = _Problem(bridge)
        content = QWidget()
        self._groups = QVBoxLayout()
        self._groups.setSpacing(SPACE.s)
        self.tables: list[KeyValueTable] = []
        head = row(self._badge, self._said)
        head.setStretch(1, 1)
        box = column(head, self.problem, gap=SPACE.m, margins=(0, 0, SPACE.s, SPACE.l))
        box.addLayout(self._groups)
        box.addStretch(1)
        content.setLayout(box)
        self.body.addWidget(scrolled(content))

    def present(self, inspected: Inspected) -> None:
        exchange = inspected.exchange
        seen = look(exchange)
        self._badge.set_badge(status_text(exchange), seen.tone, seen.icon)
        self._said.setText(summary(exchange))
        self.problem.explain(exchange)
        found = groups(exchange)
        for at, (title, entries) in enumerate(found):
            if at == len(self.tables):
                self._add_group(title)
            self.tables[at].set_entries(entries)

    def _add_group(self, title: str) -> None:
        if title:
            self._groups.addSpacing(SPACE.s)
            self._groups.addWidget(Label(title, "strong"))
        table = KeyValueTable(name=title or "What was asked")
        self.tables.append(table)
        self._groups.addWidget(table)


def summary(exchange: Exchange) -> str:
    """``1.84 s · 1,204 → 311 tokens · $0.0042``."""
    if in_flight(exchange):
        return f"for {elapsed(exchange)}"
    usage = exchange.usage
    tokens = f"{usage.input:,} → {usage.output:,} tokens" if usage is not None else ""
    cost = show(exchange.cost) if usage is not None else ""
    return " · ".join(part for part in (duration(exchange.total), tokens, cost) if part)
