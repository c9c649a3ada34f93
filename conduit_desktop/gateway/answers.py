"""What the gateway says by itself, and the headers it puts on what it passes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import lru_cache

import msgspec

from conduit_desktop import __version__
from conduit_desktop.errors import BadRequest, ConduitError, NotAllowed
from conduit_desktop.gateway.accept import endpoints
from conduit_desktop.gateway.accept.reply import JSON, Reply
from conduit_desktop.gateway.auth import limiting
from conduit_desktop.gateway.exchange import Replay, Trip
from conduit_desktop.gateway.send.headers import for_client, safe
from conduit_desktop.gateway.send.job import Job
from conduit_desktop.gateway.send.loops import ANOTHER
from conduit_desktop.gateway.snapshot import Target
from conduit_desktop.money import PICO
from conduit_desktop.records import VirtualKey
from conduit_desktop.wire import translation
from conduit_desktop.wire.dialects import dialect
from conduit_desktop.wire.dialects.base import Context
from conduit_desktop.wire.events import Failed
from conduit_desktop.wire.failure import Failure, of_error
from conduit_desktop.wire.messages import Request as Asked

Headers = list[tuple[bytes, bytes]]
ANTHROPIC = "anthropic-messages"
"""Its clients look for the request's id in ``request-id``."""
PING_SECONDS = 10.0
"""How long a stream may be silent. Claude Code speaks of a stall after 15 s."""
LOOKS = 10
"""How often in that time a stream is looked at: a ping comes that much later than it might."""
PINGS = {
    **dict.fromkeys(("openai-chat", "completions", "openai-responses", "cohere"), b": ping\n\n"),
    ANTHROPIC: b'event: ping\ndata: {"type":"ping"}\n\n',
}
"""What keeps a stream alive: Anthropic's own event, else a comment. Gemini's and Ollama's clients know nothing of the
kind."""
SSE = b"text/event-stream; charset=utf-8"


class Client:
    """The way back to a client, with the head that its answer gets. ``ping`` is what may be said between events of its
    stream to show that something still happens (empty: nothing may)."""

    __slots__ = ("_cors", "_kind", "_quiet", "_reply", "_said", "_timer", "_trip", "ping")

    def __init__(self, trip: Trip, reply: Reply, cors: Headers) -> None:
        self._trip = trip
        self._reply = reply
        self._cors = cors
        self._kind = b""
        self._said = 0
        self._quiet = 0
        self._timer: asyncio.TimerHandle | None = None
        self.ping = b""

    def head(self, upstream: Headers) -> Headers:
        """The provider's headers and ours."""
        trip = self._trip
        ours = limiting.headers(trip.dialect, trip.standing, trip.started) if trip.standing is not None else []
        if ours:  # the provider's are about its own limits, and not the key's
            upstream = [pair for pair in upstream if not pair[0].startswith(limiting.FAMILIES)]
        headers = [*for_client(upstream), *conduit_headers(trip), *ours, *self._cors]
        if trip.dialect == ANTHROPIC and not any(name == b"request-id" for name, _ in headers):
            headers.append((b"request-id", self._trip.id.encode()))
        return headers

    def begin(self, status: int, headers: Headers, first: bytes) -> None:
        self._trip.status = status
        self._trip.own = self._trip.overhead(time.perf_counter())
        if self._reply.started:  # by a ping: its head has gone
            self.write(first)
            return
        self._reply.start(status, self.head(headers), first)

    @property
    def write(self) -> Callable[[bytes], None]:
        """Sends one more piece of a stream."""
        return self._reply.write

    def flow(self, pause: Callable[[], None], resume: Callable[[], None]) -> None:
        self._reply.flow(pause, resume)

    def keep_alive(self, ping: bytes, kind: bytes) -> None:
        """From now on, say ``ping`` whenever nothing was said for a while; ``kind`` is the stream's content type. A
        stream may begin with it before any provider has answered: until the first content, another may still take
        over."""
        self.ping, self._kind = ping, kind
        if ping:
            self._timer = asyncio.get_running_loop().call_later(PING_SECONDS / LOOKS, self._look)

    def rest(self) -> None:
        """No more pings."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        """Say something where nothing was said since so many looks: cheaper than to note the time with every piece."""
        reply = self._reply
        if reply.gone or reply.finished:
            return
        self._quiet = self._quiet + 1 if reply.sent == self._said else 0
        if self._quiet == LOOKS:
            self._quiet = 0
            if reply.started:
                reply.write(self.ping)
            else:
                reply.start(200, self.head([(b"content-type", self._kind)]), self.ping)
        self._said = reply.sent
        self._timer = asyncio.get_running_loop().call_later(PING_SECONDS / LOOKS, self._look)


def conduit_headers(trip: Trip) -> Headers:
    """Our own headers: which request, model and provider it was, how many attempts, our share of the time, the cost
    where it is known before the head goes."""
    headers: Headers = [(b"x-request-id", trip.id.encode())]
    target = trip.target
    if target is not None:
        headers += _served(target.alias or trip.model, target.provider.name, trip.tried or 1, target.spec.built_in)
    elif trip.model:
        headers.append((b"x-conduit-model", safe(trip.model)))
    if trip.cache:
        headers.append((b"x-conduit-cache", trip.cache.encode()))
    if trip.replay is not None:
        headers += replayed(trip.replay)
    if trip.dropped:
        headers.append((b"x-conduit-dropped", safe(trip.dropped)))
    if trip.downgraded:
        headers.append((b"x-conduit-downgraded", safe(trip.downgraded)))
    if trip.key_until is not None:
        headers.append((b"x-conduit-key-expires", limiting.rfc3339(trip.key_until)))
    headers.append((b"x-conduit-overhead-ms", b"%.3f" % (1000 * trip.overhead(time.perf_counter()))))
    if trip.cost is not None and (target is not None or trip.replay is not None):
        headers.append((b"x-conduit-cost-usd", _usd(trip.cost)))
    return headers


@lru_cache(maxsize=1024)
def _served(model: str, provider: str, attempts: int, built_in: bool) -> Headers:
    """Which model of whose it was, at which attempt."""
    headers: Headers = [(b"x-conduit-model", safe(model))] if model else []
    headers += [(b"x-conduit-provider", safe(provider)), (b"x-conduit-attempts", b"%d" % attempts)]
    return [*headers, (b"x-conduit-demo", b"built-in model, nothing is billed")] if built_in else headers


def replayed(replay: Replay) -> Headers:
    """What is to be known of an answer from the response cache: who made it, how long ago, for which request."""
    return [
        (b"x-conduit-provider", safe(replay.provider)),
        (b"x-conduit-attempts", b"0"),
        (b"x-conduit-cached-request", replay.exchange_id.encode()),
        (b"age", b"%d" % replay.age),
    ]


def _usd(picodollars: int) -> bytes:
    whole, part = divmod(picodollars, PICO)
    return b"%d.%s" % (whole, (b"%012d" % part).rstrip(b"0") or b"0")


def refusal(trip: Trip, error: ConduitError, cors: Headers) -> tuple[int, Headers, bytes]:
    """An error as the client gets it: status, headers, body in its own dialect."""
    headers: Headers = [JSON, *conduit_headers(trip), *cors]
    if trip.dialect == ANTHROPIC:
        headers.append((b"request-id", trip.id.encode()))
    if trip.standing is not None:
        headers += limiting.headers(trip.dialect, trip.standing, time.time())
    if error.retry_after is not None:
        headers += limiting.retry_after(trip.dialect, error.retry_after)
    if error.status == 405:
        headers.append((b"allow", ", ".join(trip.endpoint.methods).encode()))
    return error.status, headers, _told(trip.dialect, error, trip.id)


def stream_error(trip: Trip, error: ConduitError) -> bytes:
    """An error inside a stream that has begun, in the client's dialect."""
    encoder = dialect(trip.dialect).encoder(Context(request=Asked(), request_id=trip.id))
    return encoder.encode(Failed(of_error(error)))


def streamed(job: Job, status: int, headers: Headers, body: bytes) -> bytes:
    """A whole answer in the client's dialect as the stream that a ping has begun: an error, or what a provider says at
    once though it was asked to stream."""
    if any(name == b"content-type" and b"event-stream" in value for name, value in headers):
        return body
    spoken = dialect(job.endpoint.dialect)
    failed = translation.read_failure(spoken, status, body) if status >= 400 else None
    answer = failed or translation.read_answer(spoken, body)
    if isinstance(answer, Failure):
        return spoken.encoder(Context(request=Asked(), request_id=job.id)).encode(Failed(answer))
    return translation.streamed(spoken, answer, job.context)


def unreadable(path: str, status: int, code: str, message: str) -> bytes:
    """The body for what cannot be read as a whole; ``path`` is what is known of its address."""
    return _told(endpoints.dialect_of(path), BadRequest(message, status=status, code=code))


def _told(spoken: str, error: ConduitError, request_id: str = "") -> bytes:
    failure = of_error(error)
    failure.request_id = request_id
    return msgspec.json.encode(dialect(spoken).encode_error(failure))


def bug(request_id: str) -> ConduitError:
    """What a client is told of a failure of our own making: nothing of its inside."""
    return ConduitError(
        "Conduit failed on this request; that is a defect of its own.",
        hint=f"Its log has the details under {request_id}.",
    )


def loop(chain: tuple[str, ...]) -> ConduitError:
    """A request that comes round, by way of ``chain``."""
    if chain[0] == ANOTHER:
        message = f"This request has passed {len(chain)} gateways in a row: some of them lead to each other."
        hint = "Correct the base URLs of their providers."
    else:
        message = f"This request came from this gateway itself, and back by way of {' → '.join(chain)}."
        hint = f"Correct the base URL of the provider {chain[0].partition('/')[0]!r} in the Providers pane."
    return BadRequest(message, hint=hint, status=508, code="loop_detected")


def price_unknown(key: VirtualKey, target: Target) -> ConduitError:
    """A key with a budget must not use what nobody can put a price on."""
    return NotAllowed(
        f"The key {key.name!r} has a budget, and the price of {target.upstream_model!r} at {target.provider.name!r} is "
        "not known, so that its spending could not be counted.",
        hint="Set its price in the Models pane (conduit-desktop price set), or use a key without a budget.",
        status=403,
        code="price_unknown",
        param="model",
    )


def health(draining: bool) -> bytes:
    return msgspec.json.encode({"status": "draining" if draining else "ok", "version": __version__})
