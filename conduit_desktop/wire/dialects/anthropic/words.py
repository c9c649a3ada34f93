"""The dialect's own words, and the canonical ones that they stand for."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.messages import Cache, Finish
from conduit_desktop.wire.node import Node

DIRECT = {"type": "direct"}
"""Who called a tool: the model itself, not a program of its."""

NAME = "anthropic-messages"
CUSTOM_INPUT = "input"
"""The one property of the function that stands for another dialect's plain-text tool."""

FINISHES: dict[str, Finish] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context_length",
    "compaction": "other",
}
_STOP_REASONS: dict[Finish, str] = {
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
    "pause": "pause_turn",
    "refusal": "refusal",
    "content_filter": "refusal",
    "context_length": "model_context_window_exceeded",
}


def stop_reason(finish: Finish | None, native: str, *, calls: bool, refused: bool) -> str:
    """The stop reason for a finish. Some providers say that they simply stopped where they wait for a tool, or where
    the answer is a refusal; ``native`` counts where it is one of our own words that has no canonical one."""
    if finish == "other" and native in FINISHES:
        return native
    if finish in (None, "stop", "other"):
        return "tool_use" if calls else "refusal" if refused else "end_turn"
    return _STOP_REASONS.get(finish, "end_turn")


def tier_read(word: str) -> str:
    """A service tier in OpenAI's words, which the canonical form uses."""
    return "default" if word in ("standard", "standard_only") else word


def tier_asked(word: str) -> str:
    """The tier to ask for, empty where the API has none like it. Its ``auto`` takes priority capacity where there
    is."""
    return {"auto": "auto", "priority": "auto", "default": "standard_only"}.get(word, "")


def tier_given(word: str) -> str | None:
    """The tier that an answer names."""
    return {"default": "standard", "priority": "priority", "batch": "batch"}.get(word)


def read_cache(node: Node) -> Cache | None:
    """The cache marker of a block or tool."""
    found = node.node("cache_control")
    return None if found is None else Cache(ttl=found.text("ttl"))


def write_cache(cache: Cache) -> dict[str, Any]:
    """A cache marker; times that the API does not know are left to it."""
    return {"type": "ephemeral", "ttl": cache.ttl} if cache.ttl in ("5m", "1h") else {"type": "ephemeral"}


def own(rest: dict[str, Any]) -> dict[str, Any]:
    """Members that only this dialect knows, as ``extras`` hold them."""
    return {NAME: rest} if rest else {}


def theirs(extras: dict[str, Any]) -> list[str]:
    """The names of the members that only other dialects know."""
    return [
        name
        for dialect, members in extras.items()
        if dialect not in (NAME, "web_search") and isinstance(members, dict)
        for name in members
        if not name.startswith("_")  # a dialect's notes to itself
    ]
