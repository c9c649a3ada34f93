"""A provider that goes down and comes back, over real sockets, on a time scale of its own: pauses a tenth as long.

    .venv/bin/python -m tests.faults.recovery

While it is down another deployment serves every request, and it is asked no more often than its pauses say; once it
is up it serves again within one pause. Where there is no other, requests are refused with when to come back. (The
simulated hour stands in the route's unit tests.)
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log2
from pathlib import Path

import httpx

from conduit_desktop.gateway.route import circuit
from conduit_desktop.records import Attempt, Timeouts
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import HANG, RESET, Step, reply
from tests.faults.bench import Bench
from tests.faults.speaking import Told
from tests.faults.upstream import Behaviour, Misbehaving

FIRST, LONGEST = 0.5, 2.0
LIMITS = Timeouts(connect=1.0, first_token=0.4, idle=1.0, total=10.0)
CALLERS, EVERY = 4, 0.1


class Switched(Misbehaving):
    """One whose socket can be closed and opened again at the same port."""

    async def down(self) -> None:
        self._server.close()
        await asyncio.sleep(0.02)  # what was accepted before gets its task
        while self._tasks:
            for task in list(self._tasks):
                task.cancel()
            await asyncio.sleep(0.01)

    async def up(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=64 * 1024 * 1024)


def refused(told: Told) -> list[Step]:
    return reply(told.error(503), 503)


OUTAGES = {"nobody listens": None, "503": refused, "reset": lambda told: [RESET], "silence": lambda told: [HANG]}


@dataclass
class Answered:
    at: float
    status: int
    provider: str
    retry_after: str
    words: str


@dataclass
class Course:
    """How one outage went. ``asked`` are the calls of the one that was down, by when they began."""

    outage: str
    alone: bool
    down: float
    answers: list[Answered] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    began: float = 0.0
    back: float = 0.0

    @property
    def lost(self) -> int:
        return sum(each.status != 200 for each in self.answers)

    @property
    def during(self) -> int:
        return sum(self.began <= at < self.back for at in self.asked)

    @property
    def most(self) -> int:
        """Calls that it may get while it is down: until it is given up, each caller's in flight, then one a pause."""
        return circuit.FAILURES_TO_OPEN + CALLERS + int(log2(LONGEST / FIRST)) + int(self.down / LONGEST) + 2

    @property
    def returned(self) -> float | None:
        """Seconds after its return at which it served again."""
        served = [
            each.at for each in self.answers if each.status == 200 and each.provider == "down" and each.at > self.back
        ]
        return min(served) - self.back if served else None

    def problems(self) -> list[str]:
        found = []
        if not self.alone and self.lost:
            found.append(f"{self.lost} requests were lost that another could have served")
        if self.during > self.most:
            found.append(f"it was called {self.during} times while it was down, at most {self.most}")
        if self.returned is None or self.returned > LONGEST + 3 * EVERY + LIMITS.first_token:
            found.append(f"it served again after {self.returned}")
        for each in self.answers:
            if (
                each.status == 503
                and self.alone
                and self.outage != "503"
                and not (each.retry_after and "down" in each.words)
            ):
                found.append(f"refused without when or whom: {each.words[:120]}")
                break
        return found


@contextlib.contextmanager
def hastened() -> Iterator[None]:
    """Pauses on this time scale."""
    before = circuit.FIRST_COOLDOWN, circuit.LONGEST_COOLDOWN
    circuit.FIRST_COOLDOWN, circuit.LONGEST_COOLDOWN = FIRST, LONGEST
    try:
        yield
    finally:
        circuit.FIRST_COOLDOWN, circuit.LONGEST_COOLDOWN = before


async def course(outage: str, alone: bool, down: float, up: float) -> Course:
    """One outage of ``down`` seconds, then ``up`` seconds more."""
    told = Course(outage, alone, down)
    with tempfile.TemporaryDirectory() as folder, hastened():
        async with Switched() as upstream, Misbehaving() as other, running(Path(folder)) as rig:
            upstream.mounts["down"], other.mounts["well"] = Behaviour("from the one"), Behaviour("from the other")
            bench = Bench(rig, upstream)
            served = [(bench.provider("down", "openai-chat"), "m")]
            if not alone:
                served.append((bench.provider("well", "openai-chat", other.at("well")), "n"))
            bench.model("model", served, LIMITS, retries=0 if alone else 1)
            await _play(upstream, rig, told, down, up)
            count = len(told.answers)
            for row in await rig.logged(count):
                told.asked += [row.started + each.offset for each in row.attempts if _is_down(each)]
    return told


def _is_down(attempt: Attempt) -> bool:
    return attempt.provider == "down"


async def _play(upstream: Switched, rig: Rig, told: Course, down: float, up: float) -> None:
    fault = OUTAGES[told.outage]
    async with httpx.AsyncClient(base_url=rig.base_url, timeout=None) as http:
        stop = asyncio.Event()
        callers = [asyncio.get_running_loop().create_task(_call(http, rig.key, stop, told)) for _ in range(CALLERS)]
        await asyncio.sleep(0.5)
        told.began = time.time()
        if fault is None:
            await upstream.down()
        else:
            upstream.mounts["down"].fault = fault
        await asyncio.sleep(down)
        if fault is None:
            await upstream.up()
        upstream.mounts["down"].fault = None
        told.back = time.time()
        await asyncio.sleep(up)
        stop.set()
        await asyncio.gather(*callers)


async def _call(http: httpx.AsyncClient, key: str, stop: asyncio.Event, told: Course) -> None:
    """Ask again and again."""
    body = {"model": "model", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    while not stop.is_set():
        answer = await http.post("/v1/chat/completions", json=body, headers={"authorization": f"Bearer {key}"})
        headers = answer.headers
        words = answer.text if answer.status_code != 200 else ""
        provider, wait = headers.get("x-conduit-provider", ""), headers.get("retry-after", "")
        told.answers.append(Answered(time.time(), answer.status_code, provider, wait, words))
        await asyncio.sleep(EVERY)


async def all_courses(down: float = 6.0, up: float = 4.0) -> list[Course]:
    """Each outage, alone and with another, at the same time: each has a gateway of its own."""
    wanted = [(outage, alone) for outage in OUTAGES for alone in (False, True)]
    with hastened():
        return await asyncio.gather(*(course(outage, alone, down, up) for outage, alone in wanted))


def table(courses: list[Course]) -> str:
    lines = [
        "| outage | another | requests | not served | calls of it meanwhile | back after | |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in courses:
        back = f"{each.returned:.2f} s" if each.returned is not None else "never"
        problems = "; ".join(each.problems()) or "as wanted"
        other = "none" if each.alone else "well"
        calls = f"{each.during} (at most {each.most})"
        lines.append(f"| {each.outage} | {other} | {len(each.answers)} | {each.lost} | {calls} | {back} | {problems} |")
    return "\n".join(lines)


def main() -> int:
    courses = asyncio.run(all_courses())
    print(table(courses))
    bad = sum(bool(each.problems()) for each in courses)
    print(
        f"\npauses {FIRST} to {LONGEST} s, down for {courses[0].down:g} s: "
        f"{len(courses) - bad} of {len(courses)} as wanted"
    )
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
