"""What is told of deployments and credentials: each change once, blips not at all, and what is over is over."""

from __future__ import annotations

import pytest

from conduit_desktop.gateway.send.faults import LAB
from conduit_desktop.records import Credential, Deployment, HealthEvent, HealthState, Model, Notification, Provider
from conduit_desktop.runtime.notifying.health_told import LASTS, TWICE_WITHIN, HealthTold, Place, place
from conduit_desktop.runtime.notifying.watching import meaning
from tests.unit.runtime.notifying.making import NOON, attempt, exchange

WORK = Credential(id="c1", provider_id="id-one", name="work", secret_ref="r", last4="1234")
ONE = Provider(id="id-one", name="one", kind="openai", base_url="https://one.example/v1", credentials=(WORK,))
TWO = Provider(id="id-two", name="two", kind="openai", base_url="https://two.example/v1")


def deployment(id: str, provider: Provider, **more: bool) -> Deployment:
    return Deployment(id=id, model_id="m", provider_id=provider.id, upstream_model="real", **more)


FAST = Model(id="m", alias="fast", deployments=(deployment("d1", ONE), deployment("d2", TWO)))
SOLO = Model(id="n", alias="solo", deployments=(deployment("d3", ONE),))


class Desk:
    def __init__(self) -> None:
        self.providers, self.models = [ONE, TWO], [FAST, SOLO]
        self.down: set[str] = set()
        self.health = HealthTold(self.look, lambda provider_id: provider_id in self.down, meaning)

    def look(self, subject: str) -> Place | None:
        return place(subject, self.providers, self.models)

    def hear(self, state: HealthState, at: float = 0.0, subject: str = "d1") -> list[str]:
        """The titles that are told at once."""
        kind = "deployment" if subject.startswith("d") else "credential"
        event = HealthEvent(at=NOON + at, kind=kind, subject=subject, name="one/real", state=state, reason="TOP-SECRET")
        return [each.title for each in self.health.heard(event, NOON + at)]

    def due(self, at: float) -> list[str]:
        return [each.title for each in self.health.due(NOON + at)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_blip_is_not_told(desk: Desk) -> None:
    assert desk.hear("open") == []
    assert desk.hear("half-open", 6.0) == []
    assert desk.hear("closed", 7.0) == []
    assert desk.due(3600.0) == []


def test_what_the_fault_lab_does_is_not_told(desk: Desk) -> None:
    event = HealthEvent(at=NOON, kind="deployment", subject="d1", name="one/real", state="open", reason=f"{LAB}: 503")
    assert desk.health.heard(event, NOON) == []
    assert desk.due(3600.0) == []
    made = attempt("one", cause="overloaded", lab="overloaded")
    desk.health.of_exchange(exchange(made))
    assert desk.health._causes == {}


def test_what_lasts_is_told_once_and_is_over_once(desk: Desk) -> None:
    desk.hear("open")
    assert desk.health.due_in(NOON) == LASTS
    assert desk.due(LASTS - 1) == []
    (told,) = desk.health.due(NOON + LASTS)
    assert (told.subject, told.kind, told.severity) == ("deployment:d1", "deployment_away", "warning")
    assert (told.action, told.target) == ("test_provider", "id-one")
    assert "Others serve fast meanwhile." in told.text
    assert "SECRET" not in str(told)
    assert desk.hear("open", 60.0) == desk.hear("half-open", 70.0) == desk.due(200.0) == []
    assert desk.hear("closed", 300.0) == ["one serves fast again"]
    assert desk.hear("closed", 301.0) == []


def test_twice_within_a_while_is_no_blip(desk: Desk) -> None:
    desk.hear("open")
    desk.hear("closed", 6.0)
    assert desk.hear("open", TWICE_WITHIN - 1) == ["one/real is kept away from"]
    desk.hear("closed", TWICE_WITHIN)
    later = 3 * TWICE_WITHIN
    assert desk.hear("open", later) == []


def test_the_only_deployment_of_a_model_is_an_error_and_says_why(desk: Desk) -> None:
    desk.health.of_exchange(exchange(attempt(cause="server_error", status=503, deployment_id="d3"), status=502))
    desk.hear("open", subject="d3")
    (told,) = desk.health.due(NOON + LASTS)
    assert told.severity == "error"
    assert told.text == "one fails on its side. It is tried again by itself. Nothing else serves solo."


def test_while_its_provider_is_known_to_be_down_that_is_enough(desk: Desk) -> None:
    desk.down.add("id-one")
    desk.hear("open")
    assert desk.due(LASTS) == []
    desk.down.clear()
    assert desk.due(LASTS + 1) == []
    assert desk.due(6 * LASTS) == ["one/real is kept away from"]


def test_a_credential_is_told_of_at_once(desk: Desk) -> None:
    assert desk.hear("rejected", subject="id-one") == ["one rejects its key"]
    assert desk.hear("rejected", subject="c1") == ["one rejects its key work"]
    assert desk.hear("closed", 9.0, "c1") == ["one takes its key work again"]
    assert desk.hear("open", 9.0, "id-one") == ["one has no credit left"], "the same subject, another matter"
    assert desk.hear("closed", 10.0, "id-one") == ["one takes its key again"]


def test_what_is_removed_or_switched_off_needs_nobodys_attention(desk: Desk) -> None:
    desk.hear("open")
    desk.due(LASTS)
    desk.hear("rejected", subject="c1")
    desk.models, desk.providers = [SOLO], [Provider(id="id-one", name="one", kind="openai", base_url=ONE.base_url)]
    told = desk.health.gone()
    assert sorted(each.subject for each in told) == ["credential:c1", "deployment:d1"]
    assert {each.severity for each in told} == {"info"}
    assert desk.health.gone() == []
    desk.hear("open", 10.0)
    assert desk.due(100.0) == [], "gone before it was told"


def test_what_an_earlier_run_told_is_settled_by_a_good_request(desk: Desk) -> None:
    assert not desk.health.concerned
    for kind, subject in (("deployment_away", "deployment:d1"), ("credential_rejected", "credential:c1")):
        notice = Notification(
            id="n",
            kind=kind,
            subject=subject,
            severity="error",
            title="t",
            text="",
            created=0.0,
            updated=0.0,
        )
        desk.health.resume([notice])
    assert desk.health.concerned
    assert desk.health.of_exchange(exchange(attempt("two", deployment_id="d2"))) == []
    told = desk.health.of_exchange(exchange(attempt(credential="work")))
    assert sorted(each.subject for each in told) == ["credential:c1", "deployment:d1"]
    assert not desk.health.concerned
