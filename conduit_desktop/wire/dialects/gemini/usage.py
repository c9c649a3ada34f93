"""``usageMetadata``, both ways. Source: ai.google.dev/api/generate-content#UsageMetadata.

The prompt's count includes what was cached; thoughts stand beside the candidates, and what tools of Google's read
beside the prompt. All of them are billed.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.usage import Usage, service_of

_TIERS = ("flex", "priority")


def read_usage(found: Any, searches: int = 0) -> Usage | None:
    """The counts; None where there are none."""
    if not isinstance(found, dict) or not found:
        return None
    thoughts = count(found.get("thoughtsTokenCount"))
    given, made = found.get("promptTokensDetails"), found.get("candidatesTokensDetails")
    cached = found.get("cacheTokensDetails")
    return Usage(
        input=count(found.get("promptTokenCount")) + count(found.get("toolUsePromptTokenCount")),
        output=count(found.get("candidatesTokenCount")) + thoughts,
        cached_read=count(found.get("cachedContentTokenCount")),
        reasoning=thoughts,
        audio_input=_of(given, "AUDIO"),
        image_input=_of(given, "IMAGE"),
        video_input=_of(given, "VIDEO"),
        audio_output=_of(made, "AUDIO"),
        image_output=_of(made, "IMAGE"),
        video_output=_of(made, "VIDEO"),
        cached_audio=_of(cached, "AUDIO"),
        cached_image=_of(cached, "IMAGE"),
        searches=searches,
        service=service_of(found.get("serviceTier"), found.get("trafficType")),
    )


def _of(details: Any, modality: str) -> int:
    if not isinstance(details, list):
        return 0
    return sum(
        count(each.get("tokenCount")) for each in details if isinstance(each, dict) and each.get("modality") == modality
    )


def write_usage(usage: Usage) -> Json:
    """The counts for a client, zeros included."""
    answer = max(usage.output - usage.reasoning, 0)
    out: Json = {
        "promptTokenCount": usage.input,
        "candidatesTokenCount": answer,
        "totalTokenCount": usage.total,
    }
    if usage.cached_read:
        out["cachedContentTokenCount"] = usage.cached_read
    if cached := _details(usage.cached_read, {"AUDIO": usage.cached_audio, "IMAGE": usage.cached_image}):
        out["cacheTokensDetails"] = cached
    if usage.reasoning:
        out["thoughtsTokenCount"] = usage.reasoning
    if given := _details(
        usage.input, {"AUDIO": usage.audio_input, "IMAGE": usage.image_input, "VIDEO": usage.video_input}
    ):
        out["promptTokensDetails"] = given
    if made := _details(answer, {"AUDIO": usage.audio_output, "IMAGE": usage.image_output}):
        out["candidatesTokensDetails"] = made
    if usage.service in _TIERS:
        out["trafficType"] = "ON_DEMAND_" + usage.service.upper()
    return out


def _details(total: int, parts: dict[str, int]) -> list[Json]:
    """The modalities beside text; empty when all is text."""
    told = [{"modality": name, "tokenCount": tokens} for name, tokens in parts.items() if tokens]
    rest = total - sum(parts.values())
    return [*([{"modality": "TEXT", "tokenCount": rest}] if rest > 0 else []), *told] if told else []
