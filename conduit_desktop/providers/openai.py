"""The provider kind ``openai``: OpenAI's own API."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec

OPENAI = ProviderSpec(
    kind="openai",
    title="OpenAI",
    summary="GPT models and embeddings, from OpenAI itself.",
    base_url="https://api.openai.com/v1",
    key_page="https://platform.openai.com/api-keys",
    key_hint="sk-…",
    env_names=("OPENAI_API_KEY",),
    test_model="gpt-4.1-nano",
    price_provider="openai",
)
