"""Errors, both ways: ``{"error": {"code", "message", "status", "details"}}``, at times as the one element of an array.

Source: cloud.google.com/apis/design/errors; ai.google.dev/gemini-api/docs/troubleshooting.
"""

from __future__ import annotations

import re
from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.dialects.complaints import words
from conduit_desktop.wire.failure import Failure, Kind, kind_of

_KINDS: dict[str, Kind] = {
    "INVALID_ARGUMENT": "invalid_request",
    "FAILED_PRECONDITION": "invalid_request",
    "OUT_OF_RANGE": "invalid_request",
    "UNIMPLEMENTED": "invalid_request",
    "UNAUTHENTICATED": "authentication",
    "PERMISSION_DENIED": "permission",
    "NOT_FOUND": "not_found",
    "RESOURCE_EXHAUSTED": "rate_limit",
    "UNAVAILABLE": "overloaded",
    "DEADLINE_EXCEEDED": "timeout",
    "INTERNAL": "server",
    "UNKNOWN": "server",
    "DATA_LOSS": "server",
}
_REASONS: dict[str, Kind] = {
    "API_KEY_INVALID": "authentication",
    "API_KEY_EXPIRED": "authentication",
    "ACCESS_TOKEN_EXPIRED": "authentication",
    "CREDENTIALS_MISSING": "authentication",
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": "authentication",
    "BILLING_DISABLED": "billing",
    "RATE_LIMIT_EXCEEDED": "rate_limit",
}
_STATUSES: dict[Kind, str] = {
    "invalid_request": "INVALID_ARGUMENT",
    "authentication": "UNAUTHENTICATED",
    "billing": "FAILED_PRECONDITION",
    "permission": "PERMISSION_DENIED",
    "not_found": "NOT_FOUND",
    "too_large": "INVALID_ARGUMENT",
    "context_length": "INVALID_ARGUMENT",
    "content_filter": "INVALID_ARGUMENT",
    "rate_limit": "RESOURCE_EXHAUSTED",
    "overloaded": "UNAVAILABLE",
    "timeout": "DEADLINE_EXCEEDED",
    "server": "INTERNAL",
}
_TOO_LONG = re.compile(
    r"token count.{0,60}exceeds|exceeds the maximum number of (input )?tokens|context (window|length)", re.I
)
_TOO_LARGE = re.compile(r"payload size exceeds", re.I)
_BILLING = re.compile(r"\bbilling\b|credits? (are|is) depleted", re.I)


def decode_error(status: int, body: Any) -> Failure:
    """The failure that an error answer means, whatever its shape."""
    if isinstance(body, list) and body:
        body = body[0]
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    message = words(body) or f"The provider answered with status {status}."
    word = error["status"] if isinstance(error.get("status"), str) else ""
    listed = error.get("details")
    details = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    reason, param, request_id = _told(details)
    kind = _REASONS.get(reason) or _KINDS.get(word) or kind_of(status)
    kind = _by_words(kind, message)
    code = reason or word
    return Failure(status=status, kind=kind, message=message, code=code, param=param, request_id=request_id)


def _told(details: list[Json]) -> tuple[str, str, str]:
    """The reason, the field that is to blame and the request's id, as far as the details say."""
    reason = param = request_id = ""
    for each in details:
        if isinstance(each.get("reason"), str):
            reason = reason or each["reason"]
        if isinstance(each.get("requestId"), str):
            request_id = each["requestId"]
        violations = each.get("fieldViolations")
        if isinstance(violations, list) and violations and isinstance(violations[0], dict):
            field = violations[0].get("field")
            param = field if isinstance(field, str) else param
    return reason, param, request_id


def _by_words(kind: Kind, message: str) -> Kind:
    """What only the message says of an error that the status leaves open."""
    if kind == "invalid_request":
        if _TOO_LONG.search(message):
            return "context_length"
        if _TOO_LARGE.search(message):
            return "too_large"
    if kind in ("invalid_request", "rate_limit", "permission") and _BILLING.search(message) and "quota" not in message:
        return "billing"
    return kind


def encode_error(failure: Failure) -> Json:
    """The error for a client."""
    details: list[Json] = []
    if failure.code and failure.code not in _KINDS:
        details.append(
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": failure.code, "domain": "conduit"}
        )
    if failure.param:
        violation = {"field": failure.param, "description": failure.message}
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]})
    if failure.request_id:
        details.append({"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": failure.request_id})
    if failure.retry_after is not None:  # what Gemini CLI waits for
        delay = f"{failure.retry_after:.3f}s"
        details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay})
    status = failure.code if _KINDS.get(failure.code) == failure.kind else _STATUSES[failure.kind]
    error: Json = {"code": failure.status, "message": failure.message, "status": status}
    return {"error": {**error, "details": details} if details else error}
