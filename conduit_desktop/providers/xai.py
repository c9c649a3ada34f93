"""The provider kind ``xai``: Grok models, from xAI itself.

Sources: docs.x.ai (chat completions, reasoning, its retirement guides; developers/pricing for what searches cost). A
bad key is answered with 400 and words alone; errors are ``{"code", "error"}``, both texts.
"""

from __future__ import annotations

from conduit_desktop.providers.billing import Billing
from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_UNKNOWN = OWN | {"logit_bias", "metadata"}
_PENALTIES = frozenset({"presence_penalty", "frequency_penalty"})
_FOUR = ("none", "low", "medium", "high")

XAI = ProviderSpec(
    kind="xai",
    title="xAI",
    summary="Grok models, from xAI itself.",
    base_url="https://api.x.ai/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={**OPENAI_PATHS, "images.generations": "images/generations", "images.edits": "images/edits"},
        ),
        Surface(dialect="openai-responses", paths={"chat": "responses", "responses.stored": "responses"}, thinks=True),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    key_page="https://console.x.ai/",
    key_hint="xai-…",
    env_names=("XAI_API_KEY",),
    test_model="grok-4.3",
    price_provider="x-ai",
    billing=Billing(parts=((("*",), {"per_search": 5 * 10**9, "per_file_search": 25 * 10**8}),)),
    traits=Traits(
        max_tokens_member="max_completion_tokens",
        openai_own=False,
        refuses=_UNKNOWN | _PENALTIES,
    ),
    model_traits=(
        (("grok-2*", "grok-beta*", "grok-vision*"), {"refuses": _UNKNOWN}),
        (
            ("grok-3-mini*", "grok-[4-9]*", "grok-code*", "grok-build*", "grok-latest"),
            {"refuses": _UNKNOWN | _PENALTIES | {"stop"}},
        ),
        (("grok-*-non-reasoning*",), {"refuses": _UNKNOWN | _PENALTIES}),
        (("grok-3-mini*",), {"thinking": "effort", "efforts": ("low", "high")}),
        # xAI sends the calls of retired models to Grok 4.3.
        (
            ("grok-4.3*", "grok-latest", "grok-3", "grok-4-0709", "grok-4-fast*", "grok-4-1-fast*"),
            {"thinking": "effort", "efforts": _FOUR},
        ),
        (("grok-4.[5-9]*", "grok-[5-9]*", "grok-build-latest"), {"thinking": "effort", "efforts": _FOUR[1:]}),
        (("grok-4.7*",), {"efforts": (*_FOUR[1:], "xhigh")}),
    ),
    aliases=("grok", "x-ai", "x.ai"),
)
