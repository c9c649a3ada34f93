"""The matrix on a sample: every client dialect against every provider and endpoint of the recordings, whole and
streamed.

The whole of it takes minutes: ``python -m tests.matrix.run`` (see tests/matrix/README.md). Each part runs in a process
of its own, for the SDKs warn and leave threads as they like.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.wire, pytest.mark.slow]


@pytest.mark.parametrize(
    ("module", "words"),
    [
        pytest.param("run", ("--direct", "--limit", "1", "--least", "50"), id="the SDKs against the recordings"),
        pytest.param("run", ("--limit", "1", "--least", "430"), id="every dialect to every provider"),
        pytest.param("again", ("--limit", "1", "--least", "60"), id="the turn after"),
        pytest.param("same", ("--limit", "2", "--least", "100"), id="the same dialect on both sides"),
    ],
)
def test_matrix(module: str, words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", f"tests.matrix.{module}", *words, "--misses", "0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
