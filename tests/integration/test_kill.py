"""``kill -9`` under load, again and again: what a client received whole is in the log once and at its exact cost, the
counters are the sum of the log, and budgets go on from there. ``CONDUIT_KILL_SECONDS`` says for how long."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.bench import kill_budgets
from tests.integration.program import Program

pytestmark = pytest.mark.slow


async def test_nothing_that_was_received_is_lost(tmp_path: Path) -> None:
    seconds = float(os.environ.get("CONDUIT_KILL_SECONDS", "20"))
    trial = await kill_budgets.run(Program(tmp_path / "home"), seconds, random.Random())
    assert trial.kills >= 3
    assert len(trial.whole) > 100
    assert trial.refused > 10
