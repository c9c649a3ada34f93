"""The cache as the path uses it: memory before disk, age, size, emptying, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from conduit_desktop.gateway.cache import cache as cache_module
from conduit_desktop.gateway.cache.cache import Cache
from conduit_desktop.gateway.cache.entry import Draft, Entry, pack, unpack
from conduit_desktop.gateway.snapshot import Route, Snapshot
from conduit_desktop.records import Usage
from conduit_desktop.settings import Settings
from conduit_desktop.store.cache import CacheFile

NOW = 1_000_000.0


def entry(body: bytes = b"answer", created: float = NOW) -> Entry:
    return Entry(
        exchange_id="req_1",
        created=created,
        provider="one",
        upstream_model="real",
        target_id="d1",
        answer_id="",
        headers=((b"content-type", b"application/json"),),
        body=body,
        streamed=False,
        usage=Usage(input=3, output=4),
        finish="stop",
        cost=7,
        dropped="",
    )


def draft(name: str, **more: Any) -> Draft:
    fields = {"give": True, "seconds": 60.0, "keep_seconds": 60.0, **more}
    return Draft(name.encode().ljust(32, b"."), "fast", False, **fields)


def snapshot(megabytes: int = 200, seconds: int | None = 60) -> Snapshot:
    route = Route("fast", (), cache_seconds=seconds)
    return Snapshot(routes={"fast": route}, settings=Settings({"cache_megabytes": megabytes}))


@pytest.fixture
def file(tmp_path: Path) -> CacheFile:
    return CacheFile(tmp_path / "cache.db")


@pytest.fixture
async def cache(file: CacheFile, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cache]:
    monkeypatch.setattr(cache_module.time, "time", lambda: NOW)
    made = Cache(file)
    await made.prepare(snapshot())
    yield made
    await made.close()
    file.close()


async def again(cache: Cache, file: CacheFile, **more: Any) -> Cache:
    """The same after a restart."""
    await cache.close()
    other = Cache(file)
    await other.prepare(snapshot(**more))
    return other


async def test_what_is_kept_is_there_at_once_and_after_a_restart(cache: Cache, file: CacheFile) -> None:
    cache.keep(draft("a"), entry())
    assert await cache.find(draft("a"), NOW) == entry()
    assert await cache.find(draft("b"), NOW) is None
    other = await again(cache, file)
    assert await other.find(draft("a"), NOW) == entry()
    await other.close()


async def test_an_answer_is_given_until_it_is_too_old(cache: Cache) -> None:
    cache.keep(draft("a"), entry())
    assert await cache.find(draft("a"), NOW + 60) is not None
    assert await cache.find(draft("a"), NOW + 60.1) is None
    assert await cache.find(draft("a", seconds=5.0), NOW + 6) is None
    assert await cache.find(draft("a", seconds=5.0), NOW + 4) is not None
    assert await cache.find(draft("a", give=False), NOW) is None
    assert await cache.find(draft("a"), NOW - 3600) is None, "made by a clock that was wrong"


async def test_the_disk_keeps_within_its_size_and_drops_what_was_not_used(cache: Cache, file: CacheFile) -> None:
    await cache.prepare(snapshot(megabytes=1))
    for n in range(12):
        cache.keep(draft(f"{n}"), entry(bytes(100_000)))
        assert await cache.find(draft("0"), NOW) is not None
    other = await again(cache, file, megabytes=1)
    there = [n for n in range(12) if await other.find(draft(f"{n}"), NOW)]
    assert there == [0, *range(4, 12)]
    assert file.state().size <= 1_000_000
    await other.close()
    assert sum(each.stat().st_size for each in file._path.parent.glob("cache.db")) < 1_500_000


async def test_a_smaller_size_takes_force_at_once(cache: Cache, file: CacheFile) -> None:
    for n in range(30):
        cache.keep(draft(f"{n}"), entry(bytes(100_000)))
    await cache.prepare(snapshot(megabytes=1))
    await cache.close()
    assert file.state().entries == 9


async def test_what_was_used_is_remembered_over_a_restart(cache: Cache, file: CacheFile) -> None:
    for name in "abc":
        cache.keep(draft(name), entry(bytes(300_000)))
    await cache.find(draft("a"), NOW + 1)
    other = await again(cache, file, megabytes=1)
    other.keep(draft("d"), entry(bytes(300_000)))
    await other.close()
    last = Cache(file)
    await last.prepare(snapshot())
    assert [name for name in "abcd" if await last.find(draft(name), NOW)] == ["a", "c", "d"]
    await last.close()


async def test_memory_keeps_within_its_size_and_the_disk_helps_out(cache: Cache) -> None:
    for n in range(12):
        cache.keep(draft(f"{n}"), entry(bytes(3_500_000)))
    while cache._writing:
        await asyncio.gather(*cache._writing)
    assert cache._memory.bytes <= cache_module.MEMORY_BYTES
    assert cache._memory.get(draft("0").digest) is None
    assert await cache.find(draft("0"), NOW) is not None


async def test_what_is_too_large_is_not_kept(cache: Cache) -> None:
    cache.keep(draft("a"), entry(bytes(4 * 1024 * 1024 + 1)))
    assert await cache.find(draft("a"), NOW) is None


async def test_emptied_elsewhere_it_is_empty_by_the_next_configuration(cache: Cache, file: CacheFile) -> None:
    cache.keep(draft("a"), entry())
    while cache._writing:
        await asyncio.gather(*cache._writing)
    other = CacheFile(file._path)
    assert await asyncio.to_thread(other.clear) == 1
    other.close()
    assert await cache.find(draft("a"), NOW) is not None
    await cache.prepare(snapshot())
    assert await cache.find(draft("a"), NOW) is None


async def test_emptied_before_anything_was_on_disk_it_is_empty_too(tmp_path: Path) -> None:
    """Where the disk cannot be written, memory alone has answers."""
    file = CacheFile(tmp_path / "missing" / "cache.db")
    cache = Cache(file)
    await cache.prepare(snapshot())
    cache.keep(draft("a"), entry())
    assert await cache.find(draft("a"), NOW) is not None
    file.clear()
    await cache.prepare(snapshot())
    assert await cache.find(draft("a"), NOW) is None
    await cache.close()


async def test_an_answer_put_after_it_was_emptied_elsewhere_shows_that(cache: Cache, file: CacheFile) -> None:
    cache.keep(draft("a"), entry())
    while cache._writing:
        await asyncio.gather(*cache._writing)
    await asyncio.to_thread(file.clear)
    cache.keep(draft("b"), entry())
    while cache._writing:
        await asyncio.gather(*cache._writing)
    assert await cache.find(draft("a"), NOW) is None


async def test_a_file_that_is_gone_or_unreadable_is_a_miss(cache: Cache, file: CacheFile) -> None:
    cache.keep(draft("a"), entry())
    other = await again(cache, file)
    with file._lock:
        assert file._connection is not None
        file._connection.execute("UPDATE body SET data = x'00'")
    assert await other.find(draft("a"), NOW) is None
    assert draft("a").digest not in other._disk
    await other.close()


async def test_models_without_a_cache_touch_no_file(tmp_path: Path) -> None:
    cache = Cache(CacheFile(tmp_path / "cache.db"))
    await cache.prepare(snapshot(seconds=None))
    await cache.close()
    assert cache._pool is None
    assert not list(tmp_path.iterdir())


def test_an_entry_comes_back_as_it_was() -> None:
    full = replace(entry(), usage=None, cost=None, streamed=True, body=bytes(range(256)))
    assert unpack(pack(full)) == full
    assert unpack(b"\x81") is None
    assert unpack(pack(full)[:-1]) is None
