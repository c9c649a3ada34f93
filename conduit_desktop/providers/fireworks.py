"""The provider kind ``fireworks``: open-weight models served by Fireworks AI.

Sources: docs.fireworks.ai and the types of its SDK, which name the efforts of each family of models.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

FIREWORKS = ProviderSpec(
    kind="fireworks",
    title="Fireworks AI",
    summary="Open-weight models, served fast by Fireworks AI.",
    base_url="https://api.fireworks.ai/inference/v1",
    key_page="https://app.fireworks.ai/settings/users/api-keys",
    key_hint="fw_…",
    env_names=("FIREWORKS_API_KEY",),
    test_model="accounts/fireworks/models/gpt-oss-20b",
    price_provider="fireworks",
    # The usage comes with the chunk that carries the finish reason, asked for or not.
    stream_usage="always",
    surfaces=(
        Surface(dialect="openai-chat", paths={**OPENAI_PATHS, "rerank": "rerank"}),
        Surface(dialect="openai-responses", paths={"chat": "responses", "responses.stored": "responses"}),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    traits=Traits(
        thinking="effort",
        efforts=("none", "low", "medium", "high"),
        reasoning_back="reasoning_content",
        openai_own=False,
        takes=frozenset({"top_k", "min_p", "repetition_penalty"}),
        refuses=OWN,
    ),
    model_traits=((("gpt-oss*", "minimax-m2*"), {"efforts": ("low", "medium", "high")}),),
    aliases=("fireworks-ai",),
)
