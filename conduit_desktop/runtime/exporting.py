"""The log and reports of usage as CSV or JSON lines, for spreadsheets and scripts.

Both forms have the same columns (``EXCHANGE_COLUMNS``, ``USAGE_COLUMNS``: a contract, add only at the end). Amounts are
exact US dollars as decimal text; what is unpriced has no ``cost_usd`` and says so in ``unpriced``. Times are ISO 8601:
of exchanges in UTC, of bars in the user's zone. In CSV a text that a spreadsheet would take for a formula begins with
an apostrophe, control characters are replaced, true is 1. JSON lines have every text as it is.

Exchanges are read page by page, newest first, and written as they come: a log of any size takes the memory of a page.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TextIO

import msgspec

from conduit_desktop import money
from conduit_desktop.errors import ConduitError
from conduit_desktop.gateway.periods import Zone
from conduit_desktop.records import Exchange, ExchangeFilter, UsageQuery
from conduit_desktop.runtime.calendar import users_zone
from conduit_desktop.runtime.tags import tagged
from conduit_desktop.runtime.usage import Line, table
from conduit_desktop.store import Store
from conduit_desktop.wire.usage import Usage

Format = Literal["csv", "jsonl"]
Row = dict[str, Any]
Progress = Callable[[int, int], bool]
"""Called after each page with how many rows are written and how many there will be; False ends it."""

PAGE = 1_000
_UNCOUNTED = 100_000_000
_COUNTS = tuple(name for name in Usage.__struct_fields__ if name not in ("reported_cost", "service", "estimated"))
_TOKENS = {name: f"{name}_tokens" for name in ("input", "output", "cached_read", "cache_write", "reasoning")}
_HEAD = ("id", "started", "key_id", "key", "app", "dialect", "endpoint", "model", "upstream_model", "provider", "kind")
_OUTCOME = ("status", "error_code", "error", "stream", "finish", "bytes_in", "bytes_out")
EXCHANGE_COLUMNS = (
    *_HEAD,
    *_OUTCOME,
    "cost_usd",
    "unpriced",
    "price",
    "saved_usd",
    "ttft_ms",
    "total_ms",
    "overhead_ms",
    "estimated",
    "service",
    *(_TOKENS.get(name, name) for name in _COUNTS),
)
USAGE_COLUMNS = (
    "start",
    "end",
    "by",
    "id",
    "name",
    "requests",
    "errors",
    "input_tokens",
    "output_tokens",
    "cached_read_tokens",
    "cache_write_tokens",
    "cost_usd",
    "unpriced",
    "saved_usd",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_CONTROLS = dict.fromkeys(
    {*range(0x20), *range(0x7F, 0xA0)} - {ord("\t"), ord("\n"), ord("\r")}, "\N{REPLACEMENT CHARACTER}"
)

_json = msgspec.json.Encoder().encode


def exchange_row(exchange: Exchange) -> Row:
    usage = exchange.usage
    row: Row = {name: getattr(exchange, name) for name in (*_HEAD, *_OUTCOME)}
    row["started"] = _iso(exchange.started, UTC)
    row |= {
        "cost_usd": money.plain(exchange.cost),
        "unpriced": exchange.cost is None,
        "price": exchange.price,
        "saved_usd": money.plain(exchange.saved),
        "ttft_ms": _milliseconds(exchange.ttft),
        "total_ms": _milliseconds(exchange.total),
        "overhead_ms": _milliseconds(exchange.overhead),
        "estimated": None if usage is None else usage.estimated,
        "service": "" if usage is None else usage.service,
    }
    row |= {_TOKENS.get(name, name): getattr(usage, name, None) for name in _COUNTS}
    return row


def usage_row(line: Line, by: str, zone: Zone) -> Row:
    sums = line.sums
    return {
        "start": _iso(line.start, zone),
        "end": _iso(line.end, zone),
        "by": by,
        "id": line.id,
        "name": line.name,
        "requests": sums.requests,
        "errors": sums.errors,
        "input_tokens": sums.input,
        "output_tokens": sums.output,
        "cached_read_tokens": sums.cached_read,
        "cache_write_tokens": sums.cache_write,
        "cost_usd": money.plain(sums.cost),
        "unpriced": sums.unpriced,
        "saved_usd": money.plain(sums.saved),
    }


def export(
    store: Store, wanted: ExchangeFilter | UsageQuery, path: Path, form: Format, progress: Progress = lambda *_: True
) -> int | None:
    """Write what is asked for into ``path``, which is replaced only when all of it is written; how many rows, or None
    when it was ended before. Raises ConduitError when it cannot be written. Blocking."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # A byte order mark tells spreadsheets that it is UTF-8.
        with part.open("w", encoding="utf-8-sig" if form == "csv" else "utf-8", newline="") as file:
            written = _write(file, store, wanted, form, progress)
        if written is not None:
            part.replace(path)
        return written
    except OSError as error:
        raise ConduitError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Choose another folder, or make room.",
            code="export_failed",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _write(
    file: TextIO, store: Store, wanted: ExchangeFilter | UsageQuery, form: Format, progress: Progress
) -> int | None:
    if isinstance(wanted, ExchangeFilter):
        columns: Sequence[str] = EXCHANGE_COLUMNS
        total = store.exchanges.count(tagged(store, wanted), most=_UNCOUNTED)
        pages: Iterable[list[Row]] = ([exchange_row(each) for each in page] for page in pages_of(store, wanted))
    else:
        zone = users_zone(store)
        rows = [usage_row(line, wanted.by or "", zone) for line in table(store, wanted, zone)]
        columns, total, pages = USAGE_COLUMNS, len(rows), [rows]
    put, written = writer(file, columns, form), 0
    for page in pages:
        put(page)
        written += len(page)
        if not progress(written, max(written, total)):
            return None
    return written


def pages_of(store: Store, wanted: ExchangeFilter) -> Iterator[list[Exchange]]:
    """Everything that fits, newest first."""
    wanted, before = tagged(store, wanted), None
    while page := store.exchanges.page(wanted, before, PAGE):
        yield page
        before = page[-1].seq


def writer(file: TextIO, columns: Sequence[str], form: Format) -> Callable[[Iterable[Row]], None]:
    """Writes rows; of CSV the columns' names first."""
    if form == "jsonl":
        return lambda rows: file.writelines(f"{_json(row).decode()}\n" for row in rows)
    table = csv.writer(file, lineterminator="\n")
    table.writerow(columns)
    return lambda rows: table.writerows([_cell(row[name]) for name in columns] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        text = value.translate(_CONTROLS)
        return f"'{text}" if value.startswith(_FORMULA) and not _is_amount(value) else text
    return value


def _is_amount(text: str) -> bool:
    """A negative amount is one of ours: nobody's name consists of digits only behind a minus."""
    return text[:1] == "-" and text[1:].replace(".", "", 1).isdecimal()


def _iso(moment: float, zone: Zone) -> str:
    # A time of the system's own zone needs its offset, too, to mean the same elsewhere.
    here = datetime.fromtimestamp(moment, zone) if zone else datetime.fromtimestamp(moment).astimezone()
    text = here.isoformat(timespec="seconds" if moment == int(moment) else "milliseconds")
    return text.replace("+00:00", "Z") if zone is UTC else text


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
