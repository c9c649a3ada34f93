"""What would hold up the window in one go, cut into turns of its loop: behind each, what was changed is laid out and
painted, and what the user did meanwhile is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import shiboken6
from PySide6.QtWidgets import QWidget


def in_turns(steps: Sequence[Callable[[], object]], parts: Sequence[QWidget]) -> Coroutine[Any, Any, None]:
    """Runs each of ``steps`` in a turn, then paints each of ``parts`` in another; from now on until then these stay as
    they look. It must be awaited, and ends well even where a part is gone meanwhile."""
    for part in parts:
        part.setUpdatesEnabled(False)
    return _go_on(steps, parts)


async def _go_on(steps: Sequence[Callable[[], object]], parts: Sequence[QWidget]) -> None:
    try:
        for step in steps:
            step()
            await asyncio.sleep(0)
        for part in filter(shiboken6.isValid, parts):
            part.setUpdatesEnabled(True)
            await asyncio.sleep(0)
    finally:
        for part in filter(shiboken6.isValid, parts):
            part.setUpdatesEnabled(True)
