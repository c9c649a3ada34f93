"""The doctor's own manners; what it finds is shown by ``tests/integration/test_cli.py``."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from conduit_desktop.paths import Home
from conduit_desktop.runtime.doctor import examine
from conduit_desktop.tasks import spawn
from conduit_desktop.vault.memory import MemoryVault


@pytest.mark.parametrize("turns", range(5))
async def test_who_stops_waiting_leaves_no_store_open(tmp_path: Path, turns: int) -> None:
    """What a test leaves behind, the writer's thread of a store too, fails it."""
    findings = examine(Home(tmp_path), MemoryVault())
    assert [(await anext(findings)).subject, (await anext(findings)).subject] == ["home", "disk"]

    async def third() -> None:
        await anext(findings)

    waiting = spawn(third(), "the third finding")
    for _ in range(turns):
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
