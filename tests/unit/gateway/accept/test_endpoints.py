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
        ("/", "health", "GET"),
    ],
)
def test_endpoints(path: str, name: str, method: str) -> None:
    found, _ = endpoints.find(path)
    assert (found.name, found.methods) == (name, (method,))
    endpoints.check_method(found, method, path)
    with pytest.raises(BadRequest) as caught:
        endpoints.check_method(found, "DELETE", path)
    assert (caught.value.status, caught.value.code) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "path", ["", "//", "/v1", "/v2/chat/completions", "/v1/chat/completions/x", "/V1/models", "/v1//models"]
)
def test_nothing_there(path: str) -> None:
    with pytest.raises(BadRequest) as caught:
        endpoints.find(path)
    assert (caught.value.status, caught.value.code) == (404, "unknown_url")


@pytest.mark.parametrize(
    ("path", "meant", "dialect"),
    [
        ("/chat/completions", "/v1/chat/completions", "openai-chat"),
        ("/messages", "/v1/messages", "anthropic-messages"),
        ("/v1/v1/messages", "/v1/messages", "anthropic-messages"),
        ("/v1/v1beta/models/a/b:generateContent", "/v1beta/models/a/b:generateContent", "gemini"),
        ("/v1/api/chat", "/api/chat", "ollama"),
        ("/api/v1/chat/completions", "/v1/chat/completions", "openai-chat"),
    ],
)
def test_a_base_url_that_is_wrong_by_a_part(path: str, meant: str, dialect: str) -> None:
    with pytest.raises(BadRequest) as caught:
        endpoints.find(path)
    assert f"Did you mean {meant}?" in caught.value.hint
    assert endpoints.dialect_of(path) == dialect


def test_what_gemini_may_do_with_models_is_named() -> None:
    path = "/v1beta/models/fast:predict"
    with pytest.raises(BadRequest) as caught:
        endpoints.check_method(endpoints.find(path)[0], "POST", path)
    assert (caught.value.status, caught.value.code) == (404, "unknown_url")
    assert "no method 'predict'" in caught.value.message
    assert "generateContent" in caught.value.hint


def test_head_is_a_get() -> None:
    endpoints.check_method(endpoints.find("/health")[0], "HEAD", "/health")
    with pytest.raises(BadRequest):
        endpoints.check_method(endpoints.find("/v1/embeddings")[0], "HEAD", "/v1/embeddings")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/v1/models/meta/llama-3:70b", "meta/llama-3:70b"),
        ("/openai/v1/models/a/models/b", "a/models/b"),
        ("/v1beta/models/gemini-x:generateContent", "gemini-x"),
        ("/v1/models/a/b:free:streamGenerateContent", "a/b:free"),
        ("/v1/responses/resp_1", "resp_1"),
        ("/v1/interactions", None),
        ("/v1beta/interactions/v1_x", "v1_x"),
        ("/genai/v1/interactions/v1_x/cancel", "v1_x"),
        ("/v1/chat/completions", None),
    ],
)
def test_what_a_path_names(path: str, named: str | None) -> None:
    assert endpoints.find(path)[1] == named


@pytest.mark.parametrize(
    ("path", "headers", "dialect"),
    [
        ("/v1/models", [], "openai-chat"),
        ("/v1/models", [(b"anthropic-version", b"2023-06-01")], "anthropic-messages"),
        ("/v1/models", [(b"x-goog-api-key", b"k")], "gemini"),
        ("/v1/models/x", [(b"anthropic-version", b"2023-06-01")], "anthropic-messages"),
        ("/openai/v1/models/x", [(b"anthropic-version", b"2023-06-01")], "openai-chat"),
        ("/anthropic/v1/models/x", [], "anthropic-messages"),
        ("/v1beta/models", [], "gemini"),
        ("/api/tags", [], "ollama"),
    ],
)
def test_models_in_the_shape_of_who_asks(path: str, headers: list[tuple[bytes, bytes]], dialect: str) -> None:
    assert endpoints.find(path, headers)[0].dialect == dialect
