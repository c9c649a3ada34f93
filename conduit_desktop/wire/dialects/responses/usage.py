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


def read_usage(raw: Any, answer: Json) -> Usage | None:
    """Usage of an answer, None where it has none. Its items tell of searches, of which OpenAI bills those that search
    and not those that open a page, and of images drawn by another model, whose tokens it does not tell."""
    if not isinstance(raw, dict):
        return None
    usage = common({_NAMES.get(name, name): value for name, value in raw.items()}, answer.get("service_tier"))
    if usage is None:
        return None
    more = {name: found for name, found in _tools(raw, answer.get("output")).items() if found}
    if usage.searches:
        more.pop("searches", None)
    return msgspec.structs.replace(usage, **more) if more else usage


def _tools(raw: Json, output: Any) -> dict[str, int]:
    """What the provider's own tools did."""
    items = [item for item in output if isinstance(item, dict)] if isinstance(output, list) else []
    kinds = [item.get("type") for item in items if item.get("type") != "web_search_call" or _searches(item)]
    details = raw.get("server_side_tool_usage_details")
    told = details if isinstance(details, dict) else {}
    return {
        "searches": count(told.get("web_search_calls")) + count(told.get("x_search_calls"))
        or kinds.count("web_search_call"),
        "file_searches": count(told.get("file_search_calls")) or kinds.count("file_search_call"),
        "unlisted": kinds.count("image_generation_call"),
    }


def _searches(item: Json) -> bool:
    action = item.get("action")
    return not isinstance(action, dict) or action.get("type") in (None, "search")


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
