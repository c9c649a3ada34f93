"""The admin API held against its own description by schemathesis: what it makes up, for every operation, in order and
out of it, gets no 5xx and no answer that the description does not know.

Deeper, by hand: ``python -m tests.integration.test_admin_schemathesis 200`` (examples an operation).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.integration.program import Program

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 1
NOT_CHECKED = (
    "ignored_auth",  # whoever tries too many wrong keys is locked out (429); test_admin_hostile.py tries them all
    "positive_data_acceptance",  # a description cannot say that a name is taken, or that since is before until
)
LEFT_OUT = ("rotate_master_key", "list_local_servers", "update_catalogue")
"""The first would shut everybody out, the second takes its time, the third asks the network."""


def run(program: Program, examples: int, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Against a running gateway of a home in which there is something of everything."""
    key = program.with_demo()
    master = program("master-key").out.strip()
    with program.serving() as serving:
        assert serving.ask(key).status_code == 200
        command = [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{serving.url}/admin/openapi.json", "-H", f"Authorization: Bearer {master}"),
            *("--checks", "all", "--exclude-checks", ",".join(NOT_CHECKED), "-n", str(examples)),
            *(word for name in LEFT_OUT for word in ("--exclude-operation-id", name)),
            *more,
        ]
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "SCHEMATHESIS_HOOKS": "tests.fakes.schemathesis_hooks"}
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        said = serving.end()
    assert "Traceback" not in said.err
    assert " ERROR " not in f" {said.err}".replace("\nERROR ", " ERROR ")
    return done


@pytest.mark.slow
def test_it_does_what_its_description_says(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    done = run(program, EXAMPLES, tmp_path, "--seed", "7", "--workers", "1", "--no-color")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        os.environ["CONDUIT_HOME"] = made
        found = run(Program(Path(made, "home")), int(sys.argv[1]), Path(made))
        print(found.stdout[-12_000:])
        sys.exit(found.returncode)
