"""The accounts of a mixed run, compared: the clients', the log's, the keys' and the upstream's."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from conduit_desktop.records import Exchange, ExchangeFilter
from tests.fakes.rig import Rig
from tests.faults.bench import COST
from tests.faults.spells import Spells


@dataclass
class Call:
    """One client's call as the client saw it. ``id`` is the exchange's; ``end`` says how it ended."""

    number: str
    end: str = "stuck"
    id: str = ""
    seconds: float = 0.0
    body: bytes = b""
    """Of an answer that is odd."""


@dataclass
class Report:
    calls: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    attempts: Counter[int] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        ends = " · ".join(f"{name} {count}" for name, count in self.calls.most_common())
        statuses = " · ".join(f"{status} {count}" for status, count in sorted(self.statuses.items()))
        attempts = " · ".join(f"{count} in {tries}" for tries, count in sorted(self.attempts.items()))
        return "\n".join([f"calls: {ends}", f"log: {statuses}", f"exchanges by calls made: {attempts}", *self.lines])


async def rested(rig: Rig, report: Report) -> None:
    """Nothing is in work, held or reserved any more."""
    gateway = rig.gateway
    names = ("free", "budgeted", "limited", "poor")
    ids = [key.id for name in names if (key := rig.store.keys.by_name(name)) is not None]
    for _ in range(1000):
        in_work = sum(each.in_work for each in gateway.health._conditions.values())
        held = sum(gateway.ledger.reserved(each) + gateway.limits.at_once(each) for each in ids)
        if not (gateway.in_flight or in_work or held):
            return
        await asyncio.sleep(0.02)
    report.problems.append(f"left: {gateway.in_flight} requests, {in_work} in work, {held} held")


def rows_of(rig: Rig) -> list[Exchange]:
    """All of the log, attempts included."""
    out: list[Exchange] = []
    before: int | None = None
    rig.store.exchanges.flush()
    while rows := rig.store.exchanges.page(ExchangeFilter(), before, 500):
        out += [found for row in rows if (found := rig.store.exchanges.get(row.id))]
        before = rows[-1].seq
    return out


def reckon(rig: Rig, spells: Spells, calls: list[Call], report: Report) -> None:
    """Compare the clients', the log's and the upstream's accounts."""
    rows = {row.id: row for row in rows_of(rig)}
    for call in calls:
        report.calls[call.end] += 1
        if call.end in ("stuck", "cut off", "odd", "a secret came back") or call.end.startswith("no answer"):
            report.problems.append(f"a call ended: {call.end} {call.body[-600:]!r}")
        row = rows.get(call.id)
        if call.end == "whole":
            report.problems += _whole(call, row, spells)
        elif row is None and call.end != "left":
            report.problems.append(f"{call.end}, and not in the log")
    for row in rows.values():
        report.statuses[row.status] += 1
        report.attempts[len(row.attempts)] += 1
        if row.status == 500 and row.error_code == "internal_error":
            report.problems.append(f"internal error: {row.error}")
        if row.status == 200 and not _paid(row):
            report.problems.append(f"a whole answer cost {row.cost}")
        if row.status >= 400 and row.status != 499 and not row.error:
            report.problems.append(f"{row.status} without a word")
    _sums(rig, rows, spells, calls, report)


def _paid(row: Exchange) -> bool:
    """Whether a whole answer cost what it does: the tokens told, or more where another call wrote a stream on, which is
    paid twice."""
    if row.usage is None or row.cost is None:
        return False
    if any(attempt.next == "continued" for attempt in row.attempts):
        return row.cost > COST
    return (row.cost, row.usage.input, row.usage.output) == (COST, 20, 10)


def _whole(call: Call, row: Exchange | None, spells: Spells) -> list[str]:
    """One call that the client has a whole answer of."""
    done = spells.done.get(call.number, [])
    if row is None:
        return ["whole, and not in the log"]
    if len(done) != 1:
        tries = [(each.provider, each.status, each.cause, round(each.duration, 2)) for each in row.attempts]
        return [f"whole, and {len(done)} whole answers at the upstream: {tries}"]
    problems = []
    if row.provider != done[0]:
        problems.append(f"whole from {done[0]}, the log says {row.provider}")
    if row.status != 200 or not _paid(row):
        problems.append(f"whole, and in the log: {row.status}, cost {row.cost}, {row.usage}")
    return problems


def _sums(rig: Rig, rows: dict[str, Exchange], spells: Spells, calls: list[Call], report: Report) -> None:
    """What was spent by each account of it."""
    good_rows = sum(row.status == 200 for row in rows.values())
    ends = {call.number: call.end for call in calls}
    # An answer that was whole as its client left may have been logged as whole or as left, by a hair.
    sure = sum(ends.get(number) != "left" for number in spells.done)
    loose = len(spells.done) - sure
    twice = sum(len(each) > 1 for each in spells.done.values())
    if not sure <= good_rows <= sure + loose:
        report.problems.append(f"{good_rows} whole answers in the log, {sure} ({loose} more were left) at the upstream")
        for call in calls:
            if call.number in spells.done and call.end not in ("whole", "left"):
                row = rows.get(call.id)
                tries = [(each.provider, each.status, each.cause) for each in row.attempts] if row else None
                report.problems.append(f"whole at {spells.done[call.number]}, yet {call.end}: {tries}")
    if twice:
        report.problems.append(f"{twice} requests were answered twice at the upstream")
    attempts = sum(len(row.attempts) for row in rows.values())
    spent = rig.store.spend.per_key(None)
    for key in rig.store.keys.list():
        logged = sum(row.cost or 0 for row in rows.values() if row.key_id == key.id)
        if spent.get(key.id, 0) != logged:
            report.problems.append(f"{key.name} has spent {spent.get(key.id)}, the log says {logged}")
        if key.budget and (held := rig.gateway.ledger.spent(key, time.time())) != logged:
            report.problems.append(f"the ledger of {key.name} says {held}, the log {logged}")
    whole = sum(row.cost or 0 for row in rows.values() if row.status == 200)
    report.lines.append(
        f"upstream: {spells.asked} calls, {len(spells.done)} whole answers ({loose} of them left); "
        f"in the log {good_rows}"
    )
    report.lines.append(
        f"attempts in the log: {attempts}; spent on whole answers {whole / 1e12:.6f} $, "
        f"all {sum(spent.values()) / 1e12:.6f} $"
    )
    report.lines.append(f"faults played: {sum(spells.faults.values())} of {len(spells.faults)} kinds")
