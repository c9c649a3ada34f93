"""The provider kind ``cerebras``: open-weight models, served very fast by Cerebras.

A member that it does not know is an error there. Sources: inference-docs.cerebras.ai (chat completions, reasoning) and
the types of its SDK.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

CEREBRAS = ProviderSpec(
    kind="cerebras",
    title="Cerebras",
    summary="Open-weight models, served very fast by Cerebras.",
    base_url="https://api.cerebras.ai/v1",
    surfaces=(
        Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    key_page="https://cloud.cerebras.ai/",
    key_hint="csk-…",
    env_names=("CEREBRAS_API_KEY",),
    test_model="gpt-oss-120b",
    price_provider="cerebras",
    traits=Traits(
        max_tokens_member="max_completion_tokens",
        openai_own=False,
        # A bias is checked and never applied.
        refuses=OWN | {"logit_bias", "metadata"},
    ),
    model_traits=(
        (
            ("gpt-oss*", "zai-glm*", "qwen-3*thinking*", "qwen-3.8*", "kimi-k3*", "gemma-4*"),
            {"thinking": "effort", "efforts": ("none", "low", "medium", "high")},
        ),
        (("zai-glm*",), {"reasoning_back": "reasoning"}),
        (("gpt-oss*",), {"efforts": ("low", "medium", "high")}),
        (("kimi-k3*", "zai-glm-5.3*"), {"efforts": ("low", "high", "max")}),
    ),
    aliases=("cerebras-ai",),
)
