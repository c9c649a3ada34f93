"""Words of Google's Interactions API and what they mean: statuses, times.

Source: the reference of ``Interaction`` (ai.google.dev/api/interactions-api) and the types of google-genai.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conduit_desktop.wire.dialects.reading import moment
from conduit_desktop.wire.messages import Finish

NAME = "interactions"

CONTENTS = ("text", "image", "audio", "video", "document")
"""The types of content; every other type is a step's."""

_STATUSES: dict[str, Finish] = {
    "completed": "stop",
    "requires_action": "tool_calls",
    "incomplete": "length",
    "budget_exceeded": "length",
    "requires_continuation": "pause",
    "failed": "error",
}
"""What is not named here (cancelled, words to come) is ``other``."""
_WRITTEN: dict[Finish, str] = {
    "stop": "completed",
    "stop_sequence": "completed",
    "tool_calls": "requires_action",
    "error": "failed",
}
"""Everything else has cut the answer: the API's one word for that is ``incomplete``."""
UNFINISHED = frozenset({"in_progress", "queued", "idle"})


def read_status(word: str, called: bool) -> Finish:
    """Why the answer ended. ``called``: it holds function calls."""
    finish = _STATUSES.get(word, "other")
    return "tool_calls" if called and finish == "stop" else finish


def write_status(finish: Finish | None, native: str, called: bool) -> str:
    """The status to tell a client: the API's own where the answer came in its words."""
    if finish is not None and (native == "cancelled" or _STATUSES.get(native) == finish):
        return native
    if called and finish in (None, "stop"):
        return "requires_action"
    return "completed" if finish is None else _WRITTEN.get(finish, "incomplete")


def read_time(time: Any) -> int | None:
    """Unix seconds of an ISO 8601 time; None for what is none."""
    if not isinstance(time, str):
        return None
    try:
        return int(datetime.fromisoformat(time).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def write_time(seconds: int) -> str:
    """Unix seconds as the API writes times: in UTC, to the second."""
    return moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")
