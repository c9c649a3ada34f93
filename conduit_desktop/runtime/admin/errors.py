"""The one shape of every error of the admin API: ``{"error": {"type", "message", "hint", "code", "param"}}``."""

from __future__ import annotations

from typing import Any

from conduit_desktop.errors import ConduitError
from conduit_desktop.logs import redact

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    415: "invalid_request_error",
    422: "invalid_request_error",
    424: "upstream_error",
    429: "rate_limit_error",
    503: "unavailable_error",
}
_STATUS = {
    "bad_name": 422,
    "bad_value": 422,
    "bad_secret": 422,
    "bad_webhook": 422,
    "bad_catalogue": 424,
    "fetch_failed": 424,
    "bad_action": 422,
    "secret_too_long": 422,
    "wrong_passphrase": 422,
    "passphrase_empty": 422,
    "no_passphrase": 409,
    "vault_locked": 409,
    "bad_setting": 422,
    "bad_base_url": 422,
    "unknown_kind": 422,
    "cleartext": 422,
    "secret_missing": 422,
    "secret_unwanted": 422,
    "secret_invalid": 422,
    "secret_needed": 422,
    "own_address": 422,
    "unknown_setting": 404,
    "unknown_provider": 422,
}
"""Of errors that the window and the command line know, those that over HTTP say what is wrong with the request."""


def status_of(error: ConduitError) -> int:
    return _STATUS.get(error.code, error.status)


def shape(error: ConduitError) -> dict[str, Any]:
    return told(status_of(error), error.message, error.code, error.hint, error.param)


def told(status: int, message: str, code: str, hint: str = "", param: str | None = None) -> dict[str, Any]:
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    return {
        "error": {
            "type": kind,
            "message": redact(message),
            "hint": redact(hint) or None,
            "code": code,
            "param": param,
        }
    }
