"""One attempt's call, ready to be sent: address, headers with the credential, body."""

from __future__ import annotations

from conduit_desktop.gateway.exchange import Seen, Trip
from conduit_desktop.gateway.send import headers as crossing
from conduit_desktop.gateway.send.job import too_deep
from conduit_desktop.gateway.send.speech import Speech
from conduit_desktop.gateway.send.upstream import Call
from conduit_desktop.gateway.snapshot import Target


def prepare(trip: Trip, target: Target, speech: Speech, url: str, secret: str | None, mark: bytes) -> Call:
    """The call that ``speech`` makes to ``target``, not signed yet. Raises BadRequest for what cannot be said
    there, ConfigurationError for a missing secret."""
    try:
        body = speech.body()
    except RecursionError:
        raise too_deep() from None
    if speech.query:
        url += ("&" if "?" in url else "?") + speech.query
    headers = crossing.for_upstream(speech.job.headers, target, secret, mark, same=speech.same)
    if speech.hosted:
        from conduit_desktop.wire.dialects.anthropic_hosted import hosted_headers

        headers = hosted_headers(speech.hosted, headers)
    method = speech.job.method
    if target.spec.kind == "vertex":
        from conduit_desktop.providers.vertex import located

        url = located(url, secret)
    trip.upstream_request = Seen(f"{method} {url}", headers, body)
    return Call(method, url, headers, body)


async def sign(call: Call, target: Target, secret: str) -> None:
    """Prove the secret where a header with it is not enough. Raises UpstreamError where a token cannot be had."""
    from conduit_desktop.gateway.send import signing

    call.headers = await signing.authorise(target.spec.auth, secret, call.method, call.url, call.headers, call.body)
