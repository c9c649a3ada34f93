"""What an encoder must know of the provider and model it writes for, beyond the dialect itself.

The values come from ``providers`` (one row a kind, patterns for models). The defaults are those of a provider that takes
everything its dialect documents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Thinking = Literal["", "effort", "level", "budget", "adaptive", "object", "switch", "openrouter"]
"""How a model is asked to think. ``effort``: a word (OpenAI's ``reasoning_effort``); ``budget``: tokens (Anthropic's
``thinking.budget_tokens``, Gemini's ``thinkingBudget``); ``adaptive``: Anthropic's newer models, which take an effort and
no budget; ``level``: Gemini 3's word; ``object``: ``thinking: {"type": "enabled"|"disabled"}`` in OpenAI's dialect (Z.ai, DeepSeek,
Moonshot); ``switch``: a boolean (Ollama's ``think``, ``enable_thinking``); ``openrouter``: ``reasoning: {effort|max_tokens}``.
Empty: the model takes no such wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """``refuses`` holds canonical request members (names of ``messages.Request``) that the provider answers with an error
    or ignores; an encoder drops them and says so. ``max_output`` is what to ask for where the dialect demands a limit and
    the client gave none. ``reasoning_back`` is the member in which an OpenAI-dialect provider wants earlier reasoning back
    in assistant messages (empty: not at all). ``tool_ids`` ``nine``: ids of tool calls must be nine letters or digits.
    ``schema``: the best structured output it has. ``strict_tools``: it knows ``strict`` in tool definitions. ``thinking_off``
    is how an ``adaptive`` model is told not to think before it answers (empty: it cannot be told). ``mid_system``: system
    messages may stand between turns in Anthropic's dialect."""

    kind: str = ""
    max_tokens_member: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    system_role: Literal["system", "developer"] = "system"
    thinking: Thinking = ""
    reasoning_back: Literal["", "reasoning_content", "reasoning", "reasoning_details"] = ""
    tool_ids: Literal["", "nine"] = ""
    schema: Literal["schema", "json", "none"] = "schema"
    strict_tools: bool = True
    thinking_off: Literal["", "disabled", "between_tools"] = "disabled"
    mid_system: bool = False
    stream_usage: bool = True
    max_output: int = 8192
    refuses: frozenset[str] = field(default_factory=frozenset)
