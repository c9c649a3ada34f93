"""Testing and listing every kind of provider: each vendor's lists and pages, its way of saying that a key is bad."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conduit_desktop.errors import UpstreamError
from conduit_desktop.gateway.send import diagnosis, probe
from conduit_desktop.gateway.send.model_list import names_in
from conduit_desktop.providers import PROVIDERS, spec
from tests.integration.test_probe import answer, check, serving

GOOD = "sk-good-0123456789"
BAD = "sk-wrong-0123456789"
AWS = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMIK7MDENG"


def data(*names: str, **more: Any) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model"} for name in names], **more}


def google(*names: str, **more: Any) -> dict[str, Any]:
    return {"models": [{"name": f"models/{name}", "displayName": name.title()} for name in names], **more}


OPENAI_401 = (401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
GEMINI_400 = (
    400,
    {
        "error": {
            "code": 400,
            "message": "API key not valid. Please pass a valid API key.",
            "status": "INVALID_ARGUMENT",
            "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
        }
    },
)
NO_MODEL = (404, {"error": {"message": "The model `conduit/no-such-model` does not exist", "code": "model_not_found"}})
ANSWERS: dict[str, tuple[dict[str, Any], tuple[int, Any]]] = {
    "openai": (data("gpt-5.4"), OPENAI_401),
    "anthropic": (
        {"data": [{"type": "model", "id": "claude-opus-5"}], "has_more": False},
        (401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}),
    ),
    "gemini": (google("gemini-3.5-flash"), GEMINI_400),
    "openrouter": (
        data("openai/gpt-5.4"),
        (401, {"error": {"message": "No cookie auth credentials found", "code": 401}}),
    ),
    "azure-openai": (
        data("gpt-4.1-2025-04-14"),
        (
            401,
            {
                "error": {
                    "code": "401",
                    "message": "Access denied due to invalid subscription key or wrong API endpoint.",
                }
            },
        ),
    ),
    "bedrock": (
        {"modelSummaries": [{"modelId": "amazon.nova-lite-v1:0", "inferenceTypesSupported": ["ON_DEMAND"]}]},
        (403, {"message": "The security token included in the request is invalid."}),
    ),
    "bedrock-mantle": (
        data("openai.gpt-oss-20b"),
        (403, {"Message": "Authentication failed: Please make sure your API Key is valid."}),
    ),
    "vertex": (
        {"publisherModels": [{"name": "publishers/google/models/gemini-3.5-flash"}]},
        (401, {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "Request had invalid credentials."}}),
    ),
    "cohere": (
        {"models": [{"name": "command-a-03-2025"}]},
        (401, {"id": "2d46", "message": "Incorrect API key provided"}),
    ),
    "fireworks": (data("accounts/fireworks/models/gpt-oss-20b"), (401, {"error": "unauthorized"})),
    "mistral": (data("mistral-large-latest"), (401, {"message": "Unauthorized", "request_id": "5"})),
    "groq": (data("openai/gpt-oss-20b"), OPENAI_401),
    "deepseek": (
        data("deepseek-v4-pro"),
        (401, {"error": {"message": "Authentication Fails, Your api key is invalid", "type": "authentication_error"}}),
    ),
    "xai": (
        data("grok-4.3"),
        (400, {"code": "invalid-argument", "error": "Incorrect API key provided. You can obtain an API key from …"}),
    ),
    "together": (
        [{"id": "openai/gpt-oss-20b", "type": "chat"}],
        (401, {"error": {"message": "Invalid API key provided"}}),
    ),  # type: ignore[dict-item]
    "cerebras": (data("gpt-oss-120b"), (401, {"message": "Wrong API Key", "type": "invalid_request_error"})),
    "perplexity": (
        data("perplexity/sonar"),
        (401, {"error": {"message": "Invalid API key provided.", "type": "invalid_api_key", "code": 401}}),
    ),
    "huggingface": (data("zai-org/GLM-4.7"), (401, {"error": "Invalid username or password."})),
    "zai": (data("glm-4.7"), (200, {"code": 401, "msg": "token expired or incorrect", "success": False})),
    "moonshot": (
        data("kimi-k2.6"),
        (401, {"error": {"message": "Invalid Authentication", "type": "invalid_authentication_error"}}),
    ),
    "ollama": ({"models": [{"name": "qwen3:4b", "model": "qwen3:4b"}]}, OPENAI_401),
    "lm-studio": (data("qwen3-4b"), OPENAI_401),
    "llama.cpp": (
        {**data("Qwen3-1.7B"), "models": [{"name": "Qwen3-1.7B", "model": "Qwen3-1.7B"}]},
        (401, {"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}}),
    ),
    "vllm": (data("Qwen/Qwen3-8B", id="modelperm-1"), (401, {"error": "Unauthorized"})),
    "openai-compatible": (data("anything"), OPENAI_401),
    "anthropic-compatible": (data("claude-like"), OPENAI_401),
}
"""Kind -> the first (or only) page of its list, and how it answers a bad key. One that is not here does as OpenAI."""
OPEN_LISTS = {"openrouter", "perplexity", "huggingface", "llama.cpp"}
KINDS = [row for row in PROVIDERS if not row.built_in]


def vendor(kind: str) -> Any:
    """A server that behaves as a vendor does."""
    listed, refused = ANSWERS.get(kind, (data("any"), OPENAI_401))

    def handle(path: str, headers: dict[str, str], body: bytes) -> bytes:
        lists = any(word in path for word in ("models", "/api/tags")) and not body
        sent = " ".join(headers.get(name, "") for name in ("authorization", "x-api-key", "x-goog-api-key", "api-key"))
        if GOOD not in sent and "AKIAIOSFODNN7EXAMPLE" not in sent and not (lists and kind in OPEN_LISTS):
            return answer(*refused)
        if lists:
            return answer(200, listed)
        return answer(*NO_MODEL) if body else answer(200, {"data": {"label": "k"}})

    return handle


@pytest.mark.parametrize("kind", [row.kind for row in KINDS])
async def test_a_good_and_a_bad_key(kind: str) -> None:
    row = spec(kind)
    async with serving(vendor(kind)) as server:
        base = server.url.removesuffix("/v1")
        good = await probe.test(row, base, AWS if kind == "bedrock" else GOOD)
        names = await probe.list_models(row, base, AWS if kind == "bedrock" else GOOD)
        bad = await probe.test(row, base, "AKIAWRONGWRONGWRONG0:wJalrXUtnFEMIK7MDENG" if kind == "bedrock" else BAD)
    assert good.ok, good
    assert (len(names), good.models_count) == (1, 1)
    assert not names[0].startswith(("models/", "publishers/"))
    assert (bad.ok, bad.cause) == (False, "unauthorised"), bad
    assert bad.hint
    assert BAD not in bad.message


@pytest.mark.parametrize("kind", [row.kind for row in KINDS if row.secret == "required"])
async def test_no_key_is_told_before_anything_is_sent(kind: str) -> None:
    async with serving(vendor(kind)) as server:
        result = await probe.test(spec(kind), server.url, None)
    assert result.cause == "not_sent"
    assert server.seen == []


# ---------------------------------------------------------------- pages


@pytest.mark.parametrize(
    ("kind", "parameter", "pages"),
    [
        ("gemini", "pageToken", [google("a", nextPageToken="t/1="), google("b", nextPageToken="t2"), google("c")]),
        (
            "anthropic",
            "after_id",
            [data("a", has_more=True, last_id="a"), data("b", has_more=True, last_id="b"), data("c")],
        ),
        (
            "cohere",
            "page_token",
            [
                {"models": [{"name": "a"}], "next_page_token": "1"},
                {"models": [{"name": "b"}], "next_page_token": "2"},
                {"models": [{"name": "c"}], "next_page_token": None},
            ],
        ),
    ],
)  # fmt: skip
async def test_all_pages_of_a_list_are_read(kind: str, parameter: str, pages: list[dict[str, Any]]) -> None:
    asked: list[dict[str, list[str]]] = []

    def handle(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        asked.append(parse_qs(urlsplit(path).query))
        return answer(200, pages[len(asked) - 1])

    async with serving(handle) as server:
        names = await probe.list_models(spec(kind), server.url.removesuffix("/v1"), GOOD)
    assert names == ["a", "b", "c"]
    assert [parameter in query for query in asked] == [False, True, True]
    assert len({str(query) for query in asked}) == 3


async def test_a_list_without_an_end_is_given_up() -> None:
    async with serving(answer(200, data("a", has_more=True, last_id="a"))) as server:
        names = await probe.list_models(spec("anthropic"), server.url, GOOD)
    assert names == ["a"]
    assert len(server.seen) == 2


async def test_bedrock_lists_what_can_be_called_and_its_inference_profiles() -> None:
    models = [
        {"modelId": "amazon.nova-micro-v1:0", "inferenceTypesSupported": ["ON_DEMAND", "INFERENCE_PROFILE"]},
        {"modelId": "anthropic.claude-sonnet-5", "inferenceTypesSupported": ["INFERENCE_PROFILE"]},
        {"modelId": "amazon.titan-text:0:8k", "inferenceTypesSupported": ["PROVISIONED"]},
    ]

    def handle(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        if path.startswith("/foundation-models"):
            return answer(200, {"modelSummaries": models})
        if "nextToken=n%2F1" in path:
            return answer(200, {"inferenceProfileSummaries": [{"inferenceProfileId": "eu.anthropic.claude-sonnet-5"}]})
        first = {"inferenceProfileId": "us.anthropic.claude-sonnet-5", "inferenceProfileName": "US Claude"}
        return answer(200, {"inferenceProfileSummaries": [first], "nextToken": "n/1"})

    async with serving(handle) as server:
        names = await probe.list_models(spec("bedrock"), server.url.removesuffix("/v1"), AWS)
    assert names == ["amazon.nova-micro-v1:0", "us.anthropic.claude-sonnet-5", "eu.anthropic.claude-sonnet-5"]
    assert all("AWS4-HMAC-SHA256" in headers["authorization"] for _, headers, _ in server.seen)


async def test_bedrock_without_the_right_to_list_profiles_lists_the_rest() -> None:
    def handle(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        if path.startswith("/foundation-models"):
            return answer(200, {"modelSummaries": [{"modelId": "amazon.nova-micro-v1:0"}]})
        return answer(403, {"message": "User is not authorized to perform: bedrock:ListInferenceProfiles"})

    async with serving(handle) as server:
        names = await probe.list_models(spec("bedrock"), server.url.removesuffix("/v1"), AWS)
    assert names == ["amazon.nova-micro-v1:0"]


async def test_bedrock_keys_that_may_call_but_not_list_are_good() -> None:
    def handle(path: str, _headers: dict[str, str], body: bytes) -> bytes:
        if body:
            return answer(400, {"message": "The provided model identifier is invalid."})
        return answer(403, {"message": "User is not authorized to perform: bedrock:ListFoundationModels"})

    async with serving(handle) as server:
        result = await probe.test(spec("bedrock"), server.url.removesuffix("/v1"), "ABSKQmVkcm9ja0FQSUtleS0x")
    assert result.ok
    assert "no list of models" in result.message
    assert result.hint


# ---------------------------------------------------------------- the clouds


async def test_azure_says_that_deployments_are_typed() -> None:
    async with serving(vendor("azure-openai")) as server:
        result = await probe.test(spec("azure-openai"), server.url.removesuffix("/v1"), GOOD)
    assert result.ok
    assert "type the deployment's name" in result.hint
    assert server.seen[0][0].startswith(
        "POST /openai/deployments/conduit%2Fno-such-model/chat/completions?api-version="
    )
    assert server.seen[0][1]["api-key"] == GOOD
    assert server.seen[1][0].startswith("GET /openai/models?api-version=")


async def test_azure_at_a_wrong_address_is_not_called_good() -> None:
    async with serving(answer(404, {"error": {"code": "404", "message": "Resource not found"}})) as server:
        check(await probe.test(spec("azure-openai"), server.url, GOOD), "not_found", 404)


async def test_a_list_tells_that_an_address_is_right() -> None:
    def handle(path: str, _headers: dict[str, str], body: bytes) -> bytes:
        return answer(404, {"error": "Not Found"}) if body else answer(200, data("zai-org/GLM-4.7"))

    async with serving(handle) as server:
        check(await probe.test(spec("huggingface"), server.url, GOOD), "ok", 200)


async def test_foundrys_models_have_no_list() -> None:
    def handle(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        if path.startswith("/models/chat/completions?api-version=2024-05-01-preview"):
            return answer(404, {"error": {"code": "unavailable_model", "message": "Unavailable model: conduit"}})
        return answer(404, {"error": {"code": "404", "message": "Resource not found"}})

    async with serving(handle) as server:
        base = server.url.removesuffix("/v1") + "/models"
        result = await probe.test(spec("azure-openai"), base, GOOD)
        with pytest.raises(UpstreamError):
            await probe.list_models(spec("azure-openai"), base, GOOD)
    assert result.ok
    assert "type the deployment's name" in result.hint


async def test_vertex_takes_an_api_key_that_may_not_list() -> None:
    def handle(path: str, headers: dict[str, str], body: bytes) -> bytes:
        if headers.get("x-goog-api-key") != "AIzaGood":
            return answer(*GEMINI_400)
        if body:
            return answer(404, {"error": {"code": 404, "message": "Publisher Model `x` was not found"}})
        return answer(401, {"error": {"code": 401, "message": "API keys are not supported by this API."}})

    async with serving(handle) as server:
        base = server.url.removesuffix("/v1")
        good = await probe.test(spec("vertex"), base, "AIzaGood")
        bad = await probe.test(spec("vertex"), base, "AIzaBad")
    assert good.ok
    assert good.models_count == 0
    assert server.seen[0][0].startswith("POST /v1/publishers/google/models/conduit%2Fno-such-model:generateContent ")
    check(bad, "unauthorised", 400)


async def test_vertex_lists_googles_and_anthropics_models() -> None:
    def handle(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        publisher = path.split("/")[3]
        name = {"google": "gemini-3.5-flash", "anthropic": "claude-opus-5"}[publisher]
        return answer(200, {"publisherModels": [{"name": f"publishers/{publisher}/models/{name}"}]})

    async with serving(handle) as server:
        names = await probe.list_models(spec("vertex"), server.url.removesuffix("/v1"), "ya29.token")
    assert names == ["gemini-3.5-flash", "claude-opus-5"]


async def test_a_key_file_that_is_none_is_told() -> None:
    async with serving(vendor("vertex")) as server:
        result = await probe.test(spec("vertex"), server.url, '{"type":"service_account","project_id":"p"}')
    check(result, "unauthorised", None)
    assert server.seen == []


# ---------------------------------------------------------------- servers on this machine


@pytest.mark.parametrize("kind", ["ollama", "lm-studio", "llama.cpp", "vllm"])
async def test_a_local_server_is_found_as_what_it_is(kind: str) -> None:
    row = spec(kind)
    preset = row.presets[0]

    def handle(path: str, _headers: dict[str, str], _body: bytes) -> bytes:
        if path == preset.detect:
            return answer(200, {preset.mark: "x"})
        return answer(200, ANSWERS[kind][0]) if path.endswith(("/api/tags", "/v1/models")) else answer(404)

    async with serving(handle) as server:
        base = server.url.removesuffix("/v1") if kind == "ollama" else server.url
        found = await probe.detect_local([replace(row, presets=(replace(preset, base_url=base),))])
    assert [(each.kind, each.preset, len(each.models)) for each in found] == [(kind, preset.name, 1)]


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("kind", "status", "body", "cause"),
    [
        ("anthropic", 400, {"error": {"message": "Your credit balance is too low to access the API."}}, "quota"),
        ("deepseek", 402, {"error": {"message": "Insufficient Balance"}}, "quota"),
        ("moonshot", 429, {"error": {"message": "Slow", "type": "exceeded_current_quota_error"}}, "quota"),
        ("xai", 403, {"code": "denied", "error": "Your newly created team doesn't have any credits yet."}, "quota"),
        ("fireworks", 412, {"error": {"message": "Account x is suspended, possibly for its limit"}}, "quota"),
        ("openai", 429, {"error": {"message": "You exceeded your quota", "type": "insufficient_quota"}}, "quota"),
        ("gemini", 400, {"error": {"message": "User location is not supported for the API use."}}, "forbidden"),
        ("gemini", 403, {"error": {"message": "Your API key was reported as leaked."}}, "forbidden"),
        ("gemini", 429, {"error": {"message": "Resource exhausted.", "status": "RESOURCE_EXHAUSTED"}}, "rate_limited"),
        ("anthropic", 529, {"error": {"type": "overloaded_error", "message": "Overloaded"}}, "server_error"),
        ("mistral", 401, {"detail": "Unauthorized"}, "unauthorised"),
        ("mistral", 422, {"object": "error", "message": {"detail": [{"msg": "Extra inputs"}]}}, "wrong_api"),
        ("gemini", 400, [{"error": {"message": "API key expired. Please renew the API key."}}], "unauthorised"),
        ("cohere", 429, {"message": "You are using a Trial key, which is limited to 40 calls"}, "rate_limited"),
        ("groq", 200, {"error": {"message": "Internal", "code": 503}}, "server_error"),
        ("groq", 200, {"error": "nothing here"}, "wrong_api"),
    ],
)  # fmt: skip
async def test_what_else_vendors_say(kind: str, status: int, body: Any, cause: str) -> None:
    async with serving(answer(status, body)) as server:
        result = await probe.test(spec(kind), server.url, GOOD)
    assert (result.ok, result.cause) == (False, cause), result


async def test_zais_coins_are_counted_by_its_own_number() -> None:
    body = {"error": {"code": "1113", "message": "Insufficient balance or no resource package. Please recharge."}}
    async with serving(answer(429, body)) as server:
        check(await probe.test(spec("zai"), server.url, GOOD), "quota", 429)


async def test_perplexitys_key_is_tried_at_the_api_that_its_list_is_of() -> None:
    async with serving(vendor("perplexity")) as server:
        await probe.test(spec("perplexity"), server.url.removesuffix("/v1"), GOOD)
    first, _, body = server.seen[0]
    assert first.startswith("POST /v1/responses ")
    assert json.loads(body)["model"] == "conduit/no-such-model"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"data": [{"id": "a"}, {"id": "a"}, {"name": "b"}]}, ["a", "b"]),
        ([{"id": "a"}], ["a"]),
        ({"models": None}, []),
        ({"models": []}, []),
        ({"data": [], "object": "list"}, []),
        ({"data": [1]}, None),
        ({"version": "1"}, None),
        ("text", None),
        ({"modelSummaries": [{"modelId": "m", "inferenceTypesSupported": ["PROVISIONED"]}]}, []),
        ({"data": [{"id": "x" * 501}]}, []),
    ],
)
def test_names_in_lists(body: Any, names: list[str] | None) -> None:
    assert names_in(body) == names


def test_a_kind_without_a_list_says_what_to_do() -> None:
    assert diagnosis.no_list("X", "").hint
