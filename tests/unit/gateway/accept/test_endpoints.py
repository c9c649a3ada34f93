"""Which URL means what."""

from __future__ import annotations

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.accept import endpoints


@pytest.mark.parametrize(
    ("path", "name", "method"),
    [
        ("/v1/chat/completions", "chat.completions", "POST"),
        ("/openai/v1/chat/completions", "chat.completions", "POST"),
        ("/v1/chat/completions/", "chat.completions", "POST"),
        ("/v1/embeddings", "embeddings", "POST"),
        ("/v1/models", "models", "GET"),
        ("/openai/v1/models/", "models", "GET"),
        ("/v1/models/fast", "model", "GET"),
        ("/v1/models/meta/llama-3:70b", "model", "GET"),
        ("/health", "health", "GET"),
    ],
)
def test_endpoints(path: str, name: str, method: str) -> None:
    found = endpoints.find(path)
    assert (found.name, found.method) == (name, method)
    endpoints.check_method(found, method, path)
    with pytest.raises(BadRequest) as caught:
        endpoints.check_method(found, "DELETE", path)
    assert (caught.value.status, caught.value.code) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path", ["", "/", "/v1", "/v2/chat/completions", "/v1/chat/completions/x", "/V1/models", "/v1//models"]
)
def test_nothing_there(path: str) -> None:
    with pytest.raises(BadRequest) as caught:
        endpoints.find(path)
    assert (caught.value.status, caught.value.code) == (404, "unknown_url")


def test_head_is_a_get() -> None:
    endpoints.check_method(endpoints.find("/health"), "HEAD", "/health")
    with pytest.raises(BadRequest):
        endpoints.check_method(endpoints.find("/v1/embeddings"), "HEAD", "/v1/embeddings")


def test_the_model_of_a_path() -> None:
    assert endpoints.model_of("/v1/models/meta/llama-3:70b") == "meta/llama-3:70b"
    assert endpoints.model_of("/openai/v1/models/a/models/b") == "a/models/b"
