"""The provider kind ``huggingface``: open-weight models through the inference providers of Hugging Face."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

HUGGINGFACE = ProviderSpec(
    kind="huggingface",
    title="Hugging Face",
    summary="Open-weight models through the inference providers of Hugging Face.",
    base_url="https://router.huggingface.co/v1",
    surfaces=(
        Surface(dialect="openai-chat", paths={"chat": "chat/completions", "models": "models"}),
        Surface(dialect="openai-responses", paths={"chat": "responses"}, thinks=False),
    ),
    key_page="https://huggingface.co/settings/tokens",
    key_hint="hf_…",
    env_names=("HF_TOKEN", "HUGGINGFACE_API_KEY"),
    test_model="meta-llama/Llama-3.1-8B-Instruct",
    traits=Traits(openai_own=False, refuses=frozenset({"user", "store", "service_tier", "verbosity"})),
    aliases=("hf",),
)
