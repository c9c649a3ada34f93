"""Whether the gateway's memory stays as it is under an hour of mixed work, or as many minutes as are given.

    python -m tests.bench.memory [MINUTES] [--every SECONDS] [--tracemalloc]

First what a body of 32 MiB makes an idle process grow by at its peak, up and down, told in bodies. Then requests,
streams, translated streams, clients that hang up in the middle and now and then such a body, side by side, while the
resident memory is looked at. It is flat when the last third has hardly more than the third before it. With
``--tracemalloc`` the gateway is slow, and the lines are told that made what it holds more of at the end.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from pathlib import Path
from statistics import median

from conduit_desktop.paths import Home
from tests.bench.places import CHAT, MESSAGES, MODEL, Place, conduit, conversation, direct, prepare
from tests.bench.process import forget_peak, peak, resident
from tests.fakes.raw import Raw, chat
from tests.integration.program import Program

BODY = 32 * 2**20 - 1000
"""The gateway takes requests of up to 32 MiB."""
LARGE = f"size-{BODY}"
MAY_GROW = 1.03
WORKERS = 12
PAUSE = 0.02
TRACED = """
import itertools, signal, sys, tracemalloc
tracemalloc.start(6)
folder, numbers = sys.argv[1], itertools.count()
signal.signal(signal.SIGUSR1, lambda *_: tracemalloc.take_snapshot().dump(f"{folder}/snapshot-{next(numbers)}"))
from conduit_desktop.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


class Traced(Program):
    """Writes a snapshot of what it holds into its home at SIGUSR1."""

    def popen(self, *words: str) -> subprocess.Popen[str]:
        pipe, command = subprocess.PIPE, [sys.executable, "-P", "-c", TRACED, str(self.home)]
        return subprocess.Popen([*command, *words], env=self.environ, stdout=pipe, stderr=pipe, text=True)


def picture(path: str) -> bytes:
    """A conversation whose only message is a picture, in the dialect of ``path``."""
    letters = "A" * (BODY - 1000)
    part: dict[str, object] = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{letters}"}}
    if path == MESSAGES:
        part = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": letters}}
    return conversation(content=[part], max_tokens=9)


async def copies(home: Home, keys: list[str]) -> None:
    """How far the peak of one large body is above an idle gateway, in bodies; of a new one for each case."""
    cases = {
        "up": chat(keys[0], path=CHAT, body=picture(CHAT)),
        "up, translated": chat(keys[0], path=MESSAGES, body=picture(MESSAGES)),
        "down": chat(keys[0], LARGE),
        "down, translated": chat(keys[0], path=MESSAGES, body=conversation(LARGE, max_tokens=9)),
    }
    for name, request in cases.items():
        with conduit(home, keys) as place:
            assert place.process is not None
            await asked(place, chat(keys[0]))
            forget_peak(place.process)
            before, peaks = resident(place.process), []
            for _ in range(3):
                await asked(place, request)
                peaks.append((peak(place.process) - before) * 1e6 / BODY)
            after = resident(place.process)
        told = f"peak {peaks[0]:.1f} bodies, {peaks[-1]:.1f} when three went one after the other"
        print(f"32 MiB {name:17} idle {before:.0f} MB; {told}; after it {after:.0f} MB")


async def asked(place: Place, request: bytes) -> None:
    async with await Raw.open(place.url, limit=2**26) as connection:
        got = await connection.ask(request)
        assert got.status == 200, got.body[:200]
        assert got.whole, got.headers


class Soak:
    """What the clients do, and how often each was done."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._rng = random.Random(3)
        self._large = asyncio.Lock()
        self.done: Counter[str] = Counter()
        self._up = chat(place.keys[0], body=picture(CHAT))

    async def client(self, until: float) -> None:
        kinds = {self.ask: 60, self.stream: 12, self.translated: 12, self.hang_up: 8, self.medium: 7, self.large: 1}
        while time.monotonic() < until:
            kind = self._rng.choices(list(kinds), list(kinds.values()))[0]
            await kind()
            self.done[kind.__name__] += 1
            await asyncio.sleep(PAUSE)

    async def ask(self) -> None:
        key = self._place.keys[0]
        async with await Raw.open(self._place.url) as connection:
            for _ in range(20):
                got = await connection.ask(chat(key))
                assert got.status == 200, got

    async def stream(self) -> None:
        await asked(self._place, chat(self._place.keys[0], stream=True))

    async def translated(self) -> None:
        await asked(self._place, chat(self._place.keys[0], path=MESSAGES, stream=True, max_tokens=9))

    async def medium(self) -> None:
        await asked(self._place, chat(self._place.keys[0], body=conversation(letters=self._rng.randrange(10**6))))

    async def hang_up(self) -> None:
        path = self._rng.choice((CHAT, MESSAGES))
        async with await Raw.open(self._place.url) as connection:
            connection.send(chat(self._place.keys[0], path=path, stream=True, max_tokens=9))
            await connection.reader.readexactly(self._rng.randrange(1, 20_000))  # of 25,000 at least

    async def large(self) -> None:
        if self._large.locked():
            return
        async with self._large:  # one at a time, as from one user
            await asked(self._place, self._rng.choice((self._up, chat(self._place.keys[0], LARGE))))


async def soak(place: Place, minutes: float, every: float, snapshots: bool) -> bool:
    """Whether it is flat."""
    assert place.process is not None
    work, begun, sizes = Soak(place), time.monotonic(), []
    until = begun + minutes * 60
    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(work.client(until))
        for number in itertools.count(1):
            await asyncio.sleep(min(every, max(until - time.monotonic(), 0)))
            sizes.append(resident(place.process))
            print(f"{(time.monotonic() - begun) / 60:6.1f} min {sizes[-1]:7.1f} MB  {dict(work.done)}", flush=True)
            if snapshots and number == int(minutes * 60 / every / 3):
                os.kill(place.process, signal.SIGUSR1)
            if time.monotonic() >= until:
                break
    third = max(len(sizes) // 3, 1)
    before, after = median(sizes[-2 * third : -third] or sizes), median(sizes[-third:])
    flat = after <= before * MAY_GROW
    print(f"{'flat' if flat else 'NOT FLAT'}: {before:.1f} MB in the second third, {after:.1f} MB in the last")
    return flat


def compare(home: Path, place: Place) -> None:
    """What the gateway holds more of than after the first third."""
    assert place.process is not None
    os.kill(place.process, signal.SIGUSR1)
    deadline = time.monotonic() + 60
    while not (home / "snapshot-1").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(2)  # until it is written
    first, last = (tracemalloc.Snapshot.load(str(home / f"snapshot-{number}")) for number in (0, 1))
    print(*last.compare_to(first, "lineno")[:15], sep="\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="?", type=float, default=60)
    parser.add_argument("--every", type=float, default=10)
    parser.add_argument("--tracemalloc", action="store_true")
    told = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        os.environ["CONDUIT_HOME"] = str(folder)  # where the program keeps its byte code
        provider = stack.enter_context(direct())
        home = Home(folder / "home")
        keys = prepare(home, provider, names=(MODEL, LARGE))
        asyncio.run(copies(home, keys))
        place = stack.enter_context(conduit(home, keys, Traced if told.tracemalloc else Program))
        flat = asyncio.run(soak(place, told.minutes, told.every, told.tracemalloc))
        if told.tracemalloc:
            compare(home.folder, place)
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main())
