"""HTTP as clients really speak it: upgrades, pipelines, old versions, slow and oversized bodies, strangers' pages."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.raw import Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import DONE, Upstream, completion, delta, reply, stream
from tests.integration.test_gateway import ask, only

MB = 1024 * 1024
H2C = (("connection", "Upgrade, HTTP2-Settings"), ("upgrade", "h2c"), ("http2-settings", "AAEAAEAAAAIAAAAB"))


# ---------------------------------------------------------------- pages and preflights


@pytest.mark.parametrize("host", ["evil.com", "evil.com:7878", "localhost.evil.com", "0.0.0.0:7878", "10.0.0.1"])
async def test_another_sites_name_is_refused(rig: Rig, upstream: Upstream, host: str) -> None:
    got = await ask(rig, chat(rig.key, host=host))
    assert (got.status, got.code) == (403, "host_not_allowed")
    assert upstream.received == []


async def test_a_strangers_page_is_refused_and_learns_nothing(rig: Rig, upstream: Upstream) -> None:
    for origin in ("https://evil.com", "null"):
        for request in (
            chat(rig.key, headers=(("origin", origin),)),
            chat(None, method="OPTIONS", headers=(("origin", origin), ("access-control-request-method", "POST"))),
            chat(None, method="GET", path="/health", headers=(("origin", origin),)),
        ):
            got = await ask(rig, request)
            assert (got.status, got.code) == (403, "origin_not_allowed")
            assert not [name for name in got.headers if name.startswith("access-control")]
    assert upstream.received == []


async def test_a_page_of_this_machine_may(rig: Rig) -> None:
    origin = ("origin", "http://localhost:3000")
    asked = ("access-control-request-headers", "authorization,x-stainless-os")
    preflight = await ask(rig, chat(None, method="OPTIONS", headers=(origin, asked)))
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert preflight.headers["access-control-allow-headers"] == asked[1]
    for streamed in (False, True):
        got = await ask(rig, chat(rig.key, stream=streamed, headers=(origin,)))
        assert (got.status, got.headers["access-control-allow-origin"]) == (200, origin[1])
    refused = await ask(rig, chat(None, headers=(origin,)))
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, origin[1])


# ---------------------------------------------------------------- versions and framing


@pytest.mark.parametrize("padding", [0, 100, 200_000, 3 * MB])
async def test_an_upgrade_to_http2_is_answered_in_http1(rig: Rig, upstream: Upstream, padding: int) -> None:
    """Java's client asks for it with its first request, body and all, and takes no for an answer."""
    request = chat(rig.key, headers=H2C, user="u" * padding)
    async with await Raw.open(rig.base_url) as client:
        first = await client.ask(request)
        assert (first.status, first.version, first.json) == (200, "HTTP/1.1", completion())
        assert (await client.ask(chat(rig.key, method="GET", path="/v1/models", headers=H2C))).status == 200
        assert (await client.ask(chat(rig.key))).status == 200
    sent = await upstream.got()
    assert sent.json["user"] == "u" * padding
    assert not {name for name, _ in sent.headers} & {"upgrade", "http2-settings"}


async def test_an_upgrade_in_pieces(rig: Rig) -> None:
    request = chat(rig.key, headers=H2C)
    async with await Raw.open(rig.base_url) as client:
        for at in range(0, len(request), 37):
            client.send(request[at : at + 37])
            await asyncio.sleep(0.001)
        assert (await client.answer()).json == completion()


async def test_this_is_no_proxy(rig: Rig) -> None:
    got = await ask(rig, b"CONNECT api.openai.com:443 HTTP/1.1\r\nhost: api.openai.com:443\r\n\r\n")
    assert (got.status, got.code) == (405, "method_not_allowed")
    assert (await ask(rig, chat(None, method="GET", path="/health"))).status == 200


async def test_websockets_are_declined(rig: Rig) -> None:
    headers = (("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "x"))
    assert (await ask(rig, chat(None, method="GET", path="/v1/realtime", headers=headers))).status == 404


async def test_pipelined_requests_are_answered_in_their_order(rig: Rig, upstream: Upstream) -> None:
    upstream.next([0.1, *reply(completion("0"))], *[reply(completion(str(n))) for n in range(1, 20)])
    async with await Raw.open(rig.base_url) as client:
        client.send(b"".join(chat(rig.key, "solo") for _ in range(20)))
        texts = [(await client.answer()).json["choices"][0]["message"]["content"] for _ in range(20)]
    assert texts == [str(n) for n in range(20)]


async def test_a_stream_and_a_request_behind_it(rig: Rig) -> None:
    async with await Raw.open(rig.base_url) as client:
        client.send(chat(rig.key, stream=True) + chat(rig.key) + chat(rig.key, stream=True))
        assert [(await client.answer()).body.endswith(DONE) for _ in range(3)] == [True, False, True]


async def test_http_1_0(rig: Rig) -> None:
    async with await Raw.open(rig.base_url) as client:
        got = await client.ask(chat(rig.key, version="1.0", host=None))
        assert (got.status, got.json, got.headers["connection"]) == (200, completion(), "close")
        assert await client.closed()
    got = await ask(rig, chat(rig.key, version="1.0", stream=True))
    assert "transfer-encoding" not in got.headers
    assert got.body.endswith(DONE)
    async with await Raw.open(rig.base_url) as client:
        for _ in range(2):
            got = await client.ask(chat(rig.key, version="1.0", headers=(("connection", "keep-alive"),)))
            assert (got.status, got.headers["connection"]) == (200, "keep-alive")


async def test_close_is_close(rig: Rig) -> None:
    async with await Raw.open(rig.base_url) as client:
        got = await client.ask(chat(rig.key, headers=(("connection", "close"),)))
        assert got.headers["connection"] == "close"
        assert await client.closed()


async def test_head_of_health(rig: Rig) -> None:
    async with await Raw.open(rig.base_url) as client:
        got = await client.ask(chat(None, method="HEAD", path="/health"))
        assert (got.status, got.body) == (200, b"")
        assert int(got.headers["content-length"]) > 0
        whole = await client.ask(chat(None, method="GET", path="/health"))
        assert whole.json["status"] == "ok"


async def test_a_chunked_body(rig: Rig, upstream: Upstream) -> None:
    head, _, body = chat(rig.key, headers=(("transfer-encoding", "chunked"),)).partition(b"\r\n\r\n")
    parts = [body[at : at + 7] for at in range(0, len(body), 7)]
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    trailer = b"0\r\nauthorization: Bearer other\r\nx-trailer: 1\r\n\r\n"
    async with await Raw.open(rig.base_url) as client:
        assert (await client.ask(head + b"\r\n\r\n" + chunked + trailer)).status == 200
        assert (await client.ask(chat(rig.key))).status == 200
    sent = await upstream.got()
    assert (sent.json["model"], sent.header("x-trailer"), sent.header("transfer-encoding")) == ("real", None, None)


async def test_expect_100_continue(rig: Rig) -> None:
    head, _, body = chat(rig.key, headers=(("expect", "100-continue"),)).partition(b"\r\n\r\n")
    async with await Raw.open(rig.base_url) as client:
        client.send(head + b"\r\n\r\n")
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(body)
        assert (await client.answer()).json == completion()


async def test_100_continue_never_lands_in_an_answer(rig: Rig, upstream: Upstream) -> None:
    go = asyncio.Event()
    upstream.next(stream(delta("one"), go, delta("two", "stop"), DONE))
    async with await Raw.open(rig.base_url) as client:
        client.send(chat(rig.key, stream=True))
        await client.head()
        await client.chunk()
        client.send(chat(rig.key, headers=(("expect", "100-continue"),)))
        await asyncio.sleep(0.05)
        go.set()
        assert [await client.chunk() for _ in range(3)] == [delta("two", "stop"), DONE, b""]
        assert (await client.answer()).json == completion()


async def test_a_slow_body(rig: Rig) -> None:
    request = chat(rig.key)
    async with await Raw.open(rig.base_url) as client:
        for byte in request:
            client.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await client.answer()).json == completion()


# ---------------------------------------------------------------- what is too much, and what is none


async def test_413_by_its_length(rig: Rig) -> None:
    async with await Raw.open(rig.base_url) as client:
        client.send(chat(rig.key, headers=(("content-length", str(33 * MB)),), body=b"{"))
        got = await client.answer()
        assert (got.status, got.code, got.headers["connection"]) == (413, "request_too_large", "close")
        assert await client.closed()


async def test_413_by_its_chunks_while_it_is_being_sent(rig: Rig, upstream: Upstream) -> None:
    async with await Raw.open(rig.base_url) as client:
        client.send(chat(rig.key, headers=(("transfer-encoding", "chunked"),), body=b""))
        for _ in range(34):
            client.send(b"%x\r\n%s\r\n" % (MB, b"x" * MB))
            await client.writer.drain()
        got = await client.answer()
        assert (got.status, got.code) == (413, "request_too_large")
    assert upstream.received == []


async def test_a_body_just_below_the_limit_passes(rig: Rig, upstream: Upstream) -> None:
    upstream.next(reply())
    padding = 32 * MB - len(chat(rig.key, user="").partition(b"\r\n\r\n")[2])
    async with await Raw.open(rig.base_url) as client:
        got = await client.ask(chat(rig.key, user="u" * padding))
    assert got.status == 200
    assert len((await upstream.got()).json["user"]) == padding


async def test_431(rig: Rig) -> None:
    got = await ask(rig, chat(rig.key, headers=(("x-big", "y" * 70_000),)))
    assert (got.status, got.code) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "garbage",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost : localhost\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + b"9" * 50 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
async def test_what_is_no_http_is_400_and_the_end(rig: Rig, garbage: bytes) -> None:
    async with await Raw.open(rig.base_url) as client:
        client.send(garbage)
        got = await client.answer()
        assert got.status in (400, 413)
        assert got.headers["connection"] == "close"
        assert got.json["error"]["code"] in ("malformed_http", "request_too_large")
        assert await client.closed()
    assert (await ask(rig, chat(None, method="GET", path="/health"))).status == 200


async def test_a_request_without_a_host_is_400(rig: Rig) -> None:
    got = await ask(rig, chat(rig.key, host=None))
    assert (got.status, got.code) == (400, "host_missing")


async def test_a_key_in_the_query_is_never_logged(rig: Rig) -> None:
    got = await ask(rig, chat(rig.key, path=f"/v1/chat/completions?key={rig.key}&beta=true"))
    assert got.status == 200
    row = only(await rig.logged(1))
    assert row.path == "/v1/chat/completions"
    assert rig.key not in repr(rig.ring.get(row.id))
