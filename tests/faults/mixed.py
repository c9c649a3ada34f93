"""Faults of every kind at once, under load, for as long as is asked.

    .venv/bin/python -m tests.faults.mixed 60             minutes

Twelve models of two or three deployments each, in six dialects, with every strategy, several credentials a provider,
limits on deployments and keys, budgets and fallbacks. Providers go through good and bad spells; clients of every
dialect ask, wait, or hang up; meanwhile strategies change and put-aside credentials are taken up again. Nothing may
stick, nothing may be unhandled, every call ends, and the log and what keys have spent agree with the upstream's count.
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
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from conduit_desktop.records import STRATEGIES, Credential, Deployment, Provider, Timeouts
from tests.fakes.raw import Raw
from tests.fakes.rig import Rig, running
from tests.faults.bench import COST, DIALECTS, SECRET, Bench, upstream_model
from tests.faults.hangups import request
from tests.faults.reckoning import Call, Report, reckon, rested
from tests.faults.spells import Spells
from tests.faults.upstream import Misbehaving
from tests.matrix.clients import CLIENTS

MODELS = 12
LIMITS = Timeouts(connect=2.0, first_token=1.5, idle=1.5, total=12.0)
LONGEST = LIMITS.total + 8.0
"""After which a call is stuck."""


class Errors(logging.Handler):
    """What was logged as an error, by anybody."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(self.format(record)[-1500:])


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
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


_ERRORS = (b"event: error", b'"error":{', b'"error": {', b'"error":"', b'"error": "', b"response.failed", b"ERROR")


def kind_of(body: bytes) -> str:
    """Whether a body that came with 200 is all of the answer, once, or tells an error."""
    if any(mark in body for mark in _ERRORS):
        return "told"
    # Responses and the like say their text in pieces and once more as a whole.
    return "whole" if TEXT_END in _letters(body) else "odd"


async def load(
    rig: Rig, keys: list[str], seconds: float, workers: int, rng: random.Random, calls: list[Call], part: int = 0
) -> None:
    """``workers`` clients in turn, until time is over. ``part`` makes the numbers of their requests."""
    until = time.monotonic() + seconds

    async def worker(number: int) -> None:
        own, count = random.Random(rng.random()), 0
        while time.monotonic() < until:
            calls.append(await client(rig, keys, f"{part:02d}{number:02d}{count:04d}", own))
            count += 1
            await asyncio.sleep(own.uniform(0, 0.25))

    await asyncio.gather(*(worker(number) for number in range(workers)))


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
                    for part in range(parts):
                        await load(rig, keys, seconds / parts, workers, rng, calls, part)
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
