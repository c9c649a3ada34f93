"""The provider kind ``openai-compatible``: any server that speaks OpenAI's chat API, on this machine or elsewhere."""

from __future__ import annotations

from conduit_desktop.providers.openai import CHAT
from conduit_desktop.providers.spec import Preset, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

OPENAI_COMPATIBLE = ProviderSpec(
    kind="openai-compatible",
    title="OpenAI-compatible",
    summary="Any other server that speaks OpenAI's API, on this machine or elsewhere.",
    surfaces=(
        Surface(dialect="openai-chat", paths={**CHAT, "rerank": "rerank"}),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    secret="optional",
    key_hint="only if the server asks for one",
    local=True,
    traits=Traits(openai_own=False, thinking="effort", takes=frozenset({"top_k", "min_p", "repetition_penalty"})),
    aliases=("openai-like", "compatible", "custom", "localai", "litellm", "sglang"),
    presets=(
        Preset(name="custom", title="OpenAI-compatible", help="The address ends where /chat/completions would follow."),
    ),
)
