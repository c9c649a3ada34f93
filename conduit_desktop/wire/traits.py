"""What an encoder must know of the provider and model it writes for, beyond the dialect itself.

The values come from ``providers`` (one row a kind, patterns for models). The defaults are those of a provider that
takes everything its dialect documents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Thinking = Literal["", "effort", "level", "budget", "adaptive", "object", "switch", "openrouter"]
"""How a model is asked to think. ``effort``: a word (OpenAI's ``reasoning_effort``); ``budget``: tokens (Anthropic's
``thinking.budget_tokens``, Gemini's ``thinkingBudget``); ``adaptive``: Anthropic's newer models, which take an effort
and no budget; ``level``: Gemini 3's word; ``object``: ``thinking: {"type": "enabled"|"disabled"}`` in OpenAI's dialect
(Z.ai, DeepSeek, Moonshot); ``switch``: a boolean (Ollama's ``think``, ``enable_thinking`` in ``chat_template_kwargs``);
``openrouter``: ``reasoning: {effort|max_tokens}``. Empty: the model takes no such wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """``refuses`` holds canonical request members (names of ``messages.Request``) that the provider answers with an
    error or ignores; an encoder drops them and says so. ``max_output`` is what to ask for where the dialect demands a
    limit and the client gave none. ``tool_ids`` ``nine``: ids of tool calls must be nine letters or digits. ``schema``:
    the best structured output it has. ``strict_tools``: it knows ``strict`` in tool definitions.

    Anthropic's dialect: ``thinking_off`` is how an ``adaptive`` model is told not to think before it answers (empty: it
    cannot be told). ``mid_system``: system messages may stand between turns. ``efforts`` are the words of effort that
    the model takes (empty: all from ``low`` to ``max``); ``refuses`` with ``tool_choice``: it cannot be forced to call.

    OpenAI's chat dialect: ``reasoning_back`` is how earlier reasoning goes back in assistant messages (empty: not at
    all; ``thinking_parts``: Mistral's content parts; ``extra_content``: Gemini's signatures of tool calls). ``takes``
    holds members beyond OpenAI's own that the provider documents (``top_k``, ``min_p``, ``repetition_penalty``,
    ``web_search``, ``video``, ``document_url``, ``file_url``; ``audio_string``: sound as a bare string). ``efforts``
    are the words that its ``reasoning_effort`` takes (empty: all of OpenAI's). ``cache_markers``: it takes
    ``cache_control`` on content. ``openai_own``: it knows what OpenAI's documentation alone has (custom tools,
    ``allowed_tools``, refusals in history). ``seed_member`` is its name of the seed. ``user_after_tool``: a user
    message may follow a tool's."""

    kind: str = ""
    max_tokens_member: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    system_role: Literal["system", "developer"] = "system"
    thinking: Thinking = ""
    reasoning_back: Literal[
        "", "reasoning_content", "reasoning", "reasoning_details", "thinking_parts", "extra_content"
    ] = ""
    tool_ids: Literal["", "nine"] = ""
    schema: Literal["schema", "json", "none"] = "schema"
    strict_tools: bool = True
    thinking_off: Literal["", "disabled", "between_tools"] = "disabled"
    mid_system: bool = False
    stream_usage: bool = True
    max_output: int = 8192
    refuses: frozenset[str] = field(default_factory=frozenset)
    takes: frozenset[str] = field(default_factory=frozenset)
    efforts: tuple[str, ...] = ()
    cache_markers: bool = False
    openai_own: bool = True
    seed_member: Literal["seed", "random_seed"] = "seed"
    user_after_tool: bool = True
