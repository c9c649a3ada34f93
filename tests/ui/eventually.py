"""Waiting in async window tests: let the loop run until something is so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 30.0


async def until(holds: Callable[[], object], what: str = "what was waited for") -> None:
    """Let the loop run until ``holds()`` is true; fails after ``PATIENCE`` seconds."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"{what} did not happen"
        await asyncio.sleep(0.01)
