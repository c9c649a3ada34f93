"""What is known of models: how they are asked to think, what they refuse, what form of answer they can be held to."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.providers import spec

SAMPLING = {"temperature", "top_p", "logprobs", "top_logprobs"}
PENALTIES = {"frequency_penalty", "presence_penalty"}


@pytest.mark.parametrize(
    ("kind", "model", "wanted"),
    [
        ("openai", "gpt-4o", {"thinking": "", "system_role": "system", "max_tokens_member": "max_completion_tokens"}),
        ("openai", "gpt-5-mini-2025-08-07", {"thinking": "effort", "efforts": ("minimal", "low", "medium", "high")}),
        ("openai", "gpt-5.1", {"efforts": ("none", "low", "medium", "high"), "system_role": "developer"}),
        ("openai", "gpt-5.4-nano", {"efforts": ("none", "low", "medium", "high", "xhigh")}),
        ("openai", "gpt-5.6-sol", {"efforts": ("none", "low", "medium", "high", "xhigh")}),
        ("openai", "gpt-6-astra", {"efforts": ("low", "medium", "high", "xhigh")}),
        ("openai", "gpt-5-pro", {"efforts": ("high",)}),
        ("openai", "gpt-5.2-pro", {"efforts": ("medium", "high", "xhigh")}),
        ("openai", "gpt-5.3-codex", {"efforts": ("none", "low", "medium", "high", "xhigh")}),
        ("openai", "gpt-5.1-codex-mini", {"efforts": ("low", "medium", "high")}),
        ("openai", "gpt-5.1-codex-max", {"efforts": ("low", "medium", "high", "xhigh")}),
        ("openai", "gpt-5-chat-latest", {"thinking": ""}),
        ("openai", "gpt-5.3-chat-latest", {"efforts": ("medium",)}),
        ("openai", "o4-mini", {"efforts": ("low", "medium", "high")}),
        ("openai", "o1-mini", {"thinking": ""}),
        ("openai", "gpt-4o-mini-search-preview", {"takes": {"web_search"}}),
        ("azure-openai", "gpt-5-nano", {"thinking": "effort"}),
        ("azure-openai", "mistral-large-2411", {"max_tokens_member": "max_tokens", "openai_own": False}),
        ("anthropic", "claude-opus-5", {"thinking": "adaptive", "schema": "schema", "max_output": 128000}),
        ("anthropic", "claude-haiku-5-5", {"thinking": "adaptive", "mid_system": True}),
        ("anthropic", "claude-opus-4-6", {"efforts": ("low", "medium", "high", "max")}),
        ("anthropic", "claude-sonnet-4-5-20250929", {"thinking": "budget", "max_output": 64000}),
        ("anthropic", "claude-sonnet-4-0", {"thinking": "budget", "schema": "none"}),
        ("anthropic", "claude-3-5-haiku-20241022", {"thinking": "", "schema": "none", "max_output": 8192}),
        ("anthropic", "claude-3-opus-latest", {"max_output": 4096}),
        ("anthropic", "claude-sonnet-5-5", {"thinking_off": "between_tools"}),
        ("anthropic", "claude-fable-5", {"thinking_off": ""}),
        ("gemini", "gemini-2.5-flash", {"thinking": "budget", "schema": "schema"}),
        ("gemini", "gemini-3.5-flash", {"thinking": "level"}),
        ("gemini", "gemini-4-argon", {"thinking": "level"}),
        ("gemini", "gemini-flash-latest", {"thinking": "level"}),
        ("gemini", "gemini-3-pro-image-preview", {"thinking": "level"}),
        ("gemini", "gemini-2.5-flash-image", {"thinking": "", "schema": "none"}),
        ("gemini", "gemini-2.5-pro-preview-tts", {"thinking": ""}),
        ("gemini", "gemini-2.0-flash", {"thinking": ""}),
        ("vertex", "gemini-2.5-pro", {"thinking": "budget"}),
        ("vertex", "claude-sonnet-4-5@20250929", {"thinking": "budget", "schema": "schema"}),
        ("vertex", "mistral-small-2503", {"tool_ids": "nine", "seed_member": "random_seed"}),
        ("vertex", "openai/gpt-oss-120b-maas", {"openai_own": False}),
        ("bedrock", "us.anthropic.claude-opus-4-1-20250805-v1:0", {"schema": "none", "max_output": 32000}),
        ("bedrock", "us.anthropic.claude-opus-4-8", {"thinking": "adaptive", "schema": "schema"}),
        ("bedrock", "qwen.qwen3-coder-30b-a3b-v1:0", {"thinking": "", "schema": "schema"}),
        ("bedrock-mantle", "openai.gpt-5.5", {"thinking": "effort"}),
        ("bedrock-mantle", "mistral.voxtral-mini-3b-2507", {"thinking": "", "openai_own": False}),
        ("cohere", "command-a-reasoning-08-2025", {"thinking": "budget", "schema": "schema"}),
        ("cohere", "command-a-03-2025", {"thinking": ""}),
        ("fireworks", "accounts/fireworks/models/gpt-oss-20b", {"efforts": ("low", "medium", "high")}),
        ("fireworks", "accounts/fireworks/models/glm-4p7", {"efforts": ("none", "low", "medium", "high")}),
        ("mistral", "mistral-small-latest", {"thinking": "effort", "efforts": ("none", "high")}),
        ("mistral", "mistral-small-2506", {"thinking": ""}),
        ("mistral", "codestral-latest", {"thinking": "", "stream_usage": False}),
        ("groq", "openai/gpt-oss-120b", {"efforts": ("low", "medium", "high"), "schema": "schema"}),
        ("groq", "qwen/qwen3-32b", {"efforts": ("none", "default"), "schema": "json"}),
        ("groq", "qwen/qwen3.8-27b", {"efforts": ("none", "low", "medium", "high"), "schema": "schema"}),
        ("groq", "llama-3.1-8b-instant", {"thinking": "", "schema": "json"}),
        ("groq", "moonshotai/kimi-k2-instruct-0905", {"schema": "schema"}),
        ("deepseek", "deepseek-v4-pro", {"thinking": "object", "schema": "json", "max_tokens_member": "max_tokens"}),
        ("xai", "grok-4.3", {"thinking": "effort", "efforts": ("none", "low", "medium", "high")}),
        ("xai", "grok-4.6", {"efforts": ("low", "medium", "high")}),
        ("xai", "grok-4.7", {"efforts": ("low", "medium", "high", "xhigh")}),
        ("xai", "grok-3-mini-fast-latest", {"efforts": ("low", "high")}),
        ("xai", "grok-code-fast-1", {"thinking": ""}),
        ("xai", "grok-4.20-reasoning", {"thinking": ""}),
        ("together", "openai/gpt-oss-20b", {"thinking": "effort"}),
        ("together", "meta-llama/Llama-3.3-70B", {"thinking": "", "takes": {"top_k", "min_p", "repetition_penalty"}}),
        ("cerebras", "zai-glm-4.7", {"efforts": ("none", "low", "medium", "high"), "reasoning_back": "reasoning"}),
        ("cerebras", "gpt-oss-120b", {"efforts": ("low", "medium", "high")}),
        ("cerebras", "llama3.1-8b", {"thinking": ""}),
        ("perplexity", "sonar-reasoning-pro", {"efforts": ("minimal", "low", "medium", "high")}),
        ("perplexity", "openai/gpt-5.6-sol", {"thinking": "effort"}),
        ("zai", "glm-4.5-air", {"thinking": "object", "schema": "json"}),
        ("zai", "glm-5.3", {"thinking": "effort", "efforts": ("low", "high", "max"), "schema": "schema"}),
        ("zai", "glm-4-32b-0414-128k", {"thinking": ""}),
        ("moonshot", "kimi-k2.6", {"thinking": "object", "reasoning_back": "reasoning_content"}),
        ("moonshot", "kimi-k3.1-pro", {"thinking": "effort", "efforts": ("low", "high", "max")}),
        ("moonshot", "kimi-k2.7-code", {"thinking": ""}),
        ("ollama", "gpt-oss:120b", {"thinking": "effort"}),
        ("ollama", "qwen3:4b", {"thinking": "switch"}),
        ("vllm", "Qwen/Qwen3-8B", {"thinking": "switch"}),
        ("openrouter", "anthropic/claude-haiku-4.5", {"thinking": "openrouter", "stream_usage": False}),
    ],
)  # fmt: skip
def test_traits(kind: str, model: str, wanted: dict[str, Any]) -> None:
    traits = spec(kind).traits_of(model)
    assert {name: getattr(traits, name) for name in wanted} == wanted
    assert traits.kind == kind


@pytest.mark.parametrize(
    ("kind", "model", "thinking", "refused", "taken"),
    [
        ("openai", "gpt-4o", True, set(), SAMPLING | PENALTIES | {"stop", "n"}),
        ("openai", "gpt-5-nano", False, SAMPLING | PENALTIES | {"stop"}, {"seed", "parallel_tools", "format"}),
        ("openai", "o3-mini", None, SAMPLING | PENALTIES | {"parallel_tools"}, {"stop", "seed"}),
        ("openai", "o4-mini", None, SAMPLING | {"stop"}, {"seed"}),
        ("openai", "gpt-5.4", None, PENALTIES | {"stop"}, SAMPLING),
        ("openai", "gpt-5.4", True, SAMPLING, {"seed"}),
        ("openai", "gpt-5.6", None, SAMPLING, {"seed"}),
        ("openai", "gpt-5.6", False, PENALTIES, SAMPLING),
        ("openai", "gpt-5-chat-latest", None, set(), SAMPLING | PENALTIES),
        ("anthropic", "claude-opus-4-7", None, {"temperature", "top_p", "top_k"}, {"tool_choice"}),
        ("anthropic", "claude-opus-5-5", None, {"temperature", "tool_choice"}, {"stop"}),
        ("anthropic", "claude-haiku-5-5", None, {"temperature"}, {"tool_choice"}),
        ("anthropic", "claude-sonnet-4-6", None, set(), {"temperature"}),
        ("bedrock", "us.anthropic.claude-opus-5-5", None, {"temperature"}, {"tool_choice"}),
        ("bedrock", "openai.gpt-5.6-sol", None, {"temperature"}, {"stop"}),
        ("gemini", "gemini-2.5-flash", None, PENALTIES, {"temperature", "seed", "stop"}),
        ("gemini", "gemini-2.0-flash", None, set(), PENALTIES),
        ("groq", "llama-3.1-8b-instant", None, {"logprobs", "logit_bias"}, {"n", "seed", "service_tier", "user"}),
        ("mistral", "mistral-large-latest", None, {"user", "store"}, PENALTIES | {"n", "logprobs", "metadata"}),
        ("cerebras", "gpt-oss-120b", None, {"logit_bias"}, PENALTIES | {"n", "user", "service_tier", "logprobs"}),
        ("deepseek", "deepseek-chat", None, {"n", "logit_bias"}, {"seed", "logprobs", "parallel_tools", "stop"}),
        ("xai", "grok-4.6", None, PENALTIES | {"stop"}, {"logprobs", "seed", "n", "user"}),
        ("xai", "grok-3", None, PENALTIES, {"stop"}),
        ("xai", "grok-2-vision-1212", None, {"logit_bias"}, PENALTIES | {"stop"}),
        ("zai", "glm-4.7", None, {"n", "logprobs"}, {"seed", "stop"}),
        ("moonshot", "kimi-k2.6", None, {"temperature", "top_p", "n"}, {"stop"}),
        ("moonshot", "moonshot-v1-8k", None, {"logprobs"}, {"temperature", "n"} | PENALTIES),
        ("perplexity", "sonar", None, {"tools", "n"}, PENALTIES | {"stop"}),
        ("perplexity", "openai/gpt-5.5", None, {"logit_bias"}, {"tools"}),
        ("fireworks", "accounts/fireworks/models/x", None, {"store"}, {"user", "n", "logit_bias", "service_tier"}),
        ("openrouter", "x/y", None, {"store"}, {"user", "verbosity", "modalities", "service_tier", "logit_bias"}),
    ],
)
def test_what_is_refused(kind: str, model: str, thinking: bool | None, refused: set[str], taken: set[str]) -> None:
    refuses = spec(kind).traits_of(model, thinking=thinking).refuses
    assert refused <= refuses
    assert not taken & refuses
