"""The ``usage`` member of a Response, both ways: that of chat completions under other names.

Formats: OpenAI's API reference (responses/object); what OpenRouter and xAI add is read as in chat completions.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.chat.usage import read_usage as common
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.usage import Usage

_NAMES = {
    "input_tokens": "prompt_tokens",
    "output_tokens": "completion_tokens",
    "input_tokens_details": "prompt_tokens_details",
    "output_tokens_details": "completion_tokens_details",
}
_PICO = 10**12


def read_usage(raw: Any, output: Any = None) -> Usage | None:
    """Usage of an answer, None where it has none. ``output`` are the answer's items, of which searches are counted."""
    if not isinstance(raw, dict):
        return None
    usage = common({_NAMES.get(name, name): value for name, value in raw.items()})
    if usage is None or usage.searches:
        return usage
    details = raw.get("server_side_tool_usage_details")
    searches = count(details.get("web_search_calls")) if isinstance(details, dict) else 0
    if not searches and isinstance(output, list):
        searches = sum(isinstance(each, dict) and each.get("type") == "web_search_call" for each in output)
    return msgspec.structs.replace(usage, searches=searches) if searches else usage


def write_usage(usage: Usage) -> Json:
    """Usage as a Response has it, with every detail that its type demands, and OpenRouter's ``cost`` where it is
    known."""
    out: Json = {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached_read, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
    if usage.reported_cost is not None:
        out["cost"] = usage.reported_cost / _PICO
    return out
