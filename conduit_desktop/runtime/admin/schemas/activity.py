"""What happened: exchanges with their attempts and bodies."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from pydantic import Field

from conduit_desktop.records import Attempt, Capture, Exchange, Message, Usage
from conduit_desktop.runtime.admin.schemas.base import Money, Told, When, usd, when


class AttemptTold(Told):
    """One call to one deployment. Times are milliseconds after the attempt's own start, null when not reached."""

    n: int
    provider: str
    provider_id: str
    deployment_id: str | None
    upstream_model: str
    url: str
    offset_ms: float = Field(description="After the exchange started.")
    connected_ms: float | None
    headers_ms: float | None
    first_ms: float | None = Field(description="To the first content.")
    total_ms: float
    status: int | None
    cause: str | None
    error: str | None
    upstream_request_id: str | None
    reused: bool = Field(description="Over a connection that was there already.")
    dialect: str | None
    dropped: list[str] = Field(description="What of the request this dialect has no word for.")
    fault_lab: str | None = Field(description="The fault that the fault lab made of it: not the provider's doing.")

    @classmethod
    def of(cls, attempt: Attempt) -> AttemptTold:
        return cls(
            n=attempt.n,
            provider=attempt.provider,
            provider_id=attempt.provider_id,
            deployment_id=attempt.deployment_id,
            upstream_model=attempt.upstream_model,
            url=attempt.url,
            offset_ms=_exact(attempt.offset),
            connected_ms=_milliseconds(attempt.connected),
            headers_ms=_milliseconds(attempt.headers),
            first_ms=_milliseconds(attempt.first),
            total_ms=_exact(attempt.duration),
            status=attempt.status,
            cause=attempt.cause or None,
            error=attempt.error or None,
            upstream_request_id=attempt.upstream_request_id or None,
            reused=attempt.reused,
            dialect=attempt.dialect or None,
            dropped=[each.strip() for each in attempt.dropped.split(",") if each.strip()],
            fault_lab=attempt.lab or None,
        )


class UsageTold(Told):
    """Tokens as they are billed: input and output are totals, the others parts of them."""

    input: int
    output: int
    estimated: bool = Field(description="Counted here, because the provider did not tell.")
    service: str | None = Field(description="The service tier, where it is not the usual one.")
    reported_cost_usd: Money | None = Field(description="The provider's own figure.")
    parts: dict[str, int] = Field(description="What is billed at a price of its own, such as cached_read.")

    @classmethod
    def of(cls, usage: Usage | None) -> UsageTold | None:
        if usage is None:
            return None
        told = msgspec.structs.asdict(usage)
        named = {name: told.pop(name) for name in ("input", "output", "estimated", "service", "reported_cost")}
        return cls(
            input=named["input"],
            output=named["output"],
            estimated=named["estimated"],
            service=named["service"] or None,
            reported_cost_usd=usd(named["reported_cost"]),
            parts={name: value for name, value in told.items() if isinstance(value, int) and value},
        )


class ExchangeTold(Told):
    """One client request with all that happened to it."""

    id: str = Field(description="The x-request-id of its answer.")
    started: When | None
    method: str
    path: str
    dialect: str
    endpoint: str
    key: str | None
    key_id: str | None
    app: str | None = Field(description="The caller's user-agent product.")
    model: str | None
    provider: str | None
    provider_id: str | None
    upstream_model: str | None
    status: int = Field(description="What the client was told; 499: it hung up.")
    error_code: str | None
    error: str | None
    stream: bool
    finish: str | None
    usage: UsageTold | None
    cost_usd: Money | None = Field(description="Null: unknown, which is not nothing.")
    saved_usd: Money | None = Field(description="What a cache saved: the provider's own, or the response cache.")
    price: str | None = Field(description="The source of the price it was priced with.")
    ttft_ms: float | None
    total_ms: float
    overhead_ms: float | None
    bytes_in: int
    bytes_out: int

    @classmethod
    def of(cls, exchange: Exchange) -> ExchangeTold:
        return cls(**_told(exchange))


class ExchangeWhole(ExchangeTold):
    attempts: list[AttemptTold]

    @classmethod
    def of(cls, exchange: Exchange) -> ExchangeWhole:
        return cls(**_told(exchange), attempts=[AttemptTold.of(each) for each in exchange.attempts])


def _told(exchange: Exchange) -> dict[str, Any]:
    texts = {
        name: getattr(exchange, name) or None
        for name in (
            *("key", "key_id", "app", "model", "provider", "provider_id", "upstream_model"),
            *("error_code", "error", "finish", "price"),
        )
    }
    same = ("id", "method", "path", "dialect", "endpoint", "status", "stream", "bytes_in", "bytes_out")
    return {
        **texts,
        **{name: getattr(exchange, name) for name in same},
        "started": when(exchange.started),
        "usage": UsageTold.of(exchange.usage),
        "cost_usd": usd(exchange.cost),
        "saved_usd": usd(exchange.saved),
        "ttft_ms": _milliseconds(exchange.ttft),
        "total_ms": _exact(exchange.total),
        "overhead_ms": _milliseconds(exchange.overhead),
    }


class MessageTold(Told):
    """One HTTP message; secrets in it are masked. ``body`` is text, or base64 where it is none."""

    start: str
    headers: list[tuple[str, str]]
    body: str
    encoding: str = Field(description="utf-8 or base64.")
    truncated: bool

    @classmethod
    def of(cls, message: Message | None) -> MessageTold | None:
        if message is None:
            return None
        try:
            body, encoding = message.body.decode(), "utf-8"
        except UnicodeDecodeError:
            body, encoding = base64.b64encode(message.body).decode(), "base64"
        headers = [(name, value) for name, value in message.headers]
        return cls(start=message.start, headers=headers, body=body, encoding=encoding, truncated=message.truncated)


class CaptureTold(Told):
    exchange_id: str
    request: MessageTold | None
    upstream_request: MessageTold | None
    response: MessageTold | None

    @classmethod
    def of(cls, capture: Capture) -> CaptureTold:
        return cls(
            exchange_id=capture.exchange_id,
            request=MessageTold.of(capture.request),
            upstream_request=MessageTold.of(capture.upstream_request),
            response=MessageTold.of(capture.response),
        )


class FacetsTold(Told):
    """What the log can be filtered by."""

    models: list[str]
    providers: list[str]
    apps: list[str]
    keys: list[dict[str, str]] = Field(description="id and name of each.")


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else _exact(seconds)


def _exact(seconds: float) -> float:
    return round(seconds * 1000, 3)
