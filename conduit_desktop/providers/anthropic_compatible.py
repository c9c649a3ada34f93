"""The provider kind ``anthropic-compatible``: any server that speaks Anthropic's Messages API."""

from __future__ import annotations

from conduit_desktop.providers.anthropic import MODELS, PATHS
from conduit_desktop.providers.spec import Credential, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

ANTHROPIC_COMPATIBLE = ProviderSpec(
    kind="anthropic-compatible",
    title="Anthropic-compatible",
    summary="Any other server that speaks Anthropic's Messages API.",
    surfaces=(Surface(dialect="anthropic-messages", paths=PATHS),),
    secret="optional",
    credential=Credential(header="x-api-key", prefix=""),
    key_hint="only if the server asks for one",
    local=True,
    headers=(("anthropic-version", "2023-06-01"),),
    traits=Traits(thinking="budget", schema="none", max_output=8192),
    model_traits=MODELS,
    address_hint="http://127.0.0.1:8080",
    aliases=("anthropic-like", "claude-compatible"),
)
