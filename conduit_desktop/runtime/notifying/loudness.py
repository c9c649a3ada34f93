"""When a notification is worth interrupting somebody: what is new, what got worse or changed, and what goes on after an
hour; not each of its repetitions. Pure. For the tray and the webhook; the pane shows everything."""

from __future__ import annotations

from collections import OrderedDict

from conduit_desktop.records import Notification

QUIET = 3600.0
_MOST = 2_000


class Loudness:
    """Remembers what was said of each subject."""

    def __init__(self, quiet: float = QUIET) -> None:
        self._quiet = quiet
        self._said: OrderedDict[str, tuple[str, str, str, float]] = OrderedDict()

    def heard(self, notification: Notification, now: float) -> bool:
        """Whether to say it; if so it counts as said."""
        kind, severity, title, at = self._said.get(notification.subject, ("", "", "", 0.0))
        same = (kind, severity, title) == (notification.kind, notification.severity, notification.title)
        if same and 0 <= now - at < self._quiet:
            return False
        self._said[notification.subject] = (notification.kind, notification.severity, notification.title, now)
        self._said.move_to_end(notification.subject)
        if len(self._said) > _MOST:
            self._said.popitem(last=False)
        return True
