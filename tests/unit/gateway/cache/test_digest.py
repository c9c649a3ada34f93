"""What makes two requests the same, and that nothing else does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conduit_desktop.gateway.cache.digest import digest, mark
from conduit_desktop.gateway.exchange import Endpoint
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.snapshot import Route, Target
from conduit_desktop.providers import spec
from conduit_desktop.records import Provider, VirtualKey
from conduit_desktop.wire.passing.asks import Ask

CHAT = Endpoint("chat.completions", "openai-chat", "chat")
KEY = VirtualKey(id="k1", name="editor", digest="", last4="")
PROVIDER = Provider(id="p1", name="one", kind="openai", base_url="https://api.openai.com/v1")
TARGET = Target("d1", "d1", PROVIDER, spec("openai"), "gpt-5-mini", alias="fast")
ROUTE = Route("fast", (TARGET,), cache_seconds=60)
BODY = {"model": "fast", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "seed": 7}
HEADERS = [(b"content-type", b"application/json"), (b"user-agent", b"tool/1"), (b"openai-beta", b"a")]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
parts = st.text("xy-\r\n", max_size=6).map(str.encode)
bodies = st.dictionaries(st.text(max_size=8), values, max_size=5)


def job(body: Any = BODY, endpoint: Endpoint = CHAT, headers: Any = HEADERS, **more: Any) -> Job:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    ask = more.pop("ask", Ask("fast"))
    return Job(endpoint, ask, raw, headers, **more)


def found(*, key: VirtualKey = KEY, route: Route = ROUTE, **more: Any) -> bytes:
    return digest(job(**more), key, mark(route))


@given(bodies, bodies)
def test_two_bodies_that_differ_are_never_the_same(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert (found(body=one) == found(body=two)) is (json.dumps(one) == json.dumps(two))


@given(bodies, st.text(max_size=8), values)
def test_any_member_that_changes_makes_another_request(body: dict[str, Any], name: str, value: Any) -> None:
    changed = {**body, name: value}
    assume(json.dumps(changed) != json.dumps(body))
    assert found(body=changed) != found(body=body)


@given(st.lists(parts, max_size=4), st.lists(parts, max_size=4))
def test_the_parts_of_a_form_never_run_into_each_other(one: list[bytes], two: list[bytes]) -> None:
    """Whatever the boundaries are, which every request makes anew."""
    first = found(body=b"AAAA".join(one), boundary=b"AAAA")
    second = found(body=b"BBBB".join(two), boundary=b"BBBB")
    assert (first == second) is ((one or [b""]) == (two or [b""]))


@pytest.mark.parametrize(
    "more",
    [
        {"key": replace(KEY, id="k2")},
        {"key": replace(KEY, providers=("p1",))},
        {"key": replace(KEY, local_only=True)},
        {"route": replace(ROUTE, strategy="random")},
        {"route": replace(ROUTE, targets=(replace(TARGET, upstream_model="gpt-5"),))},
        {"route": replace(ROUTE, targets=(replace(TARGET, id="d2"),))},
        {"route": replace(ROUTE, targets=(TARGET, replace(TARGET, id="d2")))},
        {"route": replace(ROUTE, targets=(replace(TARGET, weight=2),))},
        {"route": replace(ROUTE, targets=(replace(TARGET, provider=replace(PROVIDER, base_url="http://other/v1")),))},
        {"ask": Ask("smart")},
        {"ask": Ask("fast", stream=True)},
        {"endpoint": Endpoint("chat.completions", "cohere", "chat")},
        {"endpoint": Endpoint("completions", "openai-chat", "chat")},
        {"query": "beta=true"},
        {"headers": [*HEADERS, (b"anthropic-beta", b"context-1m")]},
        {"headers": [*HEADERS, (b"anthropic-version", b"2023-06-01")]},
        {"headers": [*HEADERS, (b"x-never-heard-of", b"1")]},
        {"headers": [(b"user-agent", b"tool/2"), *HEADERS[:1], *HEADERS[2:]]},
        {"headers": [*HEADERS, (b"accept", b"text/event-stream")]},
    ],
)
def test_everything_that_can_change_the_answer_counts(more: dict[str, Any]) -> None:
    assert found(**more) != found()


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer sk-conduit-other")],
        [(b"x-api-key", b"sk-conduit-other")],
        [(b"x-stainless-retry-count", b"1"), (b"x-request-id", b"abc"), (b"traceparent", b"00-1-2-03")],
        [(b"content-length", b"99"), (b"content-encoding", b"gzip"), (b"accept-encoding", b"br")],
        [(b"cache-control", b"max-age=9"), (b"host", b"localhost"), (b"cookie", b"a=b")],
    ],
)
def test_what_tells_of_the_connection_the_credential_or_the_call_does_not(headers: Any) -> None:
    assert found(headers=[*headers, *reversed(HEADERS)]) == found()


def test_a_default_bound_of_the_key_counts() -> None:
    bounded = job()
    bounded.bound = 100
    assert digest(bounded, KEY, mark(ROUTE)) != found()


def test_what_does_not_change_the_answer_of_a_key_or_model_does_not_count() -> None:
    key = replace(KEY, name="other", digest="x", rpm=5, budget=7, note="n")
    route = replace(ROUTE, cache_seconds=999, retries=7, fallbacks=("other",))
    assert found(key=key, route=route) == found()
