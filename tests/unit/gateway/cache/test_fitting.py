"""Which requests and answers the cache is for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conduit_desktop.gateway.cache.fitting import Terms, may_be_cached, terms
from conduit_desktop.gateway.exchange import Endpoint
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.wire.passing.asks import Ask


def asked(body: Any, operation: str = "chat", dialect: str = "openai-responses", **ask: Any) -> Job:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Job(Endpoint("x", dialect, operation), Ask("fast", **ask), raw, [])


@pytest.mark.parametrize(
    ("member", "fits"),
    [
        ({}, True),
        ({"n": 3, "temperature": 1}, True),
        ({"store": False}, True),
        ({"store": None}, True),
        ({"store": True}, False),
        ({"background": True}, False),
        ({"background": False}, True),
        ({"conversation": "conv_1"}, False),
        ({"conversation": {"id": "conv_1"}}, False),
        ({"previous_response_id": "resp_1"}, False),
        ({"previous_response_id": None}, True),
        ({"previous_interaction_id": "i_1"}, False),
        ({"container": "c_1"}, False),
        ({"prompt": {"id": "pmpt_1"}}, False),
        ({"prompt": "Once upon a time"}, True),
        ({"prompt": ["one", "two"]}, True),
    ],
)
def test_requests_about_state_at_the_provider_are_not(member: dict[str, Any], fits: bool) -> None:
    assert may_be_cached(asked({"model": "fast", **member})) is fits


def test_what_is_free_or_no_request_for_an_answer_is_not() -> None:
    assert not may_be_cached(asked({}, "count_tokens"))
    assert not may_be_cached(asked({}, "responses.stored"))
    assert not may_be_cached(asked({}, previous="resp_1"))
    assert may_be_cached(asked({}, "embeddings"))


@pytest.mark.parametrize("body", [b"[1]", b"{", b"\xff", b"[" * 100_000])
def test_what_cannot_be_read_is_not(body: bytes) -> None:
    assert not may_be_cached(asked(body))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ([], Terms()),
        ([b"no-cache"], Terms(give=False)),
        ([b"No-Store"], Terms(keep=False, give=False)),
        ([b"max-age=0, no-transform"], Terms(max_age=0)),
        ([b"max-age=60", b"max-age=5"], Terms(max_age=5)),
        ([b"max-age=soon"], Terms()),
        ([b"max-age=-1"], Terms()),
        ([b"only-if-cached"], Terms()),
    ],
)
def test_cache_control_is_heeded(said: list[bytes], meant: Terms) -> None:
    assert terms([(b"cache-control", value) for value in said]) == meant
