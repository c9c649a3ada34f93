"""A home, a store opened on it, and a way to append and wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.store import Store
from tests.unit.store.samples import Append, appender


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    opened = Store.open(home)
    yield opened
    opened.close()


@pytest.fixture
def append(store: Store) -> Append:
    """Appends exchanges and waits for all of them; their numbers or failures, as given to ``done``, in order."""
    return appender(store)
