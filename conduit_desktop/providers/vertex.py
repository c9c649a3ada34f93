"""The provider kind ``vertex``: Gemini, Claude, Mistral and open models in a project of Google Cloud.

Sources: cloud.google.com/vertex-ai/generative-ai/docs (Gemini, partner models, the OpenAI library) and the google-genai
SDK, which names what differs from Gemini's own API.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlsplit

from conduit_desktop.providers import anthropic, gemini, mistral
from conduit_desktop.providers.billing import Billing
from conduit_desktop.providers.spec import ASK, ProviderSpec, Surface

HOSTED = "vertex-2023-10-16"
CLAUDE = ("claude-*",)
MISTRAL_MODELS = ("mistral-*", "codestral-*", "ministral-*", "magistral-*")
OPEN_MODELS = ("*-maas", "meta/*", "deepseek-ai/*", "qwen/*", "openai/*", "moonshotai/*", "zai-org/*", "minimaxai/*")
_OF_MISTRAL = {
    **{name: getattr(mistral.MISTRAL.traits, name) for name in mistral.MISTRAL.traits.__slots__ if name != "kind"},
    "stream_usage": False,
}
_GOOGLE = "publishers/google/models/{model}:"
_ANTHROPIC = "publishers/anthropic/models/{model}:"
_MISTRAL = "publishers/mistralai/models/{model}:"
_HOST = re.compile(r"(?:(?P<before>[a-z0-9-]+)-)?aiplatform\.(?:(?P<between>[a-z0-9-]+)\.rep\.)?googleapis\.com")

VERTEX = ProviderSpec(
    kind="vertex",
    title="Google Vertex AI",
    summary="Gemini, Claude, Mistral and open models in your Google Cloud project.",
    base_url="https://aiplatform.googleapis.com",
    surfaces=(
        Surface(
            dialect="gemini",
            paths={
                "chat": f"{_GOOGLE}generateContent",
                "count_tokens": f"{_GOOGLE}countTokens",
                "models": "/v1beta1/publishers/google/models?pageSize=300",
                "models.more": "/v1beta1/publishers/anthropic/models?pageSize=300",
            },
            stream={"chat": f"{_GOOGLE}streamGenerateContent?alt=sse"},
            never=(*CLAUDE, *MISTRAL_MODELS, *OPEN_MODELS),
        ),
        Surface(dialect="vertex", paths={"embeddings": f"{_GOOGLE}predict"}),
        Surface(
            dialect="anthropic-messages",
            paths={"chat": f"{_ANTHROPIC}rawPredict"},
            stream={"chat": f"{_ANTHROPIC}streamRawPredict"},
            models=CLAUDE,
            hosted=HOSTED,
        ),
        Surface(
            dialect="openai-chat",
            paths={"chat": f"{_MISTRAL}rawPredict"},
            stream={"chat": f"{_MISTRAL}streamRawPredict"},
            models=MISTRAL_MODELS,
        ),
        Surface(dialect="openai-chat", paths={"chat": "endpoints/openapi/chat/completions"}, models=OPEN_MODELS),
    ),
    auth="google",
    key_page="https://console.cloud.google.com/iam-admin/serviceaccounts",
    key_hint="a service account's JSON key file",
    env_names=("GOOGLE_APPLICATION_CREDENTIALS_JSON",),
    # Its list is closed to API keys.
    check=ASK,
    test_model="gemini-2.5-flash-lite",
    price_provider="google",
    billing=Billing(searched_once=gemini.BILLING.searched_once),
    model_traits=(
        *gemini.MODELS,
        *anthropic.MODELS,
        (MISTRAL_MODELS, _OF_MISTRAL),
        *mistral.MISTRAL.model_traits,
        (OPEN_MODELS, {"openai_own": False, "strict_tools": False}),
    ),
    aliases=("vertex-ai", "vertexai", "google-vertex", "google-cloud", "gcp"),
)


def located(url: str, secret: str | None) -> str:
    """``url``, which was built from a base URL that may be no more than a host, with the version, project and location
    that Vertex AI wants before ``publishers`` and ``endpoints``: the project of the key file that ``secret`` may be,
    the host's location. Without a project (an API key of the express mode has its own) only the version is put in."""
    parts = urlsplit(url)
    found = re.fullmatch(r"(?P<base>.*?)(?P<version>/v\d\w*)?(?P<rest>/(?:publishers|endpoints)/.*)", parts.path)
    if found is None or "/projects/" in found["base"] or found["rest"].endswith("/models"):
        return url
    project = project_of(secret)
    place = f"/projects/{quote(project, safe=':')}/locations/{location_of(parts.hostname or '')}" if project else ""
    path = f"{found['base']}{found['version'] or '/v1'}{place}{found['rest']}"
    return parts._replace(path=path).geturl()


def project_of(secret: str | None) -> str:
    """The project that a key file names, empty for other secrets."""
    if not secret or not secret.lstrip().startswith("{"):
        return ""
    try:
        file = json.loads(secret)
    except (ValueError, RecursionError):
        return ""
    found = (file.get("project_id") or file.get("quota_project_id")) if isinstance(file, dict) else None
    return found if isinstance(found, str) else ""


def location_of(host: str) -> str:
    """The location that a host serves; ``global`` where its name tells none."""
    found = _HOST.fullmatch(host.lower())
    return (found["before"] or found["between"] or "global") if found else "global"
