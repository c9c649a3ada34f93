"""Finish reasons, both ways: OpenAI's five words, and those that compatible providers send beside them. Gemini's
compatibility surface adds its own word to some (``content_filter: RECITATION``), and sends others as they are.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.messages import Finish

_READ: dict[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "complete": "stop",
    "completed": "stop",
    "stop_sequence": "stop_sequence",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "context_length",
    "model_context_window_exceeded": "context_length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
    "safety": "content_filter",
    "recitation": "content_filter",
    "blocklist": "content_filter",
    "prohibited_content": "content_filter",
    "spii": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
    "malformed_function_call": "malformed_call",
    "function_call_filter": "malformed_call",
    "error": "error",
    "network_error": "error",
    "insufficient_system_resource": "error",
    "abort": "error",
}
_WRITTEN: dict[Finish, str] = {
    "length": "length",
    "context_length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
    "error": "error",
}


def read_finish(word: Any, called: bool) -> Finish:
    """What a provider's word means. ``called``: there are tool calls; some providers then still say that they
    stopped."""
    finish = _READ.get(word.partition(":")[0].lower(), "other") if isinstance(word, str) else "other"
    return "tool_calls" if called and finish in ("stop", "other") else finish


def write_finish(finish: Finish | None, *, declined: bool = False, legacy: bool = False) -> str | None:
    """OpenAI's word. ``declined``: the message has a refusal of its own, with which OpenAI says that it stopped;
    ``legacy``: the client knows functions, not tools. ``error`` is OpenRouter's word: nothing of OpenAI's is true."""
    if finish is None:
        return None
    if finish == "refusal" and declined:
        return "stop"
    if finish == "tool_calls" and legacy:
        return "function_call"
    return _WRITTEN.get(finish, "stop")
