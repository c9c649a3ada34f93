"""Providers with good and bad spells, each by its own luck, that keep their own account of what they answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

from tests.fakes.upstream import Received, Step, reply
from tests.faults.bench import SECRET
from tests.faults.faults import FAULTS, Fault
from tests.faults.speaking import Told, dialect_of
from tests.faults.upstream import good

ODD = {"connection refused", "429 retry-after: 600", "answer filtered"}
"""Not to be played here: no mount can, or nothing would be left after it."""
DRAWN = tuple(fault for fault in FAULTS if fault.name not in ODD)
TEXT = "so it went on, and nobody noticed a thing of it all, which was as it should be"


class Spells:
    """The providers: each mount has good and bad spells, by its own luck. ``done`` counts the good answers that were
    written to their end, by the request's number; ``asked`` all calls."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.asked = 0
        self.faults: Counter[str] = Counter()
        self.done: dict[str, list[str]] = {}
        self._until: dict[str, tuple[float, float]] = {}

    def __call__(self, received: Received) -> list[Step]:
        mount, dialect, body = received.target.split("/")[1], dialect_of(received.target), received.json
        self.asked += 1
        streamed = ":stream" in received.target or bool(body.get("stream", dialect == "ollama"))
        number = received.body.partition(b"request-")[2][:8].decode()
        told = Told(dialect, streamed, TEXT, str(body.get("model") or "m"), "words of its own")
        if self._turned_down(received, mount):
            self.faults["a credential turned down"] += 1
            return reply(told.error(401, "invalid_api_key"), 401)
        if self.rng.random() < self._odds(mount):
            fault = self._draw(dialect, streamed)
            self.faults[fault.name] += 1
            done = [_Done(self, number, mount)] if fault.one == "whole" else []
            return [*fault.steps(told), *done]
        return [*good(told, self.rng.choice([0, 0, 0.002, 0.02])), _Done(self, number, mount)]

    def _odds(self, mount: str) -> float:
        """How likely a fault is there now."""
        now = time.monotonic()
        until, odds = self._until.get(mount, (0.0, 0.0))
        if now >= until:
            odds = self.rng.choice([0.0, 0.05, 0.05, 0.3, 1.0])
            self._until[mount] = (now + self.rng.uniform(0.5, 6.0), odds)
        return odds

    def _turned_down(self, received: Received, mount: str) -> bool:
        """Every provider's further credential is turned down now and then."""
        shown = " ".join(value for name, value in received.headers if name.lower() in _CREDENTIALS)
        return SECRET + "-2" in shown and self.rng.random() < 0.02

    def _draw(self, dialect: str, streamed: bool) -> Fault:
        while True:
            fault = self.rng.choice(DRAWN)
            fits = not fault.within or dialect in fault.within
            if (
                fits
                and (not fault.only or streamed == (fault.only == "stream"))
                and (not fault.slow or self.rng.random() < 0.1)
            ):
                return fault


_CREDENTIALS = ("authorization", "x-api-key", "x-goog-api-key")


class _Done(asyncio.Event):
    """The last step of a good answer: reached when all of it was written."""

    def __init__(self, spells: Spells, number: str, mount: str) -> None:
        super().__init__()
        self._note = (spells, number, mount)

    async def wait(self) -> bool:  # type: ignore[override]
        spells, number, mount = self._note
        spells.done.setdefault(number, []).append(mount)
        return True
