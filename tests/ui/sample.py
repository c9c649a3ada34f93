"""A home with a day's work in it, for screenshots and tests of the window: the same at every run."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from datetime import datetime

from conduit_desktop.records import (
    Attempt,
    Capture,
    Deployment,
    Exchange,
    Message,
    Model,
    Provider,
    Telling,
    Usage,
    VirtualKey,
)
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

USD = 10**12
PROVIDERS = (
    ("openai", "OpenAI", "openai", "https://api.openai.com/v1"),
    ("claude", "Anthropic", "anthropic", "https://api.anthropic.com"),
    ("router", "OpenRouter", "openrouter", "https://openrouter.ai/api/v1"),
    ("local", "Ollama on this machine", "ollama", "http://127.0.0.1:11434"),
)
MODELS = (
    ("fast", "least-latency", (("openai", "gpt-5-mini"), ("router", "openai/gpt-5-mini"))),
    ("smart", "simple", (("claude", "claude-sonnet-4-5"), ("router", "anthropic/claude-sonnet-4.5"))),
    ("code", "round-robin", (("claude", "claude-opus-4-5"), ("openai", "gpt-5-codex"))),
    ("local", "simple", (("local", "qwen3:14b"),)),
)
KEYS = (("editor", 5 * USD, "month"), ("agent", 40 * USD, "month"), ("notebook", None, "month"), ("ci", 2 * USD, "day"))


def fill(store: Store, vault: Vault, *, exchanges: int = 240, now: float | None = None) -> None:
    """Providers, models, keys, notifications and ``exchanges`` requests over the last day."""
    now = time.time() if now is None else now
    _configuration(store, vault, now)
    _notifications(store, now)
    _exchanges(store, exchanges, now)


def _configuration(store: Store, vault: Vault, now: float) -> None:
    for id, name, kind, url in PROVIDERS:
        secret = f"sk-sample-{id}-0123456789abcd"
        vault.put(f"provider:{id}", secret)
        ref, last4 = (f"provider:{id}", secret[-4:]) if id != "local" else (None, "")
        store.providers.put(
            Provider(id=id, name=name, kind=kind, base_url=url, secret_ref=ref, secret_last4=last4, created=now)
        )
    for alias, strategy, deployments in MODELS:
        parts = tuple(
            Deployment(
                id=f"{alias}-{at}", model_id=alias, provider_id=provider, upstream_model=upstream, priority=at + 1
            )
            for at, (provider, upstream) in enumerate(deployments)
        )
        fallbacks = ("fast",) if alias == "smart" else ()
        store.models.put(
            Model(id=alias, alias=alias, strategy=strategy, fallbacks=fallbacks, created=now, deployments=parts)  # type: ignore[arg-type]
        )
    for name, budget, period in KEYS:
        text = f"sk-conduit-sample-{name}-0123456789abcdefXY9z"
        vault.put(f"key:{name}", text)
        store.keys.put(
            VirtualKey(
                id=name,
                name=name,
                digest=hashlib.sha256(text.encode()).hexdigest(),
                last4=text[-4:],
                budget=budget,
                period=period,  # type: ignore[arg-type]
                secret_ref=f"key:{name}",
                enabled=name != "notebook",
                created=now - 40 * 86400,
                expires=now + 5 * 86400 if name == "ci" else None,
            )
        )


def _notifications(store: Store, now: float) -> None:
    told = (
        Telling(
            subject="summary:weekly",
            kind="summary",
            severity="info",
            title="Week of 2 to 8 March: $31.20",
            text="$31.20 for 4,812 requests; the week before had $25.90 for 4,103 (+20 %). 38 errors (1 %). "
            "Keys: agent $22.04, editor $8.31, ci $0.85. Models: smart $19.10, code $8.02, fast $4.08.",
            action="show_usage",
            target="2026-03-02/2026-03-08",
        ),
        Telling(
            subject="price:local/qwen3:14b",
            kind="price_unknown",
            severity="warning",
            title="The price of qwen3:14b is not known",
            text="What qwen3:14b of Ollama on this machine costs is not known: its requests count as unpriced, and no "
            "budget sees them. Set a price for it.",
            action="set_price",
            target="local/qwen3:14b",
            stage="unknown",
        ),
        Telling(
            subject="expiry:ci",
            kind="expiry",
            severity="info",
            title="ci expires in 5 days",
            text="From Friday on its requests are refused. Extend it if it is still needed.",
            action="extend_key",
            target="ci",
            stage=f"{now + 5 * 86400:.0f}/7 days",
        ),
        Telling(
            subject="failover:smart",
            kind="failover",
            severity="warning",
            title="OpenRouter took over for smart",
            text="Anthropic fails on its side; OpenRouter answered instead.",
            action="show_request",
            target="0",
        ),
        Telling(
            subject="down:local",
            kind="provider_down",
            severity="error",
            title="Ollama on this machine does not answer",
            text="Ollama on this machine does not accept connections. It is asked again as soon as requests need it.",
            action="test_provider",
            target="local",
        ),
        Telling(
            subject="budget:editor",
            kind="budget",
            severity="warning",
            title="editor has used 80 % of its budget",
            text="It has spent $4.10 of $5.00 a month. The budget starts anew on Wed 1 Apr 2026, 00:00.",
            action="raise_budget",
            target="editor",
        ),
    )
    before = (3 * 86400, 90_000, 20_000, 4000, 700, 120)
    for telling, seconds in zip(told, before, strict=True):
        store.notifications.tell(telling, now - seconds)
    store.notifications.tell(told[3], now - 3000)
    read = [each.id for each in store.notifications.list() if each.kind in ("summary", "price_unknown")]
    store.notifications.mark(read, True)


def _exchanges(store: Store, number: int, now: float) -> None:
    chance = random.Random(7)
    times = sorted(now - 86400 * chance.random() ** 1.6 for _ in range(number))
    done = threading.Event()
    left = [number]

    def count(_result: int | BaseException) -> None:
        left[0] -= 1
        if not left[0]:
            done.set()

    for at, started in enumerate(times):
        exchange = _exchange(chance, at, started)
        capture = _capture(exchange) if at >= number - 30 else None
        store.exchanges.append(exchange, datetime.fromtimestamp(started).strftime("%Y-%m-%d"), capture, count)
    if number:
        done.wait(30)


def _exchange(chance: random.Random, at: int, started: float) -> Exchange:
    alias, _, deployments = chance.choices(MODELS, (5, 4, 2, 1))[0]
    key = chance.choices([name for name, _, _ in KEYS], (4, 6, 1, 2))[0]
    status = chance.choices((200, 429, 500, 499, 400), (92, 3, 2, 2, 1))[0]
    first, last = deployments[0], deployments[-1]
    failed_over = alias == "smart" and chance.random() < 0.12
    provider_id, upstream = last if failed_over else first
    provider = next(row for row in PROVIDERS if row[0] == provider_id)
    good = status in (200, 499)
    tokens_in, tokens_out = int(chance.lognormvariate(7, 1.2)), int(chance.lognormvariate(5.3, 0.9))
    ttft = chance.lognormvariate(-0.6, 0.5)
    total = ttft + tokens_out / chance.uniform(40, 140)
    usage = Usage(input=tokens_in, output=tokens_out, cached_read=tokens_in // 3) if good else None
    cost = None if alias == "local" or not good else tokens_in * 2_500_000 + tokens_out * 12_000_000
    served = Attempt(
        n=2 if failed_over else 1,
        provider_id=provider_id,
        provider=provider[1],
        deployment_id=f"{alias}-{len(deployments) - 1 if failed_over else 0}",
        upstream_model=upstream,
        url=provider[3],
        offset=0.4 if failed_over else 0.001,
        connected=0.03,
        headers=ttft * 0.8,
        first=ttft,
        duration=total,
        status=status,
        cause="" if good else "rate_limited" if status == 429 else "server_error",
        error="" if good else "The provider refused the request.",
        upstream_request_id=f"req_{at:06d}",
    )
    before = Attempt(
        n=1,
        provider_id=first[0],
        provider="Anthropic",
        deployment_id=f"{alias}-0",
        upstream_model=first[1],
        url="https://api.anthropic.com/v1/messages",
        offset=0.001,
        headers=0.35,
        duration=0.36,
        status=529,
        cause="overloaded",
        error="Overloaded",
    )
    dialect = chance.choice(("openai-chat", "anthropic-messages"))
    return Exchange(
        id=f"req_{int(started * 1000):x}{at:04x}",
        started=started,
        dialect=dialect,
        endpoint="chat",
        method="POST",
        path="/v1/messages" if dialect == "anthropic-messages" else "/v1/chat/completions",
        key_id=key,
        key=key,
        app=chance.choice(("claude-cli", "OpenAI/Python", "Zed", "curl")),
        model=alias,
        upstream_model=upstream,
        provider_id=provider_id,
        provider=provider[1],
        kind=provider[2],
        status=status,
        error_code="" if good else "rate_limit_exceeded" if status == 429 else "upstream_error",
        error="" if good else "The provider refused the request.",
        stream=chance.random() < 0.8,
        finish="stop" if status == 200 else "",
        usage=usage,
        cost=cost,
        price="" if cost is None else f"catalogue:{upstream}",
        ttft=ttft if good else None,
        total=total if good else 0.4,
        overhead=chance.uniform(0.0001, 0.0006),
        bytes_in=tokens_in * 4,
        bytes_out=tokens_out * 6,
        attempts=(before, served) if failed_over else (served,),
    )


def _capture(exchange: Exchange) -> Capture:
    body = b'{"model":"%s","stream":true,"messages":[{"role":"user","content":"Write a haiku about pipes."}]}'
    sent = Message(
        start=f"POST {exchange.path} HTTP/1.1",
        headers=(("authorization", "Bearer sk-…XY9z"), ("content-type", "application/json")),
        body=body % exchange.model.encode(),
    )
    got = Message(
        start=f"HTTP/1.1 {exchange.status}",
        headers=(("content-type", "application/json"), ("x-request-id", exchange.id)),
        body=b'{"choices":[{"message":{"role":"assistant","content":"Water finds its way"}}]}',
        pieces=((exchange.total, 78),),
    )
    return Capture(exchange_id=exchange.id, request=sent, response=got)
