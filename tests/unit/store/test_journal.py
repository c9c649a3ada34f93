"""The journal: what a killed process had not committed yet is there again, once, and only whole lines."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from conduit_desktop.paths import Home
from conduit_desktop.records import Attempt, Exchange, Usage
from conduit_desktop.store import Store
from conduit_desktop.store import journal as module
from conduit_desktop.store.journal import Journal, Line, pack

DAY = "2026-03-01"


def packed(exchange: Exchange) -> bytes:
    data = pack(exchange, DAY)
    assert isinstance(data, bytes)
    return data


def exchange(number: int, **more: object) -> Exchange:
    return Exchange(
        id=f"req_{number:08d}",
        started=1_772_366_400.0 + number,
        dialect="openai-chat",
        endpoint="chat.completions",
        method="POST",
        path="/v1/chat/completions",
        key_id="k",
        model="m",
        provider="p",
        status=200,
        cost=7,
        **more,  # type: ignore[arg-type]
    )


def written(folder: Path, count: int) -> bytes:
    """The bytes of a journal with ``count`` lines."""
    journal = Journal(folder)
    for number in range(count):
        assert journal.append(packed(exchange(number))) == 0
    journal.close()
    data = (folder / "journal-0").read_bytes()
    return data.rstrip(b"\0")


def test_lines_come_back_as_they_were(tmp_path: Path) -> None:
    written(tmp_path, 3)
    journal = Journal(tmp_path)
    assert [line.exchange for line in journal.left()] == [exchange(number) for number in range(3)]
    assert {line.day for line in journal.left()} == {DAY}
    journal.close()


def test_a_line_that_spells_everything_out_is_read_as_well(tmp_path: Path) -> None:
    """Earlier versions wrote what is as usual, too."""
    attempt = Attempt(n=1, provider_id="p", provider="p", deployment_id="d", upstream_model="m", url="u", offset=0.1)
    given = exchange(1, usage=Usage(input=3, service="flex"), attempts=(attempt,))
    spelled = structs.asdict(given)
    spelled["usage"], spelled["attempts"] = structs.asdict(given.usage), [structs.asdict(attempt)]  # type: ignore[arg-type]
    data = msgspec.msgpack.encode((spelled, DAY))
    (tmp_path / "journal-0").write_bytes(struct.pack("<II", len(data), zlib.crc32(data)) + data)
    journal = Journal(tmp_path)
    assert [line.exchange for line in journal.left()] == [given]
    journal.close()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_torn_or_damaged_file_gives_its_whole_lines_only(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    whole = written(folder, 4)
    at = data.draw(st.integers(0, len(whole) - 1))
    torn = whole[:at] if data.draw(st.booleans()) else whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
    (folder / "journal-0").write_bytes(torn)
    journal = Journal(folder)
    found = [line.exchange for line in journal.left()]
    journal.close()
    assert len(found) < 4
    assert found == [exchange(number) for number in range(len(found))]


def test_what_is_committed_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 800)
    journal = Journal(tmp_path)
    for number in range(200):
        turn = journal.append(packed(exchange(number)))
        assert turn is not None
        journal.commit(turn)
    assert [(tmp_path / name).stat().st_size for name in ("journal-0", "journal-1")] == [800, 800]
    assert len([*journal.left()]) < 10
    journal.close()
    assert not (tmp_path / "journal-0").exists()
    assert not (tmp_path / "journal-1").exists()


def test_only_one_process_has_it(tmp_path: Path) -> None:
    first, second = Journal(tmp_path), Journal(tmp_path)
    assert first.append(packed(exchange(1))) == 0
    assert second.append(packed(exchange(2))) is None
    first.commit(0)
    first.close()
    assert second.append(packed(exchange(2))) == 0
    second.close()
    third = Journal(tmp_path)
    assert third.append(packed(exchange(3))) is None  # let go of, but its line was never committed
    assert [line.exchange for line in third.left()] == [exchange(2)]
    third.clear()
    assert third.append(packed(exchange(3))) == 0
    third.commit(0)
    third.close()


def test_what_does_not_fit_waits_until_the_other_file_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FILE_BYTES", 1500)
    with contextlib.closing(Journal(tmp_path)) as journal:
        turns = [journal.append(packed(exchange(number))) for number in range(40)]
        kept = [turn for turn in turns if turn is not None]
        assert {0, 1} == set(kept)
        assert turns[-1] is None
        assert len([*journal.left()]) == len(kept)
        for turn in kept:
            journal.commit(turn)
        assert journal.append(packed(exchange(99))) is not None


def test_what_cannot_be_written_is_left_to_the_database(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    broken = exchange(1, error="\udc80")
    assert pack(broken, DAY) == Line(broken, DAY)
    journal.close()
    assert journal.append(packed(exchange(1))) is None


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """SIGKILL right after the appends returned, before the writer thread can have committed them."""
    program = (
        "import os, signal, sys; from pathlib import Path; from conduit_desktop.paths import Home;"
        "from conduit_desktop.store import Store; sys.path.insert(0, sys.argv[2]);"
        "from test_journal import DAY, exchange; store = Store.open(Home(Path(sys.argv[1])));"
        "assert all(store.exchanges.append(exchange(n), DAY, None, lambda _: None) for n in range(300));"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path), os.path.dirname(__file__)], check=False)
    assert done.returncode == -signal.SIGKILL
    for _ in range(2):  # what is recovered is not recovered again
        store = Store.open(Home(tmp_path))
        try:
            assert store.exchanges.count() == 300
            assert sum(row.cost for row in store.spend.rows()) == 300 * 7
        finally:
            store.close()


def test_what_another_process_left_behind_is_not_written_over(tmp_path: Path) -> None:
    """It was there when this one opened the home, and died afterwards."""
    other = Journal(tmp_path)
    assert other.append(packed(exchange(1))) == 0
    store = Store.open(Home(tmp_path))
    other.close()  # to the system the same as its death
    for number in range(2, 5):
        assert store.exchanges.append(exchange(number), DAY, None, lambda _: None) is False
    store.close()
    again = Store.open(Home(tmp_path))
    try:
        assert {each.id for each in again.exchanges.page()} == {exchange(number).id for number in range(1, 5)}
        assert again.exchanges.append(exchange(5), DAY, None, lambda _: None) is True
    finally:
        again.close()
    assert not any((tmp_path / name).exists() for name in ("journal-0", "journal-1"))


def test_a_line_no_database_can_hold_does_not_stay_for_ever(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(tmp_path)
    assert journal.append(packed(exchange(1, total=float("nan")))) == 0
    assert journal.append(packed(exchange(2))) == 0
    journal.close()
    store = Store.open(Home(tmp_path))
    try:
        assert [each.id for each in store.exchanges.page()] == [exchange(2).id]
    finally:
        store.close()
    assert not (tmp_path / "journal-0").exists()
    assert exchange(1).id in caplog.text
