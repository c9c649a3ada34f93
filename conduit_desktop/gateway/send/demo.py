"""The Demo provider's way of being called: no network; the built-in model's answers are played at a human pace."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from conduit_desktop.errors import BadRequest, UpstreamError
from conduit_desktop.gateway.send.upstream import Answer, Call, Headers, Sink
from conduit_desktop.providers import demo_model
from conduit_desktop.tasks import spawn


class Played:
    """An answer that is made up here: a status, and a body in pieces with a pause before each."""

    reused = False
    connected: float | None = 0.0
    body: bytes | None = None

    def __init__(
        self, status: int, kind: bytes, pieces: list[tuple[float, bytes]], more: Sequence[tuple[bytes, bytes]] = ()
    ) -> None:
        self.status = status
        self.headers: Headers = [(b"content-type", kind), *more]
        self._pieces = pieces
        self._task: asyncio.Task[None] | None = None
        self._going = asyncio.Event()
        self._going.set()

    async def read(self) -> bytes:
        await asyncio.sleep(sum(pause for pause, _ in self._pieces))
        return b"".join(piece for _, piece in self._pieces)

    def relay(self, sink: Sink) -> None:
        self._task = spawn(self._play(sink), "demo answer")

    async def _play(self, sink: Sink) -> None:
        for pause, piece in self._pieces:
            if pause:
                await asyncio.sleep(pause)
            await self._going.wait()
            sink.data(piece)
        sink.ended(None)

    def pause(self) -> None:
        self._going.clear()

    def resume(self) -> None:
        self._going.set()

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()


class Demo:
    """Answers calls to ``demo://built-in/v1``."""

    async def call(self, call: Call) -> Answer:
        path = call.url.rsplit("/v1/", 1)[-1]
        try:
            body: Any = msgspec.json.decode(call.body) if call.body else None
            return self._answer(path, body)
        except demo_model.DemoError as error:
            return Played(error.status, b"application/json", [(0.0, msgspec.json.encode(error.body))])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequest(f"The request body is not valid JSON: {error}.", code="invalid_json") from None

    def _answer(self, path: str, body: Any) -> Answer:
        if path == "embeddings":
            return Played(200, b"application/json", [(0.02, msgspec.json.encode(demo_model.embed(body)))])
        if path != "chat/completions":
            raise UpstreamError(f"The Demo provider has no {path}.", cause="not_found", status=404)
        made_id, now = f"chatcmpl-demo-{uuid.uuid4().hex[:20]}", int(time.time())
        if isinstance(body, dict) and body.get("stream"):
            return Played(200, b"text/event-stream; charset=utf-8", list(_events(body, made_id, now)))
        reply = demo_model.complete(body, id=made_id, created=now)
        return Played(200, b"application/json", [(demo_model.pause(reply), msgspec.json.encode(reply))])

    async def close(self) -> None:
        """Nothing is open."""


def _events(body: Any, made_id: str, now: int) -> Iterator[tuple[float, bytes]]:
    for pause, chunk in demo_model.stream(body, id=made_id, created=now):
        yield pause, b"data: " + msgspec.json.encode(chunk) + b"\n\n"
    yield 0.0, b"data: [DONE]\n\n"
