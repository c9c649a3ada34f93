"""Gemini's own words and what they mean: finish reasons, service tiers, modes of calling.

Source: the reference of ``GenerateContentResponse`` (ai.google.dev/api/generate-content) and the enums of google-genai.
"""

from __future__ import annotations

from conduit_desktop.wire.messages import Choice, Finish, ToolCall

NAME = "gemini"

FINISHES: dict[str, Finish] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "JAILBREAK": "content_filter",
    "LANGUAGE": "content_filter",
    "MALFORMED_FUNCTION_CALL": "malformed_call",
    "UNEXPECTED_TOOL_CALL": "malformed_call",
    "MISSING_THOUGHT_SIGNATURE": "error",
    "MALFORMED_RESPONSE": "error",
    "CONTINUATION": "pause",
}
"""What is not named here (OTHER, NO_IMAGE, TOO_MANY_TOOL_CALLS, words to come) is ``other``."""

_WRITTEN: dict[Finish, str] = {
    "stop": "STOP",
    "stop_sequence": "STOP",
    "tool_calls": "STOP",
    "length": "MAX_TOKENS",
    "context_length": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "refusal": "SAFETY",
    "malformed_call": "MALFORMED_FUNCTION_CALL",
}
_OTHERS = ("OTHER", "IMAGE_OTHER", "NO_IMAGE", "TOO_MANY_TOOL_CALLS", "ESCALATION", "PUP_LIMITED_DISABLED")
_TIERS = {"standard": "default"}
_TIERS_WRITTEN = {"default": "standard", "standard": "standard", "flex": "flex", "priority": "priority"}


def read_finish(word: str, called: bool) -> Finish:
    """What a finish (or block) reason means. ``called``: the answer holds function calls, for which Gemini has no
    word."""
    finish = FINISHES.get(word, "other")
    return "tool_calls" if called and finish == "stop" else finish


def write_finish(finish: Finish, native: str) -> str:
    """The reason to tell the client: Gemini's own where the answer came in its words."""
    if native == "STOP" and finish == "tool_calls":
        return native
    if FINISHES.get(native) == finish or (native in _OTHERS and finish == "other"):
        return native
    return _WRITTEN.get(finish, "OTHER")


def called(choice: Choice) -> bool:
    """Whether the choice holds function calls."""
    return any(isinstance(part, ToolCall) for part in choice.parts)


def read_tier(word: object) -> str:
    """The service tier in the canonical words, which are OpenAI's."""
    if not isinstance(word, str):
        return ""
    word = word.lower().removeprefix("service_tier_")
    return "" if word == "unspecified" else _TIERS.get(word, word)


def write_tier(word: str) -> str:
    """Gemini's word for a service tier; empty where it has none."""
    return _TIERS_WRITTEN.get(word, "")
