"""How much answers come to that nobody bounds: the recent mean of each deployment's, by which money is set aside."""

from __future__ import annotations

from math import ceil

from conduit_desktop.gateway.exchange import Trip

GUESS = 500
"""Output tokens to set aside for one answer, until more are known to come."""
PICTURE = 4200
"""Of one picture: about what OpenAI's come to at their finest."""
_SHARE = 0.25  # of the mean, the latest answer's
_MOST = 2000


class Outputs:
    """Belongs to the gateway's loop."""

    def __init__(self) -> None:
        self._means: dict[tuple[str, str], float] = {}

    def of(self, target_id: str, operation: str) -> int:
        """Output tokens of one answer. Never fewer than are guessed: an answer that is longer than those before it must
        not find a hundred others beside it."""
        mean = self._means.get((target_id, operation), 0.0)
        guess = PICTURE if operation.startswith("images.") else GUESS
        return ceil(mean) if mean > guess else guess

    def learn(self, trip: Trip) -> None:
        """What a request came to that did not bound itself."""
        if trip.most_output is not None or trip.usage is None or trip.target is None or trip.error_code:
            return
        name = (trip.target.id, trip.endpoint.operation)
        output = trip.usage.output / trip.choices
        before = self._means.pop(name, output)
        self._means[name] = before + (output - before) * _SHARE
        if len(self._means) > _MOST:
            del self._means[next(iter(self._means))]
