"""Bedrock and Vertex AI: which of their APIs serves a model, and under which URL."""

from __future__ import annotations

import pytest

from conduit_desktop.providers import spec
from conduit_desktop.providers.urls import endpoint_url, normalise_base_url
from conduit_desktop.providers.vertex import located, location_of, project_of

BEDROCK = "https://bedrock-runtime.eu-west-1.amazonaws.com"
VERTEX = "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5"
KEY_FILE = '{"type":"service_account","project_id":"p1"}'


def url(kind: str, base: str, model: str, dialect: str, *, stream: bool = False, operation: str = "chat") -> str:
    row = spec(kind)
    surface = row.surface(operation, dialect, model, normalise_base_url(base, row))
    assert surface is not None
    return f"{surface.dialect} {endpoint_url(base, surface.path(operation, stream) or '', model)}"


@pytest.mark.parametrize(
    ("model", "dialect", "stream", "wanted"),
    [
        ("us.amazon.nova-lite-v1:0", "openai-chat", False, "bedrock-converse /model/us.amazon.nova-lite-v1:0/converse"),
        ("meta.llama3", "anthropic-messages", True, "bedrock-converse /model/meta.llama3/converse-stream"),
        (
            "eu.anthropic.claude-x",
            "anthropic-messages",
            False,
            "anthropic-messages /model/eu.anthropic.claude-x/invoke",
        ),
        (
            "eu.anthropic.claude-x",
            "anthropic-messages",
            True,
            "anthropic-messages /model/eu.anthropic.claude-x/invoke-with-response-stream",
        ),
        ("eu.anthropic.claude-x", "gemini", False, "bedrock-converse /model/eu.anthropic.claude-x/converse"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-x",
            "openai-chat",
            False,
            "bedrock-converse /model/arn:aws:bedrock:us-east-1:1:inference-profile%2Fus.anthropic.claude-x/converse",
        ),
    ],
)
def test_bedrock(model: str, dialect: str, stream: bool, wanted: str) -> None:
    spoken, path = wanted.split(" ")
    assert url("bedrock", BEDROCK, model, dialect, stream=stream) == f"{spoken} {BEDROCK}{path}"


@pytest.mark.parametrize(
    ("base", "wanted"),
    [
        (BEDROCK, "https://bedrock.eu-west-1.amazonaws.com/foundation-models"),
        (
            "https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com",
            "https://bedrock-fips.us-gov-west-1.amazonaws.com/foundation-models",
        ),
        ("http://127.0.0.1:9/bedrock", "http://127.0.0.1:9/bedrock/foundation-models"),
    ],
)
def test_bedrock_lists_models_elsewhere(base: str, wanted: str) -> None:
    assert endpoint_url(base, spec("bedrock").surfaces[0].paths["models"]) == wanted


@pytest.mark.parametrize(
    ("model", "thinking", "schema", "strict"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "budget", "schema", True),
        ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "budget", "none", False),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "", "none", False),
        ("global.anthropic.claude-opus-4-6-v1", "adaptive", "schema", True),
        ("us.anthropic.claude-sonnet-5", "adaptive", "schema", True),
        ("anthropic.claude-v2:1", "", "none", False),
        ("us.amazon.nova-2-lite-v1:0", "level", "none", False),
        ("us.amazon.nova-pro-v1:0", "", "none", False),
        ("openai.gpt-oss-120b-1:0", "effort", "schema", True),
        ("meta.llama3-2-1b-instruct-v1:0", "", "none", False),
    ],
)
def test_what_models_at_bedrock_can_do(model: str, thinking: str, schema: str, strict: bool) -> None:
    traits = spec("bedrock").traits_of(model)
    assert (traits.thinking, traits.schema, traits.strict_tools) == (thinking, schema, strict)


@pytest.mark.parametrize(
    ("model", "dialect", "stream", "wanted"),
    [
        ("gemini-2.5-pro", "openai-chat", False, "gemini /publishers/google/models/gemini-2.5-pro:generateContent"),
        (
            "gemini-2.5-pro",
            "gemini",
            True,
            "gemini /publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
        ),
        (
            "claude-x@20250219",
            "gemini",
            False,
            "anthropic-messages /publishers/anthropic/models/claude-x@20250219:rawPredict",
        ),
        ("claude-x", "openai-chat", True, "anthropic-messages /publishers/anthropic/models/claude-x:streamRawPredict"),
        (
            "codestral-2",
            "anthropic-messages",
            True,
            "openai-chat /publishers/mistralai/models/codestral-2:streamRawPredict",
        ),
        ("meta/llama-4-maas", "anthropic-messages", False, "openai-chat /endpoints/openapi/chat/completions"),
    ],
)
def test_vertex(model: str, dialect: str, stream: bool, wanted: str) -> None:
    spoken, path = wanted.split(" ")
    assert url("vertex", VERTEX, model, dialect, stream=stream) == f"{spoken} {VERTEX}{path}"


def test_vertex_lists_models_outside_projects() -> None:
    listed = endpoint_url(VERTEX, spec("vertex").surfaces[0].paths["models"])
    assert listed == "https://us-east5-aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=300"
    assert located(listed, KEY_FILE) == listed


PATH = "publishers/google/models/g:generateContent?alt=sse"


@pytest.mark.parametrize(
    ("base", "secret", "wanted"),
    [
        ("https://aiplatform.googleapis.com", KEY_FILE, "/v1/projects/p1/locations/global/"),
        ("https://us-east5-aiplatform.googleapis.com", KEY_FILE, "/v1/projects/p1/locations/us-east5/"),
        ("https://us-east5-aiplatform.googleapis.com/v1beta1", KEY_FILE, "/v1beta1/projects/p1/locations/us-east5/"),
        ("https://aiplatform.eu.rep.googleapis.com", KEY_FILE, "/v1/projects/p1/locations/eu/"),
        ("https://aiplatform.googleapis.com", "AIzaKey", "/v1/"),
        ("https://aiplatform.googleapis.com/v1", "ya29.token", "/v1/"),
        ("https://aiplatform.googleapis.com", None, "/v1/"),
        (VERTEX, KEY_FILE, "/"),
    ],
)
def test_a_host_alone_and_a_key_file_are_enough(base: str, secret: str | None, wanted: str) -> None:
    rest = wanted.removeprefix("/v1beta1") if base.endswith("/v1beta1") else wanted
    rest = rest.removeprefix("/v1") if base.endswith("/v1") else rest
    assert located(f"{base}/{PATH}", secret) == f"{base}{rest}{PATH}"


@pytest.mark.parametrize("secret", [None, "", "AIza", "{", "[]", "{}", '{"project_id": 1}'])
def test_secrets_without_a_project(secret: str | None) -> None:
    assert project_of(secret) == ""


def test_locations() -> None:
    assert location_of("europe-west4-aiplatform.googleapis.com") == "europe-west4"
    assert location_of("proxy.example") == "global"
