"""A loop's end, whatever is in work on it."""

from __future__ import annotations

import asyncio

import anyio

from conduit_desktop.runtime.loop_thread import LoopThread
from conduit_desktop.tasks import spawn


async def test_what_has_not_begun_as_the_loop_ends_is_left_to_whom_it_belongs() -> None:
    """What a test leaves behind, a coroutine that nobody awaited too, fails it."""
    thread = LoopThread("conduit-test")

    async def parent() -> None:
        thread._ended.set()  # the winding up has its turn next, before what begins here
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever)

    thread.call(lambda: spawn(parent(), "parent"))
    await asyncio.to_thread(thread.stop)
