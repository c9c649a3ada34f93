"""The provider kind ``together``: open-weight models, served by Together AI."""

from __future__ import annotations

from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

TOGETHER = ProviderSpec(
    kind="together",
    title="Together AI",
    summary="Open-weight models, served by Together AI.",
    base_url="https://api.together.xyz/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={
                **OPENAI_PATHS,
                "images.generations": "images/generations",
                "audio.speech": "audio/speech",
                "audio.transcriptions": "audio/transcriptions",
                "rerank": "rerank",
            },
        ),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    key_page="https://api.together.ai/settings/api-keys",
    key_hint="64 letters and digits",
    env_names=("TOGETHER_API_KEY",),
    test_model="meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
    price_provider="together",
    traits=Traits(
        openai_own=False,
        takes=frozenset({"top_k", "min_p", "repetition_penalty"}),
        refuses=frozenset({"user", "store", "service_tier", "verbosity"}),
    ),
    aliases=("together-ai",),
)
