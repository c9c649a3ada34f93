"""The provider kind ``huggingface``: open-weight models through the inference providers of Hugging Face.

Its list of models is public and would call any token good. Sources: huggingface.co/docs/inference-providers and the
specification of its chat completion task.
"""

from __future__ import annotations

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import ASK, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

HUGGINGFACE = ProviderSpec(
    kind="huggingface",
    title="Hugging Face",
    summary="Open-weight models through the inference providers of Hugging Face.",
    base_url="https://router.huggingface.co/v1",
    surfaces=(
        Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),
        Surface(dialect="openai-responses", paths={"chat": "responses"}),
    ),
    key_page="https://huggingface.co/settings/tokens",
    key_hint="hf_…, with the right to call inference providers",
    env_names=("HF_TOKEN", "HUGGINGFACE_API_KEY"),
    check=ASK,
    test_model="meta-llama/Llama-3.1-8B-Instruct",
    traits=Traits(
        openai_own=False,
        refuses=OWN | {"logit_bias", "n", "user", "metadata", "service_tier", "cache_key"},
    ),
    model_traits=((("gpt-oss*",), {"thinking": "effort", "efforts": ("low", "medium", "high")}),),
    aliases=("hf", "hugging-face"),
)
