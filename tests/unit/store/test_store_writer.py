"""The writing thread: batches from many threads, failures that stay alone, locks, and the end."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from queue import SimpleQueue
from typing import Any

import pytest
from msgspec.structs import replace

from conduit_desktop.errors import ConduitError, ConfigurationError
from conduit_desktop.paths import Home
from conduit_desktop.records import ExchangeFilter
from conduit_desktop.store import Store, database
from conduit_desktop.store.exchanges import ExchangeLog
from conduit_desktop.store.writer import Entry
from tests.unit.store.samples import DAY, EXCHANGE, NOON, NOTICE, Append, exchange


def test_batches_from_many_threads(store: Store, home: Home) -> None:
    outcomes: SimpleQueue[tuple[str, Any]] = SimpleQueue()

    def work(thread: int) -> None:
        for number in range(250):
            each = exchange(thread * 1000 + number, key_id=f"key{thread}", cost=thread + 1)
            store.exchanges.append(each, DAY, None, lambda seq, id=each.id: outcomes.put((id, seq)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    told = dict(outcomes.get(timeout=30) for _ in range(8 * 250))
    for thread in threads:
        thread.join()
    assert sorted(told.values()) == list(range(1, 2001))
    page = store.exchanges.page(limit=5000)
    assert {each.id: each.seq for each in page} == told
    assert store.spend.per_key() == {f"key{thread}": 250 * (thread + 1) for thread in range(8)}


def test_who_gives_up_waiting_does_not_end_the_writer(store: Store, append: Append) -> None:
    waits = [store.spend.by_day_next(None) for _ in range(50)]
    for wait in waits:
        wait.cancel()
    assert all(isinstance(outcome, int) for outcome in append([exchange(1)]))
    assert all(wait.result(timeout=10) == {} for wait in waits)


def test_one_bad_entry_takes_no_other_with_it(store: Store, append: Append, caplog: pytest.LogCaptureFixture) -> None:
    append([exchange(1)])
    outcomes = append(
        [
            exchange(2),
            exchange(1),  # the same id again
            exchange(3, path="\udc80"),  # no UTF-8 for this
            exchange(4, cost=2**70),  # nor a place for this
            exchange(5, model="new"),
        ]
    )
    assert [isinstance(outcome, int) for outcome in outcomes] == [True, False, False, False, True]
    assert all(isinstance(outcomes[place], BaseException) for place in (1, 2, 3))
    assert [each.id[-1] for each in store.exchanges.page()] == ["5", "2", "1"]
    assert sum(counter.requests for counter in store.spend.rows()) == 3
    assert store.exchanges.page(ExchangeFilter(model="new"))[0].model == "new"


def test_a_receiver_that_fails_stops_nothing(store: Store, append: Append, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: int | BaseException) -> None:
        raise RuntimeError("no")

    store.exchanges.append(exchange(1), DAY, None, fails)
    assert append([exchange(2)]) == [2]
    assert "The receiver of exchange" in caplog.text


def test_a_receiver_may_write(store: Store, append: Append) -> None:
    written = threading.Event()

    def writes(_: int | BaseException) -> None:
        store.notifications.raise_(*NOTICE)
        store.settings.put("port", 9000)
        written.set()

    before = store.revision.value
    store.exchanges.append(exchange(1), DAY, None, writes)
    assert written.wait(10)
    assert store.notifications.unread() == 1
    assert store.settings.all()["port"] == 9000
    assert store.revision.value != before


def test_a_job_on_one_database_may_write_the_other(store: Store) -> None:
    def work() -> None:
        store.settings.put("port", 9000)
        store.notifications.raise_(*NOTICE)

    store.write(work)
    assert (store.notifications.unread(), store.settings.all()["port"]) == (1, 9000)


@contextlib.contextmanager
def locked(home: Home) -> Any:
    with contextlib.closing(sqlite3.connect(home.activity, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_short_lock_is_waited_for(store: Store, home: Home, append: Append) -> None:
    with locked(home):
        outcomes: SimpleQueue[Any] = SimpleQueue()
        store.exchanges.append(exchange(1), DAY, None, outcomes.put)
        time.sleep(0.05)
        assert outcomes.empty()
        assert store.exchanges.page() == []  # readers do not wait
    assert outcomes.get(timeout=10) == 1


def test_a_long_lock_is_told(home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    with contextlib.closing(Store.open(home)) as store:
        outcomes: SimpleQueue[Any] = SimpleQueue()
        with locked(home):
            for number in range(3):
                store.exchanges.append(exchange(number), DAY, None, outcomes.put)
            failures = [outcomes.get(timeout=10) for _ in range(3)]
            with pytest.raises(ConfigurationError) as caught:
                store.notifications.raise_(*NOTICE)
        assert {failure.code for failure in [*failures, caught.value]} == {"database_busy"}
        store.exchanges.append(exchange(9), DAY, None, outcomes.put)
        assert [outcomes.get(timeout=10) for _ in range(4)] == [1, 2, 3, 4]
        assert [each.id for each in store.exchanges.page()] == [exchange(number).id for number in (9, 2, 1, 0)]


def test_what_a_lock_kept_out_is_written_by_itself(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """And counted once, also by the ledger's question, which is asked in the log's order."""
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    with contextlib.closing(Store.open(home)) as store:
        outcomes: SimpleQueue[Any] = SimpleQueue()
        with locked(home):
            for number in range(700):
                store.exchanges.append(exchange(number), DAY, None, outcomes.put)
            assert all(isinstance(outcomes.get(timeout=10), ConfigurationError) for _ in range(700))
            asked = store.spend.by_day_next(None)
            with pytest.raises(ConfigurationError):
                asked.result(10)
        told = {outcomes.get(timeout=10) for _ in range(700)}
        assert told == set(range(1, 701))
        assert store.spend.by_day_next(None).result(10) == {"key1": {"": 700 * 7}}
    assert not list(home.folder.glob("journal-*"))
    with contextlib.closing(Store.open(home)) as store:
        assert store.exchanges.count() == 700


def test_what_is_owed_when_it_closes_is_in_the_journal(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    store = Store.open(home)
    outcomes: SimpleQueue[Any] = SimpleQueue()
    with locked(home):
        for number in range(5):
            store.exchanges.append(exchange(number), DAY, None, outcomes.put)
        store.close()
    with contextlib.closing(Store.open(home)) as again:
        assert again.exchanges.count() == 5
        assert again.spend.per_key() == {"key1": 35}


def test_closing_writes_what_was_given(home: Home) -> None:
    store = Store.open(home)
    outcomes: list[Any] = []
    for number in range(1200):
        store.exchanges.append(exchange(number), DAY, None, outcomes.append)
    store.close()
    assert sorted(outcomes) == list(range(1, 1201))
    with contextlib.closing(Store.open(home)) as again:
        assert again.exchanges.count() == 1200
    assert not home.activity.with_name("activity.db-wal").exists()


def test_a_closed_store_answers_everybody(home: Home) -> None:
    store = Store.open(home)
    store.close()
    store.close()
    outcomes: list[Any] = []
    store.exchanges.append(EXCHANGE, DAY, None, outcomes.append)
    assert outcomes[0].code == "store_closed"
    for ask in (store.exchanges.page, store.configuration, lambda: store.settings.put("port", 9000)):
        with pytest.raises(ConduitError) as caught:
            ask()
        assert caught.value.code == "store_closed"


def test_closing_while_others_read_and_append(home: Home) -> None:
    store = Store.open(home)
    given: list[int] = []
    durable: list[int] = []
    told: SimpleQueue[Any] = SimpleQueue()
    refused = threading.Event()

    def reads() -> None:
        with contextlib.suppress(ConduitError):
            while True:
                store.exchanges.overview(NOON, NOON + 10_000, 10)

    def appends(thread: int) -> None:
        number = thread * 100_000
        while not refused.is_set():
            number += 1
            given.append(number)
            if store.exchanges.append(exchange(number), DAY, None, told.put):
                durable.append(number)
            if number % 50 == 0:
                time.sleep(0.001)

    threads = [threading.Thread(target=reads) for _ in range(3)]
    threads += [threading.Thread(target=appends, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    store.close()
    refused.set()
    for thread in threads:
        thread.join()
    outcomes = [told.get(timeout=10) for _ in given]
    assert told.empty()
    written = [outcome for outcome in outcomes if isinstance(outcome, int)]
    with contextlib.closing(Store.open(home)) as again:
        # One that reached the journal but not the writer any more is told as refused, and is kept all the same.
        assert again.exchanges.count(most=10**6) >= len(written)
        assert all(again.exchanges.has(exchange(number).id) for number in durable)


def test_exchanges_read_by_another_thread_right_after_done(store: Store) -> None:
    seen: SimpleQueue[Any] = SimpleQueue()
    done: SimpleQueue[Any] = SimpleQueue()

    def reads() -> None:
        for _ in range(50):
            seq = done.get(timeout=10)
            seen.put((seq, [each.seq for each in store.exchanges.page(limit=1)]))

    reader = threading.Thread(target=reads)
    reader.start()
    for number in range(50):
        store.exchanges.append(replace(EXCHANGE, id=str(number)), DAY, None, done.put)
        seq, page = seen.get(timeout=10)
        assert page == [seq]
    reader.join()


def test_a_batch_takes_few_steps(store: Store, append: Append, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step gives the interpreter to the gateway's loop, which has it for long when it is busy."""
    steps: list[str] = []

    def watched(log: ExchangeLog, entries: list[Entry]) -> list[int]:
        connection = store._activity.connection()
        connection.set_trace_callback(steps.append)
        try:
            return write(log, entries)
        finally:
            connection.set_trace_callback(None)

    write = ExchangeLog.write
    append([exchange(0)])
    monkeypatch.setattr(ExchangeLog, "write", watched)
    append(exchange(number) for number in range(1, 501))
    assert len(store.exchanges.page(limit=1000)) == 501
    assert 0 < len(steps) < 50
