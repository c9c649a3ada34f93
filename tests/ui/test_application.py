"""The whole application in a process of its own: starts, is single, and ends cleanly however it is asked to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from pathlib import Path
from conduit_desktop.bus import Bus
from conduit_desktop.errors import ConduitError
from conduit_desktop.paths import Home

home = Home(Path(sys.argv[1]))

def make():
    from conduit_desktop.runtime.service import GatewayService
    from conduit_desktop.store import Store
    from conduit_desktop.vault import MemoryVault

    store = Store.open(home)
    store.settings.put("port", int(sys.argv[2]))
    return GatewayService(home, store, MemoryVault(), Bus())

try:
    from conduit_desktop.ui.application import run_window
    sys.exit(run_window(home, make))
except ConduitError as error:
    sys.exit(error.text)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ends by POSIX signals")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


def start(home: Path, into: list[subprocess.Popen[str]], **environ: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-X", "faulthandler", "-c", SCRIPT, str(home), "17878"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **environ}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    into.append(process)
    return process


def address(home: Path) -> str:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            return str(json.loads((home / "gateway.json").read_text())["base_url"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise AssertionError("the gateway did not start")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_starts_the_gateway_and_ends_on_a_signal(
    tmp_path: Path, started: list[subprocess.Popen[str]], number: signal.Signals
) -> None:
    first = start(tmp_path / "home", started)
    with urllib.request.urlopen(f"{address(tmp_path / 'home')}/health", timeout=10) as answer:
        assert answer.status == 200
    first.send_signal(number)
    said, _ = first.communicate(timeout=20)
    assert first.returncode == 0, said
    assert "Traceback" not in said
    assert not (tmp_path / "home" / "gateway.json").exists()


def test_a_second_start_ends_at_once_and_a_crash_leaves_no_lock(
    tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    home = tmp_path / "home"
    first = start(home, started)
    address(home)
    assert start(home, started).wait(20) == 0
    assert first.poll() is None
    first.kill()
    first.wait(20)
    (home / "gateway.json").unlink()
    third = start(home, started)
    address(home)
    third.terminate()
    assert third.wait(20) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_refuses_where_no_display_is(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    process = start(tmp_path / "home", started, QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "no display" in said
    assert "conduit-desktop serve" in said
