"""How the exchange log answers when it is large: fills a throw-away home and times what each pane asks of it.

    python -m tests.bench.store_million [COUNT] [--random] [--home DIR] [--spend]

A line a query: the worst of five, on the clock and of the thread's own time (other work on the machine is not in that).
``--spend`` puts 365 days × 20 keys × 30 models × 5 providers of counters beside the log.

``--random`` draws key, app, model, provider and status independently of each other: the worst case for a log that
lives from there being few combinations. With ``--home`` the filled home is kept, and used again as it is.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from conduit_desktop.paths import Home
from conduit_desktop.records import DIMENSIONS, Attempt, Exchange, ExchangeFilter, Usage, UsageQuery, VirtualKey
from conduit_desktop.runtime import keys, usage
from conduit_desktop.runtime.housekeeping import sum_up
from conduit_desktop.runtime.tags import tagged
from conduit_desktop.store import Store
from conduit_desktop.store.batch import BatchWriter
from conduit_desktop.store.database import Database
from conduit_desktop.store.journal import pack
from conduit_desktop.store.rollup import fold
from conduit_desktop.store.writer import Entry

DAY = 86_400
SPAN = 90 * DAY
BATCH = 500
KEYS = [(f"key{number}", f"tool {number}") for number in range(8)]
APPS = ["openai-python", "claude-cli", "curl", "continue"]
MODELS = [("gpt-4o", "OpenAI"), ("gpt-4o-mini", "OpenAI"), ("sonnet", "Anthropic"), ("haiku", "Anthropic")] + [
    (f"local-{number}", "Ollama") for number in range(6)
]
STATUSES = [200] * 92 + [429] * 4 + [500, 502, 499, 400]


def made(number: int, started: float, rng: random.Random, independent: bool) -> Exchange:
    key_id, key = KEYS[min(int(rng.expovariate(0.7)), 7)]
    model, provider = rng.choice(MODELS)
    status = rng.choice(STATUSES)
    app = APPS[int(key_id[3:]) % 4]
    if independent:
        (key_id, key), app, provider = rng.choice(KEYS), rng.choice(APPS), rng.choice(MODELS)[1]
    failed = status >= 400
    attempt = Attempt(
        n=1,
        provider_id=f"prov-{provider}",
        provider=provider,
        deployment_id=f"dep-{model}",
        upstream_model=f"{model}-2026-01-01",
        url="https://api.example.com/v1/chat/completions",
        offset=0.0004,
        connected=0.01,
        headers=0.3,
        first=0.31,
        duration=1.5,
        status=status,
    )
    return Exchange(
        id=f"req_{int(started * 1000):012x}{number:08x}",
        started=started,
        dialect="openai-chat",
        endpoint="chat",
        method="POST",
        path="/v1/chat/completions",
        key_id=key_id,
        key=key,
        app=app,
        model=model,
        upstream_model=f"{model}-2026-01-01",
        provider_id=f"prov-{provider}",
        provider=provider,
        kind=provider.lower(),
        status=status,
        error_code="upstream_error" if failed else "",
        error=f"{provider} answered {status}: try again in {rng.random() * 9:.3f}s (request {number})."
        if failed
        else "",
        stream=True,
        finish="" if failed else "stop",
        usage=None
        if failed
        else Usage(input=rng.randrange(4000), output=rng.randrange(900), cached_read=rng.randrange(9)),
        saved=None if failed else rng.randrange(10**8),
        cost=None if failed or provider == "Ollama" else rng.randrange(10**10),
        price="catalogue",
        ttft=None if failed else rng.lognormvariate(-1, 0.6),
        total=rng.lognormvariate(0.5, 0.8),
        overhead=0.0002,
        bytes_in=2000,
        bytes_out=5000,
        attempts=(attempt,),
    )


def fill(home: Home, count: int, now: float, independent: bool) -> None:
    database = Database(home.activity)
    writer, rng = BatchWriter(database), random.Random(7)
    writing = 0.0
    for first in range(0, count, BATCH):
        entries = []
        for number in range(first, min(first + BATCH, count)):
            started = now - SPAN + SPAN * number / count
            day = time.strftime("%Y-%m-%d", time.gmtime(started))
            entries.append(Entry(pack(made(number, started, rng, independent), day), None, print))
        begun = time.process_time()
        writer.write(entries)
        writing += time.process_time() - begun
    print(f"written: {writing / count * 1e6:.1f} µs of CPU an exchange, in batches of {BATCH}")
    begun = time.perf_counter()
    while fold(database):
        pass
    print(f"folded:  {(time.perf_counter() - begun) / count * 1e6:.1f} µs an exchange")
    print(f"size:    {home.activity.stat().st_size / count:.0f} bytes an exchange")
    database.close()


def add_keys(store: Store) -> None:
    for number, (key_id, name) in enumerate(KEYS):
        tag = ("work", "home", "")[number % 3]
        store.keys.put(
            VirtualKey(id=key_id, name=name, digest=key_id * 12, last4="wxyz", budget=10**15, tag=tag, period="month")
        )


def add_spend(home: Home) -> None:
    days = [time.strftime("%Y-%m-%d", time.gmtime(time.time() - ago * DAY)) for ago in range(365)]
    rows = (
        (day, f"key{key}", f"model-{model}", f"provider {provider}", 9, 1, 1000, 200, 50, 10**9, 0, 3, 10**7)
        for day in days
        for key in range(20)
        for model in range(30)
        for provider in range(5)
    )
    with sqlite3.connect(home.activity) as connection:
        connection.executemany(f"INSERT INTO spend VALUES ({','.join('?' * 13)}) ON CONFLICT DO NOTHING", rows)
        print(f"{connection.execute('SELECT count(*) FROM spend').fetchone()[0]:,} spend counters")
    connection.close()


def timed(name: str, work: Callable[[], object]) -> None:
    clock, own = [], []
    for _ in range(5):
        begun, used = time.perf_counter(), time.thread_time()
        result = work()
        clock.append((time.perf_counter() - begun) * 1000)
        own.append((time.thread_time() - used) * 1000)
    if isinstance(result, list | dict):
        size = len(result)
    else:
        size = getattr(getattr(result, "sums", result), "requests", result)
    over = "   over 100 ms" if max(own) > 100 else ""
    print(f"{name:<62} {max(clock):7.1f} ms   own {max(own):7.1f} ms   ({size:,}){over}")


def measure(store: Store, now: float) -> None:
    print("--- Requests")
    measure_pages(store, now)
    print("--- Dashboard, Overview")
    for days, bars in ((1 / 24, 60), (1, 24), (7, 28), (30, 30), (90, 90)):
        timed(
            f"overview {days:.3g} days",
            lambda days=days, bars=bars: store.exchanges.overview(now - days * DAY, now, bars),
        )
    timed("today's spending", lambda: store.spend.per_key(time.strftime("%Y-%m-%d", time.gmtime(now))))
    print("--- Dashboard, Usage")
    measure_usage(store, now)
    print("--- Keys")
    timed("the table: spent, requests, unpriced, last used", lambda: keys.views(store))
    timed("sparklines, 30 days", lambda: usage.key_series(store, 30))
    timed("sparklines, 365 days", lambda: usage.key_series(store, 365))
    for key in ("key0", "key7"):
        for days in (1, 30):
            asked = UsageQuery(since=now - days * DAY, until=now, key_id=key, by="model")
            timed(f"one key ({key}), {days} days by model", lambda asked=asked: usage.users_report(store, asked))
            timed(f"its requests ({key})", lambda key=key: store.exchanges.page(ExchangeFilter(key_id=key), None, 20))
    timed("spent ever, each key", store.spend.per_key)


def measure_usage(store: Store, now: float) -> None:
    filters: list[dict[str, str]] = [
        {},
        {"key_id": "key0"},
        {"key_id": "key7"},
        {"model": "haiku"},
        {"provider": "Ollama"},
        {"app": "curl"},
        {"tag": "work"},
        {"key_id": "key0", "provider": "OpenAI"},
    ]
    for days in (1 / 24, 1, 7, 30, 90, 365):
        for wanted in filters:
            for by in (None, *DIMENSIONS):
                asked = UsageQuery(since=now - days * DAY, until=now, by=by, **wanted)
                what = " + ".join(f"{name} {value}" for name, value in wanted.items()) or "everything"
                name = f"{days:.3g} days, {what}{f', by {by}' if by else ''}"
                timed(name, lambda asked=asked: usage.users_report(store, asked))


def measure_pages(store: Store, now: float) -> None:
    log = store.exchanges
    filters = {
        "nothing": ExchangeFilter(),
        "key": ExchangeFilter(key_id="key0"),
        "rare key": ExchangeFilter(key_id="key7"),
        "model": ExchangeFilter(model="haiku"),
        "app": ExchangeFilter(app="curl"),
        "tag": ExchangeFilter(tag="work"),
        "no tag": ExchangeFilter(tag=""),
        "tag+app+error": ExchangeFilter(tag="home", app="claude-cli", outcome="error"),
        "outcome error": ExchangeFilter(outcome="error"),
        "outcome 502": ExchangeFilter(outcome="502"),
        "key+model+status": ExchangeFilter(key_id="key6", model="local-3", outcome="499"),
        "key+provider+error": ExchangeFilter(key_id="key5", provider="OpenAI", outcome="error"),
        "provider, a day 60 days ago": ExchangeFilter(provider="Anthropic", since=now - 60 * DAY, until=now - 59 * DAY),
        "app, an hour 80 days ago": ExchangeFilter(app="curl", since=now - 80 * DAY, until=now - 80 * DAY + 3600),
        "key+error, before 85 days ago": ExchangeFilter(key_id="key4", outcome="error", until=now - 85 * DAY),
        "text: a model": ExchangeFilter(text="haiku"),
        "text: common in errors": ExchangeFilter(text="try again"),
        "text: one error": ExchangeFilter(text="(request 17)"),
        "text: nowhere": ExchangeFilter(text="nowhere to be found"),
        "text: beginning of ids": ExchangeFilter(text="req_0"),
        "text+key: beginning of ids": ExchangeFilter(text="req_0", key_id="key6"),
        "text+key+span": ExchangeFilter(text="try again", key_id="key3", since=now - 50 * DAY, until=now - 49 * DAY),
    }
    for name, filter in filters.items():
        timed(f"page    {name}", lambda filter=filter: log.page(tagged(store, filter)))
    middle = log.page(limit=1)[0].seq // 2
    timed("page    nothing, from the middle", lambda: log.page(before=middle))
    timed("page    rare key, from the middle", lambda: log.page(filters["rare key"], before=middle))
    for name in ("nothing", "rare key", "tag", "outcome error", "text: one error", "text: common in errors"):
        timed(f"count   {name}", lambda name=name: log.count(tagged(store, filters[name])))
    found = log.page(before=middle, limit=1)[0].id
    timed("get", lambda: [log.get(found)])
    timed("facets", lambda: list(log.facets().models))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--spend", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(given.home or Path(folder))
        store = Store.open(home)
        newest = store.exchanges.page(limit=1)
        if not newest:
            fill(home, given.count, time.time(), given.random)
            newest = store.exchanges.page(limit=1)
        add_keys(store)
        begun = time.perf_counter()
        spans = asyncio.run(sum_up(store, pause=0))
        print(f"summed up: {spans} days and months in {time.perf_counter() - begun:.1f} s")
        if given.spend:
            add_spend(home)
        print(f"{newest[0].seq:,} exchanges, SQLite file {os.path.getsize(home.activity) / 1e6:.0f} MB")
        measure(store, newest[0].started + 1)
        store.close()


if __name__ == "__main__":
    main()
