"""What would hold up the window in one go, cut into turns of its loop: behind each, what was changed is laid out and
painted, and what the user did meanwhile is heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import shiboken6
from PySide6.QtWidgets import QWidget


async def in_turns(steps: Sequence[Callable[[], object]], parts: Sequence[QWidget]) -> None:
    """Run each of ``steps`` in a turn, then paint each of ``parts``, which stay as they look until then, in another."""
    for part in parts:
        part.setUpdatesEnabled(False)
    try:
        for step in steps:
            step()
            await asyncio.sleep(0)
        for part in parts:
            part.setUpdatesEnabled(True)
            await asyncio.sleep(0)
    finally:
        for part in filter(shiboken6.isValid, parts):
            part.setUpdatesEnabled(True)
