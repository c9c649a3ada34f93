"""A provider on 127.0.0.1 that misbehaves as it is told, and keeps count of what it got and what became of it.

Every deployment under test has a mount of its own, the first segment of the path (``/c17a/v1/chat/completions``). What
a mount does is a ``Behaviour``: its fault so many times, then good answers. It speaks the dialect that it is asked in.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fakes.upstream import Received, Step, Upstream, chunk, head, reply
from tests.faults.speaking import Told, dialect_of

Answer = Callable[[Told], list[Step]]


@dataclass
class Behaviour:
    """What a mount does: ``fault`` the first ``times`` (None: always), then its good answer, with ``pace`` seconds
    between its events. ``asked`` is when each request came, ``whole`` how many good answers were written."""

    text: str
    fault: Answer | None = None
    times: int | None = None
    words: str = ""
    asked: list[float] = field(default_factory=list)
    whole: int = 0
    pace: float = 0.0

    def faulty(self) -> bool:
        """Whether it is the fault's turn again."""
        return self.fault is not None and (self.times is None or len(self.asked) <= self.times)


def sending(told: Told, *steps: Step, whole: bool = True) -> list[Step]:
    """The head of a stream and its pieces; without ``whole`` its framing is never ended."""
    rows = [("content-type", told.content_type), ("transfer-encoding", "chunked")]
    framed = [chunk(step) if isinstance(step, bytes) else step for step in steps]
    return [head(200, rows), *framed, *([b"0\r\n\r\n"] if whole else [])]


def good(told: Told, pace: float = 0.0) -> list[Step]:
    """A whole answer, as it should be."""
    if not told.streamed:
        return reply(told.whole)
    steps: list[Step] = []
    for piece in told.pieces:
        steps += [piece, pace] if pace else [piece]
    return sending(told, *steps)


class Misbehaving(Upstream):
    """``mounts`` says what each deployment does."""

    def __init__(self) -> None:
        super().__init__()
        self.mounts: dict[str, Behaviour] = {}
        self.usual = self._given
        self.strange: list[str] = []
        """Requests for nothing that is here."""

    def at(self, mount: str) -> str:
        """The address of a mount."""
        return f"{self.origin}/{mount}"

    def _given(self, received: Received) -> list[Step]:
        mount = received.target.split("/")[1]
        behaviour, dialect = self.mounts.get(mount), dialect_of(received.target)
        if behaviour is None or not dialect:
            self.strange.append(received.target)
            return reply({"error": {"message": f"nothing at {received.target}"}}, 404)
        behaviour.asked.append(time.perf_counter())
        body = received.json
        streamed = ":stream" in received.target or bool(body.get("stream", dialect == "ollama"))
        model = body.get("model") or received.target.rpartition("/")[2].partition(":")[0]
        told = Told(dialect, streamed, behaviour.text, model, behaviour.words)
        if behaviour.faulty():
            assert behaviour.fault is not None
            return behaviour.fault(told)
        return [*good(told, behaviour.pace), _Ended(behaviour)]


class _Ended(asyncio.Event):
    """A step that is reached when all before it was written: counts the answer, and waits for nothing."""

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__()
        self._behaviour = behaviour

    async def wait(self) -> bool:  # type: ignore[override]
        self._behaviour.whole += 1
        return True
