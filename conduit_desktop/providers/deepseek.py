"""The provider kind ``deepseek``: DeepSeek's models, from DeepSeek itself.

Members that it does not know are ignored; those that would change what is meant count as refused. Streams tell their
usage unasked. Sources: api-docs.deepseek.com (chat completion, thinking mode, Responses API).
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

DEEPSEEK = ProviderSpec(
    kind="deepseek",
    title="DeepSeek",
    summary="DeepSeek chat and reasoning models, from DeepSeek itself.",
    base_url="https://api.deepseek.com",
    surfaces=(
        Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),
        Surface(dialect="openai-responses", paths={"chat": "responses"}),
    ),
    key_page="https://platform.deepseek.com/api_keys",
    key_hint="sk-…",
    env_names=("DEEPSEEK_API_KEY",),
    test_model="deepseek-v4-flash",
    price_provider="deepseek",
    traits=Traits(
        schema="json",
        openai_own=False,
        thinking="object",
        efforts=("none", "low", "high", "max"),
        reasoning_back="reasoning_content",
        refuses=OWN | {"logit_bias", "n", "user", "metadata", "service_tier", "cache_key"},
    ),
    aliases=("deep-seek",),
)
