"""The provider kind ``groq``: open-weight models, served very fast by Groq.

Sources: console.groq.com/docs (API reference, OpenAI compatibility, reasoning, structured outputs; flex-processing,
which costs what is usual) and the types of its SDK. Usage stands in ``x_groq`` of a stream's last chunk, and in
``usage`` where it is asked for.
"""

from __future__ import annotations

from conduit_desktop.providers.billing import Billing, Factor
from conduit_desktop.providers.openai import OWN
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
        Surface(dialect="openai-responses", paths={"chat": "responses"}),
    ),
    key_page="https://console.groq.com/keys",
    key_hint="gsk_…",
    env_names=("GROQ_API_KEY",),
    test_model="openai/gpt-oss-20b",
    price_provider="groq",
    billing=Billing(services=(Factor(name="flex", times=1),)),
    traits=Traits(
        schema="json",
        openai_own=False,
        refuses=OWN | {"logit_bias", "logprobs", "top_logprobs", "metadata", "cache_key"},
    ),
    model_traits=(
        (("*gpt-oss*", "*llama-4*", "*kimi-k2*", "*qwen3.[6-9]*"), {"schema": "schema"}),
        (("*gpt-oss*",), {"thinking": "effort", "efforts": ("low", "medium", "high")}),
        (("*qwen3*",), {"thinking": "effort", "efforts": ("none", "default"), "reasoning_back": "reasoning"}),
        (("*qwen3.8*",), {"efforts": ("none", "low", "medium", "high")}),
    ),
    aliases=("groqcloud",),
)
