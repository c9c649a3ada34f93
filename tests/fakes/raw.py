"""A client that speaks HTTP/1.1 by hand: what a library would hide or refuse to do, it does."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 90.0  # seconds for an answer, on a busy machine too


@dataclass
class Got:
    """An answer. ``whole`` says that its framing was ended; ``interim`` are the 1xx that came before."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    whole: bool = False
    interim: tuple[int, ...] = ()
    version: str = "HTTP/1.1"

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


def chat(
    key: str | None = None,
    model: str = "fast",
    *,
    headers: tuple[tuple[str, str], ...] = (),
    version: str = "1.1",
    method: str = "POST",
    path: str = "/v1/chat/completions",
    body: bytes | None = None,
    host: str | None = "127.0.0.1",
    **more: Any,
) -> bytes:
    """The bytes of a request."""
    if body is None:
        body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hi"}], **more}).encode()
    rows = [("host", host)] if host is not None else []
    rows += [("authorization", f"Bearer {key}")] if key is not None else []
    named = {name.lower() for name, _ in headers}
    if not named & {"content-length", "transfer-encoding"} and method == "POST":
        rows.append(("content-length", str(len(body))))
    rows += [("content-type", "application/json"), *headers]
    text = "".join(f"{name}: {value}\r\n" for name, value in rows)
    return f"{method} {path} HTTP/{version}\r\n{text}\r\n".encode("latin-1") + (body if method == "POST" else b"")


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, url: str, limit: int = 2**16) -> Raw:
        parts = urlsplit(url)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port, limit=limit))

    async def __aenter__(self) -> Raw:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def ask(self, request: bytes) -> Got:
        self.send(request)
        return await self.answer(request.startswith(b"HEAD"))

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def head(self) -> Got:
        """The head of an answer."""
        async with asyncio.timeout(PATIENCE):
            interim: tuple[int, ...] = ()
            while True:
                first, *rows = (await self.reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
                version, status = first.split(" ", 2)[:2]
                pairs = [row.partition(":") for row in rows]
                if int(status) >= 200:
                    headers = {name.lower(): value.strip() for name, _, value in pairs}
                    return Got(int(status), headers, interim=interim, version=version)
                interim += (int(status),)

    async def chunk(self) -> bytes:
        """One chunk of a chunked body; empty at its end. Raises IncompleteReadError when it breaks off."""
        async with asyncio.timeout(PATIENCE):
            size = int(await self.reader.readuntil(b"\r\n"), 16)
            return (await self.reader.readexactly(size + 2))[:-2]

    async def answer(self, head_only: bool = False) -> Got:
        """A whole answer, or as much of one as there comes."""
        got = await self.head()
        if head_only or got.status in (204, 304):
            got.whole = True
            return got
        try:
            async with asyncio.timeout(PATIENCE):
                if "content-length" in got.headers:
                    got.body = await self.reader.readexactly(int(got.headers["content-length"]))
                    got.whole = True
                elif got.headers.get("transfer-encoding") == "chunked":
                    while piece := await self.chunk():
                        got.body += piece
                    got.whole = True
                else:
                    got.body = await self.reader.read(-1)
                    got.whole = True
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        return got

    async def closed(self) -> bool:
        """Whether the other side closes, now or soon."""
        try:
            async with asyncio.timeout(5):
                return await self.reader.read(1) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True
