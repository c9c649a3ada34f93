"""The provider kind ``mistral``: Mistral's models, from Mistral itself.

A member that it does not know is an error there (422, ``extra_forbidden``), ``stream_options`` among them; streams tell
their usage unasked. Sources: docs.mistral.ai/api, its guide to reasoning, and the types of its SDK.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_THINK_WHEN_ASKED = (
    "magistral-*",
    "mistral-small-latest",
    "mistral-small-26*",
    "mistral-small-4*",
    "mistral-medium",
    "mistral-medium-latest",
    "mistral-medium-26*",
    "mistral-medium-3",
    "mistral-medium-3[.-]5*",
)

MISTRAL = ProviderSpec(
    kind="mistral",
    title="Mistral AI",
    summary="Mistral, Codestral, Devstral and Voxtral models, from Mistral itself.",
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
    stream_usage="always",
    traits=Traits(
        tool_ids="nine",
        openai_own=False,
        seed_member="random_seed",
        reasoning_back="thinking_parts",
        takes=frozenset({"document_url", "audio_string", "top_k", "repetition_penalty"}),
        refuses=OWN | {"logit_bias", "user", "service_tier"},
    ),
    model_traits=(
        (_THINK_WHEN_ASKED, {"thinking": "effort", "efforts": ("none", "high")}),
        (("mistral-large-4*",), {"thinking": "effort", "efforts": ("high",)}),
    ),
    aliases=("mistral-ai", "mistralai"),
)
