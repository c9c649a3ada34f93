"""``usage`` of chat completions, both ways, with what compatible providers add to it.

Formats: OpenAI's API reference (the chat completion object), OpenRouter's "Usage accounting", the API references of
xAI, Mistral, DeepSeek, Together and Perplexity.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.openai_usage import read_usage as common
from conduit_desktop.wire.usage import Usage

_PICO = 10**12


def read_usage(raw: Any, tier: Any = None) -> Usage | None:
    """Usage in its one form; None where ``raw`` has no counts. ``tier`` is the service tier of the answer."""
    return common(raw, tier) if isinstance(raw, dict) else None


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
    if usage.audio_ms:
        out["prompt_audio_seconds"] = usage.audio_ms / 1000
    if usage.searches:
        out["server_tool_use"] = {"web_search_requests": usage.searches}
    if usage.reported_cost is not None:
        out["cost"] = usage.reported_cost / _PICO
    return out
