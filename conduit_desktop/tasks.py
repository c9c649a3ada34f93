"""Tasks that cannot be lost: named, referenced until done, and logged when they fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_log = logging.getLogger(__name__)
_alive: set[asyncio.Task[Any]] = set()


def spawn(work: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
    """Start ``work`` on the running loop and keep it referenced until it ends; a failure is logged."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _alive.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _alive.discard(task)
    if not task.cancelled() and (failure := task.exception()) is not None:
        _log.error("Task %s failed", task.get_name(), exc_info=failure)


async def cancel(task: asyncio.Task[Any] | None) -> None:
    """Cancel ``task`` and wait for its end; its outcome is of no interest any more."""
    if task is None or task.done():
        return
    task.cancel()
    await asyncio.wait({task})
