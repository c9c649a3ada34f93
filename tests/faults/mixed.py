"""Faults of every kind at once, under load, for as long as is asked.

    .venv/bin/python -m tests.faults.mixed 60             minutes

Twelve models of two or three deployments each, in six dialects, with every strategy, several credentials a provider,
limits on deployments and keys, budgets and fallbacks. Providers go through good and bad spells; clients of every dialect
ask, wait, or hang up; meanwhile strategies change and put-aside credentials are taken up again. Nothing may stick, nothing may
be unhandled, every call ends, and the log and what keys have spent agree with the upstream's own count.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from conduit_desktop.records import STRATEGIES, Credential, Deployment, Exchange, ExchangeFilter, Provider, Timeouts
from tests.fakes.raw import Raw
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import Received, Step, reply
from tests.faults.bench import COST, DIALECTS, SECRET, Bench, upstream_model
from tests.faults.faults import FAULTS, Fault
from tests.faults.hangups import request
from tests.faults.speaking import Told, dialect_of
from tests.faults.upstream import Misbehaving, good
from tests.matrix.clients import CLIENTS

MODELS = 12
LIMITS = Timeouts(connect=2.0, first_token=1.5, idle=1.5, total=12.0)
LONGEST = LIMITS.total + 8.0
"""After which a call is stuck."""
ODD = {"connection refused", "429 retry-after: 600", "answer filtered"}
DRAWN = tuple(fault for fault in FAULTS if fault.name not in ODD)
TEXT = "so it went on, and nobody noticed a thing of it all, which was as it should be"


class Spells:
    """The providers: each mount has good and bad spells, by its own luck. ``done`` counts the good answers that were
    written to their end, by the request's number; ``asked`` all calls."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.asked = 0
        self.faults: Counter[str] = Counter()
        self.done: dict[str, list[tuple[str, Received]]] = {}
        self._until: dict[str, tuple[float, float]] = {}

    def __call__(self, received: Received) -> list[Step]:
        mount, dialect, body = received.target.split("/")[1], dialect_of(received.target), received.json
        self.asked += 1
        streamed = ":stream" in received.target or bool(body.get("stream", dialect == "ollama"))
        number = received.body.partition(b"request-")[2][:8].decode()
        told = Told(dialect, streamed, TEXT, str(body.get("model") or "m"), "words of its own")
        if self._turned_down(received, mount):
            self.faults["a credential turned down"] += 1
            return reply(told.error(401, "invalid_api_key"), 401)
        if self.rng.random() < self._odds(mount):
            fault = self._draw(dialect, streamed)
            self.faults[fault.name] += 1
            done = [_Done(self, number, mount, received)] if fault.one == "whole" else []
            return [*fault.steps(told), *done]
        return [*good(told, self.rng.choice([0, 0, 0.002, 0.02])), _Done(self, number, mount, received)]

    def _odds(self, mount: str) -> float:
        """How likely a fault is there now."""
        now = time.monotonic()
        until, odds = self._until.get(mount, (0.0, 0.0))
        if now >= until:
            odds = self.rng.choice([0.0, 0.05, 0.05, 0.3, 1.0])
            self._until[mount] = (now + self.rng.uniform(0.5, 6.0), odds)
        return odds

    def _turned_down(self, received: Received, mount: str) -> bool:
        """Every provider's further credential is turned down now and then."""
        shown = " ".join(value for name, value in received.headers if name.lower() in _CREDENTIALS)
        return SECRET + "-2" in shown and self.rng.random() < 0.02

    def _draw(self, dialect: str, streamed: bool) -> Fault:
        while True:
            fault = self.rng.choice(DRAWN)
            fits = not fault.within or dialect in fault.within
            if (
                fits
                and (not fault.only or streamed == (fault.only == "stream"))
                and (not fault.slow or self.rng.random() < 0.1)
            ):
                return fault


_CREDENTIALS = ("authorization", "x-api-key", "x-goog-api-key")


class _Done(asyncio.Event):
    """The last step of a good answer: reached when all of it was written."""

    def __init__(self, spells: Spells, number: str, mount: str, received: Received) -> None:
        super().__init__()
        self._note = (spells, number, (mount, received))

    async def wait(self) -> bool:  # type: ignore[override]
        spells, number, note = self._note
        spells.done.setdefault(number, []).append(note)
        return True


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


class Errors(logging.Handler):
    """What was logged as an error, by anybody."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record)[-1500:])


@contextlib.contextmanager
def listening() -> Any:
    """Collects errors logged and exceptions that nobody handled."""
    errors, loop = Errors(), asyncio.get_running_loop()
    logging.getLogger().addHandler(errors)
    loop.set_exception_handler(lambda _, context: errors.found.append(f"unhandled: {context}"))
    try:
        yield errors.found
    finally:
        logging.getLogger().removeHandler(errors)
        loop.set_exception_handler(None)


# ---------------------------------------------------------------- the gateway


def configure(bench: Bench, rng: random.Random) -> list[str]:
    """Models, keys; gives the texts of the keys."""
    for n in range(MODELS):
        served = []
        for letter in "abc"[: rng.choice([2, 3, 3])]:
            dialect = DIALECTS[(n + ord(letter)) % len(DIALECTS)]
            provider = _with_credentials(bench, bench.provider(f"p{n}{letter}", dialect), rng)
            served.append((provider, upstream_model(dialect, ord(letter) % 2)))
        fallback = (f"m{(n + 1) % MODELS}",) if n % 3 == 0 else ()
        content = (f"m{(n + 2) % MODELS}",) if n % 4 == 1 else ()
        context = (f"m{(n + 5) % MODELS}",) if n % 4 == 2 else ()
        bench.model(
            f"m{n}",
            served,
            LIMITS,
            *(n % 3,),
            fallbacks=fallback,
            content_fallbacks=content,
            context_fallbacks=context,
            strategy=STRATEGIES[n % len(STRATEGIES)],
            resume=n % 5 == 4,
        )
        model = bench.rig.store.models.by_alias(f"m{n}")
        assert model is not None
        bench.rig.store.models.put(replace(model, deployments=tuple(_limited(each, rng) for each in model.deployments)))
    rig = bench.rig
    return [
        rig.add_key("free"),
        rig.add_key("budgeted", budget=10**14, period="month", parallel=200),
        rig.add_key("limited", rpm=600, tpm=200_000, parallel=6, budget=10**13),
        rig.add_key("poor", budget=40 * COST, period="month", at_limit="downgrade", downgrade_to="m0"),
    ]


def _with_credentials(bench: Bench, provider: Provider, rng: random.Random) -> Provider:
    if rng.random() < 0.4:
        return provider
    ref = f"{provider.secret_ref}:2"
    bench.rig.vault.put(ref, SECRET + "-2")
    more = Credential(id=f"{provider.id}-2", provider_id=provider.id, name="second", secret_ref=ref, last4="ef-2")
    made = replace(provider, credentials=(more,))
    bench.rig.store.providers.put(made)
    return made


def _limited(deployment: Deployment, rng: random.Random) -> Deployment:
    return replace(
        deployment,
        weight=rng.randint(1, 5),
        parallel=rng.choice([None, None, 4]),
        rpm=rng.choice([None, None, 300]),
        tpm=rng.choice([None, None, 100_000]),
    )


async def unsettle(rig: Rig, rng: random.Random) -> None:
    """Change how models are routed, and take up what was put aside: as somebody at the window would."""
    while True:
        await asyncio.sleep(1.5)
        alias = f"m{rng.randrange(MODELS)}"
        await asyncio.to_thread(rig.route, alias, strategy=rng.choice(STRATEGIES))
        for provider in await asyncio.to_thread(rig.store.providers.list):
            if rng.random() < 0.3:
                for subject in (provider.id, *(each.id for each in provider.credentials)):
                    rig.gateway.health.forgive(subject)


# ---------------------------------------------------------------- the clients


async def client(rig: Rig, keys: list[str], number: str, rng: random.Random) -> Call:
    """One call of some client; one in ten leaves before its end."""
    call, began = Call(number), time.monotonic()
    dialect, streamed = rng.choice(list(CLIENTS)), rng.random() < 0.6
    patience = LONGEST if rng.random() > 0.1 else rng.uniform(0, 0.3)
    sent = request(rng.choices(keys, (5, 3, 2, 1))[0], dialect, f"m{rng.randrange(MODELS)}", streamed, number)
    try:
        async with asyncio.timeout(LONGEST + 5), await Raw.open(rig.base_url) as one:
            one.send(sent)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    got = await one.answer()
                    call.id = got.headers.get("x-request-id", "")
                    if not got.whole:
                        call.end = "cut off"
                    elif got.status != 200:
                        call.end = f"refused {got.status}"
                    else:
                        call.end = kind_of(got.body)
                        call.body = got.body if call.end == "odd" else b""
                    if SECRET.encode() in got.body:
                        call.end = "a secret came back"
            if call.end == "stuck" and patience < LONGEST:
                call.end = "left"
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        call.end = f"no answer: {type(error).__name__}"
    call.seconds = time.monotonic() - began
    return call


TEXT_END = "itshouldbe"


def _letters(body: bytes) -> str:
    """The words of an answer, whatever its events and dialect: every text in it, without spaces."""
    found: list[str] = []
    for line in body.splitlines():
        with contextlib.suppress(ValueError):
            _texts(json.loads(line.removeprefix(b"data:").strip()), found)
    with contextlib.suppress(ValueError):
        _texts(json.loads(body), found)
    return "".join(found).replace(" ", "")


def _texts(value: Any, found: list[str]) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in ("text", "content", "delta") and isinstance(inner, str):
                found.append(inner)
            else:
                _texts(inner, found)
    elif isinstance(value, list):
        for inner in value:
            _texts(inner, found)


_ERRORS = (b"event: error", b'"error":{', b'"error": {', b'"error":"', b"response.failed", b"ERROR")


def kind_of(body: bytes) -> str:
    """Whether a body that came with 200 is all of the answer, once, or tells an error."""
    if any(mark in body for mark in _ERRORS):
        return "told"
    # Responses and the like say their text in pieces and once more as a whole.
    return "whole" if TEXT_END in _letters(body) else "odd"


async def load(rig: Rig, keys: list[str], seconds: float, workers: int, rng: random.Random, calls: list[Call]) -> None:
    """``workers`` clients in turn, until time is over."""
    until = time.monotonic() + seconds

    async def worker(number: int) -> None:
        own, count = random.Random(rng.random()), 0
        while time.monotonic() < until:
            calls.append(await client(rig, keys, f"{number:02d}{count:06d}", own))
            count += 1
            await asyncio.sleep(own.uniform(0, 0.25))

    await asyncio.gather(*(worker(number) for number in range(workers)))


# ---------------------------------------------------------------- the reckoning


async def rested(rig: Rig, report: Report) -> None:
    """Nothing is in work, held or reserved any more."""
    gateway = rig.gateway
    names = ("free", "budgeted", "limited", "poor")
    ids = [key.id for name in names if (key := rig.store.keys.by_name(name)) is not None]
    for _ in range(int(LONGEST * 50)):
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
        if row.status == 200 and row.cost != COST:
            report.problems.append(f"a whole answer cost {row.cost}")
        if row.status >= 400 and row.status != 499 and not row.error:
            report.problems.append(f"{row.status} without a word")
    _sums(rig, rows, spells, calls, report)


def _whole(call: Call, row: Exchange | None, spells: Spells) -> list[str]:
    """One call that the client has a whole answer of."""
    done = spells.done.get(call.number, [])
    if row is None:
        return ["whole, and not in the log"]
    if len(done) != 1:
        return [f"whole, and {len(done)} whole answers at the upstream"]
    problems = []
    if row.provider != done[0][0]:
        problems.append(f"whole from {done[0][0]}, the log says {row.provider}")
    if row.status != 200 or row.cost != COST or not row.usage or (row.usage.input, row.usage.output) != (20, 10):
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
        report.problems.append(
            f"{good_rows} whole answers in the log, {sure} (and {loose} that were left) at the upstream"
        )
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
        f"upstream: {spells.asked} calls, {len(spells.done)} whole answers ({loose} of them left); in the log {good_rows}"
    )
    report.lines.append(
        f"attempts in the log: {attempts}; spent on whole answers {whole / 1e12:.6f} $, all {sum(spent.values()) / 1e12:.6f} $"
    )
    report.lines.append(f"faults played: {sum(spells.faults.values())} of {len(spells.faults)} kinds")


@contextlib.asynccontextmanager
async def stirred(rig: Rig, rng: random.Random) -> AsyncIterator[None]:
    task = asyncio.get_running_loop().create_task(unsettle(rig, rng), name="unsettle")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def run(seconds: float, workers: int = 16, seed: int = 1) -> Report:
    rng, report, calls = random.Random(seed), Report(), []
    spells = Spells(random.Random(seed + 1))
    with tempfile.TemporaryDirectory() as folder:
        async with Misbehaving() as upstream, running(Path(folder)) as rig:
            upstream.usual = spells
            keys = configure(Bench(rig, upstream), rng)
            await rig.gateway.snapshot()
            process, began = psutil.Process(), time.monotonic()
            with listening() as errors:
                async with stirred(rig, rng):
                    parts = max(1, round(seconds / 60))
                    for _ in range(parts):
                        await load(rig, keys, seconds / parts, workers, rng, calls)
                        upstream.received.clear()
                        gc.collect()
                        memory = f"{process.memory_info().rss / 1e6:.0f} MB"
                        print(f"{time.monotonic() - began:5.0f} s: {len(calls)} calls, {memory}", flush=True)
                await rested(rig, report)
                await asyncio.sleep(0.2)
            report.problems += [f"logged: {each}" for each in errors]
            await asyncio.to_thread(reckon, rig, spells, calls, report)
            slowest = max(call.seconds for call in calls)
            report.lines.append(f"the longest call took {slowest:.1f} s; all of it {time.monotonic() - began:.0f} s")
    return report


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    report = asyncio.run(run(minutes * 60))
    print(report)
    for problem, times in Counter(report.problems).most_common(25):
        print(f"- {problem} (×{times})")
    print("all held" if not report.problems else f"NOT all held: {len(report.problems)} problems")
    return bool(report.problems)


if __name__ == "__main__":
    sys.exit(main())
