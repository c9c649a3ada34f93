"""The provider kind ``zai``: GLM models, from Z.ai itself.

Sources: docs.z.ai (chat completion, thinking mode) and its SDK. Members that it does not know are ignored.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import ASK, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_IGNORED = frozenset(
    {
        *("logit_bias", "logprobs", "top_logprobs", "n", "frequency_penalty", "presence_penalty"),
        *("service_tier", "user", "metadata", "cache_key"),
    }
)

ZAI = ProviderSpec(
    kind="zai",
    title="Z.ai",
    summary="GLM models, from Z.ai itself.",
    base_url="https://api.z.ai/api/paas/v4",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={
                "chat": "chat/completions",
                "embeddings": "embeddings",
                "models": "models",
                "images.generations": "images/generations",
            },
        ),
    ),
    key_page="https://z.ai/manage-apikey/apikey-list",
    key_hint="letters and digits with a dot",
    env_names=("ZAI_API_KEY",),
    # Its list of models is in no document.
    check=ASK,
    test_model="glm-4.5-air",
    price_provider="zai",
    traits=Traits(
        schema="json",
        openai_own=False,
        strict_tools=False,
        reasoning_back="reasoning_content",
        refuses=OWN | _IGNORED,
    ),
    model_traits=(
        (("glm-4.[5-9]*", "glm-[5-9]*"), {"thinking": "object"}),
        (("glm-5.2*",), {"efforts": ("none", "minimal", "low", "medium", "high", "xhigh", "max")}),
        (("glm-5.3*",), {"thinking": "effort", "efforts": ("low", "high", "max"), "schema": "schema"}),
    ),
    aliases=("z-ai", "z.ai", "zhipu", "zhipuai", "bigmodel", "glm"),
)
