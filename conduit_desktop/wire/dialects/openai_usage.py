"""The ``usage`` member of OpenAI's dialect, in the shapes in which compatible providers send it, read into one form.

Formats: OpenAI's API reference, OpenRouter's "Usage accounting", Perplexity's and Groq's recordings in ../shared/wire.
What does not fit is left out, one part at a time: a figure that cannot be read must not cost the others.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from conduit_desktop.wire.usage import Usage

_PICO = 10**12
MOST_TOKENS = 10**9
"""No request has more; a larger figure is a provider's mistake, and would not fit into the log."""
MOST_COST = 10**6 * _PICO


class _Details(msgspec.Struct):
    cached_tokens: Any = None
    cache_write_tokens: Any = None
    reasoning_tokens: Any = None
    audio_tokens: Any = None


class RawUsage(msgspec.Struct):
    """``usage`` as it stands in a reply or chunk; images and transcriptions tell theirs in the Responses API's
    words."""

    prompt_tokens: Any = None
    completion_tokens: Any = None
    total_tokens: Any = None
    prompt_tokens_details: Any = None
    completion_tokens_details: Any = None
    cost: Any = None
    is_byok: Any = None
    cost_details: Any = None
    input_tokens: Any = None
    output_tokens: Any = None
    input_tokens_details: Any = None


def read_usage(raw: RawUsage | None) -> Usage | None:
    """Usage in its one form; None where a reply has no counts at all."""
    if raw is None:
        return None
    if raw.prompt_tokens is None and raw.input_tokens is not None:
        return _of_media(raw)
    if raw.prompt_tokens is None and raw.total_tokens is None:
        return None
    prompt = _count(raw.prompt_tokens)
    output = _count(raw.completion_tokens)
    if raw.prompt_tokens is None:
        prompt = max(_count(raw.total_tokens) - output, 0)
    inputs, outputs = _details(raw.prompt_tokens_details), _details(raw.completion_tokens_details)
    return Usage(
        input=prompt,
        output=output,
        cached_read=_count(inputs.cached_tokens),
        cache_write=_count(inputs.cache_write_tokens),
        audio_input=_count(inputs.audio_tokens),
        reasoning=_count(outputs.reasoning_tokens),
        audio_output=_count(outputs.audio_tokens),
        reported_cost=_reported(raw),
    )


def _of_media(raw: RawUsage) -> Usage:
    inputs = raw.input_tokens_details if isinstance(raw.input_tokens_details, dict) else {}
    return Usage(
        input=_count(raw.input_tokens),
        output=_count(raw.output_tokens),
        cached_read=_count(inputs.get("cached_tokens")),
        audio_input=_count(inputs.get("audio_tokens")),
        image_input=_count(inputs.get("image_tokens")),
        reported_cost=_reported(raw),
    )


_NONE = _Details()


def _details(raw: Any) -> _Details:
    if not isinstance(raw, dict):
        return _NONE
    return _Details(*[raw.get(name) for name in _Details.__struct_fields__])


def _count(raw: Any) -> int:
    """A number of tokens; 0 for what is none."""
    if type(raw) is int:
        return raw if 0 <= raw <= MOST_TOKENS else min(max(raw, 0), MOST_TOKENS)
    if raw is None:
        return 0
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 20:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return 0
    return min(max(int(raw), 0), MOST_TOKENS)


def _reported(raw: RawUsage) -> int | None:
    """What the provider says it charges: OpenRouter's ``cost`` (US dollars), with what the user's own provider account
    was charged under BYOK; Perplexity's ``cost.total_cost``."""
    cost = raw.cost.get("total_cost") if isinstance(raw.cost, dict) else raw.cost
    total = _amount(cost)
    if total is None:
        return None
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
