"""What a call came to, on its way from the attempts to whoever finishes the answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from conduit_desktop.errors import BadRequest, ConduitError
from conduit_desktop.gateway.exchange import Trip
from conduit_desktop.gateway.send import headers as crossing
from conduit_desktop.gateway.send.relay import Relay
from conduit_desktop.gateway.send.speech import Told
from conduit_desktop.gateway.send.upstream import Headers
from conduit_desktop.gateway.send.verdict import Judgement, Verdict
from conduit_desktop.gateway.snapshot import Key, Target
from conduit_desktop.wire.passing.openai import Outcome

FINE = Judgement("fine", "")


@dataclass(slots=True)
class Sent:
    """What a call came to: a whole answer (``body``), a stream (``relay``), or a ``failure`` without an answer."""

    target: Target
    key: Key
    means: Judgement = FINE
    status: int = 0
    headers: Headers | None = None
    body: bytes = b""
    relay: Relay | None = None
    failure: ConduitError | None = None
    outcome: Outcome | None = None
    retry_after: float | None = None
    at: int = -1
    """Which of the trip's attempts it was."""
    work: Any = None
    """What whoever counts the calls in work gave for it (``Doctor.enter``), until it is given back."""

    @property
    def verdict(self) -> Verdict:
        return self.means.verdict

    @property
    def answered(self) -> bool:
        """Whether there is something of the provider's own to tell, be it an error."""
        return self.headers is not None and self.failure is None

    @property
    def uncounted(self) -> bool:
        """Whether a question for tokens found nobody who counts: the client itself may be wrong, or not let in."""
        if self.headers is None or self.failure is not None:
            return not isinstance(self.failure, BadRequest) or self.failure.code == "unsupported_field"
        return self.status in (404, 405) or self.status >= 500

    def note(self, trip: Trip) -> None:
        """Note what came of an answer that is whole. Raises what is wrong with it."""
        trip.status = self.status
        outcome = self.outcome
        if outcome is not None:
            trip.usage, trip.finish = outcome.usage, outcome.finish
        if self.failure is not None:
            raise self.failure
        if self.status >= 400 or (outcome is not None and outcome.error):
            trip.error_code, trip.error = "upstream_error", trip.attempts[self.at].error
        trip.bytes_out = len(self.body)
        trip.own = trip.overhead(time.perf_counter())

    def unquote(self, secret: str | None) -> None:
        """Take the credential out of an error that quotes it."""
        self.headers, self.body = crossing.unquoted(self.headers or [], self.body, secret)

    def tell(self, told: Told) -> None:
        """Take the body, and its content type where it is not the provider's, as the client gets them."""
        self.body = told.body
        if told.content_type:
            self.headers = crossing.retold(self.headers or (), told.content_type)
