"""The provider kind ``together``: open-weight models, served by Together AI.

Sources: docs.together.ai and the types of its SDK. Members that it does not know are ignored; streams tell their usage
unasked.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_THINKERS = ("gpt-oss*", "minimax-m3*", "qwen3.[5-9]*", "deepseek-v4*", "kimi-k3*", "*nemotron-3*", "glm-5.[2-9]*")

TOGETHER = ProviderSpec(
    kind="together",
    title="Together AI",
    summary="Open-weight models, served by Together AI.",
    base_url="https://api.together.ai/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={
                **OPENAI_PATHS,
                "images.generations": "images/generations",
                "audio.speech": "audio/speech",
                "audio.transcriptions": "audio/transcriptions",
                "audio.translations": "audio/translations",
                "rerank": "rerank",
            },
        ),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    key_page="https://api.together.ai/settings/api-keys",
    key_hint="64 letters and digits",
    env_names=("TOGETHER_API_KEY",),
    test_model="meta-llama/Llama-3.3-70B-Instruct-Turbo",
    price_provider="together",
    stream_usage="always",
    traits=Traits(
        openai_own=False,
        takes=frozenset({"top_k", "min_p", "repetition_penalty"}),
        refuses=OWN | {"user", "metadata", "service_tier", "cache_key"},
    ),
    model_traits=(
        (_THINKERS, {"thinking": "effort", "efforts": ("low", "medium", "high"), "reasoning_back": "reasoning"}),
    ),
    aliases=("together-ai", "togetherai"),
)
