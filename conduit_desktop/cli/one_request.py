"""``logs ID``: one request with all that happened to it, its attempts included."""

from __future__ import annotations

from conduit_desktop import money
from conduit_desktop.cli.output import Cell, Table, day, duration, iso, milliseconds, plain
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.records import Attempt, Exchange
from conduit_desktop.store import Store


def found(store: Store, request_id: str) -> Exchange:
    exchange = store.exchanges.get(request_id)
    if exchange is None:
        raise ConfigurationError(
            f"The log has no request {request_id[:100]!r}.",
            hint="The id is the x-request-id of its answer, and the first member of each line of"
            " conduit-desktop logs --json.",
            code="not_found",
        )
    return exchange


def show(exchange: Exchange) -> None:
    """What it was, a line each, then its attempts."""
    for name, value in _lines(exchange):
        print(f"{name:>10}  {plain(value)}")
    if not exchange.attempts:
        print("\nNo provider was called.")
        return
    print()
    table = Table(">#", ">AFTER", "DEPLOYMENT", "STATUS", ">FIRST", ">TOOK", "WHAT CAME OF IT")
    table.show([_row(attempt) for attempt in exchange.attempts])


def _lines(exchange: Exchange) -> list[tuple[str, str]]:
    usage = exchange.usage
    about = "about " if usage is not None and usage.estimated else ""
    tokens = f"{about}{usage.input:,} in, {usage.output:,} out" if usage is not None else ""
    served = "/".join(each for each in (exchange.provider, exchange.upstream_model) if each)
    error = f"{exchange.error_code}: {exchange.error}" if exchange.error else exchange.error_code
    lines = [
        ("id", exchange.id),
        ("time", f"{day(exchange.started)} ({iso(exchange.started)})"),
        ("key", exchange.key),
        ("app", exchange.app),
        ("asked", f"{exchange.method} {exchange.path}"),
        ("model", exchange.model),
        ("served by", served),
        ("status", f"{exchange.status}{', streamed' if exchange.stream else ''}"),
        ("error", error),
        ("finish", exchange.finish),
        ("tokens", tokens),
        ("cost", f"{money.show(exchange.cost)}{f' ({exchange.price})' if exchange.price else ''}" if usage else ""),
        ("took", duration(exchange.total)),
        ("first", f"token after {duration(exchange.ttft)}" if exchange.ttft is not None else ""),
        ("ours", f"{duration(exchange.overhead)} of it" if exchange.overhead is not None else ""),
    ]
    return [(name, value) for name, value in lines if value]


def _row(attempt: Attempt) -> list[str | Cell]:
    what = f"{attempt.provider}/{attempt.upstream_model}"
    if attempt.credential:
        what += f" with key {attempt.credential!r}"
    words = ": ".join(each for each in (attempt.cause.replace("_", " "), attempt.error) if each)
    good = attempt.status is not None and attempt.status < 400 and not attempt.cause
    return [
        str(attempt.n),
        duration(attempt.offset),
        what,
        Cell("–" if attempt.status is None else str(attempt.status), "green" if good else "red"),
        duration(attempt.first),
        duration(attempt.duration),
        words or "answered",
    ]


def as_object(attempt: Attempt) -> dict[str, object]:
    """An attempt as ``logs --json`` prints it, by the names of the admin API: add only at its end."""
    return {
        "n": attempt.n,
        "provider": attempt.provider,
        "upstream_model": attempt.upstream_model,
        "credential": attempt.credential or None,
        "dialect": attempt.dialect or None,
        "status": attempt.status,
        "cause": attempt.cause or None,
        "error": attempt.error or None,
        "offset_ms": milliseconds(attempt.offset),
        "first_ms": milliseconds(attempt.first),
        "total_ms": milliseconds(attempt.duration),
        "upstream_request_id": attempt.upstream_request_id or None,
        "fault_lab": attempt.lab or None,
    }
