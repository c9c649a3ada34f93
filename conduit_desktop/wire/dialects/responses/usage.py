"""The ``usage`` member of a Response, both ways.

Formats: OpenAI's API reference (responses/object); OpenRouter's ``cost`` in US dollars; xAI's ``cost_in_usd_ticks``, of which
ten thousand million are a dollar, and its counts of server-side tools.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.usage import Usage

_PICO = 10**12
_PICO_PER_TICK = 100
_MOST_DOLLARS = 10**6


def read_usage(raw: Any, output: Any = None) -> Usage | None:
    """Usage of an answer, None where it has none. ``output`` are the answer's items, of which the searches are counted."""
    if not isinstance(raw, dict):
        return None
    inputs, outputs = _table(raw, "input_tokens_details"), _table(raw, "output_tokens_details")
    total_in, total_out = count(raw.get("input_tokens")), count(raw.get("output_tokens"))
    if raw.get("input_tokens") is None:
        total_in = max(count(raw.get("total_tokens")) - total_out, 0)
    return Usage(
        input=total_in,
        output=total_out,
        cached_read=count(inputs.get("cached_tokens")),
        cache_write=count(inputs.get("cache_write_tokens")),
        reasoning=count(outputs.get("reasoning_tokens")),
        audio_input=count(inputs.get("audio_tokens")),
        audio_output=count(outputs.get("audio_tokens")),
        image_input=count(inputs.get("image_tokens")),
        searches=_searches(raw, output),
        reported_cost=_cost(raw),
    )


def _table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _searches(raw: dict[str, Any], output: Any) -> int:
    told = count(_table(raw, "server_side_tool_usage_details").get("web_search_calls"))
    if told or not isinstance(output, list):
        return told
    return sum(isinstance(each, dict) and each.get("type") == "web_search_call" for each in output)


def _cost(raw: dict[str, Any]) -> int | None:
    ticks, dollars = raw.get("cost_in_usd_ticks"), raw.get("cost")
    if isinstance(ticks, int) and not isinstance(ticks, bool) and 0 <= ticks * _PICO_PER_TICK <= _MOST_DOLLARS * _PICO:
        return ticks * _PICO_PER_TICK
    if isinstance(dollars, int | float) and not isinstance(dollars, bool) and 0 <= dollars <= _MOST_DOLLARS:
        total = _picos(dollars)
        if raw.get("is_byok") is True:
            upstream = _table(raw, "cost_details").get("upstream_inference_cost")
            if isinstance(upstream, int | float) and 0 <= upstream <= _MOST_DOLLARS:
                total += _picos(upstream)
        return total
    return None


def _picos(dollars: float) -> int:
    return int((Decimal(repr(dollars)) * _PICO).to_integral_value())


def write_usage(usage: Usage) -> dict[str, Any]:
    """Usage as a Response has it, with every detail that its type demands."""
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached_read, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
