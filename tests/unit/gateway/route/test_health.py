"""When to keep away from a deployment or a credential, when to come back, and what is told of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.route import health
from conduit_desktop.gateway.route.circuit import (
    FIRST_COOLDOWN,
    FIRST_REST,
    LONGEST_ASKED,
    LONGEST_COOLDOWN,
    SPENT_REST,
)
from conduit_desktop.gateway.route.condition import Shown, Work
from conduit_desktop.gateway.route.health import WORTH_TELLING, Health
from conduit_desktop.gateway.snapshot import Key, Snapshot, Target, compile_snapshot
from conduit_desktop.records import Credential, Deployment, HealthEvent, Model, Provider
from conduit_desktop.settings import Settings
from conduit_desktop.store import Configuration

FURTHER = Credential(id="p/2", provider_id="p", name="second", secret_ref="r2", last4="")
PROVIDER = Provider(id="p", name="p", kind="openai", base_url="https://api.openai.com/v1", secret_ref="r1")
TWO_KEYS = dataclasses.replace(PROVIDER, credentials=(FURTHER,))
TROUBLE = Fault("trouble", "server_error", "it is down")
REJECTED = Fault("rejected", "unauthorised", "no such key")


def snapshot(provider: Provider = PROVIDER, upstream: str = "m") -> Snapshot:
    deployments = tuple(
        Deployment(id=name, model_id="a", provider_id=provider.id, upstream_model=upstream) for name in ("d1", "d2")
    )
    model = Model(id="a", alias="a", deployments=deployments)
    configuration = Configuration(providers=(provider,), models=(model,), keys=(), settings=Settings(), prices={})
    return compile_snapshot(configuration, b"1")


def of(there: Snapshot) -> tuple[Target, Target]:
    first, second = there.routes["a"].targets
    return first, second


TARGET, OTHER = of(snapshot())
KEY = TARGET.keys[0]


class Clock:
    """A monotonic clock that is set by hand, and a wall clock 1,000,000 s ahead of it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now + 1_000_000.0


class Ward:
    """Health with a clock of its own, and what it told."""

    def __init__(self, there: Snapshot | None = None) -> None:
        self.clock = Clock()
        self.told: list[HealthEvent] = []
        self.health = Health(self.told.append, self.clock, self.clock.wall)
        self.health.follow(there or snapshot())

    def fail(self, fault: Fault = TROUBLE, times: int = 1, target: Target = TARGET, key: Key = KEY) -> None:
        for _ in range(times):
            self.health.failed(target, key, fault, self.clock.now)

    def well(self, target: Target = TARGET, key: Key = KEY) -> None:
        self.health.succeeded(target, key, None)

    def lets(self, after: float = 0.0, target: Target = TARGET) -> bool:
        return self.health.available(target, self.clock.now + after)

    def state(self, target: Target = TARGET) -> Shown:
        return self.health.state(target, self.clock.now)

    def call(self, target: Target) -> str:
        """The credential that is used for one more call."""
        key = self.health.key(target, self.clock.now)
        assert key is not None
        work = self.health.enter(target, key)
        assert work is not None
        self.health.leave(work)
        return key.id

    @property
    def words(self) -> list[str]:
        return [f"{event.subject} {event.state}" for event in self.told]


@pytest.fixture
def ward() -> Ward:
    return Ward()


# ---------------------------------------------------------------- a deployment's circuit


def test_three_failures_in_a_row_keep_away_ever_longer(ward: Ward) -> None:
    ward.fail(times=2)
    assert ward.lets()
    pause = FIRST_COOLDOWN
    ward.fail()
    for _ in range(6):
        assert not ward.lets(pause - 0.1)
        assert ward.lets(pause)
        ward.clock.now += pause
        ward.fail()
        pause = min(2 * pause, LONGEST_COOLDOWN)
    assert pause == LONGEST_COOLDOWN
    assert ward.health.of("d1").failures == 9


def test_what_was_on_its_way_when_it_opened_does_not_prolong_it(ward: Ward) -> None:
    ward.fail(times=3000)
    assert ward.lets(FIRST_COOLDOWN)


def test_success_forgets(ward: Ward) -> None:
    ward.fail(times=2)
    ward.well()
    assert (ward.health.of("d1").failures, ward.health.of("d1").reason) == (0, "")
    ward.fail(times=2)
    assert ward.lets()


def test_what_began_before_it_opened_and_goes_well_has_it_tried_not_flooded(ward: Ward) -> None:
    ward.fail(times=3)
    ward.well()
    assert ward.state().state == "half-open"


def test_others_are_not_concerned(ward: Ward) -> None:
    ward.fail(times=3)
    assert ward.lets(target=OTHER)


def test_how_it_is_shown(ward: Ward) -> None:
    assert ward.state() == ("closed", "", None)
    ward.fail(times=3)
    assert ward.state() == ("open", "it is down", ward.clock.wall() + FIRST_COOLDOWN)
    ward.clock.now += FIRST_COOLDOWN
    assert ward.state() == ("half-open", "it is down", None)
    ward.well()
    assert ward.state() == ("closed", "", None)


def test_means_move(ward: Ward) -> None:
    ward.health.succeeded(TARGET, KEY, 1.0, 10.0)
    ward.health.succeeded(TARGET, KEY, 2.0, 20.0)
    ward.health.succeeded(TARGET, KEY, None)
    assert ward.health.of("d1").ttft == pytest.approx(1.2)
    assert ward.health.of("d1").speed == pytest.approx(12.0)


# ---------------------------------------------------------------- credentials


@pytest.mark.parametrize(("asked", "away"), [(None, FIRST_REST), (2.5, 2.5), (0.0, 0.0), (10_000.0, LONGEST_ASKED)])
def test_a_rate_limit_rests_as_long_as_asked(ward: Ward, asked: float | None, away: float) -> None:
    ward.fail(Fault("limit", "rate_limited", retry_after=asked))
    assert ward.lets() == (away == 0.0)
    assert ward.lets(away)
    assert not away or not ward.lets(away - 0.01)


def test_the_other_credential_goes_on() -> None:
    there = snapshot(TWO_KEYS)
    target, other = of(there)
    ward = Ward(there)
    first, second = target.keys
    ward.fail(Fault("limit", "rate_limited", retry_after=60.0), target=target, key=first)
    assert {ward.call(target) for _ in range(4)} == {"p/2"}
    assert ward.health.key(target, ward.clock.now, {second.id}) is None
    assert ward.state(target).state == "closed"
    assert {ward.call(other) for _ in range(4)} == {"p", "p/2"}
    assert ward.told == []
    ward.fail(Fault("limit", "rate_limited", retry_after=90.0), target=target, key=second)
    assert ward.health.key(target, ward.clock.now) is None
    assert ward.state(target) == ("open", "rate_limited", ward.clock.wall() + 60.0)
    assert ward.words == ["d1 open"]
    ward.clock.now += 60
    assert ward.health.key(target, ward.clock.now) == first


def test_credentials_take_turns_at_each_deployment() -> None:
    there = snapshot(TWO_KEYS)
    ward = Ward(there)
    turns = [ward.call(target) for _ in range(3) for target in of(there)]
    assert turns == ["p", "p", "p/2", "p/2", "p", "p"]
    tried = {"p"}
    assert [ward.health.key(TARGET, 0.0, tried) for _ in range(2)] == [None, None]


def test_a_rejected_credential_is_put_aside_for_all_of_the_provider() -> None:
    there = snapshot(TWO_KEYS)
    target, other = of(there)
    ward = Ward(there)
    first, second = target.keys
    ward.fail(REJECTED, times=5, target=target, key=first)
    assert {ward.health.key(each, 1e9) for each in (target, other) for _ in range(3)} == {second}
    assert ward.health.credential("p", ward.clock.now) == ("rejected", "no such key", None)
    assert ward.health.of("d1").failures == 0
    ward.fail(REJECTED, target=other, key=second)
    assert ward.state(target).state == ward.state(other).state == "rejected"
    assert ward.words == ["p rejected", "p/2 rejected"]
    assert [event.name for event in ward.told] == ["p", "p: second"]


def test_a_spent_account_rests(ward: Ward) -> None:
    ward.fail(Fault("spent", "quota", "out of credits"))
    assert not ward.lets(SPENT_REST - 1)
    assert not ward.lets(SPENT_REST - 1, OTHER)
    assert ward.lets(SPENT_REST)
    ward.clock.now += SPENT_REST
    ward.well()
    assert ward.health.credential("p", ward.clock.now).state == "closed"


def change(**more: object) -> Snapshot:
    return snapshot(dataclasses.replace(PROVIDER, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "act",
    [
        lambda ward: ward.health.forgive("p"),
        lambda ward: ward.health.follow(change(secret_ref="r9")),
        lambda ward: ward.health.follow(change(base_url="https://example.org/v1")),
        lambda ward: (ward.health.follow(change(enabled=False)), ward.health.follow(snapshot())),
    ],
)
def test_what_brings_a_rejected_credential_back(ward: Ward, act: Callable[[Ward], object]) -> None:
    ward.fail(REJECTED)
    ward.health.follow(snapshot())
    assert not ward.lets(1e6)
    act(ward)
    assert ward.lets()


def test_a_request_with_the_text_before_says_nothing_of_the_one_now(ward: Ward) -> None:
    ward.health.follow(change(secret_ref="r9"))
    ward.fail(REJECTED)
    assert ward.lets(target=of(change(secret_ref="r9"))[0])


@pytest.mark.parametrize(
    "act",
    [
        lambda ward: ward.health.forgive("d1"),
        lambda ward: ward.health.follow(change(base_url="https://example.org/v1")),
        lambda ward: ward.health.follow(snapshot(upstream="another")),
        lambda ward: (ward.health.follow(change(enabled=False)), ward.health.follow(snapshot())),
    ],
)
def test_what_brings_a_deployment_back(ward: Ward, act: Callable[[Ward], object]) -> None:
    ward.fail(times=3)
    ward.health.follow(snapshot())
    assert not ward.lets()
    act(ward)
    assert ward.lets()


def test_conditions_of_what_is_gone_are_dropped(ward: Ward) -> None:
    ward.fail(times=3)
    direct = dataclasses.replace(TARGET, id="p/some/model")
    ward.fail(times=3, target=direct)
    work = ward.health.enter(OTHER, KEY)
    assert work is not None
    ward.health.follow(Snapshot())
    assert set(ward.health._conditions) == {"d2"}
    ward.health.leave(work)
    ward.health.follow(Snapshot())
    assert not ward.health._conditions


def test_failed_models_asked_for_directly_do_not_pile_up(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MOST", 50)
    ward.fail()
    for n in range(200):
        ward.fail(times=3, target=dataclasses.replace(TARGET, id=f"p/{n}", deployment_id=None))
    assert len(ward.health._conditions) <= 50
    ward.fail(times=2)
    assert ward.state().state == "open"  # what is configured is kept


def test_a_credential_that_is_gone_is_not_put_aside(ward: Ward) -> None:
    ward.health.follow(snapshot(TWO_KEYS))
    target = of(snapshot(TWO_KEYS))[0]
    ward.health.follow(snapshot())
    ward.fail(REJECTED, target=target, key=target.keys[1])
    assert (ward.health._aside, ward.words) == ({}, [])


def test_models_asked_for_directly_do_not_pile_up(ward: Ward) -> None:
    for n in range(12_000):
        ward.well(dataclasses.replace(TARGET, id=f"p/{n}"))
    assert len(ward.health._conditions) <= 5000


# ---------------------------------------------------------------- one tries it


def half_open(ward: Ward) -> None:
    ward.fail(times=3)
    ward.clock.now += FIRST_COOLDOWN


def enter(ward: Ward) -> Work | None:
    return ward.health.enter(TARGET, KEY)


def test_one_tries_it_until_it_has_gone_well(ward: Ward) -> None:
    half_open(ward)
    probe = enter(ward)
    assert probe is not None
    assert not ward.lets()
    assert enter(ward) is None
    ward.well()  # its stream began
    assert enter(ward) is not None
    ward.health.leave(probe)
    assert ward.health.of("d1").in_work == 1


def test_a_trial_that_says_nothing_lets_another_try(ward: Ward) -> None:
    """It hung up, or what came was its own doing."""
    half_open(ward)
    for _ in range(3):
        probe = enter(ward)
        assert probe is not None
        assert enter(ward) is None
        ward.health.leave(probe)
        assert ward.lets()
    assert ward.state().state == "half-open"


def test_who_came_before_it_opened_does_not_end_the_trial(ward: Ward) -> None:
    before = enter(ward)
    assert before is not None
    half_open(ward)
    probe = enter(ward)
    assert probe is not None
    ward.health.leave(before)
    assert enter(ward) is None


def test_a_trial_that_lasts_longer_than_its_outcome_does_not_end_the_next(ward: Ward) -> None:
    half_open(ward)
    first = enter(ward)
    assert first is not None
    ward.well()
    half_open(ward)
    second = enter(ward)
    assert second is not None
    ward.health.leave(first)  # its long stream is over
    assert enter(ward) is None


def test_a_trial_that_fails_opens_it_for_longer(ward: Ward) -> None:
    half_open(ward)
    probe = enter(ward)
    assert probe is not None
    ward.health.leave(probe)
    ward.fail()
    assert not ward.lets(2 * FIRST_COOLDOWN - 0.1)
    assert ward.lets(2 * FIRST_COOLDOWN)
    assert ward.words == ["d1 open", "d1 half-open", "d1 open"]


def test_all_come_back_after_a_first_rate_limit_and_one_after_a_second(ward: Ward) -> None:
    limit = Fault("limit", "rate_limited", retry_after=2.0)
    ward.fail(limit, times=20)
    ward.clock.now += 2.0
    assert enter(ward) is not None
    assert enter(ward) is not None
    ward.fail(limit)
    ward.clock.now += 2.0
    assert enter(ward) is not None
    assert enter(ward) is None


def test_a_spent_account_is_tried_by_one_request_wherever(ward: Ward) -> None:
    ward.fail(Fault("spent", "quota", "out of credits"))
    ward.clock.now += SPENT_REST
    assert enter(ward) is not None
    assert not ward.lets(target=OTHER)


# ---------------------------------------------------------------- what is told


def test_a_change_is_told_once(ward: Ward) -> None:
    ward.fail(times=500)
    assert ward.words == ["d1 open"]
    assert (ward.told[0].at, ward.told[0].until) == (ward.clock.wall(), ward.clock.wall() + FIRST_COOLDOWN)
    assert (ward.told[0].kind, ward.told[0].name, ward.told[0].reason) == ("deployment", "p/m", "it is down")
    ward.clock.now += FIRST_COOLDOWN
    for _ in range(5):
        ward.well()
    assert ward.words == ["d1 open", "d1 closed"]


@pytest.mark.parametrize(("asked", "told"), [(WORTH_TELLING - 1, []), (WORTH_TELLING, ["d1 open", "d1 closed"])])
def test_a_short_rate_limit_is_no_news(ward: Ward, asked: float, told: list[str]) -> None:
    ward.fail(Fault("limit", "rate_limited", retry_after=asked), times=3)
    ward.clock.now += asked
    ward.well()
    assert ward.words == told
