"""The public yardstick's sixteen faults (failoverbench, methodology 0.1), each with what it asks for a pass.

    .venv/bin/python -m tests.faults.sixteen        with its ``fast`` times, a second or two each
    … --full                                       with those it publishes: 120 s of silence, 60 s of outage

Its facts, in code of our own: one model with one deployment and one fallback model, up to two retries, streams, sixty
words for an answer. ``pass``: the caller got all of the answer and nothing is to be said against how; ``partial``: got
it, but; ``safe``: a clean error; ``fail``: a hang, a piece of an answer that passes for all of it, or a rule broken.
Limits are set here (10 s to a first token, 10 s of silence: the yardstick's reference client has these), and streams
may be continued.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from conduit_desktop.records import Timeouts
from tests.fakes.rig import running
from tests.faults.bench import Bench
from tests.faults.upstream import Misbehaving
from tests.faults.wall import ANSWER, Json, Times, Wall

FULL = Times(20.0, 30.0, 120.0, 60.0, 0.015, 10.0, 10.0, (20, 4.0))


@dataclass
class Got:
    """What the caller got. ``error`` is empty where it was an answer."""

    text: str = ""
    error: str = ""
    model: str = ""
    usage: Json | None = None
    seconds: float = 0.0
    broken: int = 0
    at: float = 0.0

    @property
    def complete(self) -> bool:
        return not self.error and " ".join(self.text.split()) == ANSWER


# ---------------------------------------------------------------- the caller and the rules


async def call(http: httpx.AsyncClient, key: str, model: str, wall: Wall, limit: float) -> Got:
    """One streamed request of a careful client: it skips an event that cannot be read, and takes an error for one."""
    got, began = Got(at=time.monotonic() - wall.began), time.monotonic()
    body = {"model": model, "messages": [{"role": "user", "content": "Why does a gateway earn trust?"}], "stream": True}
    body["stream_options"] = {"include_usage": True}
    try:
        async with asyncio.timeout(limit):
            await _hear(http, key, body, got)
    except TimeoutError:
        got.error = "hang"
    except httpx.HTTPError as error:
        got.error = f"{type(error).__name__}: {error}"
    got.seconds = time.monotonic() - began
    return got


async def _hear(http: httpx.AsyncClient, key: str, body: Json, got: Got) -> None:
    async with http.stream(
        "POST", "/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"}
    ) as answer:
        if answer.status_code != 200:
            got.error = f"HTTP {answer.status_code}: {(await answer.aread()).decode()[:300]}"
            return
        async for line in answer.aiter_lines():
            data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
            if data == "[DONE]":
                return
            if data:
                _take(data, got)
            if got.error:
                return


def _take(data: str, got: Got) -> None:
    try:
        told = json.loads(data)
    except ValueError:
        got.broken += 1
        return
    if told.get("error"):
        got.error = f"in the stream, after {len(got.text.split())} words: {told['error'].get('message')}"
        return
    got.model = told.get("model") or got.model
    got.usage = told.get("usage") or got.usage
    for choice in told.get("choices") or ():
        got.text += (choice.get("delta") or {}).get("content") or ""


@dataclass
class Scenario:
    """``rules`` are what has to hold for anything but a fail, ``wishes`` what has to for a pass; each with its words.
    ``longest`` is how many seconds the call may take before it is a hang."""

    id: str
    title: str
    longest: float
    rules: dict[str, Callable[[Result], bool]] = field(default_factory=dict)
    wishes: dict[str, Callable[[Result], bool]] = field(default_factory=dict)
    fallback: str = "ok"
    error_wanted: bool = False


@dataclass
class Result:
    """One scenario as it went."""

    scenario: Scenario
    got: Got
    primary: list[float]
    fallback: list[float]
    alive: bool
    times: Times
    prefill_refused: int = 0
    all: list[Got] = field(default_factory=list)
    recovered: float | None = None
    """Seconds after its return at which the primary answered again."""

    @property
    def gap(self) -> float:
        return self.primary[1] - self.primary[0] if len(self.primary) > 1 else 0.0

    def within(self, seconds: float) -> int:
        return sum(each - self.primary[0] < seconds for each in self.primary)

    @property
    def verdict(self) -> tuple[str, str]:
        scenario, got = self.scenario, self.got
        if got.error == "hang":
            return "fail", "no end"
        if not got.error and not got.complete and not scenario.error_wanted:
            return "fail", f"a piece of the answer passes for all of it: {len(got.text.split())} words"
        if broken := [name for name, holds in scenario.rules.items() if not holds(self)]:
            return "fail", ", ".join(broken)
        missed = [name for name, holds in scenario.wishes.items() if not holds(self)]
        if scenario.error_wanted:
            return ("partial", "answered by going round the refusal") if not got.error else _mark(missed)
        return _mark(missed) if got.complete else ("safe", got.error[:160])


def _mark(missed: list[str]) -> tuple[str, str]:
    return ("partial", ", ".join(missed)) if missed else ("pass", "")


ONCE = {"called once": lambda result: len(result.primary) == 1}
BOUNDED = {"at most 6 calls": lambda result: len(result.primary) <= 6}
SCENARIOS = (
    Scenario(
        *("s01", "429 with Retry-After", 20),
        rules={"no hammering": lambda result: result.within(1.5) <= 2},
        wishes={
            "called again": lambda result: len(result.primary) >= 2,
            "2 s waited": lambda result: result.gap >= 1.8,
        },
    ),
    Scenario(
        *("s02", "429 without Retry-After, for good", 40),
        rules={"at most 4 calls in 3 s": lambda result: result.within(3) <= 4, **BOUNDED},
    ),
    Scenario(*("s03", "500 once", 20), wishes={"called again": lambda result: len(result.primary) >= 2}),
    Scenario(*("s04", "503 for good", 40), rules=BOUNDED),
    Scenario("s05", "reset before headers", 20),
    Scenario(
        *("s06", "no response at all", 130), rules={"100 s": lambda result: result.got.seconds <= 100}, wishes=ONCE
    ),
    Scenario(
        *("s07", "slow first token", 60),
        wishes={"before it came": lambda result: result.got.seconds < result.times.slow * 0.75},
    ),
    Scenario("s08", "stream cut in the middle", 40),
    Scenario(
        *("s09", "stream stalls", 70),
        rules={"45 s": lambda result: result.got.seconds <= 45, "well afterwards": lambda result: result.alive},
    ),
    Scenario(*("s10", "malformed event in a stream", 30), rules={"well afterwards": lambda result: result.alive}),
    Scenario(
        *("s11", "stream without [DONE]", 30),
        rules={"8 s": lambda result: result.got.seconds <= 8},
        wishes={"usage told": lambda result: bool(result.got.usage)},
    ),
    Scenario(*("s12", "context window exceeded", 20), rules=ONCE),
    Scenario(
        *("s13", "refused by a content filter", 20),
        rules=ONCE,
        wishes={"the provider's words": lambda result: "safety system" in result.got.error},
        error_wanted=True,
    ),
    Scenario(
        *("s14", "stream cut, and the fallback takes no prefill", 40),
        rules={"not the prefill's refusal": lambda result: not (result.got.error and result.prefill_refused)},
        fallback="ok-noprefill",
    ),
    Scenario(
        *("s15", "down for a while, then well", 200),
        rules={
            "no hang": lambda result: all(each.error != "hang" for each in result.all),
            "served meanwhile": lambda result: all(each.complete for each in result.all if each.at < result.times.down),
            "back in time": lambda result: (
                result.recovered is not None and result.recovered <= result.times.back_within
            ),
        },
    ),
    Scenario(
        *("s16", "what is told of who answered", 40),
        rules={"names the fallback": lambda result: result.got.model == "ok", **BOUNDED},
        wishes={"usage told": lambda result: bool(result.got.usage)},
    ),
)


# ---------------------------------------------------------------- running


async def measure(times: Times, only: str = "") -> list[Result]:
    """All scenarios at the same time, each with a provider, a model and a fallback of its own."""
    wanted = [scenario for scenario in SCENARIOS if only in scenario.id]
    walls = {scenario.id: Wall(times) for scenario in wanted}
    with tempfile.TemporaryDirectory() as folder:
        async with Misbehaving() as upstream, running(Path(folder)) as rig:
            upstream.usual = lambda received: walls[received.target.split("/")[1]](received)
            bench = Bench(rig, upstream)
            for scenario in wanted:
                _configure(bench, scenario, times)
            await rig.gateway.snapshot()
            async with httpx.AsyncClient(base_url=rig.base_url, timeout=None) as http:
                return await asyncio.gather(*(_one(each, http, rig.key, walls[each.id]) for each in wanted))


def _configure(bench: Bench, scenario: Scenario, times: Times) -> None:
    limits = Timeouts(connect=5.0, first_token=times.first_token, idle=times.idle, total=120.0)
    provider, fallback = bench.provider(scenario.id, "openai-chat"), f"{scenario.id}-fallback"
    bench.model(fallback, [(provider, scenario.fallback)], limits, 2)
    bench.model(scenario.id, [(provider, scenario.id)], limits, 2, fallbacks=(fallback,), resume=True)


async def _one(scenario: Scenario, http: httpx.AsyncClient, key: str, wall: Wall) -> Result:
    wall.reset()
    got: list[Got] = []
    count, interval = wall.times.sequence if scenario.id == "s15" else (1, 0.0)
    for n in range(count):
        await asyncio.sleep(max(0.0, wall.began + n * interval - time.monotonic()))
        got.append(await call(http, key, scenario.id, wall, scenario.longest))
    seen = list(wall.seen)
    alive = await call(http, key, f"{scenario.id}-fallback", wall, 10)
    mine = [each for each in seen if each.model == scenario.id]
    back = [each.at - wall.times.down for each in mine if each.status == 200]
    return Result(
        scenario,
        next((each for each in got if not each.complete), got[-1]),
        [each.at for each in mine],
        [each.at for each in seen if each.model == scenario.fallback],
        alive.complete,
        wall.times,
        sum(each.status == 400 and each.prefilled for each in seen),
        got,
        min(back) if back else None,
    )


def table(results: list[Result]) -> str:
    lines = ["| fault | verdict | calls of it / of the fallback | seconds | |", "|---|---|---|---|---|"]
    for result in results:
        verdict, why = result.verdict
        calls = f"{len(result.primary)} / {len(result.fallback)}"
        name = f"{result.scenario.id.upper()} {result.scenario.title}"
        lines.append(f"| {name} | {verdict} | {calls} | {result.got.seconds:.1f} | {why} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    results = asyncio.run(measure(FULL if arguments.full else Times(), arguments.only))
    print(table(results))
    verdicts = [result.verdict[0] for result in results]
    kinds = ("pass", "partial", "safe", "fail")
    print(f"\n{' · '.join(f'{verdicts.count(kind)} {kind}' for kind in kinds)}, of {len(verdicts)}")
    return 0 if verdicts.count("pass") == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
