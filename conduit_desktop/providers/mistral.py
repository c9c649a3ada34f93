"""The provider kind ``mistral``: mistral, Codestral, Magistral and Pixtral models, from Mistral itself."""

from __future__ import annotations

from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

MISTRAL = ProviderSpec(
    kind="mistral",
    title="Mistral AI",
    summary="Mistral, Codestral, Magistral and Pixtral models, from Mistral itself.",
    base_url="https://api.mistral.ai/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={
                **OPENAI_PATHS,
                "moderations": "moderations",
                "audio.transcriptions": "audio/transcriptions",
                "audio.speech": "audio/speech",
            },
        ),
    ),
    key_page="https://console.mistral.ai/api-keys",
    key_hint="32 letters and digits",
    env_names=("MISTRAL_API_KEY",),
    test_model="ministral-3b-2512",
    price_provider="mistral",
    traits=Traits(
        tool_ids="nine",
        openai_own=False,
        seed_member="random_seed",
        reasoning_back="thinking_parts",
        user_after_tool=False,
        takes=frozenset({"document_url"}),
        refuses=frozenset({"logit_bias", "logprobs", "top_logprobs", "user", "store", "service_tier", "verbosity"}),
    ),
    model_traits=(
        (("magistral*", "mistral-small-4*", "mistral-medium-3*"), {"thinking": "effort", "efforts": ("none", "high")}),
    ),
)
