"""The provider kind ``anthropic``: Anthropic's own API.

Sources: platform.claude.com/docs (Messages API, extended and adaptive thinking, effort, structured outputs; data
residency for what inference in the US costs); what its list of models tells of each.
"""

from __future__ import annotations

from conduit_desktop.providers.billing import Billing, Factor
from conduit_desktop.providers.spec import Credential, ProviderSpec, Surface

PATHS = {"chat": "/v1/messages", "count_tokens": "/v1/messages/count_tokens", "models": "/v1/models"}
NO_THINKING = ("claude-3-haiku*", "claude-3-opus*", "claude-3-sonnet*", "claude-3-5*", "claude-2*", "claude-instant*")
BUDGET = (
    "claude-3-7*",
    "claude-opus-4-0*",
    "claude-sonnet-4-0*",
    "claude-opus-4-2025*",
    "claude-sonnet-4-2025*",
    "claude-opus-4-1*",
    "claude-opus-4-5*",
    "claude-sonnet-4-5*",
    "claude-haiku-4-5*",
)
NO_SCHEMA = (*NO_THINKING, "claude-3-7*", "claude-opus-4-0*", "claude-sonnet-4-0*", "claude-*-4-2025*")
NO_SAMPLING = (
    "*claude-opus-4-7*",
    "*claude-opus-4-8*",
    "*claude-opus-5*",
    "*claude-sonnet-5*",
    "*claude-fable-5*",
    "*claude-mythos-*",
    "*claude-haiku-5*",
)
NOT_FORCED = ("*claude-opus-5-5*", "*claude-sonnet-5-5*", "*claude-fable-5-*", "*claude-mythos-5-*")
ALWAYS_THINKING = ("*claude-opus-5-5*", "*claude-fable-5*", "*claude-mythos-*")
MID_SYSTEM = (
    "claude-opus-4-8*",
    "claude-opus-5*",
    "claude-fable-5*",
    "claude-mythos-5*",
    "claude-sonnet-5-5*",
    "claude-haiku-5-5*",
)
_SAMPLING = frozenset({"temperature", "top_p", "top_k"})
MODELS = (
    (("*claude*",), {"thinking": "adaptive", "schema": "schema", "max_output": 128000}),
    (tuple(f"*{name}" for name in BUDGET), {"thinking": "budget", "max_output": 64000}),
    (tuple(f"*{name}" for name in NO_THINKING), {"thinking": "", "max_output": 8192}),
    (tuple(f"*{name}" for name in NO_SCHEMA), {"schema": "none"}),
    (("*claude-opus-4-6*", "*claude-sonnet-4-6*"), {"efforts": ("low", "medium", "high", "max")}),
    (NO_SAMPLING, {"refuses": _SAMPLING}),
    (NOT_FORCED, {"refuses": _SAMPLING | {"tool_choice"}}),
    (("*claude-sonnet-5-5*",), {"thinking_off": "between_tools"}),
    (ALWAYS_THINKING, {"thinking_off": ""}),
    (("*claude-opus-4-0*", "*claude-opus-4-1*", "*claude-opus-4-2025*"), {"max_output": 32000}),
    (
        ("*claude-3-haiku*", "*claude-3-opus*", "*claude-3-sonnet*", "*claude-2*", "*claude-instant*"),
        {"max_output": 4096},
    ),
)

ANTHROPIC = ProviderSpec(
    kind="anthropic",
    title="Anthropic",
    summary="Claude models, from Anthropic itself.",
    base_url="https://api.anthropic.com",
    surfaces=(Surface(dialect="anthropic-messages", paths=PATHS),),
    credential=Credential(header="x-api-key", prefix=""),
    key_page="https://console.anthropic.com/settings/keys",
    key_hint="sk-ant-…",
    env_names=("ANTHROPIC_API_KEY",),
    test_model="claude-haiku-4-5",
    price_provider="anthropic",
    billing=Billing(regions=(Factor(name="us", times=11, by=10),)),
    headers=(("anthropic-version", "2023-06-01"),),
    model_traits=(*MODELS, (MID_SYSTEM, {"mid_system": True})),
    aliases=("claude", "anthropic-ai"),
)
