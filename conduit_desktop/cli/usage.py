"""``usage``: what was spent and used, by key, model, provider, app, tag or time.

For programs the columns are those of an export (``runtime/exporting.py``), amounts as exact text in CSV and as exact
numbers in JSON, like everywhere on the command line.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import datetime
from typing import cast

from conduit_desktop import money
from conduit_desktop.cli.logs import key_id
from conduit_desktop.cli.output import Cell, Table, json_line, say, usd
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.gateway.periods import Zone, last_reset, next_reset
from conduit_desktop.records import DIMENSIONS, GRAINS, Dimension, Grain, Sums, UsageQuery
from conduit_desktop.runtime.calendar import users_zone
from conduit_desktop.runtime.exporting import USAGE_COLUMNS, usage_row, writer
from conduit_desktop.runtime.usage import Line, report, table
from conduit_desktop.store import Store

_FORMATS: dict[Grain, str] = {"minute": "%Y-%m-%d %H:%M", "hour": "%Y-%m-%d %H:%M", "month": "%Y-%m"}


def run(arguments: argparse.Namespace, session: Session) -> int:
    store = session.store
    zone = users_zone(store)
    query = _query(arguments, store, zone)
    lines = [line for line in table(store, query, zone, bars=query.grain is not None) if line.start < time.time()]
    if arguments.csv:
        writer(sys.stdout, USAGE_COLUMNS, "csv")(usage_row(line, query.by or "", zone) for line in lines)
    elif arguments.json:
        for line in lines:
            row = usage_row(line, query.by or "", zone)
            json_line(row | {"cost_usd": usd(line.sums.cost), "saved_usd": usd(line.sums.saved)})
    else:
        _show(store, query, zone, lines)
    return 0


def _query(arguments: argparse.Namespace, store: Store, zone: Zone) -> UsageQuery:
    what = [part for part in arguments.by if part in DIMENSIONS]
    times = [part for part in arguments.by if part in GRAINS]
    if len(what) > 1 or len(times) > 1:
        raise WrongUsage("--by takes one of " + ", ".join(DIMENSIONS) + " and one of " + ", ".join(GRAINS))
    now = time.time()
    since = last_reset("month", now, zone) if arguments.since is None else arguments.since
    end = next_reset("month", now, zone) if arguments.since is None else now
    until = arguments.until or end
    if until is None or until <= since:
        raise WrongUsage("--until is before --since")
    return UsageQuery(
        since=since,
        until=until,
        grain=cast("Grain | None", times[0] if times else None),
        by=cast("Dimension | None", what[0] if what else None if times else "model"),
        key_id=key_id(store, arguments.key) if arguments.key else None,
        model=arguments.model,
        provider=arguments.provider,
        app=arguments.app,
        tag=arguments.tag,
    )


def _show(store: Store, query: UsageQuery, zone: Zone, lines: list[Line]) -> None:
    found = report(store, query, zone)
    if not found.sums.requests:
        say("No requests in this time.")
        return
    titles = [query.grain.upper()] if query.grain else []
    titles += [query.by.upper()] if query.by else []
    rows = Table(*titles, ">REQUESTS", ">ERRORS", ">INPUT", ">OUTPUT", ">SAVED", ">UNPRICED", ">COST")
    pattern = _FORMATS.get(query.grain or "day", "%Y-%m-%d")
    shown = []
    for line in lines:
        names: list[str | Cell] = [datetime.fromtimestamp(line.start, zone).strftime(pattern)] if query.grain else []
        names += [line.name] if query.by else []
        shown.append([*names, *_figures(line.sums)])
    total: list[str | Cell] = [Cell("total", "bold"), *[""] * (len(titles) - 1)]
    rows.show([*shown, [*total, *_figures(found.sums)]])
    if found.before.requests:
        say(f"In the same time before: {money.show(found.before.cost)}, {found.before.requests:,} requests.")
    if found.forecast is not None:
        day = datetime.fromtimestamp(query.until - 1, zone)
        say(f"By the end of {day:%Y-%m-%d} it comes to {money.show(found.forecast)} if it goes on like this.")


def _figures(sums: Sums) -> list[str | Cell]:
    return [
        f"{sums.requests:,}",
        Cell(f"{sums.errors:,}", "red" if sums.errors else ""),
        f"{sums.input:,}",
        f"{sums.output:,}",
        money.show(sums.saved) if sums.saved else "–",
        Cell(f"{sums.unpriced:,}", "yellow") if sums.unpriced else "–",
        money.show(sums.cost),
    ]
