"""A provider on 127.0.0.1 that answers as it is told, faults included, and remembers what it got.

An answer is a list of steps: bytes to write, seconds to wait, an event to wait for, or an end of the connection.
``reply`` and ``stream`` make the usual ones; what is not told is answered like a small chat model.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip as gzips
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from types import TracebackType
from typing import Any, Literal


class End(Enum):
    CLOSE = "close"
    """Close in good order, even in the middle of an answer."""
    RESET = "reset"
    HANG = "hang"
    """Silence that ends with the connection."""


CLOSE, RESET, HANG = End.CLOSE, End.RESET, End.HANG
Step = bytes | float | int | asyncio.Event | End
Framing = Literal["length", "chunked", "close"]
Headers = Sequence[tuple[str, str]]
SSE = "text/event-stream; charset=utf-8"
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}


@dataclass
class Received:
    """One request as it came. ``gone`` is set when the other side closed before the answer was whole."""

    method: str
    target: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: int
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    gone_at: float = 0.0
    """When that was (``time.perf_counter()``)."""
    written: int = 0
    over: bool = False
    """Whether all steps of its answer were played."""

    def left(self) -> None:
        self.gone_at = time.perf_counter()
        self.gone.set()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)


Answer = list[Step] | Callable[[Received], list[Step]]

# ---------------------------------------------------------------- answers


def head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Status"
    rows = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} {phrase}\r\n{rows}\r\n".encode("latin-1")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def reply(
    body: Any = None,
    status: int = 200,
    headers: Headers = (),
    *,
    framing: Framing = "length",
    gzip: bool = False,
    kind: str = "application/json",
    last: bool = False,
) -> list[Step]:
    """A whole answer: bytes as they are, anything else as JSON. With ``last`` the connection is closed after it."""
    data = body if isinstance(body, bytes) else json.dumps(completion() if body is None else body).encode()
    rows = [("content-type", kind), *headers]
    if gzip:
        data = gzips.compress(data)
        rows.append(("content-encoding", "gzip"))
    match framing:
        case "length":
            rows.append(("content-length", str(len(data))))
        case "chunked":
            rows.append(("transfer-encoding", "chunked"))
            half = len(data) // 2
            data = b"".join(chunk(part) for part in (data[:half], data[half:]) if part) + b"0\r\n\r\n"
        case "close":
            rows.append(("connection", "close"))
    return [head(status, rows) + data, *([CLOSE] if last or framing == "close" else [])]


def error(status: int, message: str = "no", headers: Headers = (), **more: Any) -> list[Step]:
    return reply({"error": {"message": message, "type": "x", **more}}, status, headers)


def stream(*pieces: Step, headers: Headers = (), framing: Framing = "chunked", whole: bool = True) -> list[Step]:
    """A stream: bytes are framed, other steps taken as they are. Without ``whole`` its framing is never ended."""
    rows = [("content-type", SSE), *headers]
    rows.append(("transfer-encoding", "chunked") if framing == "chunked" else ("connection", "close"))
    framed = [chunk(piece) if isinstance(piece, bytes) and framing == "chunked" else piece for piece in pieces]
    end: list[Step] = [b"0\r\n\r\n"] if framing == "chunked" else [CLOSE]
    return [head(200, rows), *framed, *(end if whole else [])]


def event(**data: Any) -> bytes:
    return b"data: " + json.dumps(data, separators=(",", ":")).encode() + b"\n\n"


def delta(text: str = "", finish: str | None = None, **more: Any) -> bytes:
    part = {"content": text} if text else {}
    return event(
        id="c1", object="chat.completion.chunk", choices=[{"index": 0, "delta": part, "finish_reason": finish}], **more
    )


ROLE = event(choices=[{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
DONE = b"data: [DONE]\n\n"
COUNTED = event(id="c1", choices=[], usage=USAGE)


def completion(text: str = "Hello") -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None}
    choices = [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}]
    return {"id": "c1", "object": "chat.completion", "model": "real", "choices": choices, "usage": USAGE}


def usual(received: Received) -> list[Step]:
    """What a small, well-behaved model would answer."""
    asked = received.json if received.body else {}
    if not asked.get("stream"):
        return reply()
    pieces = [ROLE, *[delta(f"w{n} ") for n in range(5)], delta(finish="stop")]
    if (asked.get("stream_options") or {}).get("include_usage"):
        pieces.append(COUNTED)
    return stream(*pieces, DONE)


# ---------------------------------------------------------------- the server


class Upstream:
    """``next`` tells the coming answers, ``usual`` what is answered when none is told; ``received`` is what came."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.usual: Answer = usual
        self.connections = 0
        self.open = 0
        self._told: deque[Answer] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Upstream:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=64 * 1024 * 1024)
        self.port = self._server.sockets[0].getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = f"{self.origin}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def next(self, *answers: Answer) -> None:
        self._told.extend(answers)

    async def got(self, count: int = 1) -> Received:
        """The last request, once so many have come."""
        async with asyncio.timeout(10):
            while len(self.received) < count:
                await asyncio.sleep(0.005)
        return self.received[count - 1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        self.open += 1
        number = self.connections
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            early = b""
            while True:
                received, early = await self._read(reader, number, early), b""
                self.received.append(received)
                told = self._told.popleft() if self._told else self.usual
                steps = told(received) if callable(told) else told
                going, early = await self._answer(received, steps, reader, writer)
                if not going:
                    break
        self.open -= 1
        self._tasks.discard(task)
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader, number: int, early: bytes) -> Received:
        raw = early + await reader.readuntil(b"\r\n\r\n")
        first, *rows = raw[:-4].decode("latin-1").split("\r\n")
        method, target, version = first.split(" ")
        headers = [(name, value.strip()) for name, _, value in (row.partition(":") for row in rows)]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        return Received(method, target, version, headers, await reader.readexactly(length), number)

    async def _answer(
        self, received: Received, steps: list[Step], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[bool, bytes]:
        """Play the steps; whether the connection goes on, and a byte of the next request that came already."""
        playing = asyncio.get_running_loop().create_task(self._play(received, steps, writer), name="fake play")
        hearing = asyncio.get_running_loop().create_task(reader.read(1), name="fake hear")
        try:
            await asyncio.wait({playing, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done() and not playing.done() and (hearing.exception() or not hearing.result()):
                received.left()
                return False, b""
            try:
                going = await playing
            except ConnectionError:
                received.left()
                raise
            return going, await hearing if going else b""
        finally:
            for task in (playing, hearing):
                task.cancel()
            await asyncio.gather(playing, hearing, return_exceptions=True)

    async def _play(self, received: Received, steps: list[Step], writer: asyncio.StreamWriter) -> bool:
        for step in steps:
            match step:
                case bytes():
                    writer.write(step)
                    await writer.drain()
                    received.written += len(step)
                case asyncio.Event():
                    await step.wait()
                case End.CLOSE:
                    return False
                case End.RESET:
                    writer.transport.abort()
                    return False
                case End.HANG:
                    await asyncio.Event().wait()
                case _:
                    await asyncio.sleep(step)
        received.over = True
        return True
