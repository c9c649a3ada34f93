"""A gateway with a model for every case, a misbehaving upstream behind it, and the judgement of what came of each.

One case: a fault of one deployment, asked for by a real SDK, streamed or not, in a dialect of the client's and one of
the provider's; with or without a second deployment that is well (and speaks a third).
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conduit_desktop.gateway.send import sender
from conduit_desktop.records import Deployment, Exchange, ExchangeFilter, Model, Price, Provider, Timeouts
from tests.fakes.rig import Rig
from tests.faults.faults import FAULTS, Fault
from tests.faults.heard import Outcome, ask, expected_class
from tests.faults.speaking import KINDS, MODELS
from tests.faults.upstream import Behaviour, Misbehaving
from tests.matrix.clients import CLIENTS, GATEWAY_PATHS, Client, connect

SECRET = "sk-upstream-0123456789abcdef"
PRICE = Price(source="test", input=1_000_000, output=10_000_000)
COST = 20 * PRICE.input + 10 * PRICE.output
DIALECTS = tuple(KINDS)
PAIRS = tuple((client, provider) for client in CLIENTS for provider in DIALECTS)
TEXT = "{} once upon a time there was a gateway that nobody noticed, which was the best that could be said of one."
SHORT = 1.2
"""Seconds of the time limits in cases that end by them."""
PAUSE = 0.02
"""The first pause before the same deployment's next turn: not worth waiting for here."""


@dataclass
class Case:
    """``mode``: ``one`` deployment, faulty for good; ``two``, the second one well; ``once``, one that is well again."""

    n: int
    fault: Fault
    streamed: bool
    client: str
    provider: str
    mode: str
    problems: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def model(self) -> str:
        return f"m{self.n}"

    @property
    def words(self) -> str:
        return f"words-{self.n}-of-the-provider"

    @property
    def other(self) -> str:
        """What the second deployment speaks."""
        return DIALECTS[(DIALECTS.index(self.provider) + 1 + self.n % 5) % len(DIALECTS)]

    @property
    def expected(self) -> int | str:
        """The outcome that a user would want."""
        fault = self.fault
        if self.mode == "once":
            return "whole"
        return fault.two if self.mode == "two" and fault.two != "client" else fault.one

    @property
    def title(self) -> str:
        kind = "stream" if self.streamed else "whole"
        return f"{self.fault.name} · {kind} · {self.client} → {self.provider} · {self.mode}"


def cases(faults: Iterable[Fault] = FAULTS, pairs: int = 3) -> list[Case]:
    """Every fault, streamed and not, in every mode that it has, each with ``pairs`` of dialects, in turn."""
    out: list[Case] = []
    turn = 0
    for fault in faults:
        for streamed in (False, True):
            if fault.only and streamed != (fault.only == "stream"):
                continue
            for mode in ("one", "two", "once") if fault.once else ("one", "two"):
                fitting = [pair for pair in PAIRS if not fault.within or pair[1] in fault.within]
                # 7 and 36 have no common divisor: all pairs come before any comes again.
                chosen = [fitting[(turn + step) * 7 % len(fitting)] for step in range(min(pairs, len(fitting)))]
                turn += len(chosen)
                out += [
                    Case(len(out) + index, fault, streamed, client, provider, mode)
                    for index, (client, provider) in enumerate(dict.fromkeys(chosen))
                ]
    return out


class Bench:
    """A rig, its upstream, and an SDK client a dialect."""

    def __init__(self, rig: Rig, upstream: Misbehaving) -> None:
        self.rig, self.upstream = rig, upstream
        self.clients: dict[str, Client] = {}
        self.ids: dict[str, list[str]] = {}
        """The deployments of each model."""

    def client(self, dialect: str) -> Client:
        if dialect not in self.clients:
            self.clients[dialect] = connect(dialect, self.rig.base_url + GATEWAY_PATHS[dialect], self.rig.key)
        return self.clients[dialect]

    def provider(self, name: str, dialect: str, address: str = "") -> Provider:
        """A provider of its own for a mount called ``name``: as ``providers.add`` makes one, less its look-ups."""
        kind, tail = KINDS[dialect]
        ref = f"conduit:provider:{name}"
        self.rig.vault.put(ref, SECRET)
        address = address or self.upstream.at(name)
        made = Provider(id=uuid.uuid4().hex, name=name, kind=kind, base_url=f"{address}{tail}", secret_ref=ref)
        self.rig.store.providers.put(made)
        return made

    def model(
        self, alias: str, served: Sequence[tuple[Provider, str]], limits: Timeouts, retries: int = 1, **more: object
    ) -> None:
        """A model whose deployments are tried in this order."""
        model_id = uuid.uuid4().hex
        deployments = []
        for priority, (provider, upstream_model) in enumerate(served, 1):
            self.rig.set_price(provider, upstream_model, PRICE)
            one = Deployment(
                id=uuid.uuid4().hex,
                model_id=model_id,
                provider_id=provider.id,
                upstream_model=upstream_model,
                priority=priority,
            )
            deployments.append(one)
        made = Model(
            id=model_id,
            alias=alias,
            retries=retries,
            timeouts=limits,
            deployments=tuple(deployments),
            created=time.time(),
            **more,  # type: ignore[arg-type]
        )
        self.rig.store.models.put(made)
        self.ids[alias] = [each.id for each in deployments]

    def add(self, case: Case) -> None:
        """Make ``case`` ready to be asked for."""
        fault, mounts = case.fault, self.upstream.mounts
        name = f"c{case.n}"
        mounts[f"{name}a"] = Behaviour(TEXT.format("AAAA"), fault.steps, 1 if case.mode == "once" else None, case.words)
        address = "http://127.0.0.1:1" if fault.name == "connection refused" else ""
        served = [(self.provider(f"{name}a", case.provider, address), upstream_model(case.provider, 0))]
        if case.mode == "two":
            mounts[f"{name}b"] = Behaviour(TEXT.format("BBBB"))
            served.append((self.provider(f"{name}b", case.other), upstream_model(case.other, 1)))
        limits = Timeouts(connect=2.0, first_token=20.0, idle=20.0, total=30.0)
        if fault.slow:
            limits = Timeouts(connect=2.0, first_token=SHORT, idle=SHORT, total=10 * SHORT)
        self.model(case.model, served, limits, retries=2 if case.mode == "once" else 1)

    async def run(self, case: Case) -> None:
        """Ask, and judge."""
        outcome = await ask(self.client(case.client), case.client, case.streamed, case.model)
        row = await self.logged(case.model)
        case.problems = [*judge(case, outcome), *self.judge_calls(case), *self.judge_log(case, row)]
        case.problems += self.judge_health(case, row)
        case.note = f"{outcome.status} {type(outcome.error).__name__ if outcome.error else outcome.finish}"

    async def logged(self, model: str) -> Exchange | None:
        """The one exchange of a model, once it is in the log."""
        store = self.rig.store.exchanges
        for _ in range(400):
            rows = await asyncio.to_thread(store.page, ExchangeFilter(model=model), None, 5)
            if rows:
                return await asyncio.to_thread(store.get, rows[0].id)
            await asyncio.sleep(0.01)
        return None

    # ------------------------------------------------------------ judgements

    def judge_calls(self, case: Case) -> list[str]:
        """Who was called how often, and when."""
        fault, problems = case.fault, []
        first = self.upstream.mounts[f"c{case.n}a"].asked
        wanted = {"one": fault.calls, "two": 1, "once": 2}[case.mode]
        if fault.name == "connection refused":
            return []
        if not wanted <= len(first) <= (2 * wanted if fault.resent else wanted):
            problems.append(f"the faulty one was called {len(first)} times, wanted {wanted}")
        if fault.gap and case.mode != "two" and len(first) > 1 and first[1] - first[0] < fault.gap:
            problems.append(f"called again after {first[1] - first[0]:.2f} s, asked to wait {fault.gap}")
        if case.mode == "two":
            second = len(self.upstream.mounts[f"c{case.n}b"].asked)
            if second != int(case.expected == "whole" and fault.two == "whole"):
                problems.append(f"the other one was called {second} times")
        return problems

    def judge_log(self, case: Case, row: Exchange | None) -> list[str]:
        """Whether the log tells the same, and nothing was paid that was not got."""
        if row is None:
            return ["not in the log"]
        problems, expected = [], case.expected
        if (row.status == 200) != (expected == "whole"):
            problems.append(f"logged as {row.status}")
        mounts = (self.upstream.mounts.get(f"c{case.n}{letter}") for letter in "ab")
        called = sum(len(mount.asked) for mount in mounts if mount is not None)
        resent = case.fault.resent and len(row.attempts) < called <= 2 * len(row.attempts)
        if len(row.attempts) != called and not resent and case.fault.name != "connection refused":
            problems.append(f"{len(row.attempts)} attempts are logged, {called} calls came")
        if expected == "whole" and row.cost != COST:
            problems.append(f"cost {row.cost}, is {COST}")
        told = case.fault.counted and row.usage is not None and not row.usage.estimated
        if isinstance(expected, int) and row.cost and not told:
            problems.append(f"an error cost {row.cost}")
        if expected != "whole" and not row.error:
            problems.append("the log does not say why")
        if any(attempt.cause == "" for attempt in row.attempts[:-1]):
            problems.append("an attempt that failed has no cause")
        return problems

    def judge_health(self, case: Case, row: Exchange | None) -> list[str]:
        """What is held against the faulty deployment, and that nothing is left in work."""
        target = self.ids[case.model][0]
        condition = self.rig.gateway.health.of(target)
        problems = [f"{condition.in_work} still in work"] if condition.in_work else []
        failed = condition.failures > 0
        wanted = case.fault.health
        if case.mode == "once":
            if failed:
                problems.append(f"{condition.failures} failures are held against one that is well again")
        elif wanted == "counted" and not failed:
            problems.append("its failure was not counted")
        elif wanted in ("untouched", "rejected", "spent") and failed:
            problems.append(f"{condition.failures} failures are held against it")
        return problems


def judge(case: Case, outcome: Outcome) -> list[str]:
    """Whether the client got what a user would want."""
    expected, fault = case.expected, case.fault
    good = TEXT.format("BBBB" if case.mode == "two" and fault.two == "whole" else "AAAA")
    problems = []
    if SECRET in outcome.words or SECRET in outcome.text:
        problems.append("the provider's key came back")
    if isinstance(outcome.error, TimeoutError):
        return [*problems, f"no end after {outcome.seconds:.0f} s"]
    if expected == "whole":
        if outcome.failed:
            problems.append(f"failed: {outcome.status} {type(outcome.error).__name__}: {outcome.words[:200]}")
        elif outcome.text != good:
            problems.append(f"its text is {outcome.text[:160]!r}")
        elif outcome.finish not in ("stop", "filter", "other"):
            problems.append(f"finish {outcome.finish!r}")
        return problems
    if not outcome.failed:
        return [*problems, f"a clean end: {outcome.finish!r} {outcome.text[:100]!r}"]
    if expected == "told":
        return problems + _judge_told(case, outcome, good)
    return problems + _judge_error(case, outcome, int(expected))


def _judge_told(case: Case, outcome: Outcome, good: str) -> list[str]:
    problems = []
    if not outcome.text or not good.startswith(outcome.text):
        problems.append(f"heard {outcome.text[:120]!r}, which is no beginning of the answer")
    if case.fault.said and case.words not in outcome.words:
        problems.append(f"not the provider's words: {outcome.words[:160]!r}")
    return problems


def _judge_error(case: Case, outcome: Outcome, status: int) -> list[str]:
    problems = []
    if outcome.text:
        problems.append(f"an error, and text: {outcome.text[:80]!r}")
    if case.fault.said and case.words not in outcome.words:
        problems.append(f"not the provider's words: {outcome.words[:160]!r}")
    if status and outcome.status != status:
        problems.append(f"status {outcome.status}, wanted {status}: {outcome.words[:120]!r}")
    elif status and not isinstance(outcome.error, expected_class(case.client, status)):
        problems.append(
            f"raised {type(outcome.error).__name__}, promised {expected_class(case.client, status).__name__}"
        )
    return problems


def upstream_model(dialect: str, which: int) -> str:
    """The model of the first or second deployment: never the same, as a longer context needs another one."""
    return MODELS.get(dialect, ("bad-model", "good-model"))[which]


@contextlib.asynccontextmanager
async def opened(todo: Sequence[Case], folder: Path) -> AsyncIterator[Bench]:
    """A bench with all of ``todo`` configured, and its gateway started."""
    rig = Rig(folder)
    async with Misbehaving() as upstream:
        bench = Bench(rig, upstream)
        for case in todo:
            bench.add(case)
        pause, sender.FIRST_PAUSE = sender.FIRST_PAUSE, PAUSE
        try:
            rig.base_url = (await rig.gateway.start("127.0.0.1", 0)).base_url
            yield bench
        finally:
            sender.FIRST_PAUSE = pause
            for client in bench.clients.values():
                await client.close()
            await rig.gateway.stop(1.0)
            rig.store.close()


async def run(todo: Sequence[Case], folder: Path | None = None, at_once: int = 12) -> None:
    """Run all of them, so many at a time; each knows its problems afterwards."""
    with tempfile.TemporaryDirectory() as made:
        async with opened(todo, folder or Path(made)) as bench:
            gate = asyncio.Semaphore(at_once)

            async def one(case: Case) -> None:
                async with gate:
                    await bench.run(case)

            await asyncio.gather(*(one(case) for case in todo))
            if bench.rig.gateway.in_flight:
                todo[-1].problems.append(f"{bench.rig.gateway.in_flight} requests are still in work at the end")
