"""The provider kind ``deepseek``: deepSeek chat and reasoning models, from DeepSeek itself."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

DEEPSEEK = ProviderSpec(
    kind="deepseek",
    title="DeepSeek",
    summary="DeepSeek chat and reasoning models, from DeepSeek itself.",
    base_url="https://api.deepseek.com",
    surfaces=(
        Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),
        Surface(dialect="openai-responses", paths={"chat": "responses"}, thinks=False),
    ),
    key_page="https://platform.deepseek.com/api_keys",
    key_hint="sk-…",
    env_names=("DEEPSEEK_API_KEY",),
    test_model="deepseek-chat",
    price_provider="deepseek",
    traits=Traits(
        schema="json",
        openai_own=False,
        thinking="object",
        reasoning_back="reasoning_content",
        refuses=frozenset({"logit_bias", "n", "seed", "user", "store", "service_tier", "verbosity"}),
    ),
)
