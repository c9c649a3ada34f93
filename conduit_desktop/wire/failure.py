"""A failure in the canonical form: what every dialect's error decodes to and encodes from."""

from __future__ import annotations

from typing import Literal

import msgspec

from conduit_desktop.errors import ConduitError

Kind = Literal[
    "invalid_request",
    "authentication",
    "billing",
    "permission",
    "not_found",
    "too_large",
    "context_length",
    "content_filter",
    "rate_limit",
    "overloaded",
    "timeout",
    "server",
]

_KINDS: dict[int, Kind] = {
    401: "authentication",
    402: "billing",
    403: "permission",
    404: "not_found",
    408: "timeout",
    413: "too_large",
    429: "rate_limit",
    503: "overloaded",
    504: "timeout",
    529: "overloaded",
}


class Failure(msgspec.Struct, kw_only=True):
    """``status`` is the HTTP status, ``kind`` what it means in general, ``message`` the words for people, ``code``
    the provider's own machine-readable word (or number), ``param`` the field that is to blame, ``request_id`` the
    provider's id (ours where it is told to a client), ``retry_after`` when to come back (seconds)."""

    status: int
    message: str
    kind: Kind
    code: str = ""
    param: str = ""
    request_id: str = ""
    retry_after: float | None = None


def kind_of(status: int) -> Kind:
    """What an HTTP status means where nothing more is known."""
    return _KINDS.get(status, "server" if status >= 500 else "invalid_request")


def broken_off(word: str) -> Failure:
    """Of an answer whose finish reason, ``word``, says that the provider failed in the middle of it."""
    said = f" ({word!r})" if word and word.lower() != "error" else ""
    return Failure(
        status=502,
        kind="server",
        code="broken_off",
        message=f"The provider ended its answer with an error of its own{said}.",
    )


def of_error(error: ConduitError) -> Failure:
    """An error of our own, as a failure to be told to the client."""
    return Failure(
        status=error.status,
        message=error.text,
        kind=kind_of(error.status),
        code=error.code,
        param=error.param or "",
        retry_after=error.retry_after,
    )
