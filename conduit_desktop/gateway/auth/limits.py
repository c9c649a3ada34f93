"""Rate limits of a key: whoever has no room is refused, with the limit named and when to come back."""

from __future__ import annotations

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.exchange import Place
from conduit_desktop.gateway.rooms import Rooms
from conduit_desktop.records import VirtualKey


class Limits(Rooms):
    """The rooms of every key."""

    def admit(self, key: VirtualKey, expected: int, now: float) -> Place:
        """Take a request's place, and of the tokens as many as it is ``expected`` to use. Raises NotAllowed (429)."""
        full = self.full(key, expected, now)
        if full is not None:
            raise NotAllowed(
                f"The key {key.name!r} is limited to {full.limit}; {full.left}.",
                hint=f"Try again in {full.wait:.1f} s, or raise the limit in the Keys pane (conduit-desktop key set).",
                status=429,
                code="rate_limit_exceeded",
                retry_after=full.wait,
            )
        return self.take(key, expected, now)
