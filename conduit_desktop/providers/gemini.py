"""The provider kind ``gemini``: Google's Gemini API (AI Studio)."""

from __future__ import annotations

from conduit_desktop.providers.spec import Credential, ProviderSpec, Surface

_MODEL = "/v1beta/models/{model}:"
MODELS = (
    (("gemini-2.5*", "gemini-*-thinking*"), {"thinking": "budget"}),
    (("gemini-3*", "gemini-4*", "gemini-*-latest"), {"thinking": "level"}),
    (("*-image*", "*-tts*", "*-audio*"), {"thinking": ""}),
)

GEMINI = ProviderSpec(
    kind="gemini",
    title="Google Gemini",
    summary="Gemini models, with a key from Google AI Studio.",
    base_url="https://generativelanguage.googleapis.com",
    surfaces=(
        Surface(
            dialect="gemini",
            paths={
                "chat": f"{_MODEL}generateContent",
                "count_tokens": f"{_MODEL}countTokens",
                "embeddings": f"{_MODEL}batchEmbedContents",
                "embedContent": f"{_MODEL}embedContent",
                "models": "/v1beta/models?pageSize=1000",
            },
            stream={"chat": f"{_MODEL}streamGenerateContent?alt=sse"},
        ),
        Surface(
            dialect="interactions",
            paths={"chat": "/v1beta/interactions", "responses.stored": "/v1beta/interactions"},
        ),
    ),
    credential=Credential(header="x-goog-api-key", prefix=""),
    key_page="https://aistudio.google.com/apikey",
    key_hint="AIza…",
    env_names=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    check="v1beta/models",
    test_model="gemini-2.5-flash-lite",
    price_provider="google",
    model_traits=MODELS,
    aliases=("google", "google-gemini"),
)
