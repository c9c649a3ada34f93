"""The provider kind ``azure-openai``: OpenAI's models in an Azure resource, under deployment names of one's own."""

from __future__ import annotations

from conduit_desktop.providers.openai import CHAT, MODELS, RESPONSES, RESPONSES_ONLY
from conduit_desktop.providers.spec import Credential, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_VERSION = "api-version=2024-10-21"
_DEPLOYMENTS = "/openai/deployments/{model}/"
_V1 = ("/openai/v1",)
_FOUNDRY = ("/models",)
_OPERATIONS = {name: path for name, path in CHAT.items() if name != "models"}

AZURE_OPENAI = ProviderSpec(
    kind="azure-openai",
    title="Azure OpenAI",
    summary="GPT models in your own Azure resource; the model's id is the deployment's name.",
    surfaces=(
        Surface(dialect="openai-chat", paths=CHAT, base=_V1),
        Surface(dialect="openai-responses", paths=RESPONSES, base=_V1, thinks=True),
        Surface(dialect="openai-chat", paths={"chat": "chat/completions", "embeddings": "embeddings"}, base=_FOUNDRY),
        Surface(
            dialect="openai-chat",
            paths={
                **{name: f"{_DEPLOYMENTS}{path}?{_VERSION}" for name, path in _OPERATIONS.items()},
                "models": f"/openai/models?{_VERSION}",
            },
            never=RESPONSES_ONLY,
        ),
        Surface(
            dialect="openai-responses",
            paths={name: f"/openai/v1/{path}" for name, path in RESPONSES.items()},
            thinks=True,
        ),
        Surface(
            dialect="completions",
            paths={"chat": f"{_DEPLOYMENTS}completions?{_VERSION}"},
            models=("*-instruct*", "davinci*", "babbage*"),
        ),
    ),
    credential=Credential(header="api-key", prefix=""),
    key_page="https://portal.azure.com/",
    key_hint="32 or 84 characters, from Keys and Endpoint",
    env_names=("AZURE_OPENAI_API_KEY",),
    price_provider="azure",
    traits=Traits(max_tokens_member="max_completion_tokens"),
    model_traits=MODELS,
    base_query=("api-version",),
    aliases=("azure",),
)
