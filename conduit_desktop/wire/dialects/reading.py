"""Small readings that several dialects share."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from conduit_desktop.wire.messages import Message, Part, Text

_DATA_URL = re.compile(r"data:(?P<type>[^;,]*)(?:;[^;,]*)*?;base64,(?P<data>.*)", re.DOTALL | re.IGNORECASE)
_MILLISECONDS = 10**11
"""From here on (in the year 5138) a moment is meant in milliseconds."""


def data_url(url: str) -> tuple[str, str] | None:
    """(media type, standard base64) of a base64 data URL; None for any other URL."""
    found = _DATA_URL.fullmatch(url)
    return (found["type"].lower(), standard_base64(found["data"])) if found else None


def standard_base64(text: str) -> str:
    """Base64 in the standard alphabet with padding, be it given URL-safe or without (google-genai sends it so)."""
    text = text.replace("-", "+").replace("_", "/")
    return text + "=" * (-len(text) % 4) if len(text) % 4 else text


def plain(parts: list[Part], joint: str = "\n") -> str:
    """The words of the text parts among ``parts``."""
    return joint.join(part.text for part in parts if isinstance(part, Text))


def system_text(messages: list[Message]) -> str:
    """What the system and developer messages say, joined."""
    told = [plain(each.parts) for each in messages if each.role in ("system", "developer")]
    return "\n\n".join(text for text in told if text)


def json_object(text: str) -> Any:
    """The JSON object that ``text`` is, an empty one for blank text and null; None where it is none."""
    try:
        found = msgspec.json.decode(text.strip() or "{}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    return {} if found is None else found if isinstance(found, dict) else None


def json_text(value: Any) -> str:
    """``value`` as compact JSON text."""
    return msgspec.json.encode(value).decode()


def moment(seconds: int) -> datetime:
    """A moment in Unix seconds, or in milliseconds, as some providers count; the beginning of time for what is none."""
    try:
        return datetime.fromtimestamp(seconds if abs(seconds) < _MILLISECONDS else seconds // 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def count(value: Any) -> int:
    """A count of tokens as a provider wrote it; 0 for what is none."""
    if type(value) is int and 0 <= value <= 10**9:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return 0
    return min(max(int(value), 0), 10**9) if abs(value) < 1e18 else 0
