"""The provider kinds ``bedrock``: the models of many vendors at Amazon Bedrock, and ``bedrock-mantle``: its newer
endpoint, which speaks OpenAI's and Anthropic's dialects.

Sources: docs.aws.amazon.com/bedrock (Converse, InvokeModel, ListInferenceProfiles, model cards, structured output).
"""

from __future__ import annotations

from conduit_desktop.providers.anthropic import MODELS, NOT_FORCED
from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import ASK, OPENAI_PATHS, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

CLAUDE = ("*claude*",)
HOSTED = "bedrock-2023-05-31"
_STRUCTURED = (
    "*claude-*-4-[5-9]*",
    "*claude-*-5",
    "*claude-*-5-*",
    "*qwen.qwen3*",
    "*openai.gpt-oss*",
    "*deepseek.v3*",
    "*google.gemma-3-12b*",
    "*google.gemma-3-27b*",
    "*minimax.minimax-m2*",
    "*mistral.ministral-3*",
    "*mistral.magistral*",
    "*mistral.mistral-large-3*",
    "*mistral.voxtral*",
    "*moonshot*",
    "*nvidia.nemotron-nano*",
    "*zai.glm*",
)
"""Those that Bedrock's user guide ("Get validated JSON results from models") lists, or that were found to."""
_UNSTRUCTURED = (
    *("*claude-3-*", "*claude-v2*", "*claude-instant*", "*claude-*-4-2025*", "*claude-*-4-1-*", "*claude-fable-5*"),
)
"""Claude models without it at Bedrock, whatever they have elsewhere."""
_NO_SAMPLING = frozenset({"temperature", "top_p", "top_k"})
_PROFILES = "//inference-profiles?maxResults=1000"
"""Newer models are called by the id of an inference profile only."""
_GPT = ("openai.gpt-[5-9]*",)

BEDROCK = ProviderSpec(
    kind="bedrock",
    title="Amazon Bedrock",
    summary="Claude, Nova, Llama and other models in your AWS account.",
    base_url="https://bedrock-runtime.us-east-1.amazonaws.com",
    surfaces=(
        Surface(
            dialect="bedrock-converse",
            paths={"chat": "model/{model}/converse", "models": "//foundation-models", "models.more": _PROFILES},
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
    # Who may call models may not always list them.
    check=ASK,
    test_model="us.amazon.nova-micro-v1:0",
    price_provider="aws",
    traits=Traits(schema="none", strict_tools=False),
    model_traits=(
        *MODELS,
        # Converse has its own way with a choice of tools.
        (NOT_FORCED, {"refuses": _NO_SAMPLING}),
        (("*claude-v2*",), {"thinking": "", "max_output": 4096}),
        (("*openai.gpt-oss*", "*zai.glm-5.3*"), {"thinking": "effort"}),
        (("*openai.gpt-[5-9]*", "*xai.grok*"), {"refuses": _NO_SAMPLING}),
        (("*amazon.nova-2*", "*qwen.qwen3-*"), {"thinking": "level"}),
        (("*qwen.qwen3-coder*",), {"thinking": ""}),
        (_STRUCTURED, {"schema": "schema", "strict_tools": True}),
        (_UNSTRUCTURED, {"schema": "none", "strict_tools": False}),
    ),
    aliases=("aws", "aws-bedrock", "amazon-bedrock"),
)

BEDROCK_MANTLE = ProviderSpec(
    kind="bedrock-mantle",
    title="Bedrock Mantle",
    summary="Open-weight, GPT and Claude models at Amazon's newer endpoint.",
    base_url="https://bedrock-mantle.us-east-1.api.aws/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={"chat": OPENAI_PATHS["chat"], "models": OPENAI_PATHS["models"]},
            never=(*_GPT, "anthropic.*"),
        ),
        Surface(
            dialect="openai-responses",
            paths={"chat": "/openai/v1/responses", "responses.stored": "/openai/v1/responses"},
            models=_GPT,
        ),
        Surface(
            dialect="openai-responses",
            paths={"chat": "responses", "responses.stored": "responses"},
            models=("openai.gpt-oss*",),
            thinks=True,
        ),
        Surface(
            dialect="anthropic-messages",
            paths={"chat": "/anthropic/v1/messages", "count_tokens": "/anthropic/v1/messages/count_tokens"},
            models=("anthropic.*",),
        ),
    ),
    key_page="https://console.aws.amazon.com/bedrock/home#/api-keys",
    key_hint="ABSK…",
    env_names=("AWS_BEARER_TOKEN_BEDROCK",),
    test_model="openai.gpt-5.4",
    price_provider="aws",
    headers=(("anthropic-version", "2023-06-01"),),
    traits=Traits(openai_own=False, refuses=OWN),
    model_traits=(
        *MODELS,
        (("openai.gpt-oss*",), {"thinking": "effort", "efforts": ("low", "medium", "high")}),
        (
            _GPT,
            {
                "thinking": "effort",
                "efforts": ("none", "low", "medium", "high", "xhigh"),
                "refuses": frozenset({"frequency_penalty", "presence_penalty", "logit_bias", "stop"}),
                "refuses_thinking": frozenset({"temperature", "top_p", "logprobs", "top_logprobs"}),
                "thinks_unasked": True,
            },
        ),
    ),
    aliases=("mantle", "aws-mantle"),
)
