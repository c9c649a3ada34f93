"""Probing providers: every way in which one can fail to answer, against tiny servers on this machine."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conduit_desktop.gateway.send import diagnosis, inquiry, probe
from conduit_desktop.providers import Preset, ProviderSpec, demo, spec

SECRET = "sk-test-0123456789abcdef"
OPENAI = spec("openai")
OPENROUTER = spec("openrouter")
ANY = spec("openai-compatible")
MODELS = {"object": "list", "data": [{"id": "gpt-4o"}, {"id": "gpt-4o-mini"}, {"id": "gpt-4o"}]}

Handler = Callable[[str, dict[str, str], bytes], bytes]


def answer(status: int, body: Any = b"", *headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} X", f"content-length: {len(raw)}", "connection: close", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + raw


class Server:
    """A server that answers each request with what ``handler`` makes of it, and keeps what it saw."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.seen.append((first, headers, body))
            writer.write(self.handler(first.split(" ")[1], headers, body))
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(handler: Handler | bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server((lambda *_: handler) if isinstance(handler, bytes) else handler)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def check(result: probe.ProbeResult, cause: str, status: int | None) -> None:
    assert (result.ok, result.cause, result.status) == (cause == "ok", cause, status)
    assert result.message
    assert SECRET not in result.message + result.hint
    if cause != "ok":
        assert result.hint
    assert (result.latency is None) is (status is None)


# ---------------------------------------------------------------- good answers


async def test_a_good_key_lists_the_models() -> None:
    async with serving(answer(200, MODELS)) as server:
        assert await probe.list_models(OPENAI, server.url, SECRET) == ["gpt-4o", "gpt-4o-mini"]
        result = await probe.test(OPENAI, server.url, SECRET)
    check(result, "ok", 200)
    assert result.models_count == 2
    assert "2 models" in result.message
    first, headers, _ = server.seen[0]
    assert first.startswith("GET /v1/models ")
    assert headers["authorization"] == f"Bearer {SECRET}"


async def test_a_bare_list_is_a_list_of_models() -> None:
    async with serving(answer(200, [{"id": "one"}])) as server:
        assert await probe.list_models(ANY, server.url, None) == ["one"]
    assert "authorization" not in server.seen[0][1]


async def test_a_server_without_models_says_what_to_do() -> None:
    async with serving(answer(200, {"data": []})) as server:
        result = await probe.test(ANY, server.url, None)
    check(result, "ok", 200)
    assert "Load a model" in result.hint


async def test_openrouters_key_is_tested_where_one_is_needed() -> None:
    def handler(path: str, headers: dict[str, str], _body: bytes) -> bytes:
        if path == "/v1/key" and headers.get("authorization") != "Bearer good":
            return answer(401, {"error": {"code": 401, "message": "No auth credentials found"}})
        return answer(200, {"data": {"label": "x"}} if path == "/v1/key" else MODELS)

    async with serving(handler) as server:
        check(await probe.test(OPENROUTER, server.url, SECRET), "unauthorised", 401)
        good = await probe.test(OPENROUTER, server.url, "good")
    check(good, "ok", 200)
    assert good.models_count == 2
    assert server.seen[0][1]["x-title"] == "Conduit Desktop"


async def test_a_model_is_asked() -> None:
    def handler(path: str, _headers: dict[str, str], body: bytes) -> bytes:
        if path.endswith("/models"):
            return answer(200, MODELS)
        if json.loads(body)["model"] == "gpt-4o":
            return answer(200, {"choices": [{"message": {"content": "OK"}}]})
        return answer(404, {"error": {"message": "The model `x` does not exist"}})

    async with serving(handler) as server:
        check(await probe.test(OPENAI, server.url, SECRET, "gpt-4o"), "ok", 200)
        wrong = await probe.test(OPENAI, server.url, SECRET, "x")
    check(wrong, "not_found", 404)
    assert "does not exist" in wrong.message
    assert f"OpenAI's own is {OPENAI.base_url}" in wrong.hint, "and not that it ends in /v1, as few others do"
    assert json.loads(server.seen[1][2])["max_completion_tokens"] == 16


async def test_the_demo_needs_no_network() -> None:
    assert await probe.list_models(demo.DEMO, "", None) == list(demo.DEMO.models)
    assert (await probe.test(demo.DEMO, "", None)).ok
    assert (await probe.test(demo.DEMO, "", None, "demo")).ok
    assert (await probe.test(demo.DEMO, "", None, "gpt-9")).cause == "not_found"


# ---------------------------------------------------------------- bad answers


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (401, {"error": {"message": "Incorrect API key provided"}}, "unauthorised"),
        (403, {"error": {"message": "Country not supported"}}, "forbidden"),
        (404, b"", "not_found"),
        (402, {"error": {"message": "Insufficient credits"}}, "quota"),
        (429, {"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}, "rate_limited"),
        (429, {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}, "quota"),
        (500, b"oops", "server_error"),
        (503, {"error": "loading model"}, "server_error"),
        (529, b"", "server_error"),
        (400, {"detail": "bad"}, "wrong_api"),
        (405, b"", "wrong_api"),
        (204, b"", "wrong_api"),
        (200, b"<!DOCTYPE html><html>Sign in</html>", "not_json"),
        (200, b"hello", "not_json"),
        (200, b"", "not_json"),
        (200, {"version": "1"}, "wrong_api"),
        (200, {"data": [1, 2]}, "wrong_api"),
        (200, "text", "wrong_api"),
        (200, b"[" * 100_000, "not_json"),
        (302, b"", "redirect"),
    ],
)
async def test_a_bad_answer_is_classed(status: int, body: Any, cause: str) -> None:
    async with serving(answer(status, body)) as server:
        result = await probe.test(OPENAI, server.url, SECRET)
        with pytest.raises(diagnosis.ProbeFailure) as caught:
            await probe.list_models(OPENAI, server.url, SECRET)
    check(result, cause, status)
    assert caught.value.cause == cause
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        assert body["error"]["message"] in result.message


async def test_a_web_page_is_named() -> None:
    async with serving(answer(200, b"\n <html>")) as server:
        assert "web page" in (await probe.test(OPENAI, server.url, SECRET)).message


async def test_a_redirect_is_told_and_not_followed() -> None:
    async with serving(answer(200, MODELS)) as other:
        target = other.url.replace("127.0.0.1", "localhost")
        async with serving(answer(307, b"", f"location: {target}/models?key=1")) as server:
            result = await probe.test(OPENAI, server.url, SECRET)
    check(result, "redirect", 307)
    assert "http://localhost" in result.message
    assert "key=1" not in result.message
    assert other.seen == []


async def test_a_secret_that_the_server_repeats_is_cut_out(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for said in (SECRET, f"x{SECRET}y" * 20):
        async with serving(answer(401, {"error": {"message": f"Bad key {said}"}})) as server:
            result = await probe.test(OPENAI, server.url, f" Bearer {SECRET} ")
        check(result, "unauthorised", 401)
    assert SECRET not in caplog.text


# ---------------------------------------------------------------- no answer


async def test_nothing_listens() -> None:
    port = free_port()
    result = await probe.test(ANY, f"http://127.0.0.1:{port}/v1", None)
    check(result, "refused", None)
    assert str(port) in result.message


async def test_a_name_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    for scheme in ("http", "https"):
        result = await probe.test(OPENAI, f"{scheme}://nobody.example/v1", SECRET)
        check(result, "dns", None)
        assert "nobody.example" in result.message


async def test_no_way_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cut(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", cut)
    check(await probe.test(OPENAI, "https://far.example/v1", SECRET), "unreachable", None)


async def test_a_server_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.2)
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    result = await probe.test(ANY, f"http://127.0.0.1:{port}/v1", None)
    gone.set()
    listening.close()
    await listening.wait_closed()
    check(result, "timeout", None)


async def test_a_server_that_dribbles_is_timed_out_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.2)

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        try:
            while not writer.is_closing():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(dribble, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    result = await probe.test(ANY, f"http://127.0.0.1:{port}/v1", None)
    listening.close()
    await listening.wait_closed()
    check(result, "timeout", None)


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9.6\r\n", b"", b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"])
async def test_what_is_no_http(raw: bytes) -> None:
    async with serving(raw) as server:
        check(await probe.test(ANY, server.url, None), "wrong_api", None)


async def test_a_huge_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inquiry, "_MOST_BYTES", 1_000)
    async with serving(answer(200, {"data": [{"id": "x" * 400}] * 100})) as server:
        check(await probe.test(ANY, server.url, None), "not_json", 200)


# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate with its key, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_a_certificate_nobody_signed(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with serving(answer(200, MODELS), context) as server:
        result = await probe.test(OPENAI, server.url, SECRET)
    check(result, "tls", None)
    assert "self-signed" in result.message or "self signed" in result.message
    assert server.seen == []


async def test_tls_where_none_is_spoken() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(400))
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    result = await probe.test(OPENAI, f"https://127.0.0.1:{port}/v1", SECRET)
    listening.close()
    await listening.wait_closed()
    check(result, "tls", None)
    assert "http://" in result.hint


async def test_a_handshake_that_never_ends_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.2)
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    result = await probe.test(OPENAI, f"https://127.0.0.1:{port}/v1", SECRET)
    gone.set()
    listening.close()
    await listening.wait_closed()
    check(result, "timeout", None)


# ---------------------------------------------------------------- not even sent


@pytest.mark.parametrize(
    ("row", "url", "secret"),
    [(OPENAI, "https://h/v1", None), (OPENAI, "https://h/v1", "a b"), (OPENAI, "ftp://h", SECRET), (ANY, "", None)],
)
async def test_what_cannot_be_sent_is_told(row: ProviderSpec, url: str, secret: str | None) -> None:
    check(await probe.test(row, url, secret), "not_sent", None)


async def test_a_proxy_is_not_used_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answer(200, MODELS)) as server, serving(answer(500)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("ALL_PROXY", proxy.url.removesuffix("/v1"))
        check(await probe.test(OPENAI, server.url, SECRET), "ok", 200)
    assert proxy.seen == []


# ---------------------------------------------------------------- local servers


def local(*presets: Preset) -> list[ProviderSpec]:
    return [OPENAI, replace(ANY, presets=presets)]


async def test_running_servers_are_found() -> None:
    def ollama(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        return answer(200, {"version": "0.9"} if path == "/api/version" else {"data": [{"id": "llama3"}]})

    def locked(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        return answer(200, {"version": "0.9"}) if path == "/version" else answer(401, {"error": "key"})

    def other(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        return answer(200, {"data": [{"id": "phi"}]}) if path == "/v1/models" else answer(404)

    async with serving(ollama) as one, serving(locked) as two, serving(other) as three, serving(answer(200)) as four:
        presets = [
            Preset(name="ollama", title="Ollama", base_url=one.url, detect="/api/version", mark="version"),
            Preset(name="vllm", title="vLLM", base_url=two.url, detect="/version", mark="version"),
            Preset(name="llama-cpp", title="llama.cpp", base_url=three.url, detect="/props", mark="x"),
            Preset(name="lm-studio", title="LM Studio", base_url=four.url, detect="/x", mark="x"),
            Preset(name="gone", title="Gone", base_url=f"http://127.0.0.1:{free_port()}/v1"),
            Preset(name="custom", title="Custom"),
            Preset(name="far", title="Far", base_url="http://far.example/v1"),
        ]
        found = await probe.detect_local(local(*presets))
    assert [(each.preset, each.models, each.needs_key) for each in found] == [
        ("ollama", ("llama3",), False),
        ("vllm", (), True),
        ("custom", ("phi",), False),
    ]
    assert found[0].kind == "openai-compatible"
    assert found[0].base_url == one.url
    assert "port" in found[2].title
    assert not any("authorization" in headers for _, headers, _ in one.seen + two.seen + three.seen + four.seen)


async def test_nothing_to_find() -> None:
    assert await probe.detect_local([]) == []
    assert await probe.detect_local([OPENAI, demo.DEMO]) == []
    gone = Preset(name="gone", title="Gone", base_url=f"http://127.0.0.1:{free_port()}/v1")
    assert await probe.detect_local(local(gone)) == []


def test_every_cause_is_tested() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert all(f'"{cause}"' in text for cause in diagnosis.Cause.__args__)  # type: ignore[attr-defined]
