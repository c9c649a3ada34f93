"""One recording, one client dialect: asked through the gateway, heard, compared."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tests.matrix import ask, extract, streams
from tests.matrix.carried import missing
from tests.matrix.cases import Case
from tests.matrix.clients import CLIENTS, Heard
from tests.matrix.gateway import SPOKEN, Bench, Unmeasurable
from tests.matrix.neutral import Json, Reply
from tests.matrix.results import Result, reply
from tests.matrix.table import Miss, compare

BATCH = 48
"""Runs between two looks at what the upstream received."""


def pairs(found: Iterable[Case], clients: list[str]) -> list[tuple[Case, str]]:
    """Every recording with every client dialect that is not its own."""
    return [(case, client) for case in found for client in clients if SPOKEN[case.dialect] != client and not case.apart]


async def measure(bench: Bench, wanted: list[tuple[Case, str]], jobs: int, keep: bool = False) -> list[Result]:
    """Run ``wanted``, ``jobs`` at a time; ``keep`` all that was said."""
    results: list[Result] = []
    gate = asyncio.Semaphore(jobs)
    for start in range(0, len(wanted), BATCH):
        runs = {
            f"r{start + at}": Result(case, client) for at, (case, client) in enumerate(wanted[start : start + BATCH])
        }
        await asyncio.gather(*(one(bench, run, result, gate) for run, result in runs.items()))
        received = bench.upstream.received()
        dropped = await bench.dropped(sum(1 for run in runs if run in received))
        for run, result in runs.items():
            judge(result, received.get(run, []), dropped.get(run, ""))
            if not keep:
                result.forget()
        bench.clear()
        results += runs.values()
    return results


async def one(bench: Bench, run: str, result: Result, gate: asyncio.Semaphore) -> None:
    """Ask, hear, compare."""
    case = result.case
    client = bench.client(result.client)
    try:
        wanted, expected = ask.read(case), extract.expected(case)
        result.sent, result.lost = ask.write(client.dialect, wanted)
    except Exception as error:  # noqa: BLE001  (a recording in a shape that nobody has seen yet)
        result.outcome, result.note = "unreadable", f"{type(error).__name__}: {error}"
        return
    if not wanted.turns and case.status < 400:
        result.outcome, result.note = "unsayable", "nothing is said that another dialect could say"
        return
    async with gate:
        try:
            model = bench.serve(case, run)
        except Unmeasurable as error:
            result.outcome, result.note = "unmeasurable", str(error)
            return
        heard = result.heard = await client.ask(result.sent, model)
    if heard.unsayable:
        result.outcome, result.note = "unsayable", heard.unsayable
        return
    try:
        result.misses = missed(case, expected, heard, client.dialect, wanted.stream)
    except Exception as error:  # noqa: BLE001  (the answer is so odd that it cannot even be read)
        result.misses = [Miss("reading", "an answer", f"{type(error).__name__}: {error}")]


def missed(case: Case, expected: Reply, heard: Heard, dialect: str, streamed: bool) -> list[Miss]:
    """What a client heard that is not as recorded, or not as its dialect promises."""
    misses = [*compare(expected, reply(dialect, heard, streamed), dialect), *shape(heard)]
    if case.status < 400 and not misses and expected.error is None and expected.finish:
        misses += [Miss("order", "as the dialect promises", found) for found in order(heard, dialect, streamed)]
        misses += held_back(case, heard, dialect) if case.stream else []
    return misses


def shape(heard: Heard) -> list[Miss]:
    """Where the answer is not what the SDK's types promise."""
    return [Miss("shape", "as the SDK's types", found) for found in sorted(set(heard.misshapen))[:3]]


def order(heard: Heard, dialect: str, streamed: bool) -> list[str]:
    """What is wrong with the order of an answer that ended well."""
    return [] if heard.error is not None else sorted(set(streams.problems(dialect, heard.objects, streamed)))[:3]


def held_back(case: Case, heard: Heard, dialect: str) -> list[Miss]:
    """Whether what was streamed in pieces comes in about as many."""
    given, had = streams.pieces(case.dialect, case.objects), streams.pieces(dialect, heard.objects)
    return [Miss("pieces of the stream", given, had)] if had < given * 0.9 - 2 else []


def judge(result: Result, rows: list[Json], dropped: str) -> None:
    """Add what the upstream says of the requests it got, and what of ours was not in them."""
    if not result.tried:
        return
    result.rows = rows
    for row in rows:
        result.strict += [f"{one['path']}: {one['msg']}" for one in row.get("strict") or []]
    if not rows:
        result.note = "the upstream was never asked"
        if result.case.status >= 400 and result.heard.status == result.case.status:
            # A bad request, found before it was sent: the words are ours then.
            result.misses = []
    elif isinstance(rows[0]["body"], dict):
        result.asked = reached(result, rows[0]["body"], dropped)
    if result.misses or result.strict:
        result.outcome = "missed"


def reached(result: Result, sent: Json, dropped: str) -> list[Miss]:
    """What of the client's own words the provider did not get."""
    dialect = CLIENTS[result.client].dialect
    body, _ = ask.write(dialect, ask.read(result.case))
    config = body.pop("config", None)
    if config is not None:
        top = {name: config.pop(name) for name in ("systemInstruction", "tools", "toolConfig") if name in config}
        body |= {"generationConfig": config, **top}
    endpoint = "streamGenerateContent" if body.get("stream") else ""
    ours = ask.READERS[dialect](body, endpoint)
    theirs = ask.READERS[result.case.dialect](sent, result.case.endpoint)
    return missing(ours, theirs, dropped)
