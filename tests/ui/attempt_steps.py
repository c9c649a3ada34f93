"""Exchanges whose attempts went every way there is: for tests and scenes of the Attempts tab."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from conduit_desktop.records import Attempt, Exchange

FIRST = Attempt(
    n=1,
    provider_id="claude",
    provider="Anthropic",
    deployment_id="smart-0",
    upstream_model="claude-sonnet-4-5",
    url="https://api.anthropic.com/v1/messages",
    offset=0.004,
    connected=0.11,
    headers=0.42,
    duration=0.43,
    status=529,
    cause="overloaded",
    error="Overloaded",
    dialect="anthropic-messages",
    next="again",
)
OTHER: dict[str, Any] = {
    "provider_id": "router",
    "provider": "OpenRouter",
    "deployment_id": "smart-1",
    "upstream_model": "anthropic/claude-sonnet-4.5",
    "url": "https://openrouter.ai/api/v1/chat/completions",
    "dialect": "openai-chat",
}
CHEAP: dict[str, Any] = {**OTHER, "deployment_id": "cheap-0", "upstream_model": "qwen/qwen3-32b", "model": "cheap"}


def twelve() -> tuple[Attempt, ...]:
    """A bad day: every kind of failure, and an answer at last."""
    rows: list[dict[str, Any]] = [
        {},
        {"waited": 0.31, "cause": "rate_limited", "status": 429, "error": "Slow down", "next": "credential"},
        {"credential": "team account", "status": 401, "cause": "unauthorised", "error": "invalid x-api-key"},
        {**OTHER, "status": None, "headers": None, "duration": 2.0, "cause": "first_token_timeout", "error": "Late"},
        {**OTHER, "status": 503, "cause": "overloaded", "lab": "overloaded", "error": "Fault lab: overloaded"},
        {"status": 200, "cause": "truncated", "error": "The provider's stream ended before it was finished."},
        {"status": None, "connected": None, "headers": None, "cause": "dns", "error": "No such name", "duration": 0.05},
        {**OTHER, "status": 400, "cause": "context_length", "error": "prompt is too long", "next": "context"},
        {**CHEAP, "status": 500, "cause": "server_error", "error": "Internal error", "waited": 0.2},
        {**CHEAP, "status": 200, "cause": "empty", "error": "The provider's stream ended without an answer."},
        {**CHEAP, "status": 200, "cause": "content_filter", "error": "", "next": "content"},
        {**CHEAP, "status": 200, "cause": "", "error": "", "next": "", "first": 0.9, "duration": 3.4, "reused": True},
    ]
    made, at = [], 0.004
    for n, changes in enumerate(rows, 1):
        each = replace(FIRST, n=n, **changes)
        at += each.waited
        made.append(replace(each, offset=at))
        at += each.duration + 0.002
    return tuple(made)


def with_attempts(exchange: Exchange, id_: str, attempts: tuple[Attempt, ...]) -> Exchange:
    last = attempts[-1]
    return replace(exchange, id=id_, attempts=attempts, total=last.offset + last.duration + 0.004)
