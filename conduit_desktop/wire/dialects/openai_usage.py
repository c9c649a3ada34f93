"""The ``usage`` member of OpenAI's dialect, in the shapes in which compatible providers send it, read into one form.

Formats: OpenAI's API reference, OpenRouter's "Usage accounting", Perplexity's and Groq's recordings in ../shared/wire.
What does not fit is left out, one part at a time: a figure that cannot be read must not cost the others.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from conduit_desktop.wire.usage import Usage, service_of

_PICO = 10**12
MOST_TOKENS = 10**9
"""No request has more; a larger figure is a provider's mistake, and would not fit into the log."""
MOST_COST = 10**6 * _PICO
_TICK = 100
"""Picodollars in one of xAI's ticks (a ten-thousand-millionth of a dollar)."""
_LONGEST = 10**7  # seconds of sound


class _Details(msgspec.Struct):
    cached_tokens: Any = None
    cache_write_tokens: Any = None
    reasoning_tokens: Any = None
    audio_tokens: Any = None
    image_tokens: Any = None
    cached_tokens_details: Any = None


class RawUsage(msgspec.Struct):
    """``usage`` as it stands in a reply or chunk; images and transcriptions tell theirs in the Responses API's words.
    The last group only some providers tell: xAI, Mistral, Perplexity, OpenRouter, DeepSeek, Moonshot, Together."""

    prompt_tokens: Any = None
    completion_tokens: Any = None
    total_tokens: Any = None
    prompt_tokens_details: Any = None
    completion_tokens_details: Any = None

    input_tokens: Any = None
    output_tokens: Any = None
    input_tokens_details: Any = None
    output_tokens_details: Any = None
    input_token_details: Any = None
    seconds: Any = None

    cost: Any = None
    is_byok: Any = None
    cost_details: Any = None
    cost_in_usd_ticks: Any = None
    cached_tokens: Any = None
    prompt_cache_hit_tokens: Any = None
    num_cached_tokens: Any = None
    prompt_audio_seconds: Any = None
    server_tool_use: Any = None
    server_tool_use_details: Any = None
    num_search_queries: Any = None
    num_sources_used: Any = None
    service_tier: Any = None


def read_usage(raw: RawUsage | None, tier: Any = None) -> Usage | None:
    """Usage in its one form; None where a reply has no counts at all. ``tier`` is the service tier that stands beside
    it."""
    if raw is None:
        return None
    if raw.prompt_tokens is None and (raw.input_tokens is not None or raw.seconds is not None):
        return _of_media(raw, tier)
    reported = _reported(raw)
    if raw.prompt_tokens is None and raw.total_tokens is None and reported is None:
        return None
    prompt = _count(raw.prompt_tokens)
    output = _count(raw.completion_tokens)
    total = _count(raw.total_tokens)
    if raw.prompt_tokens is None:
        prompt = max(total - output, 0)
    inputs, outputs = _details(raw.prompt_tokens_details), _details(raw.completion_tokens_details)
    heard, reasoning = _count(inputs.audio_tokens), _count(outputs.reasoning_tokens)
    prompt, output, reasoning = _with_rest(total - prompt - output, prompt, output, heard, reasoning)
    return _plus(
        raw,
        Usage(
            input=prompt,
            output=output,
            cached_read=_count(inputs.cached_tokens) or _cached(raw),
            cache_write=_count(inputs.cache_write_tokens),
            audio_input=heard,
            reasoning=reasoning,
            audio_output=_count(outputs.audio_tokens),
            reported_cost=reported,
            image_input=_count(inputs.image_tokens),
            image_output=_count(outputs.image_tokens),
            service=service_of(tier, raw.service_tier) if tier or raw.service_tier else "",
        ),
        inputs,
    )


def _with_rest(over: int, prompt: int, output: int, heard: int, reasoning: int) -> tuple[int, int, int]:
    """Prompt, output and reasoning with what of the total stands in neither prompt nor completion: reasoning (xAI,
    Gemini) or sound (Mistral)."""
    if over > 0 and over == heard:
        return prompt + over, output, reasoning
    if over > 0 and reasoning in (0, over):
        return prompt, output + over, over
    return prompt, output, reasoning


def _plus(raw: RawUsage, usage: Usage, inputs: _Details) -> Usage:
    """With what few tell."""
    more: dict[str, Any] = {}
    if isinstance(inputs.cached_tokens_details, dict):
        more["cached_audio"] = _count(inputs.cached_tokens_details.get("audio_tokens"))
        more["cached_image"] = _count(inputs.cached_tokens_details.get("image_tokens"))
    for tools in (raw.server_tool_use, raw.server_tool_use_details):
        if isinstance(tools, dict) and (searches := _count(tools.get("web_search_requests"))):
            more["searches"] = searches
    if searches := _count(raw.num_search_queries):
        more["searches"] = searches
    if sources := _count(raw.num_sources_used):
        more["unlisted"] = sources
    if raw.prompt_audio_seconds is not None:
        more["audio_ms"] = milliseconds(raw.prompt_audio_seconds)
    return msgspec.structs.replace(usage, **more) if more else usage


def _of_media(raw: RawUsage, tier: Any) -> Usage:
    """Of images, which are drawn, and of sounds, which are written down."""
    told = raw.input_tokens_details if raw.input_tokens_details is not None else raw.input_token_details
    inputs, outputs = _details(told), _details(raw.output_tokens_details)
    usage = Usage(
        input=_count(raw.input_tokens),
        output=_count(raw.output_tokens),
        cached_read=_count(inputs.cached_tokens),
        audio_input=_count(inputs.audio_tokens),
        image_input=_count(inputs.image_tokens),
        image_output=_count(outputs.image_tokens),
        reasoning=_count(outputs.reasoning_tokens),
        audio_ms=milliseconds(raw.seconds),
        reported_cost=_reported(raw),
        service=service_of(tier, raw.service_tier),
    )
    return _plus(raw, usage, inputs)


def _cached(raw: RawUsage) -> int:
    told = (raw.cached_tokens, raw.prompt_cache_hit_tokens, raw.num_cached_tokens)
    return next((found for each in told if (found := _count(each))), 0)


def milliseconds(seconds: Any) -> int:
    """The length of a sound; 0 for what is none, or none that can be."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < _LONGEST:
        return 0
    return round(Decimal(repr(seconds)) * 1000)


_NONE = _Details()


def _details(raw: Any) -> _Details:
    if not isinstance(raw, dict):
        return _NONE
    return _Details(*[raw.get(name) for name in _Details.__struct_fields__])


def _count(raw: Any, most: int = MOST_TOKENS) -> int:
    """A number of tokens; 0 for what is none."""
    if type(raw) is int:
        return raw if 0 <= raw <= most else min(max(raw, 0), most)
    if raw is None:
        return 0
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 20:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return 0
    return min(max(int(raw), 0), most)


def _reported(raw: RawUsage) -> int | None:
    """What the provider says it charges: OpenRouter's ``cost`` (US dollars), with what the user's own provider account
    was charged under BYOK; Perplexity's ``cost.total_cost``; xAI's ticks."""
    cost = raw.cost.get("total_cost") if isinstance(raw.cost, dict) else raw.cost
    total = _amount(cost)
    if total is None:
        ticks = _count(raw.cost_in_usd_ticks, MOST_COST // _TICK)
        return ticks * _TICK if ticks else None
    details = raw.cost_details
    if raw.is_byok is True and isinstance(details, dict):
        total += _amount(details.get("upstream_inference_cost")) or 0
    return min(total, MOST_COST)


def _amount(dollars: Any) -> int | None:
    """Picodollars, None for what is no amount."""
    if isinstance(dollars, bool) or not isinstance(dollars, int | float):
        return None
    try:
        exact = int((Decimal(repr(dollars)) * _PICO).to_integral_value())
    except (InvalidOperation, ValueError, OverflowError):
        return None
    return exact if exact >= 0 else None
