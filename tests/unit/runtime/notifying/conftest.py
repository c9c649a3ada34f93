"""A real store and a clock that is set by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.store import Store
from tests.unit.runtime.notifying.making import NOON


class Hands:
    """A clock: ``now`` is what it shows."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with contextlib.closing(Store.open(Home(tmp_path / "home"))) as opened:
        yield opened


@pytest.fixture
def hands() -> Hands:
    return Hands()
