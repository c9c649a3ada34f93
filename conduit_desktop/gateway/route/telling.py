"""What is told of how deployments and credentials do: each change once, whatever the requests meet meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from conduit_desktop.gateway.route.condition import CLOSED, Shown
from conduit_desktop.gateway.snapshot import Key, Target
from conduit_desktop.records import HealthEvent


class Telling:
    """Knows what was told last. ``wall`` gives Unix seconds."""

    def __init__(self, tell: Callable[[HealthEvent], None], wall: Callable[[], float]) -> None:
        self._tell = tell
        self._wall = wall
        self._told: dict[str, HealthEvent] = {}

    def knows(self, subject: str) -> bool:
        """Whether it was told that something is against it."""
        return subject in self._told

    def deployment(self, target: Target, shown: Shown) -> None:
        name = f"{target.provider.name}/{target.upstream_model}"
        self._say(HealthEvent(at=0.0, kind="deployment", subject=target.id, name=name, state="closed"), shown)

    def credential(self, target: Target, key: Key, shown: Shown) -> None:
        name = f"{target.provider.name}: {key.name}" if key.name else target.provider.name
        self._say(HealthEvent(at=0.0, kind="credential", subject=key.id, name=name, state="closed"), shown)

    def closed(self, subject: str) -> None:
        """It is in use again, whatever it is."""
        if subject in self._told:
            self._say(self._told[subject], CLOSED)

    def forget(self, subject: str) -> None:
        """It is no more."""
        self._told.pop(subject, None)

    def _say(self, event: HealthEvent, shown: Shown) -> None:
        before = self._told.get(event.subject, event)
        if shown.state == before.state:
            return
        event = HealthEvent(
            at=self._wall(),
            kind=event.kind,
            subject=event.subject,
            name=event.name,
            state=shown.state,
            reason=shown.reason,
            until=shown.until,
        )
        if shown.state == "closed":
            del self._told[event.subject]
        else:
            self._told[event.subject] = event
        self._tell(event)
