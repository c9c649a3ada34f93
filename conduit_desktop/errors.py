"""What can go wrong, with its consequences: the status and code a client is told, and whether to try again.

Owns the error classes that somebody catches; holds no wire format: each dialect renders its own error body.
A message says what happened and why; ``hint`` says what to do. Neither may ever hold a secret.
"""

from __future__ import annotations


class ConduitError(Exception):
    """An expected failure. ``status`` is the HTTP status for a client, ``code`` a stable machine-readable word.

    ``retry_after`` is in seconds; ``param`` names the offending request field; ``extra`` carries further
    headers of the answer (``x-ratelimit-*`` and the like), never secrets.
    """

    status = 500
    code = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.param = param
        self.retry_after = retry_after
        if status is not None:
            self.status = status
        if code is not None:
            self.code = code

    @property
    def text(self) -> str:
        """The message with its hint, as a person reads it."""
        return f"{self.message} {self.hint}".strip()


class BadRequest(ConduitError):
    """The client's request cannot be understood or served as it stands."""

    status = 400
    code = "invalid_request"


class NotAllowed(ConduitError):
    """The virtual key is missing, unknown, spent, limited or not allowed this."""

    status = 401
    code = "invalid_api_key"


class NoRoute(ConduitError):
    """No deployment can serve the model that was asked for."""

    status = 404
    code = "model_not_found"


class UpstreamError(ConduitError):
    """The provider could not be reached or broke off. ``cause`` is one of the cause classes of ``gateway.send``."""

    status = 502
    code = "upstream_error"

    def __init__(self, message: str, *, cause: str = "upstream", **more: object) -> None:
        super().__init__(message, **more)  # type: ignore[arg-type]
        self.cause = cause


class ConfigurationError(ConduitError):
    """Something the user entered or a file on disk does not make sense (a duplicate name, a newer database)."""

    status = 409
    code = "configuration_error"


class VaultError(ConduitError):
    """The vault is locked, missing or slow; the hint says what to do about it."""

    status = 503
    code = "vault_unavailable"
