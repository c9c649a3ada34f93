"""Which notifications a filter leaves, and what their buttons are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conduit_desktop.records import Notification
from conduit_desktop.runtime.notifying.acting import ACTIONS
from conduit_desktop.ui.panes import notifications_words as words
from conduit_desktop.ui.panes.notifications_words import NoticeFilter

ONE = Notification(
    id="1",
    kind="budget",
    subject="budget:k1",
    severity="warning",
    title="editor has used 80 %",
    text="of $5.00",
    created=0.0,
    updated=0.0,
    action="raise_budget",
    target="k1",
)
ALL = [
    ONE,
    replace(ONE, id="2", kind="expiry", severity="info", title="ci expires", read=True, action="extend_key"),
    replace(ONE, id="3", kind="provider_down", severity="error", title="OpenAI does not answer", action=""),
    replace(ONE, id="4", kind="port_taken", severity="warning", title="another port", read=True, action=""),
]


def left(*chips: str, text: str = "", kept: str = "") -> str:
    return "".join(each.id for each in words.matching(ALL, NoticeFilter(text, chips), kept))


@pytest.mark.parametrize(
    ("chips", "text", "ids"),
    [
        ((), "", "1234"),
        (("unread",), "", "13"),
        (("error",), "", "3"),
        (("error", "warning"), "", "134"),
        (("warning", "budgets"), "", "1"),
        (("keys", "providers"), "", "23"),
        (("app",), "", "4"),
        ((), "EDITOR used", "1"),
        ((), "$5.00 answer", "3"),
        (("unread",), "ci", ""),
    ],
)
def test_filters(chips: tuple[str, ...], text: str, ids: str) -> None:
    assert left(*chips, text=text) == ids


def test_what_is_being_read_stays_among_the_unread() -> None:
    assert left("unread", kept="2") == "123"


def test_chips_count_what_they_would_leave() -> None:
    counts = {look.key: look.number for look in words.chips(ALL)}
    assert counts == {
        "unread": 2,
        "error": 1,
        "warning": 2,
        "info": 1,
        "budgets": 1,
        "keys": 1,
        "providers": 1,
        "prices": 0,
        "summaries": 0,
        "app": 1,
    }


@pytest.mark.parametrize(
    ("changes", "offered"),
    [
        ({}, ("raise_budget", "show_key")),
        ({"kind": "budget_asked"}, ("raise_budget", "refuse")),
        ({"action": ""}, ()),
        ({"kind": "refused", "action": "show_request", "subject": "refused:401:app:curl"}, ("show_request",)),
        ({"kind": "refused", "action": "enable_key", "subject": "refused:401:key:k1"}, ("enable_key", "show_key")),
        ({"kind": "refused", "action": "show_key", "subject": "refused:403:key:k1"}, ("show_key",)),
        ({"kind": "credential_rejected", "action": "test_provider"}, ("test_provider", "show_provider")),
        ({"action": "from_another_version"}, ("show_key",)),
    ],
)
def test_buttons(changes: dict[str, str], offered: tuple[str, ...]) -> None:
    assert words.actions(replace(ONE, **changes)) == offered  # type: ignore[arg-type]


def test_every_action_has_a_button() -> None:
    assert set(ACTIONS) <= set(words.BUTTONS)


def test_how_often_it_was_told_is_in_the_title() -> None:
    assert words.title(ONE) == "editor has used 80 %"
    assert words.title(replace(ONE, count=3)) == "editor has used 80 % (×3)"


def test_the_days_of_a_summary() -> None:
    found = words.days("2026-03-02/2026-03-08")
    assert found is not None
    assert 6.9 * 86400 < found[1] - found[0] < 7.1 * 86400
    assert words.days("nonsense") is None
    assert words.days("2026-03-02/") is None
