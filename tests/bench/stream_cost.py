"""What a chunk of a relayed stream costs beside nginx: CPU of a real ``serve``, and the time to the first token.

    python -m tests.bench.stream_cost [--clients 40] [--rounds 2] [--tokens 200] [--pause 0.005]

A provider of its own speaks OpenAI's and Anthropic's dialects, one write a token. Measured are nginx as a bare
proxy, and the gateway with a key, a budget, prices and the log on disk: each dialect as it is, and from the other.
Quote ratios: bare times are the machine's. Needs nginx.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import httptools
import psutil
import uvloop

WORDS = ("The ", "gateway ", "relays ", "every ", "token ", "as ", "it ", "comes. ")
CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
ROWS = (
    ("OpenAI passed on", CHAT, "chat"),
    ("Anthropic passed on", MESSAGES, "claude"),
    ("Anthropic from OpenAI", MESSAGES, "chat"),
    ("OpenAI from Anthropic", CHAT, "claude"),
)
"""Name, where the client asks, and the model, which says what the provider speaks."""

# ---------------------------------------------------------------- the provider


def events(path: str, tokens: int) -> list[bytes]:
    """The stream's writes, chunked framing included."""
    told = chat_events(tokens) if path == CHAT else message_events(tokens)
    return [b"%x\r\n%s\r\n" % (len(event), event) for event in told]


def chat_events(tokens: int) -> list[bytes]:
    def event(choices: list[Any], usage: Any = None) -> bytes:
        frame = {"id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion.chunk"}
        frame |= {"created": 1741569952, "model": "real", "system_fingerprint": "fp_abc"}
        return (
            b"data: "
            + json.dumps({**frame, "choices": choices, "usage": usage}, separators=(",", ":")).encode()
            + b"\n\n"
        )

    def choice(delta: Any, finish: str | None = None) -> list[Any]:
        return [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]

    usage = {"prompt_tokens": 19, "completion_tokens": tokens, "total_tokens": 19 + tokens}
    said = [event(choice({"content": WORDS[at % len(WORDS)]})) for at in range(tokens)]
    return [*said, event(choice({}, "stop")), event([], usage), b"data: [DONE]\n\n"]


def message_events(tokens: int) -> list[bytes]:
    def event(kind: str, **members: Any) -> bytes:
        told = json.dumps({"type": kind, **members}, separators=(",", ":"))
        return f"event: {kind}\ndata: {told}\n\n".encode()

    usage = {"input_tokens": 19, "output_tokens": 1}
    message = {"id": "msg_01", "type": "message", "role": "assistant", "model": "real", "content": [], "usage": usage}
    said = [
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": WORDS[at % len(WORDS)]})
        for at in range(tokens)
    ]
    return [
        event("message_start", message={**message, "stop_reason": None, "stop_sequence": None}),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *said,
        event("content_block_stop", index=0),
        event(
            "message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None}, usage={"output_tokens": tokens}
        ),
        event("message_stop"),
    ]


class Provider(asyncio.Protocol):
    """Streams to whoever asks, a token each ``pause`` seconds."""

    pause = 0.0
    told: dict[str, list[bytes]]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._parser = httptools.HttpRequestParser(self)
        self._path = ""

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path = url.decode()

    def on_message_complete(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._stream())

    async def _stream(self) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        for event in self.told[self._path]:
            await asyncio.sleep(self.pause)
            self._transport.write(event)
        self._transport.write(b"0\r\n\r\n")


async def play(port: int, tokens: int, pause: float) -> None:
    Provider.pause, Provider.told = pause, {path: events(path, tokens) for path in (CHAT, MESSAGES)}
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


# ---------------------------------------------------------------- the clients


async def one(url: str, request: bytes, firsts: list[float], whole: list[bool]) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    begun, first, tail = time.perf_counter(), 0.0, b""
    writer.write(request)
    while not tail.endswith(b"0\r\n\r\n") and (data := await asyncio.wait_for(reader.read(65536), 60)):
        if not first and (b'"content":"' in data or b'"text":"' in data):
            first = time.perf_counter() - begun
        tail = (tail + data)[-100:]
    firsts.append(first)
    whole.append(b"[DONE]" in tail or b"message_stop" in tail)
    writer.close()


async def load(url: str, path: str, model: str, key: str, clients: int, rounds: int) -> None:
    """Ask; prints what came of it."""
    asked = {"model": model, "max_tokens": 999, "stream": True, "messages": [{"role": "user", "content": "Tell me."}]}
    body = json.dumps(asked | ({"stream_options": {"include_usage": True}} if path == CHAT else {})).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: {url.removeprefix('http://')}\r\ncontent-type: application/json\r\n"
    request = f"{head}authorization: Bearer {key}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    firsts: list[float] = []
    whole: list[bool] = []

    async def client() -> None:
        for _ in range(rounds):
            await one(url, request, firsts, whole)

    await asyncio.gather(*(client() for _ in range(clients)))
    firsts.sort()
    print(json.dumps({"p50": firsts[len(firsts) // 2], "p99": firsts[int(len(firsts) * 0.99)], "whole": sum(whole)}))


# ---------------------------------------------------------------- the measure


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def child(*words: str, port: int) -> Iterator[int]:
    """A process that listens on ``port``; its pid."""
    process = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    try:
        for _ in range(500):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)


def nginx(folder: Path, upstream: int, port: int) -> tuple[str, ...]:
    """The command of a bare proxy."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"worker_processes 1; daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;"
        f"events {{ worker_connections 4096; }} http {{ access_log off; {temporary}"
        f"upstream provider {{ server 127.0.0.1:{upstream}; keepalive 512; }} server {{ listen 127.0.0.1:{port};"
        'location / { proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection ""; '
        "proxy_buffering off; } } }"
    )
    return ("nginx", "-c", str(folder / "nginx.conf"))


def spent(pid: int) -> float:
    root = psutil.Process(pid)
    return sum(times.user + times.system for each in (root, *root.children(True)) if (times := each.cpu_times()))


def measured(name: str, pid: int, words: tuple[str, ...], told: argparse.Namespace, floor: float = 0.0) -> float:
    """CPU of the process ``pid`` for each chunk, seconds."""
    command = [sys.executable, "-m", __spec__.name, "--load", *words]
    subprocess.run([*command, "2", "1"], check=True, capture_output=True)
    before = spent(pid)
    out = subprocess.run([*command, str(told.clients), str(told.rounds)], check=True, capture_output=True).stdout
    streams = told.clients * told.rounds
    cost, got = (spent(pid) - before) / (streams * (told.tokens + 3)), json.loads(out)
    beside = f"  ×{cost / floor:5.2f}" if floor else ""
    print(
        f"{name:22} {cost * 1e6:6.1f} µs a chunk{beside}   first token p50 {got['p50'] * 1e3:7.1f} ms"
        f"  p99 {got['p99'] * 1e3:7.1f} ms   whole {got['whole']}/{streams}",
        flush=True,
    )
    return cost


def run(told: argparse.Namespace) -> None:
    from tests.integration.program import Program

    os.environ.setdefault("CONDUIT_HOME", tempfile.gettempdir())  # where compiled code goes
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        folder, upstream, port = Path(temporary), free_port(), free_port()
        played = (sys.executable, "-m", __spec__.name, "--play", str(upstream), str(told.tokens), str(told.pause))
        stack.enter_context(child(*played, port=upstream))
        bare = stack.enter_context(child(*nginx(folder, upstream, port), port=port))
        program, base = Program(folder / "home"), f"http://127.0.0.1:{upstream}"
        for model, kind, url in (("chat", "openai-compatible", f"{base}/v1"), ("claude", "anthropic", base)):
            program(
                "provider", "add", model, "--kind", kind, "--base-url", url, "--api-key-stdin", stdin="sk-upstream\n"
            )
            program("model", "add", model, "--provider", model, "--model", "real")
        program("price", "set", "real*", "--input", "2", "--output", "8")
        key = program("key", "create", "bench", "--budget", "1000", "--per", "month").out.strip()
        serving = stack.enter_context(program.serving())
        for _ in range(told.runs):
            floor = measured("nginx", bare, (f"http://127.0.0.1:{port}", CHAT, "chat", "none"), told)
            for name, path, model in ROWS:
                measured(name, serving.process.pid, (serving.url, path, model, key), told, floor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1, help="how often all of it is measured")
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--pause", type=float, default=0.005)
    parser.add_argument("--play", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--load", nargs=6, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.play:
        uvloop.run(play(int(told.play[0]), int(told.play[1]), float(told.play[2])))
    elif told.load:
        *where, clients, rounds = told.load
        uvloop.run(load(*where, int(clients), int(rounds)))
    else:
        run(told)


if __name__ == "__main__":
    main()
