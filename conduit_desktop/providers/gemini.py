"""The provider kind ``gemini``: Google's Gemini API (AI Studio).

Sources: ai.google.dev/api and ai.google.dev/gemini-api/docs/thinking (which models take a budget, which a level). A bad
key is answered with 400 and ``API_KEY_INVALID``.
"""

from __future__ import annotations

from conduit_desktop.providers.billing import Billing, Factor
from conduit_desktop.providers.spec import Credential, ProviderSpec, Surface

_MODEL = "/v1beta/models/{model}:"
_PENALTIES = frozenset({"frequency_penalty", "presence_penalty"})
MODELS = (
    (("gemini-2.5*", "gemini-2.0-*thinking*"), {"thinking": "budget", "refuses": _PENALTIES}),
    (
        ("gemini-[3-9]*", "gemini-*-latest", "gemini-omni*", "gemini-robotics-er-2*", "nano-banana-*"),
        {"thinking": "level", "refuses": _PENALTIES},
    ),
    (("gemini-robotics-er-1.5*",), {"thinking": "budget", "refuses": _PENALTIES}),
    (("gemini-2.5-flash-image*", "*-tts*"), {"thinking": "", "schema": "none"}),
    (("*-native-audio*", "*-live-*"), {"thinking": ""}),
)
"""Penalties ended with Gemini 2.0: newer models answer 400, "Penalty is not enabled for this model"."""
BILLING = Billing(services=(Factor(name="flex", times=1, by=2),), searched_once=("gemini-1*", "gemini-2*"))
"""ai.google.dev/gemini-api/docs/pricing and flex-inference: up to 2.5 a grounded prompt is billed, later each query;
flex is half the price. (Priority is 75 to 100 % more: too vague to bill by.)"""

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
    test_model="gemini-2.5-flash-lite",
    price_provider="google",
    billing=BILLING,
    model_traits=MODELS,
    aliases=("google", "google-gemini", "google-ai", "google-genai", "genai", "ai-studio"),
)
