"""How long the real window takes to be there, and what it weighs.

    python tests/bench/window_start.py [--runs 3]

Each run takes a home of its own with the Demo model in it, on an X server, window manager and keyring of their own,
and measures from the moment the process is started: until its window is on the screen (mapped, as xdotool sees it),
until a request is answered with the window shown, and the resident memory ten seconds later, on the Dashboard. The
first run may read files from disk that later ones find in memory. Other work on the machine shows in the times.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.ui.desktop import Desktop, desktop, end, missing, until  # noqa: E402

COMMAND = (sys.executable, "-P", "-m", "conduit_desktop")
IDLE = 10.0


def prepare(desk: Desktop, home: Path) -> str:
    """The Demo model as ``fast``; gives a key."""

    def call(*words: str) -> str:
        return desk.run(*COMMAND, "--home", str(home), *words).strip()

    call("provider", "add", "demo", "--kind", "demo")
    call("model", "add", "fast", "--provider", "demo", "--model", "demo")
    return call("key", "create", "bench")


def shown(desk: Desktop) -> bool:
    words = ["xdotool", "search", "--onlyvisible", "--name", "^Conduit$"]
    return subprocess.run(words, env=desk.environ, capture_output=True).returncode == 0


def ask(home: Path, key: str) -> bool:
    """Whether the gateway answers a request by now."""
    try:
        url = json.loads((home / "gateway.json").read_text("utf-8"))["base_url"]
        body = {"model": "fast", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
        headers = {"authorization": f"Bearer {key}"}
        return httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers, trust_env=False).is_success
    except (OSError, ValueError, httpx.TransportError):
        return False


def measure(desk: Desktop, home: Path, key: str) -> tuple[float, float, float]:
    """Seconds to the window, seconds to the first answer, megabytes resident."""
    started = time.perf_counter()
    with open(os.devnull, "wb") as quiet:
        process = subprocess.Popen([*COMMAND, "--home", str(home)], env=desk.environ, stdout=quiet, stderr=quiet)
    try:
        until(lambda: shown(desk), "the window")
        painted = time.perf_counter() - started
        until(lambda: ask(home, key), "an answer")
        answered = time.perf_counter() - started
        time.sleep(IDLE)
        return painted, answered, psutil.Process(process.pid).memory_info().rss / 1e6
    finally:
        end(process)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    if absent := missing():
        print(f"needs {', '.join(absent)}", file=sys.stderr)
        return 1
    print("run  window s  answer s  idle MB  load")
    for run in range(1, runs + 1):
        with tempfile.TemporaryDirectory(prefix="window-start-") as folder:
            user, home = Path(folder, "user"), Path(folder, "home")
            user.mkdir()
            # No accessibility bus in use: its questions would be part of what is measured.
            with desktop(user, "conduit-desktop") as desk:
                desk.environ.pop("QT_LINUX_ACCESSIBILITY_ALWAYS_ON")
                painted, answered, megabytes = measure(desk, home, prepare(desk, home))
        print(f"{run:3}  {painted:8.2f}  {answered:8.2f}  {megabytes:7.0f}  {os.getloadavg()[0]:.1f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
