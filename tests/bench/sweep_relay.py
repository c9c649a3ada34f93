"""What retention costs the requests that are relayed meanwhile: a real ``serve`` whose log has so many exchanges that
are too old, before its housekeeping begins and while it deletes.

    python -m tests.bench.sweep_relay [COUNT]
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from conduit_desktop.paths import Home
from conduit_desktop.records import Price, VirtualKey
from conduit_desktop.runtime import keys, models, providers
from conduit_desktop.runtime.housekeeping import FIRST_AFTER
from conduit_desktop.store import Store
from conduit_desktop.store.overview import percentile
from conduit_desktop.vault import MemoryVault
from tests.bench.store_million import DAY, fill
from tests.fakes.raw import Raw, chat
from tests.fakes.upstream import Upstream
from tests.integration.program import Program

CLIENTS = 4
PAUSE = 0.02


def prepare(home: Home, url: str, count: int) -> str:
    with contextlib.closing(Store.open(home)) as store:
        provider = providers.add(store, MemoryVault(), "one", "openai-compatible", base_url=url)
        store.prices.put(*models.price_key(provider, "real"), Price(source="t", input=1_000, output=10_000), "t")
        models.add(store, "fast", provider, "real")
        key = keys.create(store, MemoryVault(), VirtualKey(id="", name="k", digest="", last4=""), keep_text=False)[1]
    fill(home, count, time.time() - 40 * DAY, False)
    return key


def left(home: Home) -> int:
    """How many of the log's exchanges are too old."""
    with contextlib.closing(sqlite3.connect(home.activity)) as connection:
        query = "SELECT count(*) FROM exchange WHERE started < ?"
        return int(connection.execute(query, (time.time() - 30 * DAY,)).fetchone()[0])


async def ask(url: str, key: str, going: Callable[[], bool], times: list[float]) -> None:
    async with await Raw.open(url) as connection:
        while going():
            begun = time.perf_counter()
            got = await connection.ask(chat(key))
            times.append(time.perf_counter() - begun)
            assert got.status == 200, got
            await asyncio.sleep(PAUSE)


async def relay(url: str, key: str, until: Callable[[], bool]) -> list[float]:
    times: list[float] = []
    await asyncio.gather(*[ask(url, key, lambda: not until(), times) for _ in range(CLIENTS)])
    return sorted(times)


async def run(folder: Path, count: int) -> None:
    program = Program(folder / "home")
    home = Home(program.home)
    async with Upstream() as upstream:
        key = await asyncio.to_thread(prepare, home, upstream.url, count)
        with program.serving() as serving:
            started = time.monotonic()
            await relay(serving.url, key, lambda: time.monotonic() > started + 5)  # warm
            before = await relay(serving.url, key, lambda: time.monotonic() > started + FIRST_AFTER - 2)
            tell("before", before)
            while await asyncio.to_thread(left, home) == count:
                await asyncio.sleep(0.2)  # days are summed up first
            begun, state = time.monotonic(), [count]

            async def watch() -> None:
                while state[0]:
                    state[0] = await asyncio.to_thread(left, home)
                    await asyncio.sleep(1)

            during, _ = await asyncio.gather(relay(serving.url, key, lambda: not state[0]), watch())
            tell("during", during)
            seconds = time.monotonic() - begun
            print(f"{count:,} exchanges deleted in {seconds:.0f} s; of {len(during):,} requests meanwhile none failed")
            for percent in (50, 99):
                one, other = percentile(before, percent), percentile(during, percent)
                assert one is not None
                assert other is not None
                print(f"p{percent}: {other / one:.2f} × as long")


def tell(when: str, times: list[float]) -> None:
    figures = "   ".join(f"p{percent} {(percentile(times, percent) or 0) * 1000:.2f} ms" for percent in (50, 95, 99))
    print(f"{when}: {len(times):,} requests   {figures}   longest {times[-1] * 1000:.1f} ms", flush=True)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CONDUIT_HOME"] = folder  # where the program keeps its byte code
        asyncio.run(run(Path(folder), count))


if __name__ == "__main__":
    main()
