"""Where the replay serves each provider, and which kind of provider the gateway reaches it as."""

from __future__ import annotations

from tests.matrix.cases import Case

BELOW = {
    "openai": "openai/v1",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "cohere": "cohere",
    "fireworks": "fireworks/inference/v1",
    "openrouter": "openrouter/api/v1",
    "azure": "azure",
    "bedrock": "bedrock",
    "groq": "groq/openai/v1",
    "deepseek": "deepseek",
    "perplexity": "perplexity",
    "ollama": "ollama",
    "zai": "zai/api/paas/v4",
    "vertex": "vertex",
}
"""Provider -> its base address below the replay's; the others are at ``NAME/v1``."""
KINDS = {"azure": "azure-openai", "llamacpp": "llama.cpp", "bedrock-mantle": "openai-compatible"}
"""Provider -> kind, where they are not the same word."""


def below(provider: str) -> str:
    """The base address of a provider, below the replay's."""
    return BELOW.get(provider, f"{provider}/v1")


def base_of(case: Case, replay: str, before: str) -> str:
    """The base address at which an SDK of the case's own dialect finds it; ``before`` are the replay's path options."""
    tails = {"chat": "/chat/completions", "responses": "/responses"}
    if case.dialect in tails:
        return f"{replay}/{before}/{case.provider}{case.path.split('?')[0].removesuffix(tails[case.dialect])}"
    return f"{replay}/{before}/{case.provider}"


def address(case: Case) -> str:
    """The base address, below the replay's, that a user would give for the provider that made this recording."""
    path = case.path.split("?")[0]
    if case.endpoint.startswith("openai-compat"):
        return f"{case.provider}{path.removesuffix('/chat/completions')}"
    if case.provider == "anthropic" and case.dialect == "chat":
        return "anthropic/v1"
    if case.provider == "azure" and "/openai/v1/" in path:
        return "azure/openai/v1"
    return below(case.provider)


def secret_for(provider: str) -> str:
    """Something that passes for a provider's secret."""
    return "sk-upstream-0123456789abcdef"
