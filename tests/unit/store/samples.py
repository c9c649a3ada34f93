"""Records to put into a store: one of everything (also what the shipped databases hold), and makers of many."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import Any

from msgspec.structs import replace

from conduit_desktop.records import (
    Attempt,
    Capture,
    Deployment,
    Exchange,
    Message,
    Model,
    Price,
    Provider,
    Usage,
    VirtualKey,
)
from conduit_desktop.store import Store

DAY = "2026-03-01"
NOON = 1_772_366_400.0

PROVIDER = Provider(
    id="prov1",
    name="OpenAI",
    kind="openai",
    base_url="https://api.openai.com/v1",
    secret_ref="provider/prov1/1",
    secret_last4="abcd",
    created=NOON,
    updated=NOON + 1,
)
MODEL = Model(
    id="model1",
    alias="fast",
    strategy="least-cost",
    retries=3,
    fallbacks=("slow", "größer"),
    created=NOON,
    deployments=(
        Deployment(id="dep1", model_id="model1", provider_id="prov1", upstream_model="gpt-4o-mini", weight=3),
        Deployment(
            id="dep2", model_id="model1", provider_id="prov1", upstream_model="a/b:c", priority=2, enabled=False
        ),
    ),
)
KEY = VirtualKey(
    id="key1",
    name="editor",
    digest="0" * 64,
    last4="wxyz",
    note="for the editor",
    budget=5 * 10**12,
    period="week",
    expires=NOON + 86_400,
    models=("fast", "gpt-*"),
    rpm=60,
    tpm=100_000,
    parallel=4,
    secret_ref="key/key1/1",
    created=NOON,
)
PRICE = Price(
    source="catalogue",
    input=150_000,
    output=600_000,
    cached_read=75_000,
    per_request=5,
    tiers=((128_000, Price(source="catalogue", input=300_000, output=1_200_000)),),
)
EXCHANGE = Exchange(
    id="01J0000000000000000000FULL",
    started=NOON,
    dialect="openai-chat",
    endpoint="chat",
    method="POST",
    path="/v1/chat/completions",
    key_id="key1",
    key="editor",
    app="openai-python",
    model="fast",
    upstream_model="gpt-4o-mini-2024-07-18",
    provider_id="prov1",
    provider="OpenAI",
    kind="openai",
    status=502,
    error_code="upstream_error",
    error="OpenAI broke off after 3 chunks.",
    stream=True,
    finish="error",
    usage=Usage(
        input=1200,
        output=34,
        cached_read=1000,
        cache_write=7,
        reasoning=5,
        audio_input=2,
        audio_output=3,
        reported_cost=10**9,
        estimated=True,
    ),
    cost=123_456_789,
    price="catalogue",
    ttft=0.31,
    total=1.5,
    overhead=0.0002,
    bytes_in=2048,
    bytes_out=512,
    attempts=(
        Attempt(
            n=1,
            provider_id="prov1",
            provider="OpenAI",
            deployment_id="dep1",
            upstream_model="gpt-4o-mini",
            url="https://api.openai.com/v1/chat/completions",
            offset=0.0004,
            status=529,
            cause="overloaded",
            error="Overloaded",
        ),
        Attempt(
            n=2,
            provider_id="prov1",
            provider="OpenAI",
            deployment_id=None,
            upstream_model="a/b:c",
            url="https://api.openai.com/v1/chat/completions",
            offset=0.4,
            connected=0.01,
            headers=0.2,
            first=0.31,
            duration=1.1,
            status=200,
            cause="broken",
            error="3 chunks",
            upstream_request_id="req_1",
            reused=True,
        ),
    ),
)
CAPTURE = Capture(
    exchange_id=EXCHANGE.id,
    request=Message(
        start="POST /v1/chat/completions HTTP/1.1",
        headers=(("authorization", "Bearer sk-…wxyz"), ("accept", "*/*")),
        body=b'{"model":"fast"}\xff',
        pieces=((0.0, 10), (0.1, 7)),
    ),
    response=Message(start="HTTP/1.1 200 OK", body=b"data: " * 1000, truncated=True),
)
NOTICE = ("budget:key1", "budget", "warning", "80 % spent", "editor has spent $4.00 of $5.00.", NOON)


def exchange(number: int, **changes: Any) -> Exchange:
    """A plain exchange; each number has its own id and second."""
    plain = Exchange(
        id=f"req_{number:012d}",
        started=NOON + number,
        dialect="openai-chat",
        endpoint="chat",
        method="POST",
        path="/v1/chat/completions",
        key_id="key1",
        key="editor",
        app="curl",
        model="fast",
        provider="OpenAI",
        status=200,
        usage=Usage(input=10, output=2),
        cost=7,
        ttft=0.1,
        total=0.5,
    )
    return replace(plain, **changes)


Append = Callable[..., list[int | BaseException]]


def appender(store: Store) -> Append:
    def append(
        exchanges: Iterable[Exchange], day: str | Callable[[Exchange], str] = DAY, capture: Capture | None = None
    ) -> list[Any]:
        """All at once, and what came of each: the log gathers for a moment, for which one by one would wait each."""
        given = list(exchanges)
        outcomes: SimpleQueue[tuple[int, int | BaseException]] = SimpleQueue()
        for place, each in enumerate(given):
            its_day = day if isinstance(day, str) else day(each)
            store.exchanges.append(each, its_day, capture, lambda outcome, place=place: outcomes.put((place, outcome)))
        told = dict(outcomes.get(timeout=30) for _ in given)
        return [told[place] for place in range(len(given))]

    return append
