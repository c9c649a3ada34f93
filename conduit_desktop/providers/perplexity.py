"""The provider kind ``perplexity``: Sonar models that search the web and cite their sources, and other vendors' models
with that search.

Sonar models (``sonar-pro``) are at its first API, which is OpenAI's chat; models with a vendor's name (``openai/…``,
``perplexity/sonar``) at the second, which is OpenAI's Responses and which its public list of models is of. Answers tell
what they cost. Sources: docs.perplexity.ai and the types of its SDK.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import ASK, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_OF_VENDORS = ("*/*",)
_UNKNOWN = OWN | {"logit_bias", "seed", "user", "metadata", "service_tier", "cache_key"}

PERPLEXITY = ProviderSpec(
    kind="perplexity",
    title="Perplexity",
    summary="Sonar models that search the web and cite their sources.",
    base_url="https://api.perplexity.ai",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={"chat": "chat/completions", "embeddings": "/v1/embeddings", "models": "/v1/models"},
            never=_OF_VENDORS,
        ),
        Surface(
            dialect="openai-responses",
            paths={"chat": "/v1/responses", "responses.stored": "/v1/responses"},
            models=_OF_VENDORS,
        ),
    ),
    key_page="https://www.perplexity.ai/account/api/keys",
    key_hint="pplx-…",
    env_names=("PERPLEXITY_API_KEY", "PPLX_API_KEY"),
    check=ASK,
    test_model="perplexity/sonar",
    price_provider="perplexity",
    stream_usage="always",
    reports_cost=True,
    traits=Traits(openai_own=False, takes=frozenset({"top_k", "file_url"}), refuses=_UNKNOWN | {"tools", "n"}),
    model_traits=(
        (
            ("sonar-deep-research*", "sonar-reasoning*"),
            {"thinking": "effort", "efforts": ("minimal", "low", "medium", "high")},
        ),
        (_OF_VENDORS, {"thinking": "effort", "refuses": _UNKNOWN}),
    ),
    aliases=("pplx", "sonar"),
)
