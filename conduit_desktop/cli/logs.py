"""``logs``: the requests that were made, oldest first, and with ``--follow`` those to come.

Never more than two pages of them are in memory: what is to be shown is looked for backwards, and of each page only the
place is kept for the way forward.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from conduit_desktop import money
from conduit_desktop.cli import one_request
from conduit_desktop.cli.output import Cell, Table, duration, iso, json_line, milliseconds, say, usd
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.records import Exchange, ExchangeFilter, Usage
from conduit_desktop.runtime import exporting
from conduit_desktop.runtime.tags import tagged
from conduit_desktop.store import Store

POLL_SECONDS = 0.25
_PAGE = 500
_TOKENS = ("input", "output", "cached_read", "cache_write", "reasoning", "estimated")

Show = Callable[[list[Exchange]], None]


def run(arguments: argparse.Namespace, session: Session) -> int:
    store = session.store
    if arguments.id:
        return _one(arguments, store)
    wanted = _filter(arguments, store)
    plain = not (arguments.json or arguments.csv)
    show = _show_json(store) if arguments.json else _show_csv() if arguments.csv else show_table()
    last = _last(store)
    found = False
    for page in _newest(store, wanted, last, arguments.limit):
        show(page)
        found = True
    if not found and plain:
        if arguments.follow:
            show([])
        else:
            say("No requests." if wanted == ExchangeFilter() else "No requests like these.")
    if arguments.follow:
        _follow(store, wanted, last, show)
    return 0


def _one(arguments: argparse.Namespace, store: Store) -> int:
    if arguments.follow:
        raise WrongUsage("one request is over: --follow is for those to come")
    exchange = one_request.found(store, arguments.id)
    if arguments.json:
        json_line(as_object(exchange))
    elif arguments.csv:
        _show_csv()([exchange])
    else:
        one_request.show(exchange)
    return 0


def _filter(arguments: argparse.Namespace, store: Store) -> ExchangeFilter:
    wanted = ExchangeFilter(
        text=arguments.text,
        key_id=key_id(store, arguments.key) if arguments.key else None,
        model=arguments.model,
        provider=arguments.provider,
        outcome="error" if arguments.errors else arguments.status,
        app=arguments.app,
        tag=arguments.tag,
        since=arguments.since,
        until=arguments.until,
    )
    return tagged(store, wanted)


def key_id(store: Store, name: str) -> str:
    """The key of that name, also one that only the log still knows."""
    if (key := store.keys.by_name(name)) is not None:
        return key.id
    seen = store.exchanges.facets().keys
    for key_id, known in seen:
        if known == name:
            return key_id
    there = ", ".join(sorted({each.name for each in store.keys.list()} | {known for _, known in seen})) or "none yet"
    raise ConfigurationError(f"There is no key {name!r}.", hint=f"Keys: {there}.", code="not_found")


# ---------------------------------------------------------------- reading


def _newest(store: Store, wanted: ExchangeFilter, last: int, limit: int) -> Iterator[list[Exchange]]:
    """The newest ``limit`` up to the number ``last``, page by page, oldest first."""
    places: list[tuple[int, int]] = []
    before = last + 1
    while limit and (rows := store.exchanges.page(wanted, before, min(limit, _PAGE))):
        places.append((before, len(rows)))
        before, limit = rows[-1].seq, limit - len(rows)
    for place, size in reversed(places):
        if page := store.exchanges.page(wanted, place, size)[::-1]:
            yield page


def _backwards(store: Store, wanted: ExchangeFilter, page: int) -> Iterator[Exchange]:
    """Everything that fits, newest first."""
    before: int | None = None
    while rows := store.exchanges.page(wanted, before, page):
        yield from rows
        before = rows[-1].seq
        if len(rows) < page:
            return


def _last(store: Store) -> int:
    newest = store.exchanges.page(limit=1)
    return newest[0].seq if newest else 0


def _follow(store: Store, wanted: ExchangeFilter, seen: int, show: Show) -> None:
    """Show what comes until Ctrl-C. A look costs one indexed query."""
    try:
        while True:
            time.sleep(POLL_SECONDS)
            fresh = list(_until(_backwards(store, wanted, _PAGE), seen))[::-1]
            if fresh:
                seen = fresh[-1].seq
                show(fresh)
    except KeyboardInterrupt:
        return


def _until(rows: Iterator[Exchange], seen: int) -> Iterator[Exchange]:
    for exchange in rows:
        if exchange.seq <= seen:
            return
        yield exchange


# ---------------------------------------------------------------- for programs


def _show_csv() -> Show:
    """The columns of an export, see ``runtime/exporting.py``."""
    put = exporting.writer(sys.stdout, exporting.EXCHANGE_COLUMNS, "csv")

    def show(exchanges: list[Exchange]) -> None:
        put(exporting.exchange_row(exchange) for exchange in exchanges)
        sys.stdout.flush()

    return show


def _show_json(store: Store) -> Show:
    def show(exchanges: list[Exchange]) -> None:
        for exchange in exchanges:
            whole = store.exchanges.get(exchange.id) or exchange  # only so are its attempts known
            json_line(as_object(whole))

    return show


def as_object(exchange: Exchange) -> dict[str, object]:
    """An exchange as ``--json`` prints it: a contract, add only at its end."""
    return {
        "id": exchange.id,
        "started": iso(exchange.started),
        "key": exchange.key or None,
        "app": exchange.app,
        "dialect": exchange.dialect,
        "endpoint": exchange.endpoint,
        "model": exchange.model,
        "upstream_model": exchange.upstream_model,
        "provider": exchange.provider or None,
        "kind": exchange.kind,
        "status": exchange.status,
        "error_code": exchange.error_code,
        "error": exchange.error,
        "stream": exchange.stream,
        "finish": exchange.finish,
        "tokens": _tokens(exchange.usage),
        "cost_usd": usd(exchange.cost),
        "price": exchange.price,
        "ttft_ms": milliseconds(exchange.ttft),
        "total_ms": milliseconds(exchange.total),
        "overhead_ms": milliseconds(exchange.overhead),
        "attempts": len(exchange.attempts),
        "bytes_in": exchange.bytes_in,
        "bytes_out": exchange.bytes_out,
        "attempt_details": [one_request.as_object(each) for each in exchange.attempts],
    }


def _tokens(usage: Usage | None) -> dict[str, object]:
    """All null where nothing was counted, so that a script need not ask first."""
    return {name: getattr(usage, name, None) for name in _TOKENS}


# ---------------------------------------------------------------- for people


def show_table() -> Show:
    """A table that grows."""
    titles = ("TIME", "STATUS", "KEY", "MODEL", "PROVIDER", ">IN", ">OUT", ">COST", ">FIRST", ">TOTAL", "ERROR")
    table = Table(*titles, cut=True)  # the whole error: logs ID, or anywhere but in a terminal
    return lambda exchanges: table.show([_row(exchange) for exchange in exchanges])


def _row(exchange: Exchange) -> list[str | Cell]:
    usage = exchange.usage
    about = "~" if usage is not None and usage.estimated else ""
    return [
        datetime.fromtimestamp(exchange.started).strftime("%Y-%m-%d %H:%M:%S"),
        Cell(str(exchange.status), _colour(exchange.status)),
        exchange.key or "–",
        exchange.model[:60] or "–",
        exchange.provider or "–",
        f"{about}{usage.input:,}" if usage else "–",
        f"{about}{usage.output:,}" if usage else "–",
        money.show(exchange.cost) if usage or exchange.cost != 0 else "–",
        duration(exchange.ttft),
        duration(exchange.total),
        Cell(_error(exchange), "dim"),
    ]


def _error(exchange: Exchange) -> str:
    """The words; behind the code where it is one of ours, which says more than that a provider failed."""
    if not exchange.error or exchange.error_code == "upstream_error":
        return exchange.error or exchange.error_code
    return f"{exchange.error_code}: {exchange.error}"


def _colour(status: int) -> str:
    if status < 400:
        return "green"
    return "yellow" if status in (429, 499) else "red"
