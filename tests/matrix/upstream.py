"""The replay with what the matrix needs: any corpus, ``--strict``, and what came in told apart by run."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.matrix.cases import CORPUS, Json

REPLAY = CORPUS.parent / "replay.py"


class Upstream:
    """The replay server in a process of its own; ended with the ``with``."""

    def __init__(self, corpus: Path = CORPUS, *, strict: bool = True, split: str = "") -> None:
        self._arguments = [str(REPLAY), "--corpus", str(corpus), "--port", "0", *(["--strict"] if strict else [])]
        self._arguments += ["--split", split] if split else []
        self.url = ""

    def __enter__(self) -> Upstream:
        self._process = subprocess.Popen([sys.executable, *self._arguments], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]
        self._http = httpx.Client(base_url=self.url, timeout=60)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._process.terminate()
        self._process.wait(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def base(self, run: str, case: str, below: str) -> str:
        """The base address at which ``case`` answers whatever is asked, and which marks what comes in with ``run``."""
        return f"{self.url}/opt/run={run}/case/{case}/{below}"

    def received(self) -> dict[str, list[Json]]:
        """What came in since the last time this was asked, by run."""
        rows: list[dict[str, Any]] = self._http.get("/__received").json()
        self._http.delete("/__received")
        found: dict[str, list[Json]] = {}
        for row in rows:
            mark = re.match(r"/opt/run(?:=|%3D)([^/]+)/", row["raw_path"])
            if mark:
                found.setdefault(mark.group(1), []).append(row)
        return found
