"""``cache.db``: kept, found again, emptied, dropped when it is damaged or another version's, left alone when it is not
ours."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from conduit_desktop.store.cache import CacheFile, Kept


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache.db"


@pytest.fixture
def file(path: Path) -> Iterator[CacheFile]:
    opened = CacheFile(path)
    yield opened
    opened.close()


def kept(name: str, data: bytes = b"answer", until: float = 1000.0, model: str = "fast") -> Kept:
    return Kept(name.encode(), model, len(data), 100.0, until, data)


def put(file: CacheFile, *entries: Kept, generation: int = 0) -> int:
    return [file.put(each, [], {}, generation) for each in entries][-1]


def test_nothing_is_made_before_something_is_kept(file: CacheFile, path: Path) -> None:
    assert file.contents(0.0) == (0, ())
    assert (file.get(b"a"), file.clear(), file.prune(1.0), file.generation(), file.state().entries) == (
        None,
        0,
        0,
        0,
        0,
    )
    file.note([b"a"], {b"b": 1.0})
    assert not path.exists()


def test_what_is_kept_is_found_again_by_another_process(file: CacheFile, path: Path) -> None:
    generation = put(file, kept("a", b"1"), kept("b", b"22"), kept("a", b"333"))
    file.close()
    other = CacheFile(path)
    assert (other.get(b"a"), other.get(b"b"), other.get(b"c")) == (b"333", b"22", None)
    assert other.contents(0.0) == (generation, ((b"b", 2), (b"a", 3)))
    state = other.state()
    assert (state.entries, state.size, state.oldest, state.models) == (2, 5, 100.0, (("fast", 2, 5),))
    other.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_only_its_owner_can_read_it(file: CacheFile, path: Path) -> None:
    put(file, kept("a"))
    for each in path.parent.glob("cache.db*"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_what_was_used_last_is_told_last(file: CacheFile) -> None:
    put(file, kept("a"), kept("b"), kept("c"))
    file.note([b"b"], {b"a": 500.0})
    assert [name for name, _ in file.contents(0.0).entries] == [b"c", b"a"]


def test_what_is_too_old_goes(file: CacheFile) -> None:
    put(file, kept("a", until=10.0), kept("b", until=20.0), kept("c", until=30.0))
    assert file.prune(10.0) == 1
    assert [name for name, _ in file.contents(20.0).entries] == [b"c"]
    assert file.state().entries == 1


def test_emptied_nothing_of_it_is_left_in_the_folder(file: CacheFile, path: Path) -> None:
    secret = b"nobody may read this again"
    before = put(file, *(kept(str(n), secret * 200) for n in range(50)))
    assert any(secret in each.read_bytes() for each in path.parent.glob("cache.db*"))
    assert file.clear() == 50
    assert not any(secret in each.read_bytes() for each in path.parent.glob("cache.db*"))
    assert file.generation() != before
    assert file.clears == 1


def test_what_was_on_its_way_when_it_was_emptied_is_not_taken(file: CacheFile, path: Path) -> None:
    generation = put(file, kept("a"))
    other = CacheFile(path)
    other.clear()
    other.close()
    now = put(file, kept("b"), generation=generation)
    assert now != generation
    assert file.get(b"b") is None
    assert put(file, kept("c"), generation=now) == now
    assert file.get(b"c") is not None


def spoil_head(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 500)


def spoil_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize("spoil", [spoil_head, spoil_middle, cut, newer])
def test_what_is_damaged_or_newer_is_made_anew(
    file: CacheFile, path: Path, spoil: object, caplog: pytest.LogCaptureFixture
) -> None:
    put(file, *(kept(str(n), b"x" * 3000) for n in range(20)))
    file.close()
    assert callable(spoil)
    spoil(path)
    again = CacheFile(path)
    again.contents(0.0)
    again.get(b"3")
    again.state()
    put(again, kept("new"))
    if again.get(b"new") is None:  # found out by the write alone
        put(again, kept("new"))
    assert again.get(b"new") == b"answer"
    again.close()
    assert "made anew" in caplog.text


def test_another_programs_database_is_left_alone(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    file = CacheFile(path)
    assert put(file, kept("a"), kept("b")) == 0
    assert (file.get(b"a"), file.clear(), file.state().entries) == (None, 0, 0)
    file.close()
    assert path.read_bytes() == before
    assert caplog.text.count("another program") == 1


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_disk(tmp_path: Path) -> None:
    file = CacheFile(tmp_path / "gone" / "cache.db")
    assert put(file, kept("a")) == 0
    assert file.get(b"a") is None
    file.close()


def test_many_threads_at_once(file: CacheFile) -> None:
    def work(name: str) -> None:
        for n in range(20):
            put(file, kept(f"{name}{n}", name.encode() * 50))
            assert file.get(f"{name}{n}".encode()) == name.encode() * 50

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert file.state().entries == 80
    file.close()
    assert put(file, kept("late")) == 0
