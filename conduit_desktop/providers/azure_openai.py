"""The provider kind ``azure-openai``: OpenAI's and other models in an Azure resource, under deployment names of one's
own.

A base URL is the resource alone (``https://NAME.openai.azure.com``: each deployment has an address of its own, and the
API's version is a parameter), its ``/openai/v1``, or the ``/models`` of AI Foundry; each may hold an ``api-version``.
Source: Microsoft's "Azure OpenAI in Azure AI Foundry Models REST API reference" and "API version lifecycle".
"""

from __future__ import annotations

from conduit_desktop.providers.openai import CHAT, CHAT_ONLY, MODELS, RESPONSES, RESPONSES_ONLY
from conduit_desktop.providers.spec import ASK, Credential, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_VERSION = "api-version=2024-10-21"
_FOUNDRY_VERSION = "api-version=2024-05-01-preview"
_DEPLOYMENTS = "/openai/deployments/{model}/"
_OPERATIONS = {name: path for name, path in CHAT.items() if name not in ("models", "moderations", "images.variations")}
_TEXT_MODELS = ("*-instruct*", "davinci*", "babbage*")
_OTHERS = ("*mistral*", "*ministral*", "*codestral*", "*llama*", "*cohere*", "*command-*", "*phi-*", "*deepseek*")

AZURE_OPENAI = ProviderSpec(
    kind="azure-openai",
    title="Azure OpenAI",
    summary="GPT models in your own Azure resource; the model's id is the deployment's name.",
    surfaces=(
        Surface(dialect="openai-chat", paths=CHAT, base=("/openai/v1",), never=(*RESPONSES_ONLY, *_TEXT_MODELS)),
        Surface(
            dialect="openai-chat",
            paths={
                "chat": f"chat/completions?{_FOUNDRY_VERSION}",
                "embeddings": f"embeddings?{_FOUNDRY_VERSION}",
            },
            base=("/models", ".models.ai.azure.com", ".inference.ai.azure.com"),
            never=(*RESPONSES_ONLY, *_TEXT_MODELS),
        ),
        Surface(
            dialect="openai-chat",
            paths={
                **{name: f"{_DEPLOYMENTS}{path}?{_VERSION}" for name, path in _OPERATIONS.items()},
                "models": f"/openai/models?{_VERSION}",
            },
            never=(*RESPONSES_ONLY, *_TEXT_MODELS),
        ),
        Surface(
            dialect="openai-responses",
            paths={name: f"/openai/v1/{path}?api-version" for name, path in RESPONSES.items()},
            never=(*CHAT_ONLY, *_TEXT_MODELS),
            thinks=True,
        ),
        Surface(
            dialect="completions",
            paths={"chat": f"{_DEPLOYMENTS}completions?{_VERSION}"},
            models=_TEXT_MODELS,
        ),
    ),
    credential=Credential(header="api-key", prefix=""),
    key_page="https://portal.azure.com/",
    key_hint="32 or 84 characters, from Keys and Endpoint",
    env_names=("AZURE_OPENAI_API_KEY",),
    check=ASK,
    price_provider="azure",
    models_note="These are the models of your region. Deployments cannot be listed with a key: "
    "type the deployment's name as the model's id.",
    traits=Traits(max_tokens_member="max_completion_tokens"),
    model_traits=(*MODELS, (_OTHERS, {"max_tokens_member": "max_tokens", "openai_own": False})),
    base_query=("api-version",),
    address_hint="https://NAME.openai.azure.com",
    aliases=("azure", "azure-ai", "azure-foundry", "foundry"),
)
