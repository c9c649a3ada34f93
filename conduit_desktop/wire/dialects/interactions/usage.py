"""``usage``, both ways. Source: ai.google.dev/api/interactions-api#Resource:Usage.

As in ``generateContent``, thoughts are counted beside the output, cached tokens inside the input. Whether the tokens of
tools stand beside the input too follows from the total.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.usage import Usage, service_of


def read_usage(found: Any, tier: Any = None) -> Usage | None:
    """The counts; None where there are none. ``tier`` is the service tier of the answer."""
    if not isinstance(found, dict) or not found:
        return None
    thoughts = count(found.get("total_thought_tokens"))
    output = count(found.get("total_output_tokens")) + thoughts
    given, tools = count(found.get("total_input_tokens")), count(found.get("total_tool_use_tokens"))
    total = count(found.get("total_tokens"))
    beside = min(tools, max(total - output - given, 0)) if total else tools
    searches = found.get("grounding_tool_count")
    return Usage(
        input=given + beside,
        output=output,
        cached_read=count(found.get("total_cached_tokens")),
        reasoning=thoughts,
        audio_input=_of(found.get("input_tokens_by_modality"), "modality", "audio", "tokens"),
        image_input=_of(found.get("input_tokens_by_modality"), "modality", "image", "tokens"),
        video_input=_of(found.get("input_tokens_by_modality"), "modality", "video", "tokens"),
        audio_output=_of(found.get("output_tokens_by_modality"), "modality", "audio", "tokens"),
        image_output=_of(found.get("output_tokens_by_modality"), "modality", "image", "tokens"),
        video_output=_of(found.get("output_tokens_by_modality"), "modality", "video", "tokens"),
        cached_audio=_of(found.get("cached_tokens_by_modality"), "modality", "audio", "tokens"),
        cached_image=_of(found.get("cached_tokens_by_modality"), "modality", "image", "tokens"),
        service=service_of(tier),
        searches=_of(searches, "type", "google_search", "count"),
    )


def _of(rows: Any, name: str, wanted: str, figure: str) -> int:
    if not isinstance(rows, list):
        return 0
    return sum(count(row.get(figure)) for row in rows if isinstance(row, dict) and row.get(name) == wanted)


def write_usage(usage: Usage) -> Json:
    """The counts for a client, zeros included."""
    said = max(usage.output - usage.reasoning, 0)
    out: Json = {
        "total_tokens": usage.total,
        "total_input_tokens": usage.input,
        "input_tokens_by_modality": _rows(usage.input, {"image": usage.image_input, "audio": usage.audio_input}),
        "total_cached_tokens": usage.cached_read,
        "total_output_tokens": said,
        "total_tool_use_tokens": 0,
        "total_thought_tokens": usage.reasoning,
    }
    if usage.audio_output:
        out["output_tokens_by_modality"] = _rows(said, {"audio": usage.audio_output})
    if usage.searches:
        out["grounding_tool_count"] = [{"type": "google_search", "count": usage.searches}]
    return out


def _rows(total: int, parts: dict[str, int]) -> list[Json]:
    rest = max(total - sum(parts.values()), 0)
    told = [{"modality": name, "tokens": tokens} for name, tokens in parts.items() if tokens]
    return [*([{"modality": "text", "tokens": rest}] if rest or not told else []), *told]
