"""``usage``: the API tells fresh, cached and written input apart, the canonical form adds them up.

Source: types ``Usage`` and ``MessageDeltaUsage`` of the SDK; docs "Prompt caching", "Tracking cache performance".
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.usage import Usage, service_of

_READ = (
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "cache_creation",
    "service_tier",
)
_TOLD_LATE = ("output_tokens_details", "server_tool_use", "iterations", "fallback_credit")


def read_usage(raw: dict[str, Any]) -> Usage:
    """Usage in its one form. What is no number counts as none."""
    written, cached = count(raw.get("cache_creation_input_tokens")), count(raw.get("cache_read_input_tokens"))
    kept = _table(raw, "cache_creation")
    hour = count(kept.get("ephemeral_1h_input_tokens"))
    written = max(written, hour + count(kept.get("ephemeral_5m_input_tokens")))
    usage = Usage(
        input=count(raw.get("input_tokens")) + written + cached,
        output=count(raw.get("output_tokens")),
        cached_read=cached,
        cache_write=written,
        cache_write_1h=hour,
        reasoning=count(_table(raw, "output_tokens_details").get("thinking_tokens")),
        searches=count(_table(raw, "server_tool_use").get("web_search_requests")),
        service=service_of(raw.get("service_tier"), raw.get("speed"), raw.get("inference_geo")),
    )
    rounds = raw.get("iterations")
    return _with_rounds(usage, rounds) if isinstance(rounds, list) else usage


def _with_rounds(usage: Usage, rounds: list[Any]) -> Usage:
    """With what the totals leave out of an answer made in several rounds: compaction, billed like the rest, and the
    tokens of an adviser, another model with another price. Source: docs "Compaction", "Advisor tool"."""
    for each in rounds:
        if not isinstance(each, dict) or each.get("type") not in ("compaction", "advisor_message"):
            continue
        found = read_usage({name: value for name, value in each.items() if name != "iterations"})
        if each["type"] == "advisor_message":
            usage = replace(usage, unlisted=usage.unlisted + found.total)
        else:
            usage = replace(
                usage,
                input=usage.input + found.input,
                output=usage.output + found.output,
                cached_read=usage.cached_read + found.cached_read,
                cache_write=usage.cache_write + found.cache_write,
                cache_write_1h=usage.cache_write_1h + found.cache_write_1h,
            )
    return usage


def left_over(raw: dict[str, Any]) -> dict[str, Any]:
    """What of a usage the canonical form has no place for."""
    rest = {name: value for name, value in raw.items() if name not in _READ and value is not None}
    for name, known in (("output_tokens_details", "thinking_tokens"), ("server_tool_use", "web_search_requests")):
        if isinstance(rest.get(name), dict):
            rest[name] = {inner: value for inner, value in rest[name].items() if inner != known and value}
            if not rest[name]:
                del rest[name]
    return rest


def merge_usage(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The usage of ``message_start`` with that of a ``message_delta``: counts are cumulative, so the larger is the
    later, also where a compatible provider tells the input only once and zero the other time."""
    out = dict(before)
    for name, value in after.items():
        if value is None:
            continue
        known = out.get(name)
        out[name] = max(known, value) if type(known) is int and type(value) is int else value
    return out


def write_usage(usage: Usage, tier: str | None, rest: dict[str, Any]) -> dict[str, Any]:
    """``usage`` of a message. ``rest`` is what ``left_over`` kept."""
    hour = min(usage.cache_write_1h, usage.cache_write)
    return {
        **_counts(usage),
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.cache_write - hour,
            "ephemeral_1h_input_tokens": hour,
        },
        "inference_geo": None,
        "service_tier": tier,
        "server_tool_use": None,
        "output_tokens_details": {"thinking_tokens": usage.reasoning},
        **_details(usage, rest),
    }


def write_delta_usage(usage: Usage, rest: dict[str, Any]) -> dict[str, Any]:
    """``usage`` of a ``message_delta``, which tells fewer things."""
    return {**_counts(usage), **_details(usage, {name: rest[name] for name in _TOLD_LATE if name in rest})}


def _counts(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": max(usage.input - usage.cached_read - usage.cache_write, 0),
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cached_read,
        "output_tokens": usage.output,
    }


def _details(usage: Usage, rest: dict[str, Any]) -> dict[str, Any]:
    out = dict(rest)
    if usage.reasoning:
        out["output_tokens_details"] = {**_table(rest, "output_tokens_details"), "thinking_tokens": usage.reasoning}
    searched = _table(rest, "server_tool_use")
    if usage.searches or searched:
        out["server_tool_use"] = {"web_fetch_requests": 0, **searched, "web_search_requests": usage.searches}
    return out


def _table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}
