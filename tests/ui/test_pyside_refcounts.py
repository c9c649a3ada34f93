"""The installed PySide6 is sound on this Python: 6.12.0 on 3.11 loses a reference to True on each emit and one to
None on each void call, and aborts after some hundreds. From 3.12 on these objects are immortal and cannot tell.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QObject, Signal

DRIFT = 50  # other code takes and gives back a few


class Bell(QObject):
    rung = Signal()


def drift(thing: object, call: Callable[[], object], times: int) -> int:
    before = sys.getrefcount(thing)
    for _ in range(times):
        call()
    return abs(sys.getrefcount(thing) - before)


@pytest.mark.parametrize("thing", [True, None])
def test_an_emit_keeps_the_references(thing: object) -> None:
    bell = Bell()
    bell.rung.connect(lambda: None)
    assert drift(thing, bell.rung.emit, 100) < DRIFT


@pytest.mark.parametrize("thing", [True, None])
def test_a_void_call_keeps_the_references(thing: object) -> None:
    bell = Bell()
    assert drift(thing, lambda: bell.setObjectName("bell"), 20_000) < DRIFT
