"""Exchanges and attempts to make notifications of."""

from __future__ import annotations

from typing import Any

from conduit_desktop.records import Attempt, Exchange, Usage, VirtualKey

NOON = 1_772_366_400.0
USD = 10**12
KEY = VirtualKey(
    id="k1", name="editor", digest="d", last4="abcd", budget=5 * USD, period="month", created=NOON - 90 * 86400
)


def attempt(provider: str = "one", cause: str = "", status: int | None = 200, **more: Any) -> Attempt:
    answered = {"headers": 0.1} if status is not None else {}
    usual = {"deployment_id": "d1", **answered}
    return Attempt(
        n=1,
        provider_id=f"id-{provider}",
        provider=provider,
        upstream_model="real",
        url="https://api.example/v1",
        offset=0.0,
        cause=cause,
        status=status,
        **{**usual, **more},
    )


def exchange(*attempts: Attempt, status: int = 200, **more: Any) -> Exchange:
    served = attempts[-1] if attempts and status < 400 else None
    given: dict[str, Any] = {
        "id": "x1",
        "started": NOON,
        "dialect": "openai-chat",
        "endpoint": "chat",
        "method": "POST",
        "path": "/v1/chat/completions",
        "model": "fast",
        "key": "editor",
        "key_id": "k1",
        "app": "curl",
        "status": status,
        "attempts": attempts,
        "cost": 5 if served else None,
    }
    if served is not None:
        given |= {"provider_id": served.provider_id, "provider": served.provider, "upstream_model": "real"}
        given |= {"usage": Usage(input=1, output=1)}
    return Exchange(**{**given, **more})


def refused(status: int, code: str = "", **more: Any) -> Exchange:
    return exchange(status=status, error_code=code, **more)
