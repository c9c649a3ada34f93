"""``usage`` of chat completions, both ways, with what compatible providers add to it.

Formats: OpenAI's API reference (the chat completion object), OpenRouter's "Usage accounting", the API references of
xAI, Mistral, DeepSeek, Together and Perplexity.
"""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.openai_usage import RawUsage
from conduit_desktop.wire.dialects.openai_usage import read_usage as common
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.usage import Usage

_CACHED = ("cached_tokens", "prompt_cache_hit_tokens", "num_cached_tokens")
_PICO = 10**12
_TICK = 100
"""Picodollars in one of xAI's ticks (a ten-thousand-millionth of a dollar)."""


def read_usage(raw: Any) -> Usage | None:
    """Usage in its one form; None where ``raw`` has no counts.

    A total above the sum of prompt and completion tells of tokens that stand in neither: reasoning (xAI, Gemini) or
    sound (Mistral)."""
    if not isinstance(raw, dict):
        return None
    usage = common(msgspec.convert(raw, RawUsage))
    if usage is None:
        return None
    more: dict[str, Any] = _beside(raw, usage)
    over = count(raw.get("total_tokens")) - usage.input - usage.output
    if over > 0 and over == usage.audio_input:
        more["input"] = usage.input + over
    elif over > 0 and usage.reasoning in (0, over):
        more["output"], more["reasoning"] = usage.output + over, over
    return msgspec.structs.replace(usage, **more) if more else usage


def _beside(raw: Json, usage: Usage) -> dict[str, Any]:
    """What only some providers tell."""
    more: dict[str, Any] = {}
    inputs = raw.get("prompt_tokens_details")
    if isinstance(inputs, dict) and (images := count(inputs.get("image_tokens"))):
        more["image_input"] = images
    if not usage.cached_read and (cached := next((found for name in _CACHED if (found := count(raw.get(name)))), 0)):
        more["cached_read"] = cached
    for name in ("server_tool_use", "server_tool_use_details"):
        tools = raw.get(name)
        if isinstance(tools, dict) and (searches := count(tools.get("web_search_requests"))):
            more["searches"] = searches
    if searches := count(raw.get("num_search_queries")):
        more["searches"] = searches
    if usage.reported_cost is None and (ticks := count(raw.get("cost_in_usd_ticks"))):
        more["reported_cost"] = ticks * _TICK
    return more


def write_usage(usage: Usage) -> Json:
    """``usage`` as OpenAI's SDK has it; what it has no members for stands in OpenRouter's, where there is any."""
    inputs = {
        "cached_tokens": usage.cached_read,
        "audio_tokens": usage.audio_input,
        "cache_write_tokens": usage.cache_write,
    }
    if usage.image_input:
        inputs["image_tokens"] = usage.image_input
    out: Json = {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": inputs,
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": usage.audio_output,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    if usage.searches:
        out["server_tool_use"] = {"web_search_requests": usage.searches}
    if usage.reported_cost is not None:
        out["cost"] = usage.reported_cost / _PICO
    return out
