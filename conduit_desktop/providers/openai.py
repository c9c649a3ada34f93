"""The provider kind ``openai``: OpenAI's own API.

Sources: OpenAI's API reference and its guide to reasoning (which members its reasoning models refuse); ``developers.
openai.com/api/docs/models`` for the efforts of each model, ``…/guides/flex-processing`` for what flex costs (as in
batches: half).
"""

from __future__ import annotations

from conduit_desktop.providers.billing import Billing, Factor
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
OWN = frozenset({"store", "verbosity", "modalities", "audio"})
"""What others that speak this dialect mostly do not know."""
SAMPLING = frozenset({"temperature", "top_p", "logprobs", "top_logprobs"})
"""What a model refuses while it reasons."""
NEVER = frozenset({"frequency_penalty", "presence_penalty", "logit_bias"})
"""What a model that can reason refuses in any case."""

TEXT_MODELS = (
    "gpt-3.5-turbo-instruct*",
    "davinci*",
    "babbage*",
    "text-davinci*",
    "text-curie*",
    "text-babbage*",
    "text-ada*",
    "ft:davinci-*",
    "ft:babbage-*",
)
"""Those that continue a text and do not converse."""
RESPONSES_ONLY = (
    "*-codex*",
    "codex-*",
    *("o1-pro", "o1-pro-*", "o3-pro", "o3-pro-*", "gpt-[5-9]*-pro", "gpt-[5-9]*-pro-*"),
    "*-deep-research*",
    "computer-use-*",
    "gpt-daybreak-*",
)
CHAT_ONLY = ("o1-mini*", "o1-preview*", "*-search-preview*", "*-search-api*", "*-audio*")
O_SERIES = ("o1*", "o3*", "o4*")
THINKERS = (*O_SERIES, "gpt-[5-9]*", "codex-*", "chat-latest", "*daybreak-*")
_NOTHING: frozenset[str] = frozenset()
_LADDER = ("none", "low", "medium", "high", "xhigh")
MODELS = (
    (
        THINKERS,
        {
            "thinking": "effort",
            "efforts": _LADDER,
            "max_tokens_member": "max_completion_tokens",
            "system_role": "developer",
            "refuses": NEVER | {"stop"},
            "refuses_thinking": SAMPLING,
            "thinks_unasked": True,
        },
    ),
    (
        O_SERIES,
        {
            "efforts": ("low", "medium", "high"),
            "refuses": NEVER | SAMPLING | {"stop", "parallel_tools"},
        },
    ),
    (("o1", "o1-20*", "o3-mini*"), {"refuses": NEVER | SAMPLING | {"parallel_tools"}}),
    (("o1-mini*", "o1-preview*"), {"thinking": "", "efforts": ()}),
    (("gpt-5", "gpt-5-*"), {"efforts": ("minimal", "low", "medium", "high"), "refuses": NEVER | SAMPLING | {"stop"}}),
    (("gpt-5.[1-4]*",), {"thinks_unasked": False}),
    (("gpt-5.1", "gpt-5.1-20*"), {"efforts": ("none", "low", "medium", "high")}),
    (("gpt-5-codex*", "gpt-5.1-codex*", "codex-mini*"), {"efforts": ("low", "medium", "high"), "thinks_unasked": True}),
    (("gpt-5.1-codex-max*", "gpt-5.2-codex*", "gpt-6-astra*", "gpt-6.1-sol*"), {"efforts": _LADDER[1:]}),
    (("gpt-5.[2-9]*-pro*", "gpt-6*-pro*"), {"efforts": ("medium", "high", "xhigh"), "thinks_unasked": True}),
    (("gpt-5-pro*",), {"efforts": ("high",)}),
    (("gpt-5.[1-9]-chat*", "chat-latest"), {"efforts": ("medium",), "thinks_unasked": True}),
    (("gpt-5-chat*",), {"thinking": "", "efforts": (), "refuses": _NOTHING, "refuses_thinking": _NOTHING}),
    (("computer-use-*",), {"thinking": "effort", "efforts": ("low", "medium", "high")}),
    (
        ("*-search-preview*", "*-search-api*"),
        {"refuses": NEVER | SAMPLING | {"seed"}, "takes": frozenset({"web_search"})},
    ),
)
"""Models without an entry do not reason and take everything."""

OPENAI = ProviderSpec(
    kind="openai",
    title="OpenAI",
    summary="GPT models and embeddings, from OpenAI itself.",
    base_url="https://api.openai.com/v1",
    surfaces=(
        Surface(dialect="openai-chat", paths=CHAT, never=(*RESPONSES_ONLY, *TEXT_MODELS)),
        Surface(dialect="openai-responses", paths=RESPONSES, never=(*CHAT_ONLY, *TEXT_MODELS), thinks=True),
        Surface(dialect="completions", paths={"chat": "completions"}, models=TEXT_MODELS),
    ),
    key_page="https://platform.openai.com/api-keys",
    key_hint="sk-…",
    env_names=("OPENAI_API_KEY",),
    test_model="gpt-4.1-nano",
    price_provider="openai",
    billing=Billing(services=(Factor(name="flex", times=1, by=2),)),
    traits=Traits(max_tokens_member="max_completion_tokens"),
    model_traits=MODELS,
    aliases=("gpt", "chatgpt", "open-ai"),
)
