"""What a provider's status, or an answer without sense, means for what to do next."""

from __future__ import annotations

from typing import Literal

from conduit_desktop.errors import UpstreamError

Verdict = Literal["fine", "client", "elsewhere", "again"]

_CAUSES = {
    401: "unauthorised",
    402: "quota",
    403: "forbidden",
    404: "not_found",
    408: "timeout",
    429: "rate_limited",
    504: "timeout",
}


def verdict(status: int) -> Verdict:
    """``fine``; ``client``: its own doing, to be passed on; ``elsewhere``: this account cannot, another may;
    ``again``: the provider's trouble, worth another try."""
    if status < 400:
        return "fine"
    if status in (401, 402, 403):
        return "elsewhere"
    if status == 508:  # a loop: the same again each time
        return "client"
    if status in (408, 425, 429) or status >= 500:
        return "again"
    return "client"


def cause(status: int) -> str:
    """The cause class of a failing status, as attempts show it."""
    return _CAUSES.get(status, "server_error" if status >= 500 else "client_error" if status >= 400 else "")


def not_json() -> UpstreamError:
    """A good status with a body that no client could use: empty, or somebody else's page."""
    return UpstreamError(
        "The provider answers 200 with something that is not JSON.",
        cause="not_json",
        hint="Check its base URL, and whether a login page of the network stands in between.",
    )
