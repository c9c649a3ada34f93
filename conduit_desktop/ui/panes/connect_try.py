"""Trying a connection: the snippets' request, sent from here through the gateway, and what came of it in words."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from conduit_desktop.runtime.client import ChatClient, Event, Failed, Started, Text
from conduit_desktop.ui.shown import duration

PROMPT = "Say hello in one sentence."
_MOST_WORDS = 160


@dataclass(frozen=True, slots=True)
class Tried:
    """Whether it worked, in words, and the request's id in the log."""

    worked: bool
    text: str
    request_id: str = ""


async def attempt(client: ChatClient, base_url: str, key: str, model: str) -> Tried:
    """Ask ``model`` for a greeting."""
    request = {"model": model, "stream": True, "messages": [{"role": "user", "content": PROMPT}]}
    began = time.monotonic()
    async with aclosing(client.stream(base_url, key, request)) as events:
        return await told(events, began)


async def told(events: AsyncIterator[Event], began: float) -> Tried:
    """What the events come to. They are heard to their end, so that the connection ends by itself."""
    head: Started | None = None
    failed: Failed | None = None
    words: list[str] = []
    async for event in events:
        match event:
            case Started():
                head = event
            case Text():
                words.append(event.text)
            case Failed():
                failed = event
            case _:
                pass
    if failed is not None:
        status = f"{failed.status}: " if failed.status else ""
        request_id = failed.request_id or (head.request_id if head is not None else "")
        return Tried(False, f"Failed. {status}{failed.message}", request_id)
    answer = " ".join("".join(words).split())
    if len(answer) > _MOST_WORDS:
        answer = f"{answer[:_MOST_WORDS]}…"
    by = f" from {head.provider}" if head is not None and head.provider else ""
    said = f": “{answer}”" if answer else ", without any text."
    took = duration(time.monotonic() - began)
    return Tried(True, f"It works. Answer{by} in {took}{said}", head.request_id if head is not None else "")
