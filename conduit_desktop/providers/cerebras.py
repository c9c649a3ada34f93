"""The provider kind ``cerebras``: open-weight models, served very fast by Cerebras."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

CEREBRAS = ProviderSpec(
    kind="cerebras",
    title="Cerebras",
    summary="Open-weight models, served very fast by Cerebras.",
    base_url="https://api.cerebras.ai/v1",
    surfaces=(Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),),
    key_page="https://cloud.cerebras.ai/",
    key_hint="csk-…",
    env_names=("CEREBRAS_API_KEY",),
    test_model="llama3.1-8b",
    price_provider="cerebras",
    traits=Traits(
        max_tokens_member="max_completion_tokens",
        openai_own=False,
        refuses=frozenset({"logit_bias", "n", "store", "verbosity", "frequency_penalty", "presence_penalty"}),
    ),
    model_traits=(
        (
            ("gpt-oss*", "zai-glm*", "qwen-3*thinking*"),
            {"thinking": "effort", "efforts": ("low", "medium", "high"), "reasoning_back": "reasoning"},
        ),
    ),
)
