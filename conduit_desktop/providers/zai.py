"""The provider kind ``zai``: gLM models, from Z.ai itself."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

ZAI = ProviderSpec(
    kind="zai",
    title="Z.ai",
    summary="GLM models, from Z.ai itself.",
    base_url="https://api.z.ai/api/paas/v4",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={
                "chat": "chat/completions",
                "embeddings": "embeddings",
                "models": "models",
                "images.generations": "images/generations",
            },
        ),
    ),
    key_page="https://z.ai/manage-apikey/apikey-list",
    key_hint="letters and digits with a dot",
    env_names=("ZAI_API_KEY",),
    test_model="glm-4.5-air",
    price_provider="zai",
    traits=Traits(
        schema="json",
        openai_own=False,
        thinking="object",
        reasoning_back="reasoning_content",
        refuses=frozenset(
            {
                "logit_bias",
                "logprobs",
                "top_logprobs",
                "n",
                "seed",
                "frequency_penalty",
                "presence_penalty",
                "store",
                "service_tier",
                "verbosity",
                "user",
            }
        ),
    ),
    aliases=("z-ai", "zhipu", "glm"),
)
