"""Scenes of the requests pane: each tab of the inspector, a failure, requests in flight, a filter that fits nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from conduit_desktop.bus import ExchangeFinished, ExchangeStarted
from conduit_desktop.gateway.tally.pricing import cost as bill
from conduit_desktop.gateway.tally.pricing import saved
from conduit_desktop.records import (
    CACHED,
    RESPONSE_CACHE,
    Attempt,
    Capture,
    Exchange,
    ExchangeFilter,
    Message,
    Price,
    Usage,
)
from conduit_desktop.ui.main_window import MainWindow

WORDS = ("Water", "finds", "its", "way,", "along", "the", "quiet", "copper", "bends,", "before", "the", "frost.")


def streamed(seq: int, now: float) -> tuple[Exchange, Capture]:
    """A request that failed over, then streamed with a tool call, and its bodies."""
    before = Attempt(
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
        upstream_request_id="req_011CSHoEeqs5C35K2UUqR7Fy",
    )
    served = replace(
        before,
        n=2,
        provider="OpenRouter",
        provider_id="router",
        upstream_model="anthropic/claude-sonnet-4.5",
        url="https://openrouter.ai/api/v1/chat/completions",
        offset=0.71,
        connected=0.09,
        headers=0.52,
        first=0.78,
        duration=2.9,
        status=200,
        cause="",
        error="",
        upstream_request_id="gen-1764012345-abcdef",
    )
    exchange = Exchange(
        id=f"req_scene{seq:06d}",
        seq=seq,
        started=now - 4,
        dialect="openai-chat",
        endpoint="chat",
        method="POST",
        path="/v1/chat/completions",
        key_id="agent",
        key="agent",
        app="OpenAI/Python",
        model="smart",
        upstream_model="anthropic/claude-sonnet-4.5",
        provider_id="router",
        provider="OpenRouter",
        kind="openrouter",
        status=200,
        stream=True,
        finish="stop",
        usage=Usage(input=1204, output=311, cached_read=1024, reasoning=96),
        cost=5_217_000_000,
        price="reported by the provider",
        ttft=1.5,
        total=3.63,
        overhead=0.0011,
        bytes_in=4810,
        bytes_out=9120,
        attempts=(before, served),
    )
    pieces, body = [], b""
    for at, word in enumerate(WORDS * 5):
        chunk = {"id": "gen-1", "choices": [{"index": 0, "delta": {"content": word + " "}}]}
        event = b"data: " + json.dumps(chunk).encode() + b"\n\n"
        body += event
        pieces.append((1.5 + at * 0.0385 + (0.4 if at > 30 else 0), len(event)))
    request = {
        "model": "smart",
        "stream": True,
        "temperature": 0.7,
        "messages": [
            {"role": "system", "content": "You are a poet of plumbing."},
            {"role": "user", "content": "Write a haiku about pipes, then another."},
        ],
        "tools": [],
    }
    headers = (("authorization", "Bearer …"), ("content-type", "application/json"), ("user-agent", "OpenAI/Python"))
    capture = Capture(
        exchange_id=exchange.id,
        request=Message(start="POST /v1/chat/completions HTTP/1.1", headers=headers, body=json.dumps(request).encode()),
        upstream_request=Message(
            start="POST /api/v1/chat/completions HTTP/1.1",
            headers=headers,
            body=json.dumps({**request, "model": "anthropic/claude-sonnet-4.5"}).encode(),
        ),
        response=Message(
            start="HTTP/1.1 200 OK",
            headers=(("content-type", "text/event-stream"), ("x-request-id", exchange.id)),
            body=body + b"data: [DONE]\n\n",
            pieces=(*pieces, (3.61, 14)),
        ),
    )
    return exchange, capture


async def opened(window: MainWindow) -> Any:
    window.go("requests")
    pane: Any = window.pane("requests")
    pane.close_inspector()
    pane.filters.set_wanted(ExchangeFilter())
    pane.load()
    await asyncio.sleep(0.4)
    return pane


def tab(index: int, row: int = 0) -> Callable[[MainWindow], Awaitable[QWidget | None]]:
    async def scene(window: MainWindow) -> None:
        pane = await opened(window)
        exchange, capture = streamed(100_000, time.time())
        store = window.service._store
        if store.exchanges.get(exchange.id) is None:
            store.exchanges.append(exchange, "2026-01-01", capture, lambda _result: None)
            await asyncio.sleep(0.2)
            pane = await opened(window)
        pane.table.view.selectRow(row)
        pane.inspector.tabs.setCurrentIndex(index)
        await asyncio.sleep(0.5)
        if index == 4:
            pane.inspector.pages[4].table.view.selectRow(3)

    return scene


async def failed(window: MainWindow) -> None:
    pane = await opened(window)
    at = next(row for row, exchange in enumerate(pane.rows.records) if exchange.status == 429)
    pane.inspector.tabs.setCurrentIndex(0)
    pane.table.view.selectRow(at)
    pane.table.view.scrollTo(pane.rows.index(at, 0))
    await asyncio.sleep(0.3)


async def live(window: MainWindow) -> None:
    pane = await opened(window)
    exchange, _ = streamed(0, time.time())
    for number in range(3):
        begun = replace(
            exchange,
            id=f"req_live{number}{time.time()}",
            seq=0,
            status=0,
            started=time.time() - 1.3 * number - 1,
            usage=None,
            cost=None,
            provider="",
            upstream_model="",
            attempts=(),
            ttft=None,
        )
        window.service.bus.publish(ExchangeStarted(begun))
    await asyncio.sleep(0.5)
    pane.table.view.verticalScrollBar().setValue(68)
    for number in range(12):
        window.service.bus.publish(
            ExchangeFinished(replace(exchange, id=f"new{number}{time.time()}", seq=10**6 + number))
        )
    await asyncio.sleep(0.2)


async def nothing(window: MainWindow) -> None:
    pane = await opened(window)
    pane.filters.set_wanted(ExchangeFilter(text="gpt-9", outcome="error"))
    pane.load()
    await asyncio.sleep(0.3)


async def span(window: MainWindow) -> None:
    pane = await opened(window)
    pane.filters.time.picked.emit("own")
    await asyncio.sleep(0.2)


PRICE = Price(
    source="genai-prices 0.0.47: anthropic/claude-sonnet-4-5 #4f2a91",
    input=3_000_000,
    output=15_000_000,
    cached_read=300_000,
    cache_write=3_750_000,
    cache_write_1h=6_000_000,
    per_search=10**10,
)
USED = Usage(
    input=48_210,
    output=2_311,
    cached_read=36_864,
    cache_write=8_192,
    cache_write_1h=4_096,
    reasoning=1_480,
    searches=2,
)


def cost(**changes: Any) -> Callable[[MainWindow], Awaitable[QWidget | None]]:
    """The Cost tab of an exchange that differs from the usual one."""

    async def scene(window: MainWindow) -> None:
        pane = await opened(window)
        store, id = window.service._store, f"req_cost{len(changes)}{changes['cost']}"
        if store.exchanges.get(id) is None:
            store.used_prices.keep(PRICE)
            exchange, _ = streamed(100_000, time.time())
            store.exchanges.append(replace(exchange, id=id, **changes), "2026-01-01", None, lambda _result: None)
            await asyncio.sleep(0.2)
            pane = await opened(window)
        pane.table.select(id)
        pane.inspector.tabs.setCurrentIndex(6)
        await asyncio.sleep(0.6)

    return scene


def kept(index: int) -> Callable[[MainWindow], Awaitable[QWidget | None]]:
    """A tab of an exchange that the response cache answered."""

    async def scene(window: MainWindow) -> None:
        await cost(usage=USED, cost=0, price=CACHED, saved=bill(PRICE, USED), provider=RESPONSE_CACHE, attempts=())(
            window
        )
        pane: Any = window.pane("requests")
        pane.inspector.tabs.setCurrentIndex(index)
        await asyncio.sleep(0.4)

    return scene


NAMES = ("overview", "timeline", "request", "response", "stream", "attempts", "cost")
SCENES: dict[str, Callable[[MainWindow], Awaitable[QWidget | None]]] = {
    **{f"requests-{name}": tab(index) for index, name in enumerate(NAMES)},
    "requests-cost-split": cost(
        usage=USED, cost=bill(PRICE, USED), price=PRICE.source, saved=saved(PRICE, USED), stream=False
    ),
    "requests-cost-unpriced": cost(usage=replace(USED, service="flex"), cost=None, price="", saved=None),
    "requests-kept": kept(0),
    "requests-kept-attempts": kept(5),
    "requests-kept-cost": kept(6),
    "requests-failed": failed,
    "requests-live": live,
    "requests-nothing": nothing,
    "requests-span": span,
}
