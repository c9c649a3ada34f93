"""Which URL means what. One row an endpoint; the same endpoint may stand under several addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.exchange import Endpoint

_OPENAI = {
    "chat/completions": Endpoint("chat.completions", "openai-chat", "chat"),
    "completions": Endpoint("completions", "completions", "chat"),
    "responses": Endpoint("responses", "openai-responses", "chat"),
    "responses/input_tokens": Endpoint("responses.input_tokens", "openai-responses", "count_tokens"),
    "responses/compact": Endpoint("responses.compact", "openai-responses", "responses.compact"),
    "embeddings": Endpoint("embeddings", "openai-chat", "embeddings"),
    "models": Endpoint("models", "openai-chat", "models", ("GET",)),
    "moderations": Endpoint("moderations", "openai-chat", "moderations"),
    "rerank": Endpoint("rerank", "openai-chat", "rerank"),
    "images/generations": Endpoint("images.generations", "openai-chat", "images.generations"),
    "images/edits": Endpoint("images.edits", "openai-chat", "images.edits"),
    "images/variations": Endpoint("images.variations", "openai-chat", "images.variations"),
    "audio/speech": Endpoint("audio.speech", "openai-chat", "audio.speech"),
    "audio/transcriptions": Endpoint("audio.transcriptions", "openai-chat", "audio.transcriptions"),
    "audio/translations": Endpoint("audio.translations", "openai-chat", "audio.translations"),
}
_ANTHROPIC = {
    "messages": Endpoint("messages", "anthropic-messages", "chat"),
    "messages/count_tokens": Endpoint("messages.count_tokens", "anthropic-messages", "count_tokens"),
}
_COHERE = {
    "v2/chat": Endpoint("chat", "cohere", "chat"),
    "v2/embed": Endpoint("embed", "cohere", "embeddings"),
    "v1/embed": Endpoint("embed.v1", "cohere", "embeddings"),
    "v2/rerank": Endpoint("rerank", "cohere", "rerank"),
    "v1/rerank": Endpoint("rerank.v1", "cohere", "rerank"),
    "v1/models": Endpoint("models", "cohere", "models", ("GET",)),
}
_OLLAMA = {
    "chat": Endpoint("chat", "ollama", "chat"),
    "generate": Endpoint("generate", "ollama-generate", "chat"),
    "embed": Endpoint("embed", "ollama", "embeddings"),
    "embeddings": Endpoint("embeddings.v1", "ollama", "embeddings"),
    "tags": Endpoint("tags", "ollama", "models", ("GET",)),
    "show": Endpoint("show", "ollama", "model"),
    "ps": Endpoint("ps", "ollama", "ollama.ps", ("GET",)),
    "version": Endpoint("version", "ollama", "ollama.version", ("GET",)),
}
_GEMINI_METHODS = {
    "generateContent": Endpoint("generateContent", "gemini", "chat"),
    "streamGenerateContent": Endpoint("streamGenerateContent", "gemini", "chat"),
    "countTokens": Endpoint("countTokens", "gemini", "count_tokens"),
    "embedContent": Endpoint("embedContent", "gemini", "embeddings"),
    "batchEmbedContents": Endpoint("batchEmbedContents", "gemini", "embeddings"),
}
_INTERACTIONS = Endpoint("interactions", "interactions", "chat")
_HEALTH = Endpoint("health", "openai-chat", "health", ("GET",))
_MODEL = Endpoint("model", "openai-chat", "model", ("GET",))
_STORED = Endpoint("responses.stored", "openai-responses", "responses.stored", ("GET", "DELETE", "POST"))
_STORED_INTERACTION = replace(_STORED, name="interactions.stored", dialect="interactions")

ENDPOINTS: dict[str, Endpoint] = {
    **{f"{prefix}/{path}": row for prefix in ("/v1", "/openai/v1") for path, row in _OPENAI.items()},
    **{f"{prefix}/{path}": row for prefix in ("/v1", "/anthropic/v1") for path, row in _ANTHROPIC.items()},
    **{f"/cohere/{path}": row for path, row in _COHERE.items()},
    **{f"/api/{path}": row for path, row in _OLLAMA.items()},
    "/v2/rerank": _COHERE["v2/rerank"],
    "/anthropic/v1/models": replace(_OPENAI["models"], dialect="anthropic-messages"),
    "/v1beta/models": replace(_OPENAI["models"], dialect="gemini"),
    "/genai/v1beta/models": replace(_OPENAI["models"], dialect="gemini"),
    "/genai/v1/models": replace(_OPENAI["models"], dialect="gemini"),
    **{f"{prefix}/interactions": _INTERACTIONS for prefix in ("/v1beta", "/v1", "/genai/v1beta", "/genai/v1")},
    "/health": _HEALTH,
    "/": _HEALTH,  # where Ollama's own command looks first
}
_GEMINI_PATH = re.compile(
    r"/(?:genai/)?v1(?:beta\d?|alpha)?/(?:publishers/google/)?models/(?P<model>.+):(?P<method>[A-Za-z]+)"
)
_MODEL_PATH = re.compile(r"/(?:(?P<root>openai|anthropic|genai)/)?(?P<version>v1|v1beta)/models/(?P<model>.+)")
_STORED_PATH = re.compile(r"/(?:openai/)?v1/responses/(?P<id>[A-Za-z0-9_-]+)(?:/(?P<what>cancel|input_items))?")
_INTERACTION_PATH = re.compile(r"/(?:genai/)?v1(?:beta)?/interactions/(?P<id>[A-Za-z0-9_-]+)(?:/cancel)?")


def find(path: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> tuple[Endpoint, str | None]:
    """The endpoint at ``path``, and what the path names: a model (it may hold slashes and colons) or a stored
    answer's id. Raises BadRequest (404) when there is none. ``GET …/models`` at OpenAI's address is answered in the
    shape that the caller's headers show it to know."""
    found = _found(path, headers)
    if found is not None:
        return found
    raise BadRequest(f"There is nothing at {path[:200]}.", hint=_hint(path), status=404, code="unknown_url")


def _found(path: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> tuple[Endpoint, str | None] | None:
    endpoint = ENDPOINTS.get(path) or ENDPOINTS.get(path.rstrip("/"))
    if endpoint is not None:
        return (_known_by(endpoint, headers) if endpoint.operation == "models" else endpoint), None
    if (found := _GEMINI_PATH.fullmatch(path)) and found["method"] in _GEMINI_METHODS:
        return _GEMINI_METHODS[found["method"]], found["model"]
    if found := _MODEL_PATH.fullmatch(path):
        return _model(found["root"], found["version"], headers), found["model"]
    if found := _STORED_PATH.fullmatch(path):
        return _STORED, found["id"]
    if found := _INTERACTION_PATH.fullmatch(path):
        return _STORED_INTERACTION, found["id"]
    return None


def _meant(path: str) -> str:
    """The address that a tool means whose base URL lacks ``/v1``, or has it (or another part) where it adds its own."""
    guesses = (f"/v1{path}", path[path.find("/", 1) :])
    return next((guess for guess in guesses if guess not in ("/", "/health") and _found(guess) is not None), "")


def _hint(path: str) -> str:
    if meant := _meant(path):
        return (
            f"Did you mean {meant[:200]}? Correct the base URL in the tool by the difference; the Connect pane has the"
            " right one for each tool."
        )
    return (
        "OpenAI's API is served below /v1, Anthropic's at /v1/messages, Gemini's below /v1beta, Cohere's below "
        "/cohere, Ollama's below /api."
    )


def _model(root: str | None, version: str, headers: Iterable[tuple[bytes, bytes]]) -> Endpoint:
    if root == "anthropic":
        return replace(_MODEL, dialect="anthropic-messages")
    if root == "genai" or version != "v1":
        return replace(_MODEL, dialect="gemini")
    return _known_by(_MODEL, headers) if root is None else _MODEL


def _known_by(endpoint: Endpoint, headers: Iterable[tuple[bytes, bytes]]) -> Endpoint:
    """The endpoint in the dialect that the headers belong to."""
    if endpoint.dialect != "openai-chat":
        return endpoint
    names = {name for name, _ in headers}
    if b"anthropic-version" in names:
        return replace(endpoint, dialect="anthropic-messages")
    if b"x-goog-api-key" in names or b"x-goog-api-client" in names:
        return replace(endpoint, dialect="gemini")
    return endpoint


def dialect_of(path: str) -> str:
    """The dialect in which to refuse what is asked at a ``path`` that may be none of ours."""
    if found := _found(path) or _found(_meant(path)):
        return found[0].dialect
    for start, dialect in (
        ("/anthropic/", "anthropic-messages"),
        ("/v1/messages", "anthropic-messages"),
        ("/v1beta/interactions", "interactions"),
        ("/v1/interactions", "interactions"),
        ("/genai/v1beta/interactions", "interactions"),
        ("/genai/v1/interactions", "interactions"),
        ("/v1beta", "gemini"),
        ("/genai/", "gemini"),
        ("/cohere/", "cohere"),
        ("/api/", "ollama"),
    ):
        if path.startswith(start):
            return dialect
    return "openai-chat"


def check_method(endpoint: Endpoint, method: str, path: str) -> None:
    """Raises BadRequest (405) when ``endpoint`` takes another method."""
    if method not in endpoint.methods and not (method == "HEAD" and "GET" in endpoint.methods):
        if method == "POST" and endpoint.operation == "model" and (found := _GEMINI_PATH.fullmatch(path)):
            raise BadRequest(
                f"There is no method {found['method'][:200]!r} of models here.",
                hint=f"There are {', '.join(_GEMINI_METHODS)}.",
                status=404,
                code="unknown_url",
            )
        raise BadRequest(
            f"{path[:200]} takes {' or '.join(endpoint.methods)}, not {method[:20]}.",
            status=405,
            code="method_not_allowed",
        )
