"""At most one write a minute for each subject, over a real store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conduit_desktop.records import Notification, Severity, Telling
from conduit_desktop.runtime.notifying.teller import EVERY, Teller
from conduit_desktop.store import Store
from tests.unit.runtime.notifying.conftest import Hands


def telling(severity: Severity = "warning", title: str = "t", **more: object) -> Telling:
    return replace(
        Telling(subject="s", kind="refused", severity=severity, title=title, text="x"),
        **more,  # type: ignore[arg-type]
    )


class Told:
    def __init__(self, store: Store, hands: Hands) -> None:
        self.published: list[Notification] = []
        self.teller = Teller(store, self.published.append, hands)


@pytest.fixture
def told(store: Store, hands: Hands) -> Told:
    return Told(store, hands)


def test_the_first_is_written_at_once_and_the_rest_counted(told: Told, hands: Hands, store: Store) -> None:
    for at in range(1000):
        hands.now += 0.05
        told.teller.tell(telling(title=f"t{at}"))
    assert [each.title for each in told.published] == ["t0"]
    told.teller.flush()
    assert len(told.published) == 1
    hands.now += EVERY
    assert told.teller.due_in() <= 0
    told.teller.flush()
    assert [(each.title, each.count) for each in told.published] == [("t0", 1), ("t999", 1000)]
    assert len(store.notifications.list()) == 1


def test_what_got_worse_does_not_wait(told: Told) -> None:
    for severity in ("info", "warning", "warning", "error", "error"):
        told.teller.tell(telling(severity))
    assert [each.severity for each in told.published] == ["info", "warning", "error"]
    assert told.published[-1].count == 4


def test_what_got_better_waits_its_minute(told: Told, hands: Hands) -> None:
    told.teller.tell(telling("error"))
    told.teller.tell(telling("info", "over", times=0))
    assert len(told.published) == 1
    hands.now += EVERY
    told.teller.flush()
    assert (told.published[-1].title, told.published[-1].count) == ("over", 1)


def test_a_user_who_acted_sees_it_at_once(told: Told) -> None:
    told.teller.tell(telling("error"))
    told.teller.tell(telling("error", "more"))
    told.teller.tell(telling("info", "done", times=0, read=True), at_once=True)
    assert [each.title for each in told.published] == ["t", "done"]
    told.teller.flush(everything=True)
    assert [each.title for each in told.published] == ["t", "done"]  # what waited was overtaken


def test_subjects_do_not_wait_for_each_other(told: Told) -> None:
    for at in range(5):
        told.teller.tell(telling(subject=f"s{at}"))
    assert len(told.published) == 5


def test_nothing_is_lost_at_the_end(told: Told) -> None:
    told.teller.tell(telling())
    told.teller.tell(telling(title="last"))
    told.teller.flush(everything=True)
    assert [each.title for each in told.published] == ["t", "last"]


def test_what_is_over_is_forgotten(told: Told, hands: Hands) -> None:
    for at in range(100):
        told.teller.tell(telling(subject=f"s{at}"))
    hands.now += EVERY
    told.teller.flush()
    assert told.teller._subjects == {}


def test_a_clock_set_back_stops_nothing(told: Told, hands: Hands) -> None:
    told.teller.tell(telling())
    hands.now -= 7200
    told.teller.tell(telling(title="again"))
    assert [each.title for each in told.published] == ["t", "again"]


def test_secrets_and_control_characters_stay_out(told: Told) -> None:
    secret = "sk-conduit-0123456789abcdefghijklmnop"
    told.teller.tell(telling(title=f"a\x1b[31m{secret}\n", text=f"{secret} " * 3 + "x" * 5000))
    (one,) = told.published
    assert secret not in one.title + one.text
    assert one.title.isprintable()
    assert len(one.text) == 1200


def test_a_store_that_cannot_write_is_told_of_all_the_same(
    told: Told, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store.close()
    told.teller.tell(telling("error"))
    assert [(each.id, each.title) for each in told.published] == [("", "t")]
    assert 0 < told.teller.due_in() <= EVERY  # and tried again
    assert "could not be stored" in caplog.text
