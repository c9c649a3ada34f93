"""The columns of the Notifications pane."""

from __future__ import annotations

from conduit_desktop.records import Notification
from conduit_desktop.ui.panes import notifications_words as words
from conduit_desktop.ui.shown import ago, moment
from conduit_desktop.ui.widgets.rows import BadgeLook, Column
from conduit_desktop.ui.widgets.status import SEVERITY_ICONS, tone_of


def _severity(notification: Notification) -> BadgeLook:
    severity = notification.severity
    return words.SEVERITIES[severity], tone_of(severity), SEVERITY_ICONS[severity]


def _state(notification: Notification) -> BadgeLook | None:
    return None if notification.read else ("Unread", "accent", "")


COLUMNS: tuple[Column[Notification], ...] = (
    Column("Severity", lambda n: words.SEVERITIES[n.severity], 110, badge=_severity),
    Column(
        "Notification",
        words.title,
        420,
        stretch=True,
        tone=lambda n: "text-muted" if n.read else "text",
        sub=lambda n: n.text,
        tooltip=lambda n: n.text,
    ),
    Column(
        "About",
        lambda n: words.family(n)[1],
        116,
        icon=lambda n: (words.family(n)[2], "text-faint"),
        tone=lambda n: "text-muted",
    ),
    Column("State", lambda n: "Read" if n.read else "Unread", 84, badge=_state, tone=lambda n: "text-faint"),
    Column(
        "When",
        lambda n: ago(n.updated),
        104,
        align="right",
        tone=lambda n: "text-muted",
        tooltip=lambda n: moment(n.updated),
    ),
)
FIRST_TO_GO = ("About", "State", "When")
TITLE_AT_LEAST = 330
