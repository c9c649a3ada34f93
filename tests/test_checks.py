"""The tools that read the code instead of running it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("ruff", "format", "--check", "."), id="ruff-format"),
        pytest.param(("ruff", "check", "."), id="ruff-check"),
        pytest.param(("mypy",), id="mypy"),
        pytest.param(("mypy", "packaging"), id="mypy-packaging"),
    ],
)
def test_check(command: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-P", "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
