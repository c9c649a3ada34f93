"""The provider kinds: pure data, one file a kind, one row here. Adding a kind is its file and its row.

Imports no I/O, clock or randomness. How a request reaches a provider is ``gateway.send``'s business.
"""

from __future__ import annotations

from difflib import get_close_matches

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers.anthropic import ANTHROPIC
from conduit_desktop.providers.anthropic_compatible import ANTHROPIC_COMPATIBLE
from conduit_desktop.providers.azure_openai import AZURE_OPENAI
from conduit_desktop.providers.bedrock import BEDROCK, BEDROCK_MANTLE
from conduit_desktop.providers.cerebras import CEREBRAS
from conduit_desktop.providers.cohere import COHERE
from conduit_desktop.providers.deepseek import DEEPSEEK
from conduit_desktop.providers.demo import DEMO
from conduit_desktop.providers.fireworks import FIREWORKS
from conduit_desktop.providers.gemini import GEMINI
from conduit_desktop.providers.groq import GROQ
from conduit_desktop.providers.huggingface import HUGGINGFACE
from conduit_desktop.providers.local_servers import LLAMA_CPP, LM_STUDIO, OLLAMA, VLLM
from conduit_desktop.providers.mistral import MISTRAL
from conduit_desktop.providers.moonshot import MOONSHOT
from conduit_desktop.providers.openai import OPENAI
from conduit_desktop.providers.openai_compatible import OPENAI_COMPATIBLE
from conduit_desktop.providers.openrouter import OPENROUTER
from conduit_desktop.providers.perplexity import PERPLEXITY
from conduit_desktop.providers.spec import Preset, ProviderSpec, Surface
from conduit_desktop.providers.together import TOGETHER
from conduit_desktop.providers.vertex import VERTEX
from conduit_desktop.providers.xai import XAI
from conduit_desktop.providers.zai import ZAI

__all__ = ["PROVIDERS", "Preset", "ProviderSpec", "Surface", "spec"]

PROVIDERS: tuple[ProviderSpec, ...] = (
    OPENAI,
    ANTHROPIC,
    GEMINI,
    OPENROUTER,
    AZURE_OPENAI,
    BEDROCK,
    BEDROCK_MANTLE,
    VERTEX,
    COHERE,
    FIREWORKS,
    MISTRAL,
    GROQ,
    DEEPSEEK,
    XAI,
    TOGETHER,
    CEREBRAS,
    PERPLEXITY,
    HUGGINGFACE,
    ZAI,
    MOONSHOT,
    OLLAMA,
    LM_STUDIO,
    LLAMA_CPP,
    VLLM,
    OPENAI_COMPATIBLE,
    ANTHROPIC_COMPATIBLE,
    DEMO,
)
"""Every kind, in the order in which they are offered."""

_BY_KIND = {row.kind: row for row in PROVIDERS}
_BY_ALIAS = {alias: row for row in PROVIDERS for alias in row.aliases}


def spec(kind: str) -> ProviderSpec:
    """The kind's row, found by its name or another that people have for it, however it is spelt. Raises
    ConfigurationError naming the kinds that are near, else all of them."""
    name = "-".join(kind.strip().lower().replace("_", "-").split())
    if (found := _BY_KIND.get(kind) or _BY_KIND.get(name) or _BY_ALIAS.get(name)) is not None:
        return found
    close = get_close_matches(name, [*_BY_KIND, *_BY_ALIAS], n=3, cutoff=0.6)
    near = list(dict.fromkeys(_BY_ALIAS[each].kind if each in _BY_ALIAS else each for each in close))
    raise ConfigurationError(
        f"There is no provider kind {kind!r}.",
        code="unknown_kind",
        hint=f"Did you mean {' or '.join(near)}?" if near else f"Known kinds: {', '.join(_BY_KIND)}.",
    )
