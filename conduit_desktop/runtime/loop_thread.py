"""A loop on a thread of its own: the gateway's under the window, that of the notifications. Owns the crossing into that
thread, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

T = TypeVar("T")


def new_loop() -> asyncio.AbstractEventLoop:
    """A fast loop, made explicitly: on Python 3.11 qasync replaces the process-wide policy, which would give a Qt loop
    to whoever asks the policy for one."""
    if sys.platform == "win32":
        import winloop

        return winloop.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()


class LoopThread:
    """A loop that runs until ``stop``. Only plain data and coroutines of the core may cross; never a QObject."""

    def __init__(self, name: str = "conduit-gateway") -> None:
        self._loop = new_loop()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()

    async def _main(self) -> None:
        await self._ended.wait()
        # One that has not begun yet belongs to another, whose end is its own: it is not for us to cancel.
        while any(map(_not_begun, asyncio.all_tasks())):
            await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` over there, and wait for it here; results, exceptions and cancellation cross."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def call(self, work: Callable[[], object]) -> None:
        """Do ``work`` over there, soon; not at all once the loop has ended."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(work)

    def stop(self) -> None:
        """End the loop, cancelling what still runs; a second call is for nothing. Blocks for up to 10 s: not for the
        window's thread."""
        self.call(self._ended.set)
        self._thread.join(10)


def _not_begun(task: asyncio.Task[Any]) -> bool:
    return inspect.getcoroutinestate(cast(Coroutine[Any, Any, Any], task.get_coro())) == inspect.CORO_CREATED
