"""From every client dialect to every provider's: broken requests are refused by name or written, and nothing else."""

from __future__ import annotations

import json
import random
from typing import Any

import msgspec
import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.providers import PROVIDERS
from conduit_desktop.wire.dialects import NAMES, dialect
from conduit_desktop.wire.messages import Request
from tests.fakes.bodies import BODIES, mutated

CLIENTS = {
    "openai-chat": "/v1/chat/completions",
    "completions": "/v1/completions",
    "openai-responses": "/v1/responses",
    "anthropic-messages": "/v1/messages",
    "gemini": "/v1beta/models/fast:generateContent",
    "interactions": "/v1/interactions",
    "cohere": "/cohere/v2/chat",
    "ollama": "/api/chat",
    "ollama-generate": "/api/generate",
}
MODELS = {
    "openai-chat": ("openai", "gpt-5-mini"),
    "openai-responses": ("openai", "gpt-5-mini"),
    "completions": ("openai", "gpt-3.5-turbo-instruct"),
    "anthropic-messages": ("anthropic", "claude-sonnet-4-5"),
    "gemini": ("gemini", "gemini-3-pro-preview"),
    "interactions": ("gemini", "gemini-3-pro-preview"),
    "cohere": ("cohere", "command-a-reasoning-08-2025"),
    "ollama": ("ollama", "qwen3"),
    "ollama-generate": ("ollama", "qwen3"),
    "bedrock-converse": ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
}
TRAITS = {row.kind: row for row in PROVIDERS}


def read(client: str, body: Any) -> Request | None:
    """The request, unless it is refused. Half a surrogate does not come as far as a dialect."""
    try:
        return dialect(client).decode_request(msgspec.json.decode(json.dumps(body)), "fast", False)
    except (BadRequest, msgspec.DecodeError):
        return None


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("provider", [name for name in NAMES if name in MODELS])
def test_broken_requests_are_refused_or_written(client: str, provider: str) -> None:
    rng, body = random.Random(f"{client} {provider}"), BODIES[CLIENTS[client]]
    kind, model = MODELS[provider]
    for turn in range(150):
        request = read(client, mutated(body, rng) if turn else body)
        if request is None:
            continue
        request.model = model
        try:
            encoded = dialect(provider).encode_request(request, TRAITS[kind].traits_of(model))
        except BadRequest:
            continue
        msgspec.json.decode(msgspec.json.encode(encoded.body))
        assert all(isinstance(name, str) for name in encoded.dropped)
