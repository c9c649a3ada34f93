"""The columns of the request log, and which of them there is room for."""

from __future__ import annotations

from conduit_desktop.money import show
from conduit_desktop.records import Exchange
from conduit_desktop.ui.panes.requests_words import elapsed, in_flight, look, status_text, when
from conduit_desktop.ui.shown import count, duration, moment
from conduit_desktop.ui.widgets.rows import Column


def _status_tone(exchange: Exchange) -> str:
    tone = look(exchange).tone
    return "text" if tone == "success" else tone


def _tokens(exchange: Exchange) -> str:
    usage = exchange.usage
    if usage is None:
        return "" if in_flight(exchange) else "–"
    return f"{'~' if usage.estimated else ''}{count(usage.input)} → {count(usage.output)}"


def _cost(exchange: Exchange) -> str:
    if in_flight(exchange):
        return ""
    return "–" if exchange.usage is None and not exchange.cost else show(exchange.cost)


def _cost_tone(exchange: Exchange) -> str:
    return "text" if exchange.cost else "text-faint"


def _served(exchange: Exchange) -> str:
    return "" if exchange.upstream_model == exchange.model else exchange.upstream_model


COLUMNS: tuple[Column[Exchange], ...] = (
    Column("Time", lambda e: when(e.started), 117, tone=lambda _: "text-muted", tooltip=lambda e: moment(e.started)),
    Column(
        "Status",
        status_text,
        147,
        icon=lambda e: (look(e).icon, look(e).tone),
        tone=_status_tone,
        tooltip=lambda e: e.error or status_text(e),
    ),
    Column("Model", lambda e: e.model or "–", 150, stretch=True, strong=True, sub=_served),
    Column("Provider", lambda e: e.provider or ("" if in_flight(e) else "–"), 116, tone=lambda _: "text-muted"),
    Column(
        "Key", lambda e: e.key or "no key", 134, tone=lambda e: "text" if e.key else "text-faint", sub=lambda e: e.app
    ),
    Column(
        "Tokens",
        _tokens,
        126,
        align="right",
        tone=lambda _: "text-muted",
        tooltip=lambda e: f"{e.usage.input:,} in, {e.usage.output:,} out" if e.usage else "",
    ),
    Column("Cost", _cost, 96, align="right", tone=_cost_tone),
    Column("TTFT", lambda e: "" if in_flight(e) else duration(e.ttft), 68, align="right", tone=lambda _: "text-muted"),
    Column("Total", elapsed, 84, align="right"),
)

TIME, STATUS, MODEL, PROVIDER, KEY, TOKENS, COST, TTFT, TOTAL = range(len(COLUMNS))

_LAST_TO_GO = (STATUS, MODEL, TIME, TOTAL, COST, KEY, TOKENS, PROVIDER, TTFT)
SET_IN = 14  # by how much the first column of a table begins further to the right than the others
_LEAST_MODEL = 92


def fitting(width: int, scale: float = 1.0) -> frozenset[int]:
    """The columns that fit into ``width`` pixels; the least important give way first."""
    shown: set[int] = set()
    used = 0.0
    for column in _LAST_TO_GO:
        used += (_LEAST_MODEL if column == MODEL else COLUMNS[column].width) * scale
        if used > width and len(shown) >= 2:
            break
        shown.add(column)
    return frozenset(shown)
