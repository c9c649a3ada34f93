"""The provider kind ``moonshot``: Kimi models, from Moonshot AI itself.

Sources: platform.kimi.ai/docs (chat API, thinking models, reasoning effort). How its reasoning models sample is fixed:
any other temperature is an error.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_UNKNOWN = OWN | {"logit_bias", "logprobs", "top_logprobs", "seed", "user", "metadata", "service_tier"}
_FIXED = frozenset({"temperature", "top_p", "n", "frequency_penalty", "presence_penalty"})

MOONSHOT = ProviderSpec(
    kind="moonshot",
    title="Moonshot AI",
    summary="Kimi models, from Moonshot AI itself.",
    base_url="https://api.moonshot.ai/v1",
    surfaces=(Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),),
    key_page="https://platform.moonshot.ai/console/api-keys",
    key_hint="sk-…",
    env_names=("MOONSHOT_API_KEY", "KIMI_API_KEY"),
    test_model="kimi-k2.6",
    price_provider="moonshotai",
    traits=Traits(
        max_tokens_member="max_completion_tokens",
        openai_own=False,
        strict_tools=False,
        reasoning_back="reasoning_content",
        refuses=_UNKNOWN,
    ),
    model_traits=(
        (("kimi-k2.[5-9]*", "kimi-k[3-9]*", "kimi-*thinking*"), {"refuses": _UNKNOWN | _FIXED}),
        (("kimi-k2.5*", "kimi-k2.6*"), {"thinking": "object"}),
        (("kimi-k[3-9]*",), {"thinking": "effort", "efforts": ("low", "high", "max")}),
    ),
    aliases=("kimi", "moonshot-ai", "moonshotai"),
)
