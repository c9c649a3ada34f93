"""Whether an exchange that just came in belongs into the list as it is filtered: what the store does in SQL. Pure."""

from __future__ import annotations

from conduit_desktop.records import Exchange, ExchangeFilter
from conduit_desktop.ui.panes.requests_words import in_flight


def matches(wanted: ExchangeFilter, exchange: Exchange) -> bool:
    """Whether ``exchange`` fits. What is not known yet of one in flight (its outcome, its provider) does not fit. A tag
    comes with the ``key_ids`` that have it."""
    return (
        wanted.key_id in (None, exchange.key_id or "")
        and wanted.model in (None, exchange.model)
        and wanted.provider in (None, exchange.provider)
        and wanted.app in (None, exchange.app)
        and (wanted.tag is None or (exchange.key_id or "") in (wanted.key_ids or ()))
        and (wanted.since is None or exchange.started >= wanted.since)
        and (wanted.until is None or exchange.started < wanted.until)
        and _outcome(wanted.outcome, exchange)
        and _text(wanted.text, exchange)
    )


def _outcome(wanted: str | None, exchange: Exchange) -> bool:
    if wanted is None:
        return True
    if in_flight(exchange):
        return False
    if wanted == "ok":
        return exchange.status < 400
    if wanted == "error":
        return exchange.status >= 400
    return str(exchange.status) == wanted


def _text(wanted: str, exchange: Exchange) -> bool:
    if not wanted:
        return True
    low = wanted.lower()
    fields = (exchange.model, exchange.key, exchange.provider, exchange.app, exchange.error, exchange.error_code)
    return exchange.id.startswith(wanted) or any(low in field.lower() for field in fields)
