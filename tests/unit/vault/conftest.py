"""Cheap keys: each real one takes 0.2 s and 64 MiB, and there are a hundred here. Real ones: tests/integration."""

import pytest

from conduit_desktop.vault import envelope


@pytest.fixture(autouse=True)
def _cheap_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "COST", 2**4)
