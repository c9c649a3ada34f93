"""How long Conduit takes to be there, headless and with its window, what it weighs idle, and what its imports cost.

    python -m tests.bench.start [--runs 3] [--only headless|window]

Each run takes a home of its own with the Demo model in it and measures from the moment the process is started: until a
request is answered; with the window also until it is on the screen (mapped, as xdotool sees it on an X server, window
manager and keyring of its own); the processor time used by then, and ten seconds later on the Dashboard, when the
resident memory is read. Other work on the machine shows in the seconds, hardly in the processor time. Then a start of
each way is looked at with ``-X importtime``, which makes it slower: the ten slowest imports by themselves, and with all
that they import.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil

from tests.ui.desktop import Desktop, desktop, end, missing, until

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-P", "-m", "conduit_desktop")
IDLE = 10.0
TEN = 10
TARGETS = {"headless": "answer <= 1 s, idle <= 70 MB", "window": "window <= 2 s, idle <= 180 MB"}
IMPORT = re.compile(r"import time: +(\d+) \| +(\d+) \|( +)(\S+)")


class Measured(NamedTuple):
    """Seconds until it was shown (0: nothing is) and answered, processor seconds by then and when idle, megabytes."""

    shown: float
    answered: float
    worked: float
    settled: float
    resident: float


class Import(NamedTuple):
    """Milliseconds a module took by itself, and with what it imported first."""

    name: str
    own: float
    whole: float


def prepare(environ: Mapping[str, str], home: Path) -> str:
    """The Demo model as ``fast``; gives a key."""

    def call(*words: str) -> str:
        command = [*COMMAND, "--home", str(home), *words]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()

    call("provider", "add", "demo", "--kind", "demo")
    call("model", "add", "fast", "--provider", "demo", "--model", "demo")
    return call("key", "create", "bench")


@contextlib.contextmanager
def started(environ: Mapping[str, str], home: Path, *words: str, told: int = subprocess.DEVNULL) -> Iterator[int]:
    """The id of a process on ``home`` that runs as long as it is looked at."""
    process = subprocess.Popen(
        [*COMMAND, "--home", str(home), *words], env=environ, stdout=subprocess.DEVNULL, stderr=told
    )
    try:
        yield process.pid
    finally:
        end(process)


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


def worked(process: int) -> float:
    times = psutil.Process(process).cpu_times()
    return times.user + times.system


def measure(environ: Mapping[str, str], home: Path, desk: Desktop | None) -> Measured:
    """One start, of the window where there is a desktop for it."""
    key, words, painted = prepare(environ, home), () if desk else ("serve", "--port", "0"), 0.0
    began = time.perf_counter()
    with started(environ, home, *words) as process:
        if desk is not None:
            until(lambda: shown(desk), "the window")
            painted = time.perf_counter() - began
        until(lambda: ask(home, key), "an answer")
        answered, used = time.perf_counter() - began, worked(process)
        time.sleep(IDLE)
        return Measured(painted, answered, used, worked(process), psutil.Process(process).memory_info().rss / 1e6)


def imports(text: str) -> list[Import]:
    """What ``-X importtime`` has told."""
    return [Import(name, int(own) / 1000, int(whole) / 1000) for own, whole, _, name in IMPORT.findall(text)]


def imported(way: str, folder: Path) -> list[Import]:
    """The imports of a start, until it has answered and a little longer. The window is shown on no screen."""
    environ = os.environ | {"CONDUIT_VAULT": "memory", "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    home = folder / "home"
    key = prepare(environ, home)
    environ["PYTHONPROFILEIMPORTTIME"] = "1"
    with open(folder / "imports", "w+") as told:
        with started(environ, home, *(("serve", "--port", "0") if way == "headless" else ()), told=told.fileno()):
            until(lambda: ask(home, key), "an answer")
            time.sleep(1)
        told.seek(0)
        return imports(told.read())


def report(way: str, found: list[Import]) -> None:
    print(f"\n{way}: {len(found)} imports, the slowest in ms\n{'by themselves':52}with what they import")
    alone = sorted(found, key=lambda one: -one.own)[:TEN]
    together = sorted(found, key=lambda one: -one.whole)[:TEN]
    for left, right in zip(alone, together, strict=True):
        print(f"{left.own:7.1f}  {left.name:43}{right.whole:7.1f}  {right.name}")


def one(way: str) -> Measured:
    with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
        user, home = Path(folder, "user"), Path(folder, "home")
        user.mkdir()
        if way == "headless":
            return measure(os.environ | {"CONDUIT_VAULT": "memory", "PYTHONPATH": str(ROOT)}, home, None)
        # No accessibility bus in use: its questions would be part of what is measured.
        with desktop(user, "conduit-desktop") as desk:
            desk.environ.pop("QT_LINUX_ACCESSIBILITY_ALWAYS_ON")
            desk.environ["PYTHONPATH"] = str(ROOT)
            return measure(desk.environ, home, desk)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", choices=tuple(TARGETS))
    given = parser.parse_args()
    ways = [given.only] if given.only else list(TARGETS)
    if "window" in ways and (absent := missing()):
        print(f"the window needs {', '.join(absent)}", file=sys.stderr)
        return 1
    print(f"{'way':12}{'window s':>10}{'answer s':>10}{'cpu s':>8}{'cpu s, idle':>13}{'idle MB':>9}{'load':>6}")
    for way in ways:
        for _ in range(given.runs):
            m = one(way)
            times = f"{m.shown:10.2f}{m.answered:10.2f}{m.worked:8.2f}{m.settled:13.2f}"
            print(f"{way:12}{times}{m.resident:9.0f}{os.getloadavg()[0]:6.1f}", flush=True)
    for way in ways:
        print(f"\ntarget, {way}: {TARGETS[way]}")
        with tempfile.TemporaryDirectory(prefix="bench-start-") as folder:
            report(way, imported(way, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
