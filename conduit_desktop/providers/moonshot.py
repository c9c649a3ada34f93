"""The provider kind ``moonshot``: kimi models, from Moonshot AI itself."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

MOONSHOT = ProviderSpec(
    kind="moonshot",
    title="Moonshot AI",
    summary="Kimi models, from Moonshot AI itself.",
    base_url="https://api.moonshot.ai/v1",
    surfaces=(Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),),
    key_page="https://platform.moonshot.ai/console/api-keys",
    key_hint="sk-…",
    env_names=("MOONSHOT_API_KEY",),
    test_model="kimi-k2-turbo-preview",
    price_provider="moonshotai",
    traits=Traits(
        openai_own=False,
        reasoning_back="reasoning_content",
        refuses=frozenset({"logit_bias", "logprobs", "top_logprobs", "seed", "store", "service_tier", "verbosity"}),
    ),
    model_traits=((("kimi-k2.5*", "kimi-k2.6*", "kimi-k3*"), {"thinking": "object"}),),
    aliases=("kimi",),
)
