"""The provider kind ``xai``: grok models, from xAI itself."""

from __future__ import annotations

from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

XAI = ProviderSpec(
    kind="xai",
    title="xAI",
    summary="Grok models, from xAI itself.",
    base_url="https://api.x.ai/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={**OPENAI_PATHS, "images.generations": "images/generations", "images.edits": "images/edits"},
        ),
        Surface(dialect="openai-responses", paths={"chat": "responses", "responses.stored": "responses"}, thinks=True),
    ),
    key_page="https://console.x.ai/",
    key_hint="xai-…",
    env_names=("XAI_API_KEY",),
    test_model="grok-3-mini",
    price_provider="x-ai",
    traits=Traits(
        max_tokens_member="max_completion_tokens",
        openai_own=False,
        refuses=frozenset({"logit_bias", "store", "verbosity"}),
    ),
    model_traits=(
        (("grok-3-mini*", "grok-4.*", "grok-5*"), {"thinking": "effort", "efforts": ("low", "high")}),
        (
            ("grok-4*",),
            {
                "refuses": frozenset(
                    {"logit_bias", "store", "verbosity", "presence_penalty", "frequency_penalty", "stop"}
                )
            },
        ),
    ),
    aliases=("grok", "x-ai"),
)
