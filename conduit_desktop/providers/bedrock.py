"""The provider kind ``bedrock``: the models of many vendors at Amazon Bedrock, and its newer API in OpenAI's
dialect."""

from __future__ import annotations

from conduit_desktop.providers.anthropic import BUDGET, NO_THINKING
from conduit_desktop.providers.openai import THINKERS
from conduit_desktop.providers.spec import OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

CLAUDE = ("*claude*",)
HOSTED = "bedrock-2023-05-31"
_STRUCTURED = (
    "*claude-*-4-5*",
    "*claude-*-4-6*",
    "*claude-*-4-7*",
    "*claude-*-4-8*",
    "*claude-*-5",
    "*claude-*-5-*",
    "*qwen.qwen3*",
    "*openai.gpt-oss*",
    "*deepseek.v3*",
    "*google.gemma-3*",
    "*minimax.*",
    "*mistral.ministral-3*",
    "*mistral.magistral*",
    "*mistral.mistral-large-3*",
    "*moonshot*",
    "*nvidia.*",
)
"""Those that Bedrock's user guide ("Get validated JSON results from models") lists. ``claude-3-5-…`` is taken out
again."""
_OLD_CLAUDE = ("*claude-3-*", "*claude-v2*", "*claude-instant*", "*claude-*-4-2025*", "*claude-*-4-1-*")
_NO_SAMPLING = frozenset({"temperature", "top_p", "top_k"})

BEDROCK = ProviderSpec(
    kind="bedrock",
    title="Amazon Bedrock",
    summary="Claude, Nova, Llama and other models in your AWS account.",
    base_url="https://bedrock-runtime.us-east-1.amazonaws.com",
    surfaces=(
        Surface(
            dialect="bedrock-converse",
            paths={"chat": "model/{model}/converse", "models": "//foundation-models"},
            stream={"chat": "model/{model}/converse-stream"},
        ),
        Surface(
            dialect="anthropic-messages",
            paths={"chat": "model/{model}/invoke"},
            stream={"chat": "model/{model}/invoke-with-response-stream"},
            models=CLAUDE,
            hosted=HOSTED,
        ),
    ),
    auth="aws",
    key_page="https://console.aws.amazon.com/bedrock/home#/api-keys",
    key_hint="ABSK…, or ACCESS_KEY_ID:SECRET_ACCESS_KEY",
    env_names=("AWS_BEARER_TOKEN_BEDROCK",),
    test_model="us.amazon.nova-micro-v1:0",
    price_provider="aws",
    traits=Traits(schema="none", strict_tools=False),
    model_traits=(
        (CLAUDE, {"thinking": "adaptive", "max_output": 64000}),
        (tuple(f"*{name}" for name in BUDGET), {"thinking": "budget"}),
        (tuple(f"*{name}" for name in (*NO_THINKING, "claude-v2*")), {"thinking": "", "max_output": 4096}),
        (("*claude-opus-4-1*", "*claude-opus-4-2025*"), {"max_output": 32000}),
        (("*claude-opus-4-7*", "*claude-opus-4-8*", "*claude-opus-5*"), {"refuses": _NO_SAMPLING}),
        (("*openai.gpt-oss*",), {"thinking": "effort"}),
        (("*amazon.nova-2*", "*qwen.qwen3-*"), {"thinking": "level"}),
        (_STRUCTURED, {"schema": "schema", "strict_tools": True}),
        (_OLD_CLAUDE, {"schema": "none", "strict_tools": False}),
    ),
    aliases=("aws", "aws-bedrock", "amazon-bedrock"),
)

BEDROCK_MANTLE = ProviderSpec(
    kind="bedrock-mantle",
    title="Amazon Bedrock (OpenAI API)",
    summary="Open-weight and other models at Bedrock's newer endpoint, which speaks OpenAI's dialects.",
    base_url="https://bedrock-mantle.us-east-1.api.aws/v1",
    surfaces=(
        Surface(dialect="openai-chat", paths={"chat": OPENAI_PATHS["chat"], "models": OPENAI_PATHS["models"]}),
        Surface(dialect="openai-responses", paths={"chat": "responses", "responses.stored": "responses"}, thinks=True),
    ),
    key_page="https://console.aws.amazon.com/bedrock/home#/api-keys",
    key_hint="ABSK…",
    env_names=("AWS_BEARER_TOKEN_BEDROCK",),
    test_model="openai.gpt-5.4",
    price_provider="aws",
    traits=Traits(openai_own=False),
    model_traits=(
        (tuple(f"*{name}" for name in THINKERS), {"thinking": "effort", "efforts": ("low", "medium", "high")}),
    ),
)
