"""The provider kind ``openai``: OpenAI's own API."""

from __future__ import annotations

from conduit_desktop.providers.spec import ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

CHAT = {
    "chat": "chat/completions",
    "embeddings": "embeddings",
    "models": "models",
    "moderations": "moderations",
    "images.generations": "images/generations",
    "images.edits": "images/edits",
    "images.variations": "images/variations",
    "audio.speech": "audio/speech",
    "audio.transcriptions": "audio/transcriptions",
    "audio.translations": "audio/translations",
}
RESPONSES = {
    "chat": "responses",
    "responses.stored": "responses",
    "responses.compact": "responses/compact",
    "count_tokens": "responses/input_tokens",
}
THINKERS = ("o1*", "o3*", "o4*", "gpt-5*", "gpt-oss*", "codex-*")
RESPONSES_ONLY = ("*-codex*", "codex-*", "o1-pro*", "o3-pro*", "gpt-5*-pro*", "*-deep-research*", "computer-use-*")
MODELS = (
    (
        THINKERS,
        {
            "thinking": "effort",
            "max_tokens_member": "max_completion_tokens",
            "system_role": "developer",
            "refuses": frozenset(
                {
                    "temperature",
                    "top_p",
                    "frequency_penalty",
                    "presence_penalty",
                    "logprobs",
                    "top_logprobs",
                    "logit_bias",
                }
            ),
        },
    ),
    (("gpt-5*-chat*",), {"thinking": "", "refuses": frozenset()}),
)

OPENAI = ProviderSpec(
    kind="openai",
    title="OpenAI",
    summary="GPT models and embeddings, from OpenAI itself.",
    base_url="https://api.openai.com/v1",
    surfaces=(
        Surface(dialect="openai-chat", paths=CHAT, never=RESPONSES_ONLY),
        Surface(dialect="openai-responses", paths=RESPONSES, thinks=True),
        Surface(dialect="completions", paths={"chat": "completions"}, models=("*-instruct*", "davinci*", "babbage*")),
    ),
    key_page="https://platform.openai.com/api-keys",
    key_hint="sk-…",
    env_names=("OPENAI_API_KEY",),
    test_model="gpt-4.1-nano",
    price_provider="openai",
    traits=Traits(max_tokens_member="max_completion_tokens"),
    model_traits=MODELS,
)
