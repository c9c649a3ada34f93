"""What the gateway answers without asking a provider: its health, the models that a key may use, and counts of tokens
that nobody else makes, in the shape of each dialect."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from conduit_desktop import __version__
from conduit_desktop.errors import BadRequest, NoRoute
from conduit_desktop.gateway import answers, asking
from conduit_desktop.gateway.accept import guard
from conduit_desktop.gateway.accept.reply import JSON, Reply
from conduit_desktop.gateway.accept.request import Request
from conduit_desktop.gateway.auth import keys
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.route.finding import find
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.wire.operations import models
from conduit_desktop.wire.operations.counting import write_count
from conduit_desktop.wire.operations.estimate import estimate_tokens
from conduit_desktop.wire.passing import asks

OPERATIONS = frozenset({"health", "models", "model", "ollama.version", "ollama.ps"})
_OLLAMA_VERSION = "0.12.0"
"""The version of Ollama whose API is served: tools refuse servers that they think too old."""


def tell(trip: Trip, request: Request, reply: Reply, named: str | None) -> None:
    """Answer a request of ``OPERATIONS``. Raises NotAllowed, NoRoute, BadRequest."""
    headers = [JSON, (b"x-request-id", trip.id.encode()), *guard.cors(request)]
    reply.whole(200, headers, _answer(trip, request, named))


def _answer(trip: Trip, request: Request, named: str | None) -> bytes:
    """The body."""
    endpoint = trip.endpoint
    match endpoint.operation:
        case "health":
            return answers.health(False)
        case "ollama.version":
            return msgspec.json.encode({"version": _OLLAMA_VERSION, "conduit": __version__})
        case "ollama.ps":
            return b'{"models":[]}'
    key = trip.key = keys.identify(asking.presented(request), trip.snapshot.keys, trip.started)
    keys.check_usable(key, trip.started)
    if endpoint.operation == "models":
        served = trip.snapshot.routes
        routes = [route for route in served.values() if keys.reaches(key, route, served)]
        cards = [models.Card(id=route.alias, created=int(route.created), owner="conduit") for route in routes]
        return msgspec.json.encode(models.encode_list(endpoint.dialect, cards))
    trip.model = _named(request, named)
    keys.check_model(key, trip.model)
    route = find(trip.model, trip.snapshot)
    if not keys.reaches(key, route, trip.snapshot.routes):
        keys.within(key, route.targets)  # says why not
    card = models.Card(id=route.alias, created=int(route.created), owner="conduit")
    return msgspec.json.encode(models.encode_card(endpoint.dialect, card))


def nobody_counts(job: Job, error: NoRoute) -> bool:
    """Whether tokens are to be counted, and nobody is there to do it, at all or now."""
    return job.operation == "count_tokens" and error.code in ("no_deployment", "deployments_away")


async def count(job: Job) -> bytes:
    """The body that tells how many tokens a request has, roughly. Raises BadRequest."""
    tokens = await asyncio.to_thread(estimate_tokens, job.request)
    return msgspec.json.encode(write_count(job.endpoint.dialect, tokens))


def _named(request: Request, named: str | None) -> str:
    """The model that is asked about: in the path or, for Ollama's ``/api/show``, in the body."""
    if named is not None:
        return named.removeprefix("models/")
    try:
        body: Any = msgspec.json.decode(request.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        body = None
    model = (body.get("model") or body.get("name")) if isinstance(body, dict) else None
    if not isinstance(model, str):
        raise BadRequest("The request names no model.", hint="Send 'model'.", param="model", code="missing_field")
    asks.check_name(model)
    return model
