"""How limits stand, in each dialect's own headers."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.auth.limiting import headers, retry_after, span
from conduit_desktop.gateway.exchange import Left, Standing

STANDING = Standing(Left(60, 59, 1.0), Left(6000, 4500, 90.0))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, b"0s"), (0.0171, b"18ms"), (1, b"1s"), (1.5, b"1.5s"), (90, b"1m30s"), (3605, b"1h0m5s")],
)
def test_spans_as_openai_writes_them(seconds: float, shown: bytes) -> None:
    assert span(seconds) == shown


def test_openai() -> None:
    assert dict(headers("openai-chat", STANDING, 0.0)) == {
        b"x-ratelimit-limit-requests": b"60",
        b"x-ratelimit-remaining-requests": b"59",
        b"x-ratelimit-reset-requests": b"1s",
        b"x-ratelimit-limit-tokens": b"6000",
        b"x-ratelimit-remaining-tokens": b"4500",
        b"x-ratelimit-reset-tokens": b"1m30s",
    }


def test_anthropic() -> None:
    found = dict(headers("anthropic-messages", STANDING._replace(requests=None), 1_772_366_400.0))
    assert found == {
        b"anthropic-ratelimit-tokens-limit": b"6000",
        b"anthropic-ratelimit-tokens-remaining": b"4500",
        b"anthropic-ratelimit-tokens-reset": b"2026-03-01T12:01:30Z",
    }


def test_when_to_come_back() -> None:
    assert retry_after("openai-chat", 0.25) == [(b"retry-after", b"1"), (b"retry-after-ms", b"250")]
    assert retry_after("gemini", 1.2) == [(b"retry-after", b"2")]
