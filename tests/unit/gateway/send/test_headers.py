"""Which headers cross the gateway, and which stay."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.send import headers as crossing
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.providers import spec
from conduit_desktop.records import Provider

SECRET = "sk-upstream-secret"


def target(kind: str, base_url: str) -> Target:
    provider = Provider(id="p", name="p", kind=kind, base_url=base_url)
    return Target("t", None, provider, spec(kind), "m")


CLOUD = target("openai", "https://api.openai.com/v1")
LOCAL = target("openai-compatible", "http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    "name",
    [
        *("authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie", "proxy-authorization"),
        *("host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "upgrade", "trailer"),
        *("expect", "accept-encoding", "http2-settings", "proxy-connection"),
        *("origin", "referer", "forwarded", "via", "x-forwarded-for", "x-forwarded-port", "x-real-ip"),
        *("sec-fetch-mode", "sec-ch-ua", "x-request-id", "x-conduit-gateway", "x-conduit-anything"),
        "access-control-request-headers",
    ],
)
def test_what_stays_with_the_client(name: str) -> None:
    sent = crossing.for_upstream([(name.encode(), b"clients own")], CLOUD, SECRET, b"gw")
    assert b"clients own" not in [value for _, value in sent]


@pytest.mark.parametrize(
    "pair",
    [
        (b"user-agent", b"OpenAI/Python 1.2"),
        (b"x-stainless-lang", b"python"),
        (b"openai-beta", b"assistants=v2"),
        (b"accept", b"text/event-stream"),
        (b"content-type", b"application/json; charset=utf-8"),
        (b"idempotency-key", b"1"),
        (b"x-unknown", b"\xe9\xff"),
        (b"traceparent", b"00-1-2-01"),
    ],
)
def test_what_crosses_to_the_provider(pair: tuple[bytes, bytes]) -> None:
    assert pair in crossing.for_upstream([pair], CLOUD, SECRET, b"gw")
    twice = [pair, (pair[0], b"second")]
    assert [each for each in crossing.for_upstream(twice, CLOUD, SECRET, b"gw") if each in twice] == twice


def test_the_call_has_the_providers_credential_and_our_framing() -> None:
    sent = crossing.for_upstream([(b"authorization", b"Bearer sk-conduit-x")], CLOUD, SECRET, b"gw")
    assert sent == [
        (b"content-type", b"application/json"),
        (b"accept-encoding", b"identity"),
        (crossing.LOOP, b"gw"),
        (b"authorization", b"Bearer sk-upstream-secret"),
    ]


def test_every_call_carries_our_mark_behind_those_it_came_with() -> None:
    for there in (LOCAL, CLOUD):
        assert (crossing.LOOP, b"gw") in crossing.for_upstream([], there, SECRET, b"gw")
    came = [(crossing.LOOP, b"one.1, two.2"), (crossing.LOOP, b"three.3,\xff bad")]
    assert (crossing.LOOP, b"one.1,two.2,three.3,gw") in crossing.for_upstream(came, CLOUD, SECRET, b"gw", same=False)


def test_what_connection_names_goes_no_further() -> None:
    rows = [(b"connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"x-stay", b"2")]
    assert (b"x-hop", b"1") not in crossing.for_upstream(rows, CLOUD, SECRET, b"gw")
    assert (b"x-stay", b"2") in crossing.for_upstream(rows, CLOUD, SECRET, b"gw")
    assert crossing.for_client(rows) == [(b"x-stay", b"2")]


@pytest.mark.parametrize(
    "name",
    [
        *("connection", "transfer-encoding", "content-length", "keep-alive", "date", "server", "via", "alt-svc"),
        *("set-cookie", "strict-transport-security", "x-request-id", "access-control-allow-origin", "nel"),
        *("proxy-authenticate", "x-conduit-model", "x-conduit-cost-usd"),
    ],
)
def test_what_stays_with_the_provider(name: str) -> None:
    assert crossing.for_client([(name.encode(), b"1")]) == []


@pytest.mark.parametrize(
    "name",
    [
        *("content-type", "retry-after", "x-ratelimit-remaining-tokens", "anthropic-ratelimit-requests-limit"),
        *("openai-processing-ms", "openai-organization", "cf-ray", "x-unknown", "www-authenticate", "cache-control"),
    ],
)
def test_what_crosses_to_the_client(name: str) -> None:
    assert crossing.for_client([(name.encode(), b"1")]) == [(name.encode(), b"1")]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([(b"x-request-id", b"req_1")], "req_1"),
        ([(b"cf-ray", b"ray"), (b"request-id", b"r")], "ray"),
        ([(b"x-other", b"1")], ""),
        ([(b"request-id", b"\xff" * 500)], "ÿ" * 200),
    ],
)
def test_the_providers_own_id(rows: list[tuple[bytes, bytes]], found: str) -> None:
    assert crossing.upstream_id(rows) == found


@pytest.mark.parametrize(
    ("text", "value"),
    [("gpt-4o", b"gpt-4o"), ("meta/llama:70b", b"meta/llama:70b"), ("a\r\nx: y", b"a%0D%0Ax: y"), ("ü%", b"%C3%BC%25")],
)
def test_any_text_is_safe_as_a_header(text: str, value: bytes) -> None:
    assert crossing.safe(text) == value
