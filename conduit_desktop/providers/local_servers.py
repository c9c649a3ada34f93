"""The provider kinds of servers that run on the user's own machine: ``ollama``, ``lm-studio``, ``llama.cpp``,
``vllm``.

They ignore what they do not know. Sources: docs.ollama.com, lmstudio.ai/docs, the README of llama.cpp's server,
docs.vllm.ai.
"""

from __future__ import annotations

from dataclasses import replace

from conduit_desktop.providers.openai import OWN
from conduit_desktop.providers.spec import OPENAI_PATHS, Preset, ProviderSpec, Surface
from conduit_desktop.wire.traits import Traits

_SAMPLING = frozenset({"top_k", "min_p", "repetition_penalty"})
_PLAIN = Traits(openai_own=False, takes=_SAMPLING, refuses=OWN | {"service_tier"})
_BY_EFFORT = ("gpt-oss*",)
_EFFORTS = {"thinking": "effort", "efforts": ("low", "medium", "high")}

OLLAMA = ProviderSpec(
    kind="ollama",
    title="Ollama",
    summary="Models that Ollama runs on this machine or another.",
    base_url="http://127.0.0.1:11434",
    surfaces=(
        Surface(
            dialect="ollama",
            paths={
                "chat": "/api/chat",
                "embeddings": "/api/embed",
                "embeddings.v1": "/api/embeddings",
                "models": "/api/tags",
            },
        ),
        Surface(dialect="ollama-generate", paths={"chat": "/api/generate"}),
        Surface(dialect="openai-chat", paths={"chat": "/v1/chat/completions", "embeddings": "/v1/embeddings"}),
        Surface(dialect="completions", paths={"chat": "/v1/completions"}),
    ),
    secret="optional",
    key_hint="only if the server asks for one",
    local=True,
    traits=Traits(
        thinking="switch",
        openai_own=False,
        refuses=frozenset({"store", "service_tier", "verbosity", "user", "logit_bias"}),
    ),
    model_traits=((_BY_EFFORT, _EFFORTS),),
    presets=(
        Preset(
            name="ollama",
            title="Ollama",
            base_url="http://127.0.0.1:11434",
            detect="/api/version",
            mark="version",
            help="Start it with: ollama serve",
        ),
    ),
)

LM_STUDIO = ProviderSpec(
    kind="lm-studio",
    title="LM Studio",
    summary="Models that LM Studio serves on this machine or another.",
    base_url="http://127.0.0.1:1234/v1",
    surfaces=(
        Surface(dialect="openai-chat", paths=OPENAI_PATHS),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    secret="optional",
    key_hint="only if the server asks for one",
    local=True,
    traits=_PLAIN,
    model_traits=((_BY_EFFORT, _EFFORTS),),
    aliases=("lmstudio",),
    presets=(
        Preset(
            name="lm-studio",
            title="LM Studio",
            base_url="http://127.0.0.1:1234/v1",
            detect="/api/v0/models",
            mark="data",
            help="In LM Studio, open Developer and switch the server on.",
        ),
    ),
)

LLAMA_CPP = ProviderSpec(
    kind="llama.cpp",
    title="llama.cpp",
    summary="A model that llama.cpp's server runs on this machine or another.",
    base_url="http://127.0.0.1:8080/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={**OPENAI_PATHS, "rerank": "rerank", "audio.transcriptions": "audio/transcriptions"},
        ),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    secret="optional",
    key_hint="only if the server asks for one",
    local=True,
    # Its list of models is open even where the server wants a key.
    check="/props",
    traits=replace(_PLAIN, thinking="switch", reasoning_back="reasoning_content"),
    model_traits=((_BY_EFFORT, _EFFORTS),),
    aliases=("llama-cpp", "llamacpp", "llama", "llama-server"),
    presets=(
        Preset(
            name="llama-cpp",
            title="llama.cpp",
            base_url="http://127.0.0.1:8080/v1",
            detect="/props",
            mark="default_generation_settings",
            help="Start it with: llama-server -m MODEL.gguf",
        ),
    ),
)

VLLM = ProviderSpec(
    kind="vllm",
    title="vLLM",
    summary="A model that vLLM serves on this machine or another.",
    base_url="http://127.0.0.1:8000/v1",
    surfaces=(
        Surface(
            dialect="openai-chat",
            paths={**OPENAI_PATHS, "rerank": "rerank", "audio.transcriptions": "audio/transcriptions"},
        ),
        Surface(dialect="completions", paths={"chat": "completions"}),
    ),
    secret="optional",
    key_hint="only if the server asks for one",
    local=True,
    traits=replace(_PLAIN, thinking="switch"),
    model_traits=((_BY_EFFORT, _EFFORTS),),
    presets=(
        Preset(
            name="vllm",
            title="vLLM",
            base_url="http://127.0.0.1:8000/v1",
            detect="/version",
            mark="version",
            help="Start it with: vllm serve MODEL",
        ),
    ),
)
