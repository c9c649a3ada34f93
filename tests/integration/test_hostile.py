"""What nobody sends by accident: broken framing, smuggled models, other sites' names, bodies that are no request.

None of it may be our failure (5xx), show our inside, hang, or keep a place taken.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conduit_desktop.records import Capture
from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig, running
from tests.fakes.upstream import Upstream, error, reply
from tests.integration.conftest import SECRET


async def idle(rig: Rig) -> None:
    """Nothing is in work any more, and no key's place is taken."""
    async with asyncio.timeout(10):
        while rig.gateway.in_flight:
            await asyncio.sleep(0.01)
    assert not rig.gateway.limits._at_once


async def ask(rig: Rig, request: bytes) -> Got:
    async with await Raw.open(rig.base_url) as client:
        return await client.ask(request)


async def captured(rig: Rig, got: Got) -> Capture:
    found = rig.ring.get(got.headers["x-request-id"])
    assert found is not None
    return found


# ---------------------------------------------------------------- framing

SMUGGLED = b"0\r\n\r\nGET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        [("content-length", "44"), ("transfer-encoding", "chunked")],
        [("transfer-encoding", "chunked"), ("content-length", "44")],
        [("content-length", "44"), ("content-length", "5")],
        [("content-length", "+44")],
        [("content-length", "-1")],
        [("content-length", "44, 44")],
        [("content-length", "9" * 30)],
        [("transfer-encoding", "xchunked")],
        [("transfer-encoding", "chunked, identity")],
        [("transfer-encoding", "\x0bchunked")],
        [("transfer-encoding ", "chunked")],
        [("content-length", "44"), ("x-a", "b\r\n\tfolded: c")],
        [("content-length", "44"), ("x-a", "b\rx-b: c")],
        [("content-length", "44"), ("x-a", "b\x00c")],
        [("content-length", "44"), ("x a", "b")],
    ],
)
async def test_framing_that_can_be_read_in_two_ways_is_refused(
    rig: Rig, upstream: Upstream, headers: list[tuple[str, str]]
) -> None:
    rows = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {rig.key}\r\n{rows}\r\n"
    async with await Raw.open(rig.base_url) as client:
        got = await client.ask(head.encode("latin-1") + SMUGGLED)
        assert (got.status, got.code) == (400, "malformed_http")
        assert await client.closed()
    assert upstream.received == []
    await idle(rig)


@pytest.mark.parametrize(
    "after",
    [
        b"rubbish\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
    ],
)
async def test_what_comes_behind_a_request_does_not_cut_its_answer_off(
    rig: Rig, upstream: Upstream, after: bytes
) -> None:
    go = asyncio.Event()
    upstream.next([go, *error(418, "short and stout")])
    async with await Raw.open(rig.base_url) as client:
        client.send(chat(rig.key, model="solo") + after)
        await upstream.got()
        await asyncio.sleep(1.2)  # longer than a refused connection is kept
        go.set()
        assert (await client.answer()).status == 418
        assert await client.closed()
    await idle(rig)


async def test_many_who_leave_at_once(rig: Rig) -> None:
    clients = [await Raw.open(rig.base_url) for _ in range(30)]
    for number, client in enumerate(clients):
        client.send(chat(rig.key, stream=bool(number % 2)) * 5 + chat(rig.key)[: number * 4])
        if number % 3:
            await asyncio.sleep(0.002)
        client.writer.transport.abort()
    await idle(rig)
    assert (await ask(rig, chat(rig.key))).status == 200


# ---------------------------------------------------------------- whose name

LOCAL = (
    "localhost",
    "LOCALHOST:1",
    "127.0.0.1.",
    "localhost.",
    "[::1]",
    "[::1]:80",
    "[0:0:0:0:0:0:0:1]",
    "a.localhost",
)
FOREIGN = (
    *(
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "127.0.0.1, evil.example",
        "evil.example@127.0.0.1",
    ),
    *("127.0.0.1@evil.example", "127.0.0.1/x", "127.0.0.1#.evil.example", "127.0.0.1%00", "127.0.0.1:99999", ""),
    *("2130706433", "0x7f000001", "017700000001", "127.1", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "localhost\xe9"),
)


@pytest.mark.parametrize("host", LOCAL)
async def test_names_of_this_machine(rig: Rig, host: str) -> None:
    assert (await ask(rig, chat(rig.key, host=host))).status == 200


@pytest.mark.parametrize("host", FOREIGN)
async def test_any_other_name_is_refused(rig: Rig, upstream: Upstream, host: str) -> None:
    got = await ask(rig, chat(rig.key, host=host))
    assert (got.status, got.code) == (403, "host_not_allowed")
    assert upstream.received == []


@pytest.mark.parametrize(
    "origin", ["null", "*", "file://", "http://", "localhost", "http://127.0.0.1@evil.example", "http://localhost/x"]
)
async def test_no_page_from_elsewhere(rig: Rig, upstream: Upstream, origin: str) -> None:
    for method in ("POST", "OPTIONS"):
        got = await ask(rig, chat(rig.key, method=method, headers=(("origin", origin),)))
        assert (got.status, got.code) == (403, "origin_not_allowed")
        assert "access-control-allow-origin" not in got.headers
    assert upstream.received == []


# ---------------------------------------------------------------- the model that is checked is the model that is sent


@pytest.mark.parametrize(
    "body",
    [
        '{"model":"dear","model":"real","messages":[]}',
        '{"model":"real","Model":"dear","MODEL":"dear","messages":[]}',
        '{"mod\\u0065l":"dear","model":"real","messages":[{"model":"dear"}]}',
        '{"\\u004dodel":"dear","model":"real","messages":[]}',
    ],
)
async def test_no_model_is_smuggled_past_the_check(rig: Rig, upstream: Upstream, body: str) -> None:
    provider = rig.store.providers.by_name("one")
    assert provider is not None
    rig.add_model("real", provider, "real")
    key = rig.add_key("narrow", models=("real",))
    assert (await ask(rig, chat(key, body=body.encode()))).status == 200
    pairs = json.loads((await upstream.got()).body, object_pairs_hook=list)
    assert {value for name, value in pairs if name.lower() == "model"} == {"real"}


@pytest.mark.parametrize("model", ["a\r\nx-evil: 1", "☃", "a\0b", "é" * 900, "demo/\r\nx: y", "/", "", "../admin"])
async def test_a_models_name_cannot_leave_its_header(rig: Rig, model: str) -> None:
    got = await ask(rig, chat(rig.key, model=model))
    assert (got.status, got.code) == (404, "model_not_found")
    assert "x-evil" not in got.headers
    assert (await ask(rig, chat(rig.key, model="m" * 10_000))).code == "invalid_value"


# ---------------------------------------------------------------- a provider that means harm


async def test_an_answer_without_end_is_given_up(rig: Rig, upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conduit_desktop.gateway.send.upstream.MAX_WHOLE", 1_000_000)
    upstream.next(reply(b"x" * 100_000_000, gzip=True))
    got = await ask(rig, chat(rig.key, model="solo"))
    assert (got.status, got.code) == (502, "upstream_error")
    assert (await ask(rig, chat(rig.key, model="solo"))).status == 200
    await idle(rig)


# ---------------------------------------------------------------- secrets in errors


async def test_an_error_that_quotes_the_credential_is_told_without_it(rig: Rig, upstream: Upstream) -> None:
    said = error(400, f"bad header Authorization: Bearer {SECRET}", [("x-debug", SECRET), ("x-kept", "1")])
    upstream.next(said)
    got = await ask(rig, chat(rig.key))
    assert got.json["error"]["message"] == "bad header Authorization: Bearer ***"
    assert got.headers["x-kept"] == "1"
    (row,) = await rig.logged(1)
    for text in (repr(got), repr(row), repr(await captured(rig, got))):
        assert SECRET not in text


async def test_an_error_that_quotes_nothing_is_told_as_it_came(rig: Rig, upstream: Upstream) -> None:
    body = b'{ "error" : {"message":"sk-other-0123456789abcdefgh", "x": 1.50} }'
    upstream.next(error(400) and [b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n" % len(body) + body])
    got = await ask(rig, chat(rig.key))
    assert got.body == body
    assert b"sk-other" not in (await captured(rig, got)).response.body  # type: ignore[union-attr]


# ---------------------------------------------------------------- bodies

CHAT: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.deferred(lambda: VALUES | MESSAGES),
        "stream": st.deferred(lambda: VALUES),
        "stream_options": st.deferred(lambda: VALUES),
        **{
            name: st.deferred(lambda: VALUES)
            for name in ("max_tokens", "max_completion_tokens", "n", "tools", "tool_choice", "response_format", "stop")
        },
    },
)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MESSAGES: st.SearchStrategy[object] = st.lists(
    st.fixed_dictionaries({}, optional={"role": st.sampled_from(["user", "tool", "x"]) | VALUES, "content": VALUES}),
    max_size=3,
)
MODEL = st.sampled_from(["fast", "fast", "fast", "nothing", "demo/demo", "demo/"]) | VALUES


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """JSON like a chat request, perhaps with some of its bytes changed."""
    value = {"model": draw(MODEL), **draw(CHAT)}
    body = bytearray(json.dumps(value, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass"))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, len(body) - 1), st.integers(0, 255)), max_size=2)):
        body[at] = byte
    return bytes(body)


DEEP = [b'{"model":"fast",%s:%s%s}' % (name, b"[" * depth, b"]" * depth)
        for name in (b'"messages"', b'"stream":true,"stream_options"', b'"x"')
        for depth in (900, 960, 980, 990, 1000, 100_000)]  # fmt: skip
ODD = [
    *(
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"{",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf{}",
        b'{"model":"\xff"}',
        b'{"model":"\\ud800"}',
    ),
    b'{"model":"fast","messages":[{"role":"user","content":"\xff\xfe"}]}',
    b'{"model":"fast","messages":[{"role":"user","content":"\\ud800"}]}',
    b'{"model":"fast","stream":true,"messages":[],"stream_options":{"a":"\xff"}}',
    b'{"model":"fast","\xff\\u0061":1,"model":"fast"}',
    b'{"model":"fast","messages":[],"temperature":NaN}',
    b'{"model":"fast","messages":[],"max_tokens":1' + b"0" * 5000 + b"}",
    b'{"model":"fast","messages":[],"max_tokens":-99999999999999999999,"n":99999999999999999999}',
]


@pytest.fixture
async def demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    """The Demo provider, which reads bodies as a provider would, without its pauses."""
    from conduit_desktop.providers import demo_model

    monkeypatch.setattr(demo_model, "pause", lambda _: 0.0)
    real = demo_model.stream
    monkeypatch.setattr(demo_model, "stream", lambda *a, **k: ((0.0, piece) for _, piece in real(*a, **k)))
    async with running(tmp_path) as made:
        made.add_model("fast", made.add_provider("demo", "demo"), "demo")
        made.route("fast", retries=0)
        yield made


async def check(rig: Rig, bodies: list[bytes]) -> None:
    for body in bodies:
        got = await ask(rig, chat(rig.key, body=body))
        assert got.status < 500, (body[:300], got.body)
        assert got.whole
        assert b"Traceback" not in got.body
        assert got.status == 200 or got.json["error"]["message"]
    await idle(rig)


async def test_odd_bodies(demo: Rig) -> None:
    await check(demo, ODD + DEEP)


async def test_no_body_is_a_failure_of_ours(demo: Rig) -> None:
    found: list[bytes] = []

    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(broken())
    def gather(body: bytes) -> None:
        found.append(body)

    await asyncio.to_thread(gather)
    await check(demo, found)
