"""Where every operation of every kind is: at its real address, and at a bare one on this machine."""

from __future__ import annotations

import pytest

from conduit_desktop.providers import PROVIDERS, ProviderSpec, spec
from conduit_desktop.providers.urls import endpoint_url, normalise_base_url

MODEL = "a/b:c@1"
QUOTED = "a%2Fb:c@1"
_CHAT = "chat=/chat/completions"
_EMBED = f"{_CHAT} embeddings=/embeddings models=/models"
_OPENAI = (
    f"{_EMBED} moderations=/moderations images.generations=/images/generations images.edits=/images/edits "
    "images.variations=/images/variations audio.speech=/audio/speech audio.transcriptions=/audio/transcriptions "
    "audio.translations=/audio/translations"
)
_STORED = "chat=/responses responses.stored=/responses"
_RESPONSES = f"{_STORED} responses.compact=/responses/compact count_tokens=/responses/input_tokens"
_MESSAGES = "chat=/v1/messages count_tokens=/v1/messages/count_tokens models=/v1/models"
_TEXT = "completions: chat=/completions"
_GOOGLE = f"/publishers/google/models/{QUOTED}"
_AZURE = f"/openai/deployments/{QUOTED}"
_AT = "?api-version=2024-10-21"

OPERATIONS = {
    "openai": [f"openai-chat: {_OPENAI}", f"openai-responses: {_RESPONSES}", _TEXT],
    "anthropic": [f"anthropic-messages: {_MESSAGES}"],
    "gemini": [
        f"gemini: chat=/v1beta/models/{QUOTED}:generateContent count_tokens=/v1beta/models/{QUOTED}:countTokens "
        f"embeddings=/v1beta/models/{QUOTED}:batchEmbedContents embedContent=/v1beta/models/{QUOTED}:embedContent "
        f"models=/v1beta/models?pageSize=1000 chat*=/v1beta/models/{QUOTED}:streamGenerateContent?alt=sse",
        "interactions: chat=/v1beta/interactions responses.stored=/v1beta/interactions",
    ],
    "openrouter": [
        f"openai-chat: {_EMBED} rerank=/rerank audio.speech=/audio/speech",
        "openai-responses: chat=/responses",
        _TEXT,
    ],
    "azure-openai": [
        f"openai-chat: chat={_AZURE}/chat/completions{_AT} embeddings={_AZURE}/embeddings{_AT} "
        f"images.generations={_AZURE}/images/generations{_AT} images.edits={_AZURE}/images/edits{_AT} "
        f"audio.speech={_AZURE}/audio/speech{_AT} audio.transcriptions={_AZURE}/audio/transcriptions{_AT} "
        f"audio.translations={_AZURE}/audio/translations{_AT} models=/openai/models{_AT}",
        "openai-responses: chat=/openai/v1/responses responses.stored=/openai/v1/responses "
        "responses.compact=/openai/v1/responses/compact count_tokens=/openai/v1/responses/input_tokens",
        f"completions: chat={_AZURE}/completions{_AT}",
    ],
    "bedrock": [
        f"bedrock-converse: chat=/model/{QUOTED}/converse models=/foundation-models "
        f"models.more=/inference-profiles?maxResults=1000 chat*=/model/{QUOTED}/converse-stream",
        f"anthropic-messages: chat=/model/{QUOTED}/invoke chat*=/model/{QUOTED}/invoke-with-response-stream",
    ],
    "bedrock-mantle": [
        "openai-chat: chat=/chat/completions models=/models",
        "openai-responses: chat=^/openai/v1/responses responses.stored=^/openai/v1/responses",
        f"openai-responses: {_STORED}",
        "anthropic-messages: chat=^/anthropic/v1/messages count_tokens=^/anthropic/v1/messages/count_tokens",
    ],
    "vertex": [
        f"gemini: chat={_GOOGLE}:generateContent count_tokens={_GOOGLE}:countTokens "
        "models=/v1beta1/publishers/google/models?pageSize=300 "
        "models.more=/v1beta1/publishers/anthropic/models?pageSize=300 "
        f"chat*={_GOOGLE}:streamGenerateContent?alt=sse",
        f"vertex: embeddings={_GOOGLE}:predict",
        f"anthropic-messages: chat=/publishers/anthropic/models/{QUOTED}:rawPredict "
        f"chat*=/publishers/anthropic/models/{QUOTED}:streamRawPredict",
        f"openai-chat: chat=/publishers/mistralai/models/{QUOTED}:rawPredict "
        f"chat*=/publishers/mistralai/models/{QUOTED}:streamRawPredict",
        "openai-chat: chat=/endpoints/openapi/chat/completions",
    ],
    "cohere": [
        "cohere: chat=/v2/chat embeddings=/v2/embed rerank=/v2/rerank embed.v1=/v1/embed rerank.v1=/v1/rerank "
        "models=/v1/models?page_size=1000"
    ],
    "fireworks": [f"openai-chat: {_EMBED} rerank=/rerank", f"openai-responses: {_STORED}", _TEXT],
    "mistral": [
        f"openai-chat: {_EMBED} moderations=/moderations audio.transcriptions=/audio/transcriptions "
        "audio.speech=/audio/speech"
    ],
    "groq": [
        f"openai-chat: {_EMBED} audio.speech=/audio/speech audio.transcriptions=/audio/transcriptions "
        "audio.translations=/audio/translations",
        "openai-responses: chat=/responses",
    ],
    "deepseek": [f"openai-chat: {_CHAT} models=/models", "openai-responses: chat=/responses"],
    "xai": [
        f"openai-chat: {_EMBED} images.generations=/images/generations images.edits=/images/edits",
        f"openai-responses: {_STORED}",
        _TEXT,
    ],
    "together": [
        f"openai-chat: {_EMBED} images.generations=/images/generations audio.speech=/audio/speech "
        "audio.transcriptions=/audio/transcriptions audio.translations=/audio/translations rerank=/rerank",
        _TEXT,
    ],
    "cerebras": [f"openai-chat: {_CHAT} models=/models", _TEXT],
    "perplexity": [
        f"openai-chat: {_CHAT} embeddings=/v1/embeddings models=/v1/models",
        "openai-responses: chat=/v1/responses responses.stored=/v1/responses",
    ],
    "huggingface": [f"openai-chat: {_CHAT} models=/models", "openai-responses: chat=/responses"],
    "zai": [f"openai-chat: {_EMBED} images.generations=/images/generations"],
    "moonshot": [f"openai-chat: {_CHAT} models=/models"],
    "ollama": [
        "ollama: chat=/api/chat embeddings=/api/embed embeddings.v1=/api/embeddings models=/api/tags",
        "ollama-generate: chat=/api/generate",
        "openai-chat: chat=/v1/chat/completions embeddings=/v1/embeddings",
        "completions: chat=/v1/completions",
    ],
    "lm-studio": [f"openai-chat: {_EMBED}", _TEXT],
    "llama.cpp": [f"openai-chat: {_EMBED} rerank=/rerank audio.transcriptions=/audio/transcriptions", _TEXT],
    "vllm": [f"openai-chat: {_EMBED} rerank=/rerank audio.transcriptions=/audio/transcriptions", _TEXT],
    "openai-compatible": [f"openai-chat: {_OPENAI} rerank=/rerank", _TEXT],
    "anthropic-compatible": [f"anthropic-messages: {_MESSAGES}"],
}
"""Kind -> each of its APIs as it is for the usual base URL: dialect, then operation=path below the base URL (``*``: of
streams; ``^``: below the host)."""
BASES = {"azure-openai": "https://n.openai.azure.com", "openai-compatible": "https://h.example/v1"}
BASES["anthropic-compatible"] = "https://h.example"
BARE = {"openai-compatible": "/v1", "bedrock-mantle": "/v1"}
"""What a bare address on this machine is completed with."""
NO_VERSION = {"anthropic", "gemini", "azure-openai", "bedrock", "vertex", "cohere", "perplexity", "ollama"}
NO_VERSION.add("anthropic-compatible")
KINDS = [row for row in PROVIDERS if not row.built_in]


def found(row: ProviderSpec, base: str) -> list[str]:
    """The operations of a kind as ``OPERATIONS`` has them."""
    out = []
    for surface in row.surfaces:
        if surface.base and not base.endswith(surface.base):
            continue
        words = [f"{name}={_below(endpoint_url(base, path, MODEL), base)}" for name, path in surface.paths.items()]
        words += [f"{name}*={_below(endpoint_url(base, path, MODEL), base)}" for name, path in surface.stream.items()]
        out.append(f"{surface.dialect}: {' '.join(words)}")
    return out


def _below(url: str, base: str) -> str:
    managed = base.replace("://bedrock-runtime", "://bedrock", 1)
    for start, mark in ((base, ""), (managed, ""), (base.removesuffix("/v1"), "^")):
        if url.startswith(start + "/"):
            return mark + url.removeprefix(start)
    return url


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.kind)
def test_operations_at_the_real_address(row: ProviderSpec) -> None:
    base = row.base_url or BASES[row.kind]
    assert normalise_base_url(base, row) == base
    assert row.kind in OPERATIONS, f"check this and put it into OPERATIONS: {found(row, base)}"
    assert found(row, base) == OPERATIONS[row.kind]


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.kind)
def test_operations_at_a_bare_address_on_this_machine(row: ProviderSpec) -> None:
    base = normalise_base_url("127.0.0.1:9", row)
    assert base == "http://127.0.0.1:9" + ("" if row.kind in NO_VERSION else "/v1")
    assert found(row, base) == OPERATIONS.get(row.kind)


@pytest.mark.parametrize("row", KINDS, ids=lambda row: row.kind)
def test_a_path_before_is_kept(row: ProviderSpec) -> None:
    """As behind a proxy, or where recordings are played: what follows it is as at the vendor's."""
    base = normalise_base_url("http://127.0.0.1:9/some/where", row)
    assert base == "http://127.0.0.1:9/some/where"
    for surface in row.surfaces:
        for path in surface.paths.values():
            assert endpoint_url(base, path, MODEL).startswith(base + "/")


@pytest.mark.parametrize(
    ("typed", "dialect", "model", "wanted"),
    [
        ("https://n.openai.azure.com", "openai-chat", "d", "/openai/deployments/d/chat/completions" + _AT),
        (
            "https://n.openai.azure.com/?api-version=2025-01-01-preview",
            "openai-chat",
            "d",
            "/openai/deployments/d/chat/completions?api-version=2025-01-01-preview",
        ),
        (
            "https://n.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-06-01",
            "anthropic-messages",
            "d",
            "/openai/deployments/d/chat/completions?api-version=2024-06-01",
        ),
        ("https://n.openai.azure.com/openai/", "openai-chat", "d", f"/openai/deployments/d/chat/completions{_AT}"),
        ("https://n.openai.azure.com?api-version=2024-06-01", "openai-responses", "d", "/openai/v1/responses"),
        ("https://n.openai.azure.com/openai/v1", "openai-chat", "d", "/openai/v1/chat/completions"),
        ("https://n.openai.azure.com/openai/v1/", "openai-responses", "d", "/openai/v1/responses"),
        ("https://n.openai.azure.com/openai/v1", "gemini", "gpt-5-codex", "/openai/v1/responses"),
        (
            "https://n.services.ai.azure.com/models",
            "openai-chat",
            "d",
            "/models/chat/completions?api-version=2024-05-01-preview",
        ),
        ("https://n.services.ai.azure.com/models", "openai-responses", "d", "/openai/v1/responses"),
        (
            "https://n.eastus2.models.ai.azure.com",
            "openai-chat",
            "d",
            "/chat/completions?api-version=2024-05-01-preview",
        ),
        (
            "https://n.openai.azure.com",
            "openai-chat",
            "gpt-35-turbo-instruct",
            f"/openai/deployments/gpt-35-turbo-instruct/completions{_AT}",
        ),
    ],
)
def test_azure(typed: str, dialect: str, model: str, wanted: str) -> None:
    row = spec("azure")
    base = normalise_base_url(typed, row)
    surface = row.surface("chat", dialect, model, base)
    assert surface is not None
    assert endpoint_url(base, surface.paths["chat"], model).partition(".azure.com")[2] == wanted


@pytest.mark.parametrize(
    ("kind", "model", "dialect", "thinking", "wanted"),
    [
        ("openai", "gpt-4o", "anthropic-messages", False, "openai-chat"),
        ("openai", "gpt-5.4", "anthropic-messages", True, "openai-responses"),
        ("openai", "gpt-5.4", "openai-chat", True, "openai-chat"),
        ("openai", "gpt-5.3-codex", "openai-chat", False, "openai-responses"),
        ("openai", "gpt-5-pro-2025-10-06", "gemini", False, "openai-responses"),
        ("openai", "o3-pro", "openai-chat", False, "openai-responses"),
        ("openai", "gpt-4o-search-preview", "openai-responses", False, "openai-chat"),
        ("openai", "o1-mini", "openai-responses", False, "openai-chat"),
        ("openai", "gpt-3.5-turbo-instruct", "openai-chat", False, "completions"),
        ("openai", "babbage-002", "cohere", False, "completions"),
        ("openai", "gpt-3.5-turbo", "cohere", False, "openai-chat"),
        ("perplexity", "sonar-pro", "anthropic-messages", False, "openai-chat"),
        ("perplexity", "openai/gpt-5.6-sol", "openai-chat", False, "openai-responses"),
        ("bedrock-mantle", "openai.gpt-5.6-luna", "openai-chat", False, "openai-responses"),
        ("bedrock-mantle", "openai.gpt-oss-20b", "anthropic-messages", True, "openai-responses"),
        ("bedrock-mantle", "qwen.qwen3-32b", "openai-responses", False, "openai-chat"),
        ("bedrock-mantle", "anthropic.claude-haiku-4-5", "gemini", False, "anthropic-messages"),
        ("xai", "grok-4.3", "gemini", True, "openai-responses"),
        ("ollama", "llama3", "openai-chat", False, "openai-chat"),
        ("ollama", "llama3", "openai-responses", False, "ollama"),
    ],
)
def test_which_api_serves_a_request(kind: str, model: str, dialect: str, thinking: bool, wanted: str) -> None:
    row = spec(kind)
    surface = row.surface("chat", dialect, model, row.base_url, thinking=thinking)
    assert surface is not None
    assert surface.dialect == wanted
