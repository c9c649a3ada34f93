"""Several processes on one home, and one that is killed: whatever was acknowledged is there."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.store import Store
from tests.unit.store.samples import DAY

ROOT = Path(__file__).parents[3]

WRITER = """
import os, sys, threading
from conduit_desktop.paths import home
from conduit_desktop.store import Store
from tests.unit.store.samples import DAY, exchange

folder, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = Store.open(home(folder))
slots = threading.Semaphore(64)
failures = []

def done(outcome, id):
    if isinstance(outcome, BaseException):
        failures.append(outcome)
    else:
        os.write(1, f"{id} {outcome}\\n".encode())
    slots.release()

for number in range(count):
    slots.acquire()
    each = exchange(number, id=f"{name}-{number}", key_id=name, cost=3)
    store.exchanges.append(each, DAY, None, lambda outcome, id=each.id: done(outcome, id))
    if number % 500 == 0:
        store.settings.put("port", 2000 + number % 1000)
store.close()
sys.exit(repr(failures) if failures else 0)
"""


@contextlib.contextmanager
def writer(home: Home, name: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", WRITER, str(home.folder), name, str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def acknowledged(lines: list[str]) -> dict[str, int]:
    """What was said whole: a kill may cut the last line."""
    pairs = [line.split() for line in lines if line.endswith("\n")]
    return {id: int(seq) for id, seq in pairs}


def kept(home: Home) -> tuple[dict[str, int], dict[str, int], int]:
    with contextlib.closing(Store.open(home)) as store:
        page = store.exchanges.page(limit=10**6)
        requests = sum(counter.requests for counter in store.spend.rows(DAY, DAY))
        return {each.id: each.seq for each in page}, store.spend.per_key(), requests


@pytest.mark.parametrize("after", [1, 700, 2500])
def test_a_kill_loses_nothing_that_was_acknowledged(home: Home, after: int) -> None:
    with writer(home, "w", 10**6) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(after)]
        process.kill()
        lines += process.stdout.readlines()
    told = acknowledged(lines)
    assert len(told) >= after
    rows, spend, requests = kept(home)
    assert told.items() <= rows.items()
    assert spend == {"w": 3 * len(rows)}
    assert requests == len(rows)


def test_three_processes_write_one_home(home: Home) -> None:
    with writer(home, "a", 1500) as one, writer(home, "b", 1500) as two, writer(home, "c", 1500) as three:
        outputs = [process.communicate(timeout=60)[0] for process in (one, two, three)]
        assert [process.returncode for process in (one, two, three)] == [0, 0, 0]
    told: dict[str, int] = {}
    for output in outputs:
        told |= acknowledged(output.splitlines(keepends=True))
    rows, spend, requests = kept(home)
    assert told == rows
    assert sorted(told.values()) == list(range(1, 4501))
    assert spend == {"a": 4500, "b": 4500, "c": 4500}
    assert requests == 4500
