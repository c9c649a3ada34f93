"""The dialects: one folder each, one row here. A dialect is loaded when it is first spoken, so that the start and the
byte-for-byte path pay for none."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from conduit_desktop.wire.dialects.base import Dialect

_ROWS = {
    "openai-chat": "chat:OPENAI_CHAT",
    "openai-responses": "responses:OPENAI_RESPONSES",
    "anthropic-messages": "anthropic:ANTHROPIC_MESSAGES",
    "gemini": "gemini:GEMINI",
    "interactions": "interactions:INTERACTIONS",
    "cohere": "cohere:COHERE",
    "ollama": "ollama:OLLAMA",
    "ollama-generate": "ollama:OLLAMA_GENERATE",
    "completions": "completions:COMPLETIONS",
    "bedrock-converse": "converse:BEDROCK_CONVERSE",
}
NAMES = tuple(_ROWS)


@cache
def dialect(name: str) -> Dialect:
    """The dialect of that name. Raises KeyError for one that is not known."""
    module, _, row = _ROWS[name].partition(":")
    found: Dialect = getattr(import_module(f"{__name__}.{module}"), row)
    return found
