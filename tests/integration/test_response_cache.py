"""The response cache over real sockets: what is given again, to whom, how it is told, and what is never kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.raw import Got, Raw, chat
from tests.fakes.rig import Rig
from tests.fakes.upstream import Upstream, completion, reply


def switch_on(rig: Rig, alias: str = "fast", seconds: int | None = 3600) -> None:
    model = rig.store.models.by_alias(alias)
    assert model is not None
    rig.store.models.put(replace(model, cache_seconds=seconds))


async def ask(rig: Rig, request: bytes) -> Got:
    assert rig.gateway.listening is not None
    async with Raw(*(await asyncio.open_connection("127.0.0.1", rig.gateway.listening.port))) as client:
        return await client.ask(request)


async def test_the_same_request_is_answered_again_without_a_provider(rig: Rig, upstream: Upstream) -> None:
    switch_on(rig)
    upstream.next(reply(completion("Hi")))
    first = await ask(rig, chat(rig.key))
    again = await ask(rig, chat(rig.key))
    assert (first.headers["x-conduit-cache"], again.headers["x-conduit-cache"]) == ("miss", "hit")
    assert again.body == first.body
    print(first.headers, again.headers)
    print(await rig.logged(2))
