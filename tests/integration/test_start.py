"""What a start must not wait for: packages and modules that are loaded when they are first needed, or never. What each
costs is told by ``python -m tests.bench.start``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.program import SECONDS, Program, Serving

NEVER_NEEDED = {
    *("cryptography", "genai_prices", "httpx", "keyring", "psutil", "pydantic", "pygments", "rich", "secretstorage"),
    *("http.client", "importlib.metadata", "urllib.request"),
    *("conduit_desktop.runtime.admin.app", "conduit_desktop.vault.system", "conduit_desktop.vault.file"),
}
WITHOUT_A_WINDOW = NEVER_NEEDED | {"PySide6", "shiboken6", "qasync", "conduit_desktop.ui", "conduit_desktop.app"}
BEFORE_THE_WINDOW = NEVER_NEEDED | {
    *("conduit_desktop.gateway.engine", "conduit_desktop.gateway.pipeline", "conduit_desktop.runtime.admin.entry"),
    *("conduit_desktop.ui.panes.usage", "conduit_desktop.ui.panes.requests", "conduit_desktop.ui.panes.settings"),
    *("httptools", "uvloop"),
}
HEADLESS = """
import atexit, json, sys
from conduit_desktop.__main__ import main

atexit.register(lambda: print(json.dumps(sorted(sys.modules))))
sys.exit(main(["serve", "--port", "0"]))
"""
WINDOW = """
import json, sys
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.__main__ import main

def show(window):
    print(json.dumps(sorted(sys.modules)))
    window.quit()

MainWindow.show = show
sys.exit(main([]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a process there cannot be asked to end")
def test_a_gateway_alone_serves_without_what_it_does_not_need(tmp_path: Path) -> None:
    program = Program(tmp_path / "home")
    key, pipe = program.with_demo(), subprocess.PIPE
    command = [sys.executable, "-P", "-c", HEADLESS]
    process = subprocess.Popen(command, env=program.environ, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout is not None
    serving = Serving(process, process.stdout.readline().strip())
    try:
        assert serving.ask(key).status_code == 200
        ended = serving.end()
        assert ended.code == 0, ended.err
        assert loaded(ended.out) & WITHOUT_A_WINDOW == set()
    finally:
        serving.close()


def test_the_window_is_shown_before_the_gateway_and_other_panes_are_loaded(tmp_path: Path) -> None:
    environ = {**os.environ, "CONDUIT_HOME": str(tmp_path), "CONDUIT_VAULT": "memory", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-P", "-c", WINDOW]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    assert loaded(done.stdout) & BEFORE_THE_WINDOW == set()


def loaded(told: str) -> set[str]:
    return set(json.loads(told))
