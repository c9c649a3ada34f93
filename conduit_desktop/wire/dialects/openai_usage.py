"""The ``usage`` member of OpenAI's dialect, in the shapes in which compatible providers send it, read into one form.

Formats: OpenAI's API reference, OpenRouter's "Usage accounting", Perplexity's and Groq's recordings in ../shared/wire.
What does not fit is left out, one part at a time: a figure that cannot be read must not cost the others.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from conduit_desktop.wire.usage import Usage, service_of

_PICO = 10**12
MOST_TOKENS = 10**9
"""No request has more; a larger figure is a provider's mistake, and would not fit into the log."""
MOST_COST = 10**6 * _PICO
_TICK = 100
"""Picodollars in one of xAI's ticks (a ten-thousand-millionth of a dollar)."""
_LONGEST = 10**7  # seconds of sound


RawUsage = dict[str, Any]
"""``usage`` as it stands in a reply or chunk; images and transcriptions tell theirs in the Responses API's words."""
Counts = dict[str, Any]
"""Fields of a ``Usage``."""

_USUAL = frozenset(
    {"prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"}
)
"""What all tell. The other members only some do: xAI, Mistral, Perplexity, OpenRouter, DeepSeek, Moonshot, Together."""
_INPUTS = {
    "cached_tokens": "cached_read",
    "cache_write_tokens": "cache_write",
    "audio_tokens": "audio_input",
    "image_tokens": "image_input",
}
_OUTPUTS = {"reasoning_tokens": "reasoning", "audio_tokens": "audio_output", "image_tokens": "image_output"}
_CACHED = {"audio_tokens": "cached_audio", "image_tokens": "cached_image"}


def read_usage(raw: RawUsage | None, tier: Any = None) -> Usage | None:
    """Usage in its one form; None where a reply has no counts at all. ``tier`` is the service tier that stands beside
    it."""
    if raw is None:
        return None
    prompt, total = raw.get("prompt_tokens"), raw.get("total_tokens")
    usual = raw.keys() <= _USUAL
    if not usual and prompt is None and (raw.get("input_tokens") is not None or raw.get("seconds") is not None):
        return _of_media(raw, tier)
    counts: Counts = {} if usual else _more(raw)
    if prompt is None and total is None and "reported_cost" not in counts:
        return None
    output, total = _count(raw.get("completion_tokens")), _count(total)
    prompt = max(total - output, 0) if prompt is None else _count(prompt)
    counts |= _inputs(raw.get("prompt_tokens_details"))
    if (told := raw.get("completion_tokens_details")) is not None:
        counts |= _details(told, _OUTPUTS)
    if (over := total - prompt - output) > 0:
        prompt, output = _with_rest(over, prompt, output, counts)
    if not usual and not counts.get("cached_read"):
        counts["cached_read"] = _cached(raw)
    if tier or not usual:
        counts["service"] = _service(raw, tier)
    return Usage(prompt, output, **counts)


def _with_rest(over: int, prompt: int, output: int, counts: Counts) -> tuple[int, int]:
    """Prompt and output with what of the total stands in neither: sound (Mistral), or reasoning (xAI, Gemini)."""
    if over == counts.get("audio_input"):
        return prompt + over, output
    if counts.get("reasoning", 0) in (0, over):
        counts["reasoning"] = over
        return prompt, output + over
    return prompt, output


def _more(raw: RawUsage) -> Counts:
    """What few tell."""
    more: Counts = {}
    if (reported := _reported(raw)) is not None:
        more["reported_cost"] = reported
    for tools in (raw.get("server_tool_use"), raw.get("server_tool_use_details")):
        if isinstance(tools, dict) and (searches := _count(tools.get("web_search_requests"))):
            more["searches"] = searches
    if searches := _count(raw.get("num_search_queries")):
        more["searches"] = searches
    if sources := _count(raw.get("num_sources_used")):
        more["unlisted"] = sources
    if (seconds := raw.get("prompt_audio_seconds")) is not None:
        more["audio_ms"] = milliseconds(seconds)
    return more


def _of_media(raw: RawUsage, tier: Any) -> Usage:
    """Of images, which are drawn, and of sounds, which are written down."""
    told = raw.get("input_tokens_details")
    counts = _inputs(told if told is not None else raw.get("input_token_details"))
    counts |= _details(raw.get("output_tokens_details"), _OUTPUTS)
    for name in ("cache_write", "audio_output"):  # there are none of these
        counts.pop(name, None)
    counts["audio_ms"] = milliseconds(raw.get("seconds"))
    counts |= _more(raw)
    input, output = _count(raw.get("input_tokens")), _count(raw.get("output_tokens"))
    return Usage(input=input, output=output, service=_service(raw, tier), **counts)


def _service(raw: RawUsage, tier: Any) -> str:
    own = raw.get("service_tier")
    return service_of(tier, own) if tier or own else ""


def _cached(raw: RawUsage) -> int:
    told = (raw.get("cached_tokens"), raw.get("prompt_cache_hit_tokens"), raw.get("num_cached_tokens"))
    return next((found for each in told if (found := _count(each))), 0)


def milliseconds(seconds: Any) -> int:
    """The length of a sound; 0 for what is none, or none that can be."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < _LONGEST:
        return 0
    return round(Decimal(repr(seconds)) * 1000)


def _inputs(raw: Any) -> Counts:
    """The parts of what went in."""
    counts = _details(raw, _INPUTS)
    if isinstance(raw, dict) and "cached_tokens_details" in raw:
        counts |= _details(raw["cached_tokens_details"], _CACHED)
    return counts


def _details(raw: Any, names: dict[str, str]) -> Counts:
    """The parts of a count that are not nothing, by our names for them."""
    counts: Counts = {}
    if isinstance(raw, dict):
        for name, value in raw.items():
            if value and name in names:
                counts[names[name]] = _count(value)
    return counts


def _count(raw: Any, most: int = MOST_TOKENS) -> int:
    """A number of tokens; 0 for what is none."""
    if type(raw) is int:
        return raw if 0 <= raw <= most else min(max(raw, 0), most)
    if raw is None:
        return 0
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 20:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not isfinite(raw):
        return 0
    return min(max(int(raw), 0), most)


def _reported(raw: RawUsage) -> int | None:
    """What the provider says it charges: OpenRouter's ``cost`` (US dollars), with what the user's own provider account
    was charged under BYOK; Perplexity's ``cost.total_cost``; xAI's ticks."""
    cost = raw.get("cost")
    total = _amount(cost.get("total_cost") if isinstance(cost, dict) else cost)
    if total is None:
        ticks = _count(raw.get("cost_in_usd_ticks"), MOST_COST // _TICK)
        return ticks * _TICK if ticks else None
    details = raw.get("cost_details")
    if raw.get("is_byok") is True and isinstance(details, dict):
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
