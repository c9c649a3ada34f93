"""The provider kind ``openrouter``: many vendors' models behind one account.

Streams tell usage, with what it cost, unasked. Sources: openrouter.ai/docs/api-reference and the types of its SDK.
"""

from __future__ import annotations

from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

OPENROUTER = ProviderSpec(
    kind="openrouter",
    title="OpenRouter",
    summary="Hundreds of models of many vendors, billed by OpenRouter.",
    base_url="https://openrouter.ai/api/v1",
    key_page="https://openrouter.ai/settings/keys",
    key_hint="sk-or-v1-…",
    env_names=("OPENROUTER_API_KEY",),
    # Its list of models is public and would call any key good; GET /key needs one.
    check="key",
    test_model="openai/gpt-4.1-nano",
    price_provider="openrouter",
    stream_usage="always",
    reports_cost=True,
    headers=(("x-title", "Conduit Desktop"),),
    surfaces=(
        Surface(dialect="openai-chat", paths={**OPENAI_PATHS, "rerank": "rerank", "audio.speech": "audio/speech"}),
        Surface(dialect="openai-responses", paths={"chat": "responses"}),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    traits=Traits(
        thinking="openrouter",
        reasoning_back="reasoning_details",
        openai_own=False,
        cache_markers=True,
        takes=frozenset({"top_k", "min_p", "repetition_penalty", "web_search", "video"}),
        refuses=frozenset({"store"}),
    ),
    aliases=("open-router",),
)
