"""Two months of varied use of a home, for Usage: working days and weekends, quiet nights, a bad day, several tools."""

from __future__ import annotations

import dataclasses
import random
import threading
import time
from datetime import datetime, timedelta

from conduit_desktop.records import Exchange, Usage
from conduit_desktop.store import Store

# alias, provider, upstream, share, input and output price (picodollars a token), tokens/s, median first token
MODELS = (
    ("fast", "OpenAI", "gpt-5-mini", 34, 250_000, 2_000_000, 120, 0.45),
    ("smart", "Anthropic", "claude-sonnet-4-5", 26, 3_000_000, 15_000_000, 70, 0.9),
    ("code", "Anthropic", "claude-opus-4-5", 12, 5_000_000, 25_000_000, 55, 1.2),
    ("draft", "OpenRouter", "mistral/mistral-large", 6, 2_000_000, 6_000_000, 80, 0.7),
    ("long", "Google", "gemini-2.5-pro", 7, 1_250_000, 10_000_000, 95, 1.6),
    ("cheap", "Google", "gemini-2.5-flash", 8, 300_000, 2_500_000, 160, 0.35),
    ("embed", "OpenAI", "text-embedding-3-small", 5, 20_000, 0, 0, 0.0),
    ("rerank", "OpenRouter", "cohere/rerank-v3.5", 2, 2_000_000, 0, 0, 0.0),
    ("local", "Ollama on this machine", "qwen3:14b", 4, None, None, 30, 0.25),
)
KEYS = (("agent", 46, "claude-cli"), ("editor", 30, "Zed"), ("notebook", 9, "OpenAI/Python"), ("ci", 15, "curl"))
TAGS = {"agent": "work", "editor": "work", "notebook": "research", "ci": "automation"}


def fill(store: Store, *, days: int = 62, scale: float = 1.0, now: float | None = None) -> int:
    """Put it into the log, oldest first; how many exchanges it was."""
    now = time.time() if now is None else now
    for key in store.keys.list():
        store.keys.put(dataclasses.replace(key, tag=TAGS.get(key.id, "")))
    made = [each for each in exchanges(days, scale, now) if each.started < now]
    made.sort(key=lambda each: each.started)
    done = threading.Event()
    left = [len(made)]

    def count(_result: int | BaseException) -> None:
        left[0] -= 1
        if not left[0]:
            done.set()

    for each in made:
        store.exchanges.append(each, f"{datetime.fromtimestamp(each.started):%Y-%m-%d}", None, count)
    if made:
        done.wait(60)
    return len(made)


def exchanges(days: int, scale: float, now: float) -> list[Exchange]:
    chance = random.Random(11)
    today = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    made: list[Exchange] = []
    for before in range(days):
        day = today - timedelta(days=before)
        busy = 0.28 if day.weekday() >= 5 else 1.0
        growth = 1.35 - before / days * 0.75
        number = int(70 * scale * busy * growth * chance.uniform(0.65, 1.35))
        bad = before == 12
        for _ in range(number):
            hour = min(max(chance.gauss(14, 4.2), 0), 23.98)
            made.append(_exchange(chance, (day + timedelta(hours=hour)).timestamp(), len(made), bad))
    return made


def _exchange(chance: random.Random, started: float, at: int, bad: bool) -> Exchange:
    key, _, app = chance.choices(KEYS, [share for _, share, _ in KEYS])[0]
    model = chance.choices(MODELS, [row[3] for row in MODELS])[0]
    alias, provider, upstream, _, price_in, price_out, speed, first = model
    failing = 0.22 if bad and provider == "Anthropic" else 0.02
    status = chance.choices((529, 429, 499, 200), (failing, 0.012, 0.012, 1))[0]
    good = status in (200, 499)
    chat = bool(speed)
    given = int(chance.lognormvariate(8.1 if chat else 6.2, 1.1))
    cached = (
        int(given * chance.uniform(0.4, 0.9)) if alias in ("smart", "code", "fast") and chance.random() < 0.55 else 0
    )
    answered = int(chance.lognormvariate(5.7, 0.9)) if chat else 0
    usage = Usage(input=given, output=answered, cached_read=cached) if good else None
    cost = saved = None
    if good and price_in is not None:
        assert price_out is not None
        cost = (given - cached) * price_in + cached * price_in // 10 + answered * price_out
        saved = cached * price_in * 9 // 10
    ttft = chance.lognormvariate(0, 0.45) * first * (1.8 if bad else 1.0) if chat and good else None
    total = (ttft or 0.2) + (answered / (speed * chance.uniform(0.7, 1.2)) if chat and good else 0.2)
    return Exchange(
        id=f"req_{int(started * 1000):x}{at:05x}",
        started=started,
        dialect="anthropic-messages" if app == "claude-cli" else "openai-chat",
        endpoint="chat" if chat else "embeddings",
        method="POST",
        path="/v1/messages" if app == "claude-cli" else "/v1/chat/completions",
        key_id=key,
        key=key,
        app=app,
        model=alias,
        upstream_model=upstream,
        provider=provider,
        status=status,
        error_code="" if good else "rate_limit_exceeded" if status == 429 else "overloaded",
        error="" if good else "Overloaded",
        stream=chat,
        usage=usage,
        cost=cost if cost is not None else (0 if not good else None),
        saved=saved,
        price=f"catalogue:{upstream}" if cost is not None else "",
        ttft=ttft,
        total=total,
        overhead=0.0003,
    )
