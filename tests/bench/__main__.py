"""The project's own benchmarks: what a request costs, beside nginx in the same run, and each target met or not.

    python -m tests.bench [--rounds 5] [--seconds 4] [--only PATTERN] [--json FILE]

The provider itself, nginx and the gateway take turns; a figure is the median of the rounds, a ratio that of the rounds'
own ratios: other work on the machine, and a machine of another speed, hardly show in it. README.md has the figures.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from conduit_desktop.paths import Home
from tests.bench.places import (
    CHAT,
    CLAUDE,
    MESSAGES,
    MODEL,
    Figures,
    Place,
    conduit,
    conversation,
    direct,
    need_programs,
    nginx,
    prepare,
    requests,
    streams,
)
from tests.bench.process import resident

Round = dict[str, dict[str, Figures]]
"""What was measured, of each place."""
REQUESTS = {"c1": 1, "c32": 32}
"""On so many connections."""
STREAMS = {
    "stream c1": (CHAT, MODEL, 1, 2),
    "stream c40": (CHAT, MODEL, 40, 2),
    "messages c40": (MESSAGES, CLAUDE, 40, 2),
    "translated c40": (MESSAGES, MODEL, 40, 2),
    "translated back c40": (CHAT, CLAUDE, 40, 2),
    "stream c400": (CHAT, MODEL, 400, 1),
}
"""The client's dialect, the model (which says the provider's), clients, and how often each asks. nginx, which cannot
translate, relays the client's dialect as it is."""


class Target(NamedTuple):
    """A figure of the design's: of what, the most it may be, and how a round's is had."""

    what: str
    name: str
    most: float
    unit: str
    of: Callable[[Round], float]


def times(what: str, field: str = "cpu") -> Callable[[Round], float]:
    """As many times nginx's."""
    return lambda round: getattr(round[what]["conduit"], field) / getattr(round[what]["nginx"], field)


def added(field: str) -> Callable[[Round], float]:
    """Milliseconds more than asking the provider itself takes."""
    return lambda round: (getattr(round["c1"]["conduit"], field) - getattr(round["c1"]["direct"], field)) * 1e3


TARGETS = [
    Target("c32", "CPU a request, 32 connections", 10, "× nginx", times("c32")),
    Target("c1", "added at one connection, p50", 0.25, "ms", added("p50")),
    Target("c1", "added at one connection, p99", 1, "ms", added("p99")),
    Target("stream c40", "CPU an event, chat completions", 4, "× nginx", times("stream c40")),
    Target("messages c40", "CPU an event, messages", 4, "× nginx", times("messages c40")),
    Target("translated c40", "CPU an event, chat for messages", 8, "× nginx", times("translated c40")),
    Target("translated back c40", "CPU an event, messages for chat", 8, "× nginx", times("translated back c40")),
    Target("stream c400", "400 streams, not complete", 0, "", lambda round: round["stream c400"]["conduit"].failed),
    Target("stream c400", "400 streams, first token p99", 3, "× nginx", times("stream c400", "p99")),
]


def measure(places: list[Place], seconds: float, folder: Path, wanted: str) -> Round:
    """One round."""
    works: dict[str, Callable[[Place], Figures]] = {}
    for name, connections in REQUESTS.items():
        works[name] = partial(requests, connections=connections, seconds=seconds, folder=folder)
    for name, (path, model, clients, times) in STREAMS.items():
        works[name] = partial(streams, path=path, model=model, clients=clients, rounds=times)
    return {
        name: {place.name: work(place) for place in places} for name, work in works.items() if re.search(wanted, name)
    }


def start(home: Home, texts: list[str]) -> tuple[float, float]:
    """Seconds to the first answered request, and the megabytes resident then."""
    begun = time.perf_counter()
    with conduit(home, texts) as place:
        assert place.process is not None
        headers = {"authorization": f"Bearer {texts[0]}", "content-type": "application/json"}
        with urlopen(Request(place.url + CHAT, conversation(), headers)) as answer:
            answer.read()
        return time.perf_counter() - begun, resident(place.process)


def show(rounds: list[Round]) -> None:
    """Every figure: the medians."""
    print(f"\n{'':20}{'':10}{'CPU µs':>9}{'p50 ms':>9}{'p99 ms':>9}{'failed':>8}")
    for what, places in rounds[0].items():
        for place in places:
            every = [round[what][place] for round in rounds]
            row = [median(getattr(each, field) for each in every) for field in ("cpu", "p50", "p99")]
            failed = sum(each.failed for each in every)
            print(f"{what:20}{place:10}{row[0]:9.1f}{row[1] * 1e3:9.2f}{row[2] * 1e3:9.2f}{failed:8}")


def judge(rounds: list[Round], starts: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """Each target, what it came to, and whether that is met."""
    found = [
        (target.name, target.most, target.unit, [target.of(round) for round in rounds])
        for target in TARGETS
        if target.what in rounds[0]
    ]
    found.append(("start to first answer, headless", 1, "s", [seconds for seconds, _ in starts]))
    found.append(("resident, idle, headless", 70, "MB", [megabytes for _, megabytes in starts]))
    return [
        {"figure": name, "most": most, "unit": unit, "median": median(each), "met": median(each) <= most, "each": each}
        for name, most, unit, each in found
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only", default="", help="a pattern of what to measure: c32, stream, translated")
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    need_programs()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["CONDUIT_HOME"] = str(folder)  # where the program keeps its byte code
        provider = stack.enter_context(direct())
        home = Home(folder / "home")
        texts = prepare(home, provider)
        starts = [start(home, texts) for _ in range(4)][1:]  # the first compiles
        gateway = stack.enter_context(conduit(home, texts))
        places = [provider, stack.enter_context(nginx(folder, provider)), gateway]
        measure(places, 1, folder, told.only)  # to warm up
        rounds = []
        for number in range(told.rounds):
            rounds.append(measure(places, told.seconds, folder, told.only))
            print(f"round {number + 1} of {told.rounds}, load {os.getloadavg()[0]:.1f}", flush=True)
        assert gateway.process is not None
        loaded = resident(gateway.process)
    targets = judge(rounds, starts)
    show(rounds)
    print(f"resident after this load: {loaded:.0f} MB")
    print(f"\n{'figure':42}{'target':>8}{'found':>9}  {'':8}each round")
    for row in targets:
        each = " ".join(f"{value:.2f}" for value in row["each"])
        verdict = "met" if row["met"] else "NOT MET"
        print(f"{row['figure']:42}{row['most']:8g}{row['median']:9.2f} {row['unit']:8} {verdict:8} {each}")
    if told.json:
        plain = [{what: {p: vars(f) for p, f in each.items()} for what, each in round.items()} for round in rounds]
        told.json.write_text(json.dumps({"targets": targets, "rounds": plain, "resident after": loaded}, indent=1))


if __name__ == "__main__":
    main()
