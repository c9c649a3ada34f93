"""``llm``, which the tests' own environment has, through the gateway to scripted providers of other dialects."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.agents.run import foreign, run


@pytest.mark.parametrize("kind", foreign("llm"))
async def test_llm_calls_tools_over_several_turns(tmp_path: Path, kind: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    outcome = await run("llm", kind, tmp_path, path, direct=False)
    assert not outcome.faults, str(outcome)
