"""The provider kind ``perplexity``: sonar models that search the web and cite their sources."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

PERPLEXITY = ProviderSpec(
    kind="perplexity",
    title="Perplexity",
    summary="Sonar models that search the web and cite their sources.",
    base_url="https://api.perplexity.ai",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={"chat": "chat/completions", "embeddings": "v1/embeddings", "models": "v1/models"},
        ),
    ),
    key_page="https://www.perplexity.ai/account/api/keys",
    key_hint="pplx-…",
    env_names=("PERPLEXITY_API_KEY",),
    test_model="sonar",
    price_provider="perplexity",
    traits=Traits(
        openai_own=False,
        takes=frozenset({"top_k"}),
        refuses=frozenset(
            {
                "tools",
                "logit_bias",
                "logprobs",
                "top_logprobs",
                "n",
                "seed",
                "stop",
                "user",
                "store",
                "service_tier",
                "verbosity",
            }
        ),
    ),
    model_traits=(
        (
            ("sonar-deep-research*", "sonar-reasoning*"),
            {"thinking": "effort", "efforts": ("minimal", "low", "medium", "high")},
        ),
    ),
    reports_cost=True,
    check="v1/models",
)
