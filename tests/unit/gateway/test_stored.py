"""Where state at a provider is: who continues it, and who may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conduit_desktop.errors import BadRequest
from conduit_desktop.gateway.exchange import Seen, Trip
from conduit_desktop.gateway.route.plan import Plan
from conduit_desktop.gateway.snapshot import Snapshot, Target
from conduit_desktop.gateway.stored import MOST, Stored
from conduit_desktop.providers import spec
from conduit_desktop.records import Credential, Provider, VirtualKey

FURTHER = Credential(id="p/2", provider_id="p", name="second", secret_ref="r2", last4="")
P = Provider(id="p", name="p", kind="openai", base_url="https://a.example/v1", secret_ref="r", credentials=(FURTHER,))
Q = Provider(id="q", name="q", kind="openai", base_url="https://b.example/v1", secret_ref="r3")
SEAL = "gAAAA" + "x" * 40


def target(name: str, provider: Provider = P) -> Target:
    return Target(name, name, provider, spec("openai"), "gpt-5", alias="think")


A, B, C = target("a"), target("b"), target("c", Q)
PLAN = Plan((C, B, A), context=(C,), content=(C,))


def trip(key: str = "k", body: bytes = b"", **more: Any) -> Trip:
    made = Trip(id="r", started=0.0, began=0.0, method="POST", path="/", snapshot=Snapshot(), **more)
    made.dialect = more.get("dialect", "openai-responses")
    made.key = VirtualKey(id=key, name=key, digest="", last4="")
    made.response = Seen("HTTP/1.1 200", [], body)
    return made


def sealed(seal: str = SEAL) -> bytes:
    return b'{"output":[{"type":"reasoning","encrypted_content":"%s"}]}' % seal.encode()


def names(plan: Plan) -> list[tuple[str, list[str]]]:
    return [(target.id, [key.id for key in target.keys]) for target in plan.targets]


def test_a_stored_answer_is_continued_by_its_deployment_and_credential_alone() -> None:
    stored = Stored()
    stored.keep(trip(), "resp_1", A, A.keys[1])
    plan = stored.follow(trip(), PLAN, "resp_1", b"", "k")
    assert names(plan) == [("a", ["p/2"])]
    assert (plan.pinned, plan.context, plan.content) == (True, (), ())
    assert stored.follow(trip(), PLAN, "resp_2", b"", "k") is PLAN, "of one that is not known the provider knows"


def test_by_the_same_account_where_that_deployment_is_no_more() -> None:
    stored = Stored()
    stored.keep(trip(), "resp_1", A, A.keys[1])
    assert names(stored.follow(trip(), Plan((C, B)), "resp_1", b"", "k")) == [("b", ["p/2"])]
    gone = replace(P, credentials=())
    assert names(stored.follow(trip(), Plan((C, target("b", gone))), "resp_1", b"", "k")) == [("b", ["p"])]
    assert stored.follow(trip(), Plan((C,)), "resp_1", b"", "k").targets == (C,), "whose provider says what it knows"
    with pytest.raises(BadRequest) as caught:
        stored.find("resp_1", "k").only(Plan((C,)))
    assert (caught.value.status, caught.value.code) == (404, "response_not_found")


def test_another_keys_answer_is_not_there() -> None:
    stored = Stored()
    stored.keep(trip(), "resp_1", A, A.keys[0])
    with pytest.raises(BadRequest):
        stored.follow(trip("other"), PLAN, "resp_1", b"", "other")
    with pytest.raises(BadRequest):
        stored.find("resp_1", "other")
    assert stored.find("resp_1", "k").target_id == "a"


@pytest.mark.parametrize("split", [False, True])
def test_sealed_reasoning_goes_back_to_who_made_it(split: bool) -> None:
    stored = Stored()
    made = trip(body=sealed())
    if split:  # a stream's pieces may cut it anywhere
        made.response = Seen("HTTP/1.1 200", [], [sealed()[:60], sealed()[60:]])
    stored.keep(made, "", B, B.keys[0])
    asked = b'{"input":[{"encrypted_content": "unknown-unknown-unknown"},%s]}' % sealed()[11:-2]
    assert names(stored.follow(trip(), PLAN, "", asked, "k")) == [("b", ["p"])]
    assert stored.follow(trip("other"), PLAN, "", asked, "other") is PLAN
    assert stored.follow(trip(), Plan((C,)), "", asked, "k").targets == (C,), "nobody there can read it: as planned"
    assert stored.follow(trip(dialect="openai-chat"), PLAN, "", asked, "k") is PLAN


def test_the_newest_that_is_known_counts() -> None:
    stored = Stored()
    stored.keep(trip(body=sealed(SEAL + "1")), "", A, A.keys[0])
    stored.keep(trip(body=sealed(SEAL + "2")), "", C, C.keys[0])
    asked = sealed(SEAL + "1") + sealed(SEAL + "2") + sealed(SEAL + "3")
    assert names(stored.follow(trip(), PLAN, "", asked, "k")) == [("c", ["q"])]


def test_what_the_response_cache_gives_takes_no_place_that_is_known() -> None:
    stored = Stored()
    stored.keep(trip(), "resp_1", A, A.keys[1])
    stored.replayed(trip(), "resp_1", "c")
    stored.replayed(trip(), "resp_2", "c")
    assert names(stored.follow(trip(), PLAN, "resp_1", b"", "k")) == [("a", ["p/2"])]
    assert names(stored.follow(trip(), PLAN, "resp_2", b"", "k")) == [("c", ["q"])]


def test_no_more_than_so_many_are_remembered() -> None:
    stored = Stored()
    for n in range(MOST + 10):
        stored.keep(trip(body=sealed(f"{SEAL}{n}")), f"resp_{n}", A, A.keys[0])
    assert len(stored._answers) == len(stored._sealed) == MOST
    assert stored.follow(trip(), PLAN, "", sealed(f"{SEAL}0"), "k") is PLAN
