"""Awaiting work whose failure is shown beside a field, not in a toast: the error comes back as a value."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from conduit_desktop.errors import ConduitError

T = TypeVar("T")


async def outcome(work: Awaitable[T]) -> T | ConduitError:
    """What ``work`` gives, or the expected failure it ended with."""
    try:
        return await work
    except ConduitError as error:
        return error
