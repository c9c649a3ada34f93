"""Which URL means what. One row an endpoint; the same endpoint may stand under several addresses."""

from __future__ import annotations

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.exchange import Endpoint

_CHAT = Endpoint("chat.completions", "openai-chat")
_EMBEDDINGS = Endpoint("embeddings", "openai-chat")
_MODELS = Endpoint("models", "openai-chat", "GET")

ENDPOINTS: dict[str, Endpoint] = {
    f"{prefix}/{path}": endpoint
    for prefix in ("/v1", "/openai/v1")
    for path, endpoint in (("chat/completions", _CHAT), ("embeddings", _EMBEDDINGS), ("models", _MODELS))
}
ENDPOINTS["/health"] = Endpoint("health", "openai-chat", "GET")

_MODEL = Endpoint("model", "openai-chat", "GET")
_MODEL_PREFIXES = ("/v1/models/", "/openai/v1/models/")


def find(path: str) -> Endpoint:
    """The endpoint at ``path``. Raises BadRequest (404) when there is none."""
    endpoint = ENDPOINTS.get(path) or ENDPOINTS.get(path.rstrip("/"))
    if endpoint is None and path.startswith(_MODEL_PREFIXES):
        endpoint = _MODEL
    if endpoint is None:
        raise BadRequest(
            f"There is nothing at {path[:200]}.",
            hint="The OpenAI API is served below /v1, for example /v1/chat/completions.",
            status=404,
            code="unknown_url",
        )
    return endpoint


def check_method(endpoint: Endpoint, method: str, path: str) -> None:
    """Raises BadRequest (405) when ``endpoint`` takes another method."""
    if method != endpoint.method and not (method == "HEAD" and endpoint.method == "GET"):
        raise BadRequest(
            f"{path[:200]} takes {endpoint.method}, not {method[:20]}.", status=405, code="method_not_allowed"
        )


def model_of(path: str) -> str:
    """The model named by a ``…/models/MODEL`` path (it may hold slashes)."""
    return path.split("/models/", 1)[1]
