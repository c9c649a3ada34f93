"""One exchange while it happens: what each stage finds and leaves.

| stage  | takes                    | leaves on the trip                            | may fail as                        |
|--------|--------------------------|-----------------------------------------------|------------------------------------|
| accept | request                  | endpoint, ask (model, stream, …)              | BadRequest (400, 403, 404, 405)    |
| auth   | key, ledger              | key, lease (what was reserved)                | NotAllowed (401, 402, 403, 429)    |
| route  | model, health            | plan: ordered targets                         | NoRoute (404, 503)                 |
| send   | plan, secrets            | attempts, answer, outcome; the client's reply | UpstreamError (upstream's, 502, …) |
| tally  | all of it                | usage, cost, one stored exchange              | logged, never seen by the client   |
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from conduit_desktop.gateway.snapshot import Snapshot, Target
from conduit_desktop.records import Attempt, Capture, Exchange, Message, Price, VirtualKey
from conduit_desktop.wire.usage import Usage


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What an URL means: its name, its dialect, and the method it takes."""

    name: str
    dialect: str
    method: str = "POST"


@dataclass(slots=True)
class Trip:
    """The notebook of one exchange. Offsets are ``time.perf_counter()`` readings; ``started`` is Unix seconds."""

    id: str
    started: float
    began: float
    method: str
    path: str
    snapshot: Snapshot
    endpoint: Endpoint | None = None
    app: str = ""
    key: VirtualKey | None = None
    model: str = ""
    stream: bool = False
    target: Target | None = None
    attempts: list[Attempt] = field(default_factory=list)
    status: int = 0
    error_code: str = ""
    error: str = ""
    usage: Usage | None = None
    finish: str = ""
    price: Price | None = None
    cost: int | None = None
    first: float | None = None
    sent: float | None = None
    """When the first call to a provider was written."""
    answered: float | None = None
    """When the answer that counts had arrived: its whole body, or a stream's first content."""
    bytes_in: int = 0
    bytes_out: int = 0
    output_seen: int = 0
    """Bytes of a stream that went to the client, for an estimate where no usage comes."""
    most_output: int | None = None
    request: Message | None = None
    upstream_request: Message | None = None
    response: Message | None = None

    def overhead(self, now: float) -> float:
        """Seconds of our own up to ``now``, which is when the answer (or its first byte) goes out."""
        if self.sent is None or self.answered is None:
            return now - self.began
        return (self.sent - self.began) + (now - self.answered)

    def fail(self, status: int, code: str, message: str) -> None:
        self.status, self.error_code, self.error = status, code, message

    def record(self, *, total: float, overhead: float | None = None) -> Exchange:
        """The exchange as it stands."""
        key, target = self.key, self.target
        return Exchange(
            id=self.id,
            started=self.started,
            dialect=self.endpoint.dialect if self.endpoint else "",
            endpoint=self.endpoint.name if self.endpoint else "",
            method=self.method,
            path=self.path,
            key_id=key.id if key else None,
            key=key.name if key else "",
            app=self.app,
            model=self.model,
            upstream_model=target.upstream_model if target else "",
            provider_id=target.provider.id if target else None,
            provider=target.provider.name if target else "",
            kind=target.spec.kind if target else "",
            status=self.status,
            error_code=self.error_code,
            error=self.error,
            stream=self.stream,
            finish=self.finish,
            usage=self.usage,
            cost=self.cost,
            price=self.price.source if self.price else "",
            ttft=self.first - self.began if self.first is not None else None,
            total=total,
            overhead=overhead,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            attempts=tuple(self.attempts),
        )

    def capture(self) -> Capture | None:
        """The bodies, as far as they were seen."""
        if self.request is None:
            return None
        return Capture(
            exchange_id=self.id,
            request=self.request,
            upstream_request=self.upstream_request,
            response=self.response,
        )

    def elapsed(self) -> float:
        return time.perf_counter() - self.began
