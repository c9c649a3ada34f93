"""The same behaviours of servers against each way of calling a provider: what comes of an answer, of time limits, of
slow readers, of being cancelled, of TLS and of names with several addresses."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.outbox import Outbox
from conduit_desktop.gateway.send import dialling, direct
from conduit_desktop.gateway.send.direct import Direct
from conduit_desktop.gateway.send.general import General
from conduit_desktop.gateway.send.upstream import Call, Gathered, Upstream
from conduit_desktop.tasks import spawn
from tests.fakes.certificates import Authority
from tests.fakes.http_behaviours import BEHAVIOURS, CHUNKED, HELLO, LAST, Behaviour, Came, head, sized
from tests.fakes.upstream import CLOSE, RESET, Step, chunk, completion, reply
from tests.fakes.upstream import Upstream as Fake


def crowded() -> Direct:
    """Among other requests: what it writes waits for the end of the loop's turn."""
    outbox = Outbox()
    outbox.busy = 9
    return Direct(outbox)


WAYS: dict[str, Callable[[], Upstream]] = {
    "direct": lambda: Direct(Outbox()),
    "crowded": crowded,
    "general": General,
}
SIZE = 32 * 1024 * 1024


@pytest.fixture(params=WAYS)
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Upstream]:
    made = WAYS[request.param]()
    yield made
    await made.close()


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with Fake() as made:
        yield made


def call(url: str, method: str = "POST", body: bytes = b"{}", **limits: float) -> Call:
    content = body if method == "POST" else b""
    made = Call(method, url, [(b"content-type", b"application/json")], content, answer_timeout=5.0, idle_timeout=5.0)
    for name, seconds in limits.items():
        setattr(made, name, seconds)
    return made


async def outcome(way: Upstream, asked: Call, *, pushed: bool = False) -> Came:
    """What comes of a call, its body read at once or pushed."""
    try:
        answer = await way.call(asked)
    except UpstreamError as failure:
        return Came(cause=(failure.cause,), before=True)
    try:
        if pushed:
            gathered = Gathered()
            answer.relay(gathered)
            body = await gathered.whole
        else:
            body = await answer.read()
    except UpstreamError as failure:
        return Came(status=answer.status, cause=(failure.cause,))
    return Came(answer.status, body, tuple(answer.headers))


async def played(fake: Fake, count: int) -> None:
    """Until the server has said all it had to say to so many requests."""
    async with asyncio.timeout(5):
        while len(fake.received) < count or not (fake.received[-1].over or fake.received[-1].gone.is_set()):
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.001)


# ---------------------------------------------------------------- what comes of an answer


def test_there_are_more_than_a_hundred() -> None:
    assert len(BEHAVIOURS) > 100
    assert len({behaviour.name for behaviour in BEHAVIOURS}) == len(BEHAVIOURS)
    assert all(behaviour.why for behaviour in BEHAVIOURS if behaviour.otherwise is not None)


async def _strays(name: str, behaviour: Behaviour, number: int) -> str:
    """How what came differs from what was to come; empty where it does not."""
    way = WAYS[name]()
    async with Fake() as fake:
        try:
            fake.next(behaviour.steps)
            came = await outcome(way, call(fake.url, behaviour.method), pushed=bool(number % 2))
            wanted = [behaviour.came]
            if behaviour.otherwise is not None and name == "general":
                wanted.append(behaviour.otherwise)
            if not any(each.fits(came) for each in wanted):
                return f"came {came.status} {came.cause} {came.body[:60]!r} (before the head: {came.before})"
            if name == "general" and behaviour.unclean:
                return ""
            if CLOSE not in behaviour.steps and RESET not in behaviour.steps:
                await played(fake, 1)
            following = await outcome(way, call(fake.url))
            if not Came(body=reply(completion())[0].partition(b"\r\n\r\n")[2]).fits(following):  # type: ignore[union-attr]
                return f"the next call got {following.status} {following.cause} {following.body[:60]!r}"
            kept = fake.connections == 1
            if behaviour.kept is not None and kept != behaviour.kept:
                return "the connection was kept" if kept else "the connection was not kept"
        finally:
            await way.close()
    return ""


async def _all_strays(name: str) -> dict[str, str]:
    """Read at once by turns with pushed; the call behind it always gets its own answer."""
    strays = {each.name: await _strays(name, each, number) for number, each in enumerate(BEHAVIOURS)}
    return {name: how for name, how in strays.items() if how}


@pytest.mark.parametrize("name", WAYS)
async def test_every_behaviour(name: str) -> None:
    assert await _all_strays(name) == {}


@pytest.mark.skipif(not find_spec("uvloop"), reason="there is no uvloop here")
@pytest.mark.parametrize("name", WAYS)
def test_every_behaviour_on_the_fast_loop(name: str) -> None:
    """The gateway's own, where it is to be had."""
    uvloop = import_module("uvloop")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(_all_strays(name)) == {}


async def test_headers_and_body_are_sent_as_they_are(way: Upstream, fake: Fake) -> None:
    asked = call(fake.url + "/a?b=c%20d", body=b'{"a":"\xc3\xa9"}')
    asked.headers += [(b"authorization", b"Bearer sk-1"), (b"x-twice", b"1"), (b"x-twice", b"2")]
    assert (await outcome(way, asked)).status == 200
    received = fake.received[0]
    assert (received.method, received.target, received.body) == ("POST", "/v1/a?b=c%20d", asked.body)
    sent = [(name.lower(), value) for name, value in received.headers]
    assert [value for name, value in sent if name == "x-twice"] == ["1", "2"]
    for pair in (("authorization", "Bearer sk-1"), ("content-length", str(len(asked.body)))):
        assert sent.count(pair) == 1
    assert sum(name == "host" for name, _ in sent) == 1


# ---------------------------------------------------------------- connections


async def test_a_connection_serves_many_calls(way: Upstream, fake: Fake) -> None:
    for _ in range(5):
        assert (await outcome(way, call(fake.url))).status == 200
    assert fake.connections == 1


async def test_calls_at_once_have_a_connection_each(way: Upstream, fake: Fake) -> None:
    came = await asyncio.gather(*[outcome(way, call(fake.url)) for _ in range(20)])
    assert all(each.status == 200 and not each.cause for each in came)
    assert fake.connections == 20
    await outcome(way, call(fake.url))
    assert fake.connections == 20


async def test_a_kept_connection_that_was_closed_meanwhile_is_not_used(way: Upstream, fake: Fake) -> None:
    fake.next([sized(), 0.02, CLOSE])
    assert Came().fits(await outcome(way, call(fake.url)))
    await asyncio.sleep(0.05)
    assert (await outcome(way, call(fake.url))).status == 200
    assert fake.connections == 2


@pytest.mark.parametrize("end", [CLOSE, RESET])
async def test_a_stale_connection_is_replaced_once_where_nothing_was_answered(
    way: Upstream, fake: Fake, end: Step
) -> None:
    fake.next([sized()], [end], [end])
    assert Came().fits(await outcome(way, call(fake.url)))
    assert await outcome(way, call(fake.url)) == Came(cause=("broken",), before=True)
    assert len(fake.received) == 3, "once on the kept connection, once on a new one"
    fake.next([sized()], [end])
    assert Came().fits(await outcome(way, call(fake.url)))
    assert (await outcome(way, call(fake.url))).status == 200
    fake.next([end])
    assert (await way.call(call(fake.url))).reused is False


async def test_a_stale_connection_to_a_proxy_is_replaced(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", fake.url)
    way = General()
    fake.next([sized()], [CLOSE])
    for reused in (False, False, True):
        answer = await way.call(call("http://provider.invalid/v1"))
        assert (answer.status, answer.reused) == (200, reused)
        await answer.read()
    assert {got.target for got in fake.received} == {"http://provider.invalid/v1"}
    assert (len(fake.received), fake.connections) == (4, 2)
    await way.close()


async def test_a_request_that_was_answered_in_part_is_not_sent_again(way: Upstream, fake: Fake) -> None:
    fake.next([sized()], [b"HTTP/1.1 20", CLOSE])
    assert Came().fits(await outcome(way, call(fake.url)))
    assert (await outcome(way, call(fake.url))).cause == ("broken",)
    assert len(fake.received) == 2


# ---------------------------------------------------------------- slow readers, large bodies


async def test_a_slow_reader_holds_the_server_up(way: Upstream, fake: Fake) -> None:
    fake.next([head(CHUNKED), *[chunk(b"a" * 65536)] * (SIZE // 65536), LAST])
    answer = await way.call(call(fake.url))
    gathered = Gathered()
    answer.pause()
    answer.relay(gathered)
    before = -1
    while fake.received[0].written != before:
        before = fake.received[0].written
        await asyncio.sleep(0.05)
    assert before < SIZE // 2, "the server went on against a reader that had stopped"
    answer.resume()
    assert len(await gathered.whole) == SIZE


@pytest.mark.parametrize("framing", ["length", "chunks"])
async def test_large_answers_are_not_copied_over_and_over(way: Upstream, fake: Fake, framing: str) -> None:
    body = bytes(SIZE)
    sent: dict[str, list[Step]] = {
        "length": [head(b"content-length: %d" % SIZE), body],
        "chunks": [head(CHUNKED), chunk(body), LAST],
    }
    fake.next(sent[framing])
    answer = await way.call(call(fake.url))
    tracemalloc.start()
    try:
        assert len(await answer.read()) == SIZE
        assert tracemalloc.get_traced_memory()[1] < 2.7 * SIZE
    finally:
        tracemalloc.stop()


async def test_large_requests_are_not_copied_over_and_over(way: Upstream) -> None:
    """To a server that reads slowly: only what waits to be sent is in memory, besides the body itself."""
    body, got, slow = bytes(SIZE), 0, asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal got
        with closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            await slow.wait()
            while got < SIZE:
                got += len(await reader.read(1 << 20))
            writer.write(sized(HELLO, b"connection: close"))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    tracemalloc.start()
    try:
        asking = spawn(outcome(way, call(url, body=body)), "a large request")
        await asyncio.sleep(0.1)
        slow.set()
        assert Came().fits(await asking)
        assert tracemalloc.get_traced_memory()[1] < 2.7 * SIZE
    finally:
        tracemalloc.stop()
        server.close()


# ---------------------------------------------------------------- time limits and being cancelled


async def test_no_answer_in_time(way: Upstream, fake: Fake) -> None:
    fake.next([asyncio.Event()])
    assert await outcome(way, call(fake.url, answer_timeout=0.05)) == Came(cause=("total_timeout",), before=True)
    await asyncio.wait_for(fake.received[0].gone.wait(), 2)


async def test_a_kept_connection_knows_the_limit_of_each_call(way: Upstream, fake: Fake) -> None:
    """A longer limit behind a shorter one, and a shorter behind a longer one."""
    late = [0.15, sized()]
    fake.next([sized()], late, [sized()], [asyncio.Event()])
    for limit in (0.1, 5.0, 5.0):
        assert Came().fits(await outcome(way, call(fake.url, answer_timeout=limit)))
    assert await outcome(way, call(fake.url, answer_timeout=0.05)) == Came(cause=("total_timeout",), before=True)
    assert fake.connections == 1


async def test_an_answer_that_came_at_the_last_look_leaves_the_next_call_its_limit(fake: Fake) -> None:
    way = Direct(Outbox())
    fake.next([0.05, sized()], [asyncio.Event()])
    asyncio.get_running_loop().call_later(0.02, time.sleep, 0.3)
    assert Came().fits(await outcome(way, call(fake.url, answer_timeout=0.1)))
    async with asyncio.timeout(5):
        assert await outcome(way, call(fake.url, answer_timeout=0.05)) == Came(cause=("total_timeout",), before=True)
    assert fake.connections == 1
    await way.close()


async def test_a_body_that_stands_still(way: Upstream, fake: Fake) -> None:
    fake.next([head(b"content-length: 50") + HELLO, asyncio.Event()])
    assert await outcome(way, call(fake.url, idle_timeout=0.05)) == Came(cause=("idle_timeout",))
    await asyncio.wait_for(fake.received[0].gone.wait(), 2)


async def test_no_connection_in_time(way: Upstream) -> None:
    """A server whose queue is full takes no more connections, as behind a firewall that says nothing."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        began = time.monotonic()
        came = await outcome(way, call(f"http://127.0.0.1:{full.getsockname()[1]}/", connect_timeout=0.2))
        for each in waiting:
            each.close()
    assert came == Came(cause=("connect_timeout",), before=True)
    assert time.monotonic() - began < 4


async def test_no_handshake_in_time(way: Upstream, fake: Fake) -> None:
    url = fake.url.replace("http://", "https://")
    async with asyncio.timeout(5):
        assert await outcome(way, call(url, connect_timeout=0.1)) == Came(cause=("connect_timeout",), before=True)


async def test_whoever_is_cancelled_closes_the_socket(way: Upstream, fake: Fake) -> None:
    fake.next([asyncio.Event()])
    asking = spawn(way.call(call(fake.url)), "a call")
    received = await fake.got()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await asyncio.wait_for(received.gone.wait(), 2)


@pytest.mark.parametrize("pushed", [False, True])
async def test_whoever_leaves_closes_the_socket(way: Upstream, fake: Fake, pushed: bool) -> None:
    fake.next([head(CHUNKED) + chunk(HELLO), asyncio.Event()])
    answer = await way.call(call(fake.url))
    if pushed:
        answer.relay(Gathered())
    answer.close()
    await asyncio.wait_for(fake.received[0].gone.wait(), 2)


async def test_a_reading_that_is_cancelled_closes_the_socket(way: Upstream, fake: Fake) -> None:
    fake.next([head(CHUNKED) + chunk(HELLO), asyncio.Event()])
    answer = await way.call(call(fake.url))
    reading = spawn(answer.read(), "a reading")
    await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    answer.close()
    await asyncio.wait_for(fake.received[0].gone.wait(), 2)


async def test_closing_the_pool_leaves_no_connection(way: Upstream, fake: Fake) -> None:
    await asyncio.gather(*[outcome(way, call(fake.url)) for _ in range(5)])
    await way.close()
    async with asyncio.timeout(2):
        while fake.open:
            await asyncio.sleep(0.001)


# ---------------------------------------------------------------- addresses


async def test_nothing_listens(way: Upstream) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (cause,) = (await outcome(way, call(f"http://127.0.0.1:{port}/"))).cause
    assert cause == ("refused" if isinstance(way, Direct) else "unreachable"), "httpx: or the proxy does not"


async def test_a_name_that_is_none(way: Upstream) -> None:
    (cause,) = (await outcome(way, call("http://nowhere.invalid/"))).cause
    assert cause == ("dns" if isinstance(way, Direct) else "unreachable")


def _resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have the name ``both.test`` stand for these addresses, in this order."""
    usual = socket.getaddrinfo

    def found(host: str | bytes | None, port: int, *more: int, **named: int) -> list[Any]:
        if host not in ("both.test", b"both.test"):
            return list(usual(host, port, *more, **named))
        infos: list[Any] = []
        for address in addresses:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            where = (address, port, 0, 0) if ":" in address else (address, port)
            infos.append((family, socket.SOCK_STREAM, 6, "", where))
        return infos

    async def resolved(host: str, port: int) -> list[Any]:
        return found(host, port)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    monkeypatch.setattr(dialling, "resolved", resolved)


@pytest.mark.parametrize("listening", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("order", [("127.0.0.1", "::1"), ("::1", "127.0.0.1")])
async def test_whichever_family_is_served(
    way: Upstream, monkeypatch: pytest.MonkeyPatch, listening: str, order: tuple[str, ...]
) -> None:
    _resolving(monkeypatch, *order)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sized(HELLO, b"connection: close"))

    server = await asyncio.start_server(serve, listening, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert Came().fits(await outcome(way, call(f"http://both.test:{port}/", "GET")))
        await way.close()


async def test_an_address_that_leads_nowhere_does_not_hold_up_the_other(
    way: Upstream, monkeypatch: pytest.MonkeyPatch, fake: Fake
) -> None:
    """The first address takes no connection and says nothing, for longer than the limit."""
    monkeypatch.setattr(dialling, "HEAD_START", 0.05)
    with socket.socket() as full:
        full.bind(("127.0.0.2", fake.port))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        _resolving(monkeypatch, "127.0.0.2", "127.0.0.1")
        came = await outcome(way, call(f"http://both.test:{fake.port}/", connect_timeout=1.0))
        for each in waiting:
            each.close()
    assert (came.status, came.cause) == (200, ())


@pytest.mark.skipif(not find_spec("uvloop"), reason="there is no uvloop here")
def test_several_addresses_on_the_fast_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolving(monkeypatch, "::1", "127.0.0.1")

    async def ask() -> Came:
        async with Fake() as fake:
            way = Direct(Outbox())
            came = await outcome(way, call(f"http://both.test:{fake.port}/"))
            await way.close()
            return came

    with asyncio.Runner(loop_factory=import_module("uvloop").new_event_loop) as runner:
        assert runner.run(ask()).status == 200


# ---------------------------------------------------------------- TLS


class Secure:
    """A server that speaks TLS and answers everything with ``HELLO``."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(sized(HELLO, b"connection: close"))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    direct.tls_context.cache_clear()
    yield
    direct.tls_context.cache_clear()


async def refusal(way: Upstream, port: int) -> str:
    with pytest.raises(UpstreamError) as told:
        await way.call(call(f"https://127.0.0.1:{port}/", "GET"))
    assert told.value.cause == "tls"
    return told.value.message


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_that_is_good(way: Upstream, authority: Authority) -> None:
    async with Secure(authority.server("127.0.0.1")) as port:
        assert Came().fits(await outcome(way, call(f"https://127.0.0.1:{port}/", "GET")))
        await way.close()


async def test_an_authority_that_nobody_knows(way: Upstream, authority: Authority) -> None:
    async with Secure(authority.server("127.0.0.1")) as port:
        said = await refusal(way, port)
        assert f"No secure connection to 127.0.0.1:{port}: unable to get local issuer certificate" in said


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_for_another_name(way: Upstream, authority: Authority) -> None:
    async with Secure(authority.server("other.test")) as port:
        assert "certificate is not valid for '127.0.0.1'" in await refusal(way, port)


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_that_has_ended(way: Upstream, authority: Authority) -> None:
    async with Secure(authority.server("127.0.0.1", expired=True)) as port:
        assert "certificate has expired" in await refusal(way, port)


async def test_https_to_a_server_that_speaks_http(way: Upstream) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer):
            await reader.read(100)
            writer.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        said = await refusal(way, server.sockets[0].getsockname()[1])
        assert "it does not speak TLS (is it http://?)" in said


async def test_http_to_a_server_that_speaks_tls(way: Upstream, authority: Authority) -> None:
    async with Secure(authority.server("127.0.0.1")) as port:
        came = await outcome(way, call(f"http://127.0.0.1:{port}/", "GET"))
        assert came.before
        assert came.cause[0] in ("broken", "protocol")
