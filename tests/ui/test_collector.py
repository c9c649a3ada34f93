"""The collector: garbage goes, and what makes a collection slow is left alone."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication

from conduit_desktop.ui import collector
from conduit_desktop.ui.collector import Collector


class Node:
    """One that holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def made(app: QApplication) -> Iterator[Collector]:
    parent = QObject()
    made = Collector(parent)
    made._timer.stop()
    yield made
    gc.enable()
    gc.unfreeze()


def busy() -> list[list[int]]:
    return [[] for _ in range(1000)]


def test_cycles_of_the_young_are_collected_when_enough_is_new(made: Collector) -> None:
    gc.collect()
    gone = weakref.ref(Node())
    made.collect()
    assert gone() is not None
    kept = busy()
    made.collect()
    assert gone() is None
    assert kept


def test_what_makes_a_collection_slow_is_not_looked_at_again(made: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()
    before = gc.get_freeze_count()
    kept = busy()
    made.collect()
    assert gc.get_freeze_count() == before
    monkeypatch.setattr(collector, "SLOW", -1.0)
    more = busy()
    made.collect()
    assert gc.get_freeze_count() > before + len(kept)
    assert more


def test_what_was_left_alone_is_looked_at_when_the_window_is_left(
    made: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "SLOW", -1.0)
    monkeypatch.setattr(collector, "SELDOM", 0.0)
    gc.collect()
    node = Node()
    gone = weakref.ref(node)
    kept = busy()
    made.collect()
    del node
    gc.collect()
    assert gone() is not None
    made.left(Qt.ApplicationState.ApplicationActive)
    assert gone() is not None
    made.left(Qt.ApplicationState.ApplicationInactive)
    assert gone() is None
    assert kept
