"""../shared/wire/replay.py as an upstream: real recorded provider traffic on a loopback port."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

WIRE = Path(__file__).resolve().parents[3] / "shared" / "wire"


class Replay:
    """The replay server in a process of its own; ended with the ``with``."""

    def __enter__(self) -> Replay:
        self._process = subprocess.Popen(
            [sys.executable, str(WIRE / "replay.py"), "--corpus", str(WIRE / "corpus"), "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["url"]
        self._http = httpx.Client(base_url=self.url, timeout=30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def next(self, case: str, count: int = 1, **options: Any) -> None:
        """Answer the next ``count`` calls with this recording."""
        self._http.delete("/__next")
        self._http.post("/__next", json={"case": case, "count": count, **options})

    def received(self) -> list[dict[str, Any]]:
        """What came in since the last time this was asked."""
        rows: list[dict[str, Any]] = self._http.get("/__received").json()
        self._http.delete("/__received")
        return rows


def cases(provider: str, *endpoints: str) -> list[dict[str, Any]]:
    """The recordings of a provider's endpoints."""
    found = []
    for endpoint in endpoints:
        found += [
            json.loads(path.read_text("utf-8"))
            for path in sorted((WIRE / "corpus" / provider / endpoint).glob("*.json"))
        ]
    return found
