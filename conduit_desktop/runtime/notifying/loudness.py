"""When a notification is worth interrupting somebody: what is new, what got worse or changed, that something loud is
over, and what goes on after an hour; not each of its repetitions. Pure. For toasts, the tray and the webhook; the pane
shows everything."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container
from typing import NamedTuple

from conduit_desktop.records import Notification, Severity

QUIET = 3600.0
_MOST = 2_000

LEVELS: dict[str, frozenset[Severity]] = {
    "off": frozenset(),
    "errors": frozenset({"error"}),
    "important": frozenset({"warning", "error"}),
    "all": frozenset({"info", "warning", "error"}),
}
"""What each choice of the settings lets through."""


class _Said(NamedTuple):
    kind: str
    severity: Severity
    title: str
    at: float


class Loudness:
    """Remembers what was said of each subject."""

    def __init__(self, quiet: float = QUIET) -> None:
        self._quiet = quiet
        self._said: OrderedDict[str, _Said] = OrderedDict()

    def heard(self, notification: Notification, wanted: Container[Severity], now: float) -> bool:
        """Whether to say it to somebody who wants these severities; if so it counts as said. One that was read already
        (its matter was settled by hand) is not said."""
        before = self._said.get(notification.subject)
        mine = _Said(notification.kind, notification.severity, notification.title, now)
        if notification.read:
            self._said.pop(notification.subject, None)
            return False
        if notification.severity not in wanted and (before is None or before.severity not in wanted):
            return False
        if before is not None and before[:3] == mine[:3] and 0 <= now - before.at < self._quiet:
            return False
        self._said[notification.subject] = mine
        self._said.move_to_end(notification.subject)
        if len(self._said) > _MOST:
            self._said.popitem(last=False)
        return True
