"""From an HTTP request to what is asked: its notebook, the key it presents, and the job that it makes."""

from __future__ import annotations

import asyncio
import random
import re
import time
import zlib
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.accept.connection import MAX_BODY
from conduit_desktop.gateway.accept.request import Request
from conduit_desktop.gateway.auth import keys
from conduit_desktop.gateway.exchange import Endpoint, Seen, Trip
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.snapshot import Snapshot
from conduit_desktop.logs import redact
from conduit_desktop.records import VirtualKey
from conduit_desktop.wire import multipart, splice
from conduit_desktop.wire.passing import asks
from conduit_desktop.wire.passing.asks import Ask

UNSAID = "default"
"""The model's name by which a tool that must name one asks for its key's default."""
_random = random.Random()  # of no secrecy: ids need only differ
_KEY = re.compile(r"(?<![A-Za-z0-9_])key=[^&\s]*")
_STORED_BELOW = re.compile("/responses|/interactions")
_OF_GEMINI = ("/v1beta/", "/genai/", "/v1/models/", "/v1/interactions")


@lru_cache(maxsize=256)
def _app(agent: bytes) -> str:
    """The program that asks, by its ``User-Agent``."""
    return redact(agent.decode("latin-1").split(" ", 1)[0])[:80]


def begin(request: Request, snapshot: Snapshot) -> Trip:
    """A new notebook. Its id begins with the time, so that ids sort as the requests came."""
    now = time.time()
    agent = request.header(b"user-agent") or b""
    trip = Trip(
        "req_%027x" % (int(now * 1000) << 64 | _random.getrandbits(64)),
        now,
        request.arrived,
        request.method,
        request.path[:500],
        snapshot,
        app=_app(agent),
        bytes_in=len(request.body),
    )
    trip.request = Seen(
        f"{request.method} {shown_target(request)} HTTP/{request.version}", request.headers, request.body
    )
    return trip


def presented(request: Request) -> bytes | None:
    """The key that the request presents: in a header or, on Gemini's paths, as ``?key=``."""
    in_query = None
    if "key=" in request.query and request.path.startswith(_OF_GEMINI):
        in_query = next((value.encode() for name, value in parse_qsl(request.query) if name == "key"), None)
    return keys.presented(request.header, in_query)


def shown_target(request: Request) -> str:
    """The request's target as it may be shown: without a key."""
    target = request.target.decode("latin-1")
    return _KEY.sub("key=***", target) if "key=" in target else target


async def unpack(trip: Trip, request: Request) -> None:
    """Undo the body's content encoding, if it has one. Raises BadRequest for one that is not taken, or damaged."""
    encoding = (request.header(b"content-encoding") or b"identity").strip().lower()
    if encoding == b"identity" or not request.body:
        return
    if encoding not in (b"gzip", b"x-gzip", b"deflate"):
        raise BadRequest(
            f"Bodies in {encoding[:20].decode('latin-1')!r} are not taken.",
            hint="Send the body in gzip, deflate or without a content encoding.",
            status=415,
            code="unsupported_encoding",
        )
    request.body = await asyncio.to_thread(_unpacked, request.body)  # up to a quarter of a second
    trip.bytes_in = len(request.body)
    if trip.request is not None:
        trip.request.body = request.body


def _unpacked(body: bytes) -> bytes:
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = inflate.decompress(body, MAX_BODY + 1)
    except zlib.error:
        plain = b""
    if len(plain) > MAX_BODY:
        raise BadRequest(
            f"The request body is over {MAX_BODY // 1024 // 1024} MiB when unpacked.",
            status=413,
            code="request_too_large",
        )
    if not inflate.eof:
        raise BadRequest("The compressed request body is damaged.", code="invalid_encoding")
    return plain


def read(trip: Trip, request: Request, named: str | None, key: VirtualKey) -> Job:
    """The job that the request makes; ``named`` is what its path names. What the request leaves open, the key's
    defaults fill. Raises BadRequest."""
    endpoint = trip.endpoint
    body, boundary = request.body, b""
    default = _Default(key.default_model, UNSAID in trip.snapshot.routes) if key.default_model else NO_DEFAULT
    if not body:
        raise BadRequest("The request has no body.", hint="Send a JSON object.", code="missing_body")
    content_type = request.header(b"content-type") or b""
    if content_type.lower().startswith(b"multipart/form-data"):
        ask, body, boundary = _form(body, content_type, default)
    else:
        stream = endpoint.name == "streamGenerateContent" if endpoint.dialect == "gemini" else None
        ask, body = _asked(endpoint, body, named, stream, default)
    job = Job(endpoint, ask, body, request.headers, _query(request.query), boundary, trip.id, trip.started)
    if key.max_output is not None and ask.most_output is None and endpoint.operation == "chat":
        job.bound = key.max_output
    return job


class _Default(NamedTuple):
    """The model for requests that name none; ``taken``: there is one that bears the name for that."""

    model: str
    taken: bool

    def serves(self, model: str) -> bool:
        """Whether it is meant by this name, or by none."""
        return bool(self.model) and (not model or (model == UNSAID and not self.taken))


NO_DEFAULT = _Default("", True)


def _asked(
    endpoint: Endpoint, body: bytes, named: str | None, stream: bool | None, default: _Default
) -> tuple[Ask, bytes]:
    """What the body asks for, and the body: with the key's default model where it names none."""
    try:
        ask = asks.read(endpoint.dialect, endpoint.operation, body, named, stream)
    except BadRequest as error:
        unnamed = error.param == "model" and error.code == "missing_field"
        if not unnamed or not default.serves(""):
            raise
        body = splice.replace(body, "model", default.model, present=splice.has(body, "model"))
        return asks.read(endpoint.dialect, endpoint.operation, body, named, stream), body
    if default.model and default.serves(ask.model):
        ask = msgspec.structs.replace(ask, model=default.model)
        if not ask.in_path:
            body = splice.replace(body, "model", default.model, present=True)
    return ask, body


def stored(trip: Trip, request: Request) -> Job:
    """A job about an answer that a provider has stored: to see it, to list its input, to cancel or delete it."""
    return Job(
        trip.endpoint,
        Ask(trip.model),
        request.body,
        request.headers,
        query=_query(request.query),
        seed=trip.id,
        method="GET" if request.method == "HEAD" else request.method,
        rest=_STORED_BELOW.split(request.path, maxsplit=1)[-1],
    )


def _form(body: bytes, content_type: bytes, default: _Default) -> tuple[Ask, bytes, bytes]:
    """What a form asks for (files to transcribe or to edit); the form, with the key's default model where it names
    none; and its boundary."""
    boundary = multipart.boundary_of(content_type.decode("latin-1"))
    told = multipart.values(body, boundary, "model", "stream", "n")
    model = told.get("model", "")
    if default.serves(model):
        model = default.model
        if "model" not in told:
            body = multipart.add(body, boundary, "model", model)
    if not model:
        raise BadRequest("The form has no field model.", hint="Send 'model'.", param="model", code="missing_field")
    asks.check_name(model)
    wanted = told.get("n", "")
    choices = asks.several(int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else 1
    return Ask(model, told.get("stream") == "true", choices=choices), body, boundary


def _query(query: str) -> str:
    """The query as it goes on in the same dialect: without a key, wherever one is presented."""
    if "key=" not in query:
        return query
    return "&".join([pair for pair in query.split("&") if not pair.startswith("key=")])
