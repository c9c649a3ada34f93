"""conduit-desktop as a process of its own, with a home that is thrown away and a vault in an encrypted file."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx

SECONDS = 60
PASSPHRASE = "correct horse battery"
COMMAND = (sys.executable, "-P", "-m", "conduit_desktop")


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What ``--json`` printed."""
        return [json.loads(line) for line in self.out.splitlines()]


class Serving:
    """A running gateway."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url
        self._said: list[str] = []
        assert process.stderr is not None
        self._reader = threading.Thread(target=lambda: self._said.extend(process.stderr), daemon=True)  # type: ignore[arg-type]
        self._reader.start()

    def ask(self, key: str, model: str = "fast", **more: Any) -> httpx.Response:
        body = {"model": model, "messages": [{"role": "user", "content": "hi"}], "max_tokens": 5, **more}
        headers = {"authorization": f"Bearer {key}"}
        with httpx.Client(trust_env=False, timeout=SECONDS) as client:
            return client.post(f"{self.url}/v1/chat/completions", json=body, headers=headers)

    def heard(self, text: str) -> str:
        """What it said on standard error until ``text`` was in it."""
        deadline = time.monotonic() + SECONDS
        while text not in (said := "".join(self._said)):
            assert time.monotonic() < deadline, said
            time.sleep(0.02)
        return said

    def end(self, number: int = signal.SIGTERM) -> Done:
        """Send a signal and wait for the end; what it said after its first line on standard output, too."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> Done:
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        assert self.process.stdout is not None
        return Done(code, self.process.stdout.read(), "".join(self._said))

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


class Program:
    """``environ`` may be changed between calls."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environ = {**os.environ, "CONDUIT_HOME": str(home), "CONDUIT_VAULT": "file"}
        self.environ |= {"CONDUIT_VAULT_PASSPHRASE": PASSPHRASE, "COLUMNS": "200"}
        # Dozens of short processes: where nothing is compiled beforehand, compile once.
        self.environ |= {"PYTHONPYCACHEPREFIX": str(Path(os.environ["CONDUIT_HOME"], "bytecode"))}
        for name in ("PYTHONDONTWRITEBYTECODE", "DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            self.environ.pop(name, None)

    def __call__(self, *words: str, code: int = 0, stdin: str = "") -> Done:
        done = subprocess.run(
            [*COMMAND, *words], env=self.environ, input=stdin, capture_output=True, text=True, timeout=SECONDS
        )
        assert done.returncode == code, done.stdout + done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def popen(self, *words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([*COMMAND, *words], env=self.environ, stdout=pipe, stderr=pipe, text=True)

    @contextlib.contextmanager
    def serving(self, *words: str) -> Iterator[Serving]:
        """A gateway on a free port, unless the words say otherwise; killed in the end when it still runs."""
        process = self.popen("serve", *(words or ("--port", "0")))
        assert process.stdout is not None
        serving = Serving(process, process.stdout.readline().strip())
        try:
            assert serving.url.startswith("http://"), "".join(serving.ended())
            yield serving
        finally:
            serving.close()

    def with_demo(self) -> str:
        """The Demo model as ``fast``, and a key, whose text is given."""
        self("provider", "add", "demo", "--kind", "demo")
        self("model", "add", "fast", "--provider", "demo", "--model", "demo")
        return self("key", "create", "editor").out.strip()
