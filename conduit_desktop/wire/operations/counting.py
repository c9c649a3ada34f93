"""Counts of tokens: the question that providers answer exactly, and the answer in each dialect's shape.

Sources: https://docs.anthropic.com/en/api/messages-count-tokens, https://ai.google.dev/api/tokens,
https://platform.openai.com/docs/api-reference/responses/input-tokens,
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html, https://docs.cohere.com/reference/tokenize.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.reading import count

_ASKED = {
    "anthropic-messages": (
        "model",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "mcp_servers",
    ),
    "openai-responses": (
        "model",
        "input",
        "instructions",
        "tools",
        "tool_choice",
        "text",
        "reasoning",
        "parallel_tool_calls",
        "previous_response_id",
        "conversation",
        "truncation",
    ),
    "bedrock-converse": ("messages", "system", "toolConfig", "additionalModelRequestFields"),
    "vertex": ("contents", "systemInstruction", "tools", "generationConfig"),
}
"""The members of a chat request that a question for its tokens may hold."""


def question(dialect: str, body: Json, model: str, vertex: bool = False) -> Json:
    """The body that asks a provider how many tokens the chat request ``body`` has. ``vertex``: Gemini's dialect at
    Vertex, which takes the request's members bare. Raises KeyError for a dialect that has no such question."""
    if dialect == "gemini" and not vertex:
        return {"generateContentRequest": {"model": f"models/{model}"} | body}
    kept = {name: body[name] for name in _ASKED["vertex" if dialect == "gemini" else dialect] if name in body}
    return {"input": {"converse": kept}} if dialect == "bedrock-converse" else kept


def chat_of(dialect: str, body: Json) -> Json:
    """The chat request that a client's question is about, for the dialect's ``decode_request``."""
    if dialect == "gemini":
        inner = body.get("generateContentRequest", body.get("generate_content_request"))
        return inner if isinstance(inner, dict) else body
    if dialect == "anthropic-messages":
        return {"max_tokens": 1} | body
    return body


def read_count(body: Any) -> int | None:
    """The tokens that a provider's answer tells, whatever its dialect; None where it tells none."""
    if not isinstance(body, dict):
        return None
    for name in ("input_tokens", "totalTokens", "inputTokens"):
        if name in body:
            return count(body[name])
    tokens = body.get("tokens")
    return len(tokens) if isinstance(tokens, list) else None


def write_count(dialect: str, tokens: int) -> Json:
    """The answer for a client."""
    match dialect:
        case "gemini":
            return {"totalTokens": tokens, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}]}
        case "openai-responses":
            return {"object": "response.input_tokens", "input_tokens": tokens}
        case "bedrock-converse":
            return {"inputTokens": tokens}
        case _:
            return {"input_tokens": tokens}
