"""How the cost of a request grows with what should not matter to it, and with what must: CPU a request, beside nginx.

    python -m tests.bench.growth [--only connections,requests,answers,keys,log] [--rounds 3] [--seconds 3]

nginx knows neither keys nor models nor a log: there its figure is that of the same requests.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from conduit_desktop.paths import Home
from tests.bench.places import MODEL, Place, conduit, conversation, direct, need_programs, nginx, prepare, requests
from tests.bench.store_million import fill

SIZES = {"1 KB": 1_000, "100 KB": 100_000, "10 MB": 10_000_000}
FEW = 4
"""Connections with large bodies: forty megabytes are on their way at once then."""
USUAL = 8
ROWS = 1_000_000


class Case(NamedTuple):
    """What is asked, on how many connections, and what the home has."""

    group: str
    name: str
    connections: int
    bodies: Sequence[bytes]
    models: Sequence[str] = (MODEL,)
    keys: int = 1
    rows: int = 0


def cases() -> Iterator[Case]:
    for connections in (1, 8, 64, 512):
        yield Case("connections", str(connections), connections, [conversation()])
    for name, letters in SIZES.items():
        yield Case("requests", name, FEW, [conversation(letters=letters)])
    sizes = tuple(f"size-{letters}" for letters in SIZES.values())
    for name, model in zip(SIZES, sizes, strict=True):
        yield Case("answers", name, FEW, [conversation(model)], sizes)
    for count in (1, 10, 1000):
        names = tuple(f"model-{number}" for number in range(count))
        yield Case("keys", f"{count} and as many models", USUAL, [conversation(name) for name in names], names, count)
    for rows in (0, ROWS):
        yield Case("log", f"{rows:,} rows", USUAL, [conversation()], rows=rows)


@contextlib.contextmanager
def serving(folder: Path, provider: Place, case: Case) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(dir=folder) as made:
        home = Home(Path(made))
        texts = prepare(home, provider, case.keys, case.models)
        if case.rows:
            with contextlib.redirect_stdout(sys.stderr):  # what it says is no line of the table
                fill(home, case.rows, time.time(), independent=False)
        with conduit(home, texts) as place:
            yield place


def measure(case: Case, places: Sequence[Place], rounds: int, seconds: float, folder: Path) -> None:
    """A line of the table."""
    costs: dict[str, list[float]] = {place.name: [] for place in places}
    failed = 0
    for number in range(rounds + 1):
        for place in places:
            found = requests(place, case.connections, seconds if number else 1, folder, case.bodies)
            failed += found.failed
            if number:  # the first warms up
                costs[place.name].append(found.cpu)
    ratio = median(mine / theirs for mine, theirs in zip(costs["conduit"], costs["nginx"], strict=True))
    mine, theirs = median(costs["conduit"]), median(costs["nginx"])
    print(
        f"{case.group:12}{case.name:24}{mine:12.1f}{theirs:12.1f}{ratio:8.1f}{failed:8}   {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    told = parser.parse_args()
    need_programs()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["CONDUIT_HOME"] = str(folder)  # where the program keeps its byte code
        provider = stack.enter_context(direct())
        floor = stack.enter_context(nginx(folder, provider))
        print(f"{'what grows':12}{'':24}{'CPU µs':>12}{'nginx µs':>12}{'ratio':>8}{'failed':>8}   load")
        for case in cases():
            if told.only is None or case.group in told.only:
                with serving(folder, provider, case) as gateway:
                    measure(case, [floor, gateway], told.rounds, told.seconds, folder)


if __name__ == "__main__":
    main()
