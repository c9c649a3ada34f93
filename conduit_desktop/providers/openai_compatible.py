"""The provider kind ``openai-compatible``: any server that speaks OpenAI's chat API, on this machine or
elsewhere."""

from __future__ import annotations

from conduit_desktop.providers.spec import Preset, ProviderSpec

OPENAI_COMPATIBLE = ProviderSpec(
    kind="openai-compatible",
    title="OpenAI-compatible",
    summary="A local server (Ollama, LM Studio, vLLM, llama.cpp) or any other that speaks OpenAI's API.",
    secret="optional",
    key_hint="only if the server asks for one",
    local=True,
    presets=(
        Preset(
            name="ollama",
            title="Ollama",
            base_url="http://127.0.0.1:11434/v1",
            detect="/api/version",
            mark="version",
            help="Start it with: ollama serve",
        ),
        Preset(
            name="lm-studio",
            title="LM Studio",
            base_url="http://127.0.0.1:1234/v1",
            detect="/api/v0/models",
            mark="data",
            help="In LM Studio, open Developer and switch the server on.",
        ),
        Preset(
            name="llama-cpp",
            title="llama.cpp",
            base_url="http://127.0.0.1:8080/v1",
            detect="/props",
            mark="default_generation_settings",
            help="Start it with: llama-server -m MODEL.gguf",
        ),
        Preset(
            name="vllm",
            title="vLLM",
            base_url="http://127.0.0.1:8000/v1",
            detect="/version",
            mark="version",
            help="Start it with: vllm serve MODEL",
        ),
        Preset(name="custom", title="Custom", help="The address ends where /chat/completions would follow."),
    ),
)
