"""The provider kind ``groq``: open-weight models, served very fast by Groq."""

from __future__ import annotations

from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

GROQ = ProviderSpec(
    kind="groq",
    title="Groq",
    summary="Open-weight models, served very fast by Groq.",
    base_url="https://api.groq.com/openai/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={
                **OPENAI_PATHS,
                "audio.speech": "audio/speech",
                "audio.transcriptions": "audio/transcriptions",
                "audio.translations": "audio/translations",
            },
        ),
        Surface(dialect="openai-responses", paths={"chat": "responses"}, thinks=False),
    ),
    key_page="https://console.groq.com/keys",
    key_hint="gsk_…",
    env_names=("GROQ_API_KEY",),
    test_model="llama-3.1-8b-instant",
    price_provider="groq",
    traits=Traits(
        openai_own=False, refuses=frozenset({"logit_bias", "logprobs", "top_logprobs", "store", "verbosity"})
    ),
    model_traits=(
        (("*gpt-oss*",), {"thinking": "effort", "efforts": ("low", "medium", "high"), "reasoning_back": "reasoning"}),
        (("*qwen3*",), {"thinking": "effort", "efforts": ("none", "default")}),
    ),
)
