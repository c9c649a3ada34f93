"""The provider that gateways are measured on: plain HTTP, as fast as Python can; OpenAI's chat completions, and streams
of Anthropic's messages.

    python -m tests.bench.provider PORT

A model named ``size-N`` answers with N letters, any other with a short paragraph. A stream has ``EVENTS`` events, one
each ``PACE`` seconds; all live from one timer, so that four hundred of them leave the machine to who is measured.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from typing import cast

import httptools
import uvloop

EVENTS, PACE, PHASES = 200, 0.005, 5
LOOKED_AT = 4096
"""Bytes of a request that say what is wanted."""
STREAMED = re.compile(rb'"stream": ?true')
SIZE = re.compile(rb'"model": ?"size-(\d+)')
PARAGRAPH = "I can read, write and reckon, and I answer whatever you ask as well as I can. " * 3
ABOUT = {"id": "chatcmpl-8sHq2JvT5kW0", "created": 1_760_000_000, "model": "measured-2026-01-01"}
USAGE = {
    "prompt_tokens": 31,
    "completion_tokens": EVENTS,
    "total_tokens": 31 + EVENTS,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}
STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def whole(text: str) -> bytes:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    body = json.dumps({**ABOUT, "object": "chat.completion", "choices": [choice], "usage": USAGE}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def chunk(text: str = "", finish: str | None = None, usage: object = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text} if text else {}, "logprobs": None, "finish_reason": finish}
    choices = [] if usage else [choice]
    body = {**ABOUT, "object": "chat.completion.chunk", "choices": choices, "usage": usage}
    return framed(f"data: {json.dumps(body, separators=(',', ':'))}")


def event(kind: str, **members: object) -> bytes:
    """One of Anthropic's."""
    told = json.dumps({"type": kind, **members}, separators=(",", ":"))
    return framed(f"event: {kind}\ndata: {told}")


def framed(text: str) -> bytes:
    return b"%x\r\n%s\n\n\r\n" % (len(text) + 2, text.encode())


def said(text: str) -> bytes:
    return event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})


MESSAGE = {"id": "msg_01B", "type": "message", "role": "assistant", "model": ABOUT["model"], "content": []}
MESSAGE |= {"stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 31, "output_tokens": 1}}
END = {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": EVENTS}}
BLOCK = event("content_block_start", index=0, content_block={"type": "text", "text": ""})
WORDS = [f"word{number} " for number in range(EVENTS)]
CHUNKS = [chunk(word) for word in WORDS]
CHUNKS.append(chunk(finish="stop") + chunk(usage=USAGE) + framed("data: [DONE]") + b"0\r\n\r\n")
MESSAGES = [event("message_start", message=MESSAGE) + BLOCK + said(WORDS[0]), *map(said, WORDS[1:])]
MESSAGES.append(event("content_block_stop", index=0) + event("message_delta", **END))
MESSAGES[-1] += event("message_stop") + b"0\r\n\r\n"
ANSWERS = {b"": whole(PARAGRAPH)}


class Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._start = b""

    def on_url(self, url: bytes) -> None:
        self._stream = MESSAGES if url.endswith(b"/messages") else CHUNKS

    def on_body(self, data: bytes) -> None:
        if len(self._start) < LOOKED_AT:
            self._start += data[:LOOKED_AT]

    def on_message_complete(self) -> None:
        if STREAMED.search(self._start):
            self._transport.write(STREAM_HEAD)
            Clock.begin(self._transport, self._stream)
            return
        found = SIZE.search(self._start)
        size = found[1] if found else b""
        if size not in ANSWERS:
            ANSWERS[size] = whole("x" * int(size))
        self._transport.write(ANSWERS[size])


class Clock:
    """Writes the next event of every stream whose turn it is."""

    phases: tuple[dict[asyncio.Transport, Iterator[bytes]], ...] = tuple({} for _ in range(PHASES))
    now = 0

    @classmethod
    def begin(cls, transport: asyncio.Transport, stream: list[bytes]) -> None:
        cls.phases[cls.now][transport] = iter(stream)

    @classmethod
    async def run(cls) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += PACE / PHASES
            await asyncio.sleep(due - loop.time())
            cls.now = (cls.now + 1) % PHASES
            streams = cls.phases[cls.now]
            for transport, events in list(streams.items()):
                piece = None if transport.is_closing() else next(events, None)
                if piece is None:
                    del streams[transport]
                else:
                    transport.write(piece)


async def main() -> None:
    await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", int(sys.argv[1]), backlog=2048)
    await Clock.run()


if __name__ == "__main__":
    uvloop.run(main())
