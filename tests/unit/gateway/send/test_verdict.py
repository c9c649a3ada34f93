"""What each failure of a provider leads to: the table, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.gateway.send.verdict import TABLE, Judgement, judge, judge_status
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.failure import Failure, kind_of

OPENAI, ANTHROPIC, GEMINI, COHERE, OLLAMA = "openai-chat", "anthropic-messages", "gemini", "cohere", "ollama"


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((400, 406, 411, 418, 422, 428, 431), Judgement("client", "client_error")),
        ((301, 302, 304, 307), Judgement("client", "client_error")),
        ((508,), Judgement("client", "loop")),
        ((401,), Judgement("credential", "unauthorised", "rejected")),
        ((402,), Judgement("credential", "quota", "spent")),
        ((403,), Judgement("elsewhere", "forbidden", "trouble")),
        ((404,), Judgement("elsewhere", "not_found")),
        ((405, 415, 501), Judgement("elsewhere", "unsupported")),
        ((408, 504, 522, 524), Judgement("again", "timeout", "trouble")),
        ((409, 421, 425), Judgement("again", "conflict")),
        ((413,), Judgement("context", "too_large")),
        ((429,), Judgement("again", "rate_limited", "limit")),
        ((498, 499, 503, 529), Judgement("again", "overloaded", "trouble")),
        ((500, 502, 505, 507, 520, 521, 523, 525, 530, 599, 999), Judgement("again", "server_error", "trouble")),
    ],
)
def test_a_status_alone(statuses: tuple[int, ...], expected: Judgement) -> None:
    assert {status: judge_status(status, "") for status in statuses} == dict.fromkeys(statuses, expected)


def openai(message: str, **more: Any) -> Any:
    return {"error": {"message": message, **more}}


def anthropic(kind: str, message: str) -> Any:
    return {"type": "error", "error": {"type": kind, "message": message}}


def gemini(status: int, word: str, message: str) -> Any:
    return {"error": {"code": status, "message": message, "status": word}}


INVALID = "invalid_request_error"
SAID: dict[str, list[tuple[str, int, Any]]] = {
    "client client_error ": [
        (OPENAI, 400, openai("Invalid 'temperature'", code="invalid_value")),
        (ANTHROPIC, 400, anthropic(INVALID, "messages: at least one message is required")),
        (GEMINI, 400, gemini(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")),
    ],
    "credential unauthorised rejected": [
        (OPENAI, 401, openai("Incorrect API key provided", code="invalid_api_key")),
        (ANTHROPIC, 401, anthropic("authentication_error", "invalid x-api-key")),
        (GEMINI, 400, gemini(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")),
        (GEMINI, 403, gemini(403, "PERMISSION_DENIED", "Your API key was reported as leaked.")),
        (COHERE, 401, {"message": "invalid api token"}),
    ],
    "credential quota spent": [
        (OPENAI, 429, openai("You exceeded your current quota", code="insufficient_quota")),
        (ANTHROPIC, 400, anthropic(INVALID, "Your credit balance is too low to access the Anthropic API.")),
        (OPENAI, 402, openai("Insufficient Balance")),
    ],
    "again rate_limited limit": [
        (OPENAI, 429, openai("Rate limit reached for gpt-4o", code="rate_limit_exceeded")),
        (GEMINI, 429, gemini(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan")),
        (ANTHROPIC, 429, anthropic("rate_limit_error", "slow down")),
    ],
    "elsewhere not_found ": [
        (OPENAI, 404, openai("The model `x` does not exist", code="model_not_found")),
        (OPENAI, 400, openai("x is not a valid model ID", code=400)),
        (OPENAI, 400, openai("The model `x` has been decommissioned", code="model_decommissioned")),
        (OLLAMA, 404, {"error": "model 'x' not found"}),
    ],
    "elsewhere unsupported ": [
        (OPENAI, 400, openai("This model does not support image input.")),
        (OLLAMA, 400, {"error": "registry.ollama.ai/library/gemma:2b does not support tools"}),
    ],
    "context context_length ": [
        (OPENAI, 400, openai("This model's maximum context length is 8192", code="context_length_exceeded")),
        (ANTHROPIC, 400, anthropic(INVALID, "prompt is too long: 210000 tokens > 200000 maximum")),
        (GEMINI, 400, gemini(400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number")),
    ],
    "context too_large ": [(ANTHROPIC, 413, anthropic("request_too_large", "too large"))],
    "content content_filter ": [(OPENAI, 400, openai("The response was filtered", code="content_filter"))],
    "again overloaded trouble": [
        (ANTHROPIC, 529, anthropic("overloaded_error", "Overloaded")),
        (GEMINI, 503, gemini(503, "UNAVAILABLE", "The model is overloaded.")),
    ],
    "again server_error trouble": [
        (OPENAI, 500, openai("The server had an error")),
        (OPENAI, 502, "<html>Bad gateway</html>"),
    ],
}


@pytest.mark.parametrize(
    ("expected", "spoken", "status", "body"), [(means, *each) for means, rows in SAID.items() for each in rows]
)
def test_what_providers_say(expected: str, spoken: str, status: int, body: Any) -> None:
    means = judge(dialect(spoken).decode_error(status, body))
    assert f"{means.verdict} {means.cause} {means.fault}" == expected


def test_every_row_can_be_reached() -> None:
    """No row is hidden by those above it: for each there is a failure, of its status or kind and its words, that is its
    own."""
    samples = {
        r"insufficient_quota": "insufficient_quota",
        r"api_key_invalid": "api_key_invalid",
        r"model_not_found": "model_not_found",
        r"unsupported_(?:": "unsupported_value",
    }
    for row in TABLE:
        words = next((text for part, text in samples.items() if row.words and part in row.words.pattern), "")
        tries = [Failure(status=status, kind=kind_of(status), message=words) for status in row.statuses]
        tries += [Failure(status=418, kind=kind, message=words) for kind in row.kinds]
        assert any(judge(each) == row.means for each in tries), row


def test_what_is_no_status_is_trouble() -> None:
    assert judge(Failure(status=0, kind="server", message="")).verdict == "again"
