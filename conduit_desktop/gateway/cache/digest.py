"""What makes two requests the same: a digest of all that can change the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from conduit_desktop import __version__
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.snapshot import Route
from conduit_desktop.records import VirtualKey

SILENT = frozenset(
    {
        b"accept-encoding",
        b"api-key",
        b"authorization",
        b"baggage",
        b"cache-control",
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-type",  # told apart from its boundary
        b"cookie",
        b"date",
        b"dnt",
        b"expect",
        b"forwarded",
        b"host",
        b"idempotency-key",
        b"keep-alive",
        b"origin",
        b"pragma",
        b"proxy-authorization",
        b"referer",
        b"request-id",
        b"sentry-trace",
        b"te",
        b"traceparent",
        b"tracestate",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"via",
        b"x-amzn-trace-id",
        b"x-api-key",
        b"x-client-request-id",
        b"x-cloud-trace-context",
        b"x-correlation-id",
        b"x-goog-api-key",
        b"x-idempotency-key",
        b"x-real-ip",
        b"x-request-id",
    }
)
"""Headers that tell of the connection, the credential or the single call."""
SILENT_FAMILIES = (b"priority", b"sec-", b"x-b3-", b"x-conduit-", b"x-datadog-", b"x-forwarded-", b"x-stainless-")


def mark(route: Route) -> bytes:
    """What of a model's configuration can change who answers. To be made once for each configuration."""
    parts = [route.alias, route.strategy]
    for target in route.targets:
        provider = target.provider
        parts += [target.id, provider.id, provider.kind, provider.base_url, target.upstream_model]
        parts += [str(target.weight), str(target.priority)]
    return _digest(part.encode() for part in parts)


def digest(job: Job, key: VirtualKey, marked: bytes) -> bytes:
    """The digest of a request of ``key``; ``marked`` is the mark of its model."""
    return _digest(_parts(job, key, marked))


def _digest(parts: Iterable[bytes]) -> bytes:
    """Each part with its length, so that none can run into another."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.digest()


def _parts(job: Job, key: VirtualKey, marked: bytes) -> Iterator[bytes]:
    endpoint, ask = job.endpoint, job.ask
    reach = (*sorted(key.providers), str(key.local_only), str(job.bound))
    for text in (__version__, key.id, "\n".join(reach), endpoint.name, endpoint.dialect, endpoint.operation):
        yield text.encode()
    yield marked
    for text in (ask.model, str(ask.stream), job.method, job.rest, job.query):
        yield text.encode()
    heard = sorted(pair for pair in job.headers if not (pair[0] in SILENT or pair[0].startswith(SILENT_FAMILIES)))
    yield len(heard).to_bytes(4, "big")
    for name, value in heard:
        yield name
        yield value
    if job.boundary:
        yield b"multipart/form-data"
        yield from job.body.split(job.boundary)
    else:
        yield b"\n".join(value for name, value in job.headers if name == b"content-type")
        yield job.body
