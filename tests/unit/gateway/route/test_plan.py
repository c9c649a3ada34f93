"""From a name to the deployments to try."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest

from conduit_desktop.errors import NoRoute, NotAllowed
from conduit_desktop.gateway.auth.keys import reachable
from conduit_desktop.gateway.exchange import Endpoint, Fault
from conduit_desktop.gateway.route.condition import Work
from conduit_desktop.gateway.route.finding import find
from conduit_desktop.gateway.route.health import LOOK_AGAIN, Health
from conduit_desktop.gateway.route.needs import Needs
from conduit_desktop.gateway.route.plan import Plan, Planner, Wish
from conduit_desktop.gateway.snapshot import Snapshot, Target, compile_snapshot
from conduit_desktop.records import Deployment, Model, Provider, VirtualKey
from conduit_desktop.settings import Settings
from conduit_desktop.store import Configuration
from conduit_desktop.wire.messages import Format, Media, Message, Request, Text, Tool, ToolResult

CHAT = Endpoint("chat.completions", "openai-chat", "chat")
TROUBLE = Fault("trouble", "server_error", "it is down")
OPENAI = Provider(id="p1", name="openai", kind="openai", base_url="https://api.openai.com/v1")
LOCAL = Provider(id="p2", name="my box", kind="openai-compatible", base_url="http://127.0.0.1:1/v1")
OFF = Provider(id="p3", name="off", kind="openai", base_url="https://api.openai.com/v1", enabled=False)
FUTURE = Provider(id="p4", name="future", kind="not-known-yet", base_url="https://x.example/v1")


def model(alias: str, *upstreams: tuple[Provider, str], **more: Any) -> Model:
    deployments = tuple(
        Deployment(id=f"{alias}-{n}", model_id=alias, provider_id=provider.id, upstream_model=name, priority=n)
        for n, (provider, name) in enumerate(upstreams)
    )
    return Model(id=alias, alias=alias, deployments=deployments, **more)


def snapshot(*models: Model) -> Snapshot:
    configuration = Configuration(
        providers=(OPENAI, LOCAL, OFF, FUTURE),
        models=models,
        keys=(VirtualKey(id="k", name="k", digest="d", last4="", enabled=False),),
        settings=Settings(),
        prices={},
    )
    return compile_snapshot(configuration, b"1")


class Desk:
    """A planner over models, with a clock that is set by hand."""

    def __init__(self, *models: Model, health: Health | None = None) -> None:
        self.now = 0.0
        self.health = health or Health(clock=lambda: self.now)
        self.snapshot = snapshot(*models)
        self.planner = Planner(self.health, lambda target: None, Random(1), lambda: self.now)

    def plan(self, model: str = "a", endpoint: Endpoint = CHAT, **more: Any) -> Plan:
        return self.planner.plan(Wish(model, endpoint, **more), self.snapshot)

    def names(self, model: str = "a", **more: Any) -> list[str]:
        return [target.upstream_model for target in self.plan(model, **more).targets]

    def refused(self, model: str = "a", **more: Any) -> NoRoute:
        with pytest.raises(NoRoute) as caught:
            self.plan(model, **more)
        return caught.value

    def fail(self, *upstreams: str, fault: Fault = TROUBLE) -> None:
        for route in self.snapshot.routes.values():
            for target in route.targets:
                if target.upstream_model in upstreams:
                    for _ in range(3):
                        self.health.failed(target, target.keys[0], fault, self.now)

    def enter(self, upstream: str, tokens: int = 0) -> Work | None:
        target = self.target(upstream)
        return self.health.enter(target, target.keys[0], tokens)

    def target(self, upstream: str) -> Target:
        targets = [target for route in self.snapshot.routes.values() for target in route.targets]
        return next(target for target in targets if target.upstream_model == upstream)


@pytest.mark.parametrize(
    ("name", "provider", "upstream"),
    [
        ("fast", "openai", "gpt-4o-mini"),
        ("a/b:c", "openai", "alias-with-slash"),
        ("openai/gpt-4o", "openai", "gpt-4o"),
        ("my box/meta-llama/Llama-3:70b", "my box", "meta-llama/Llama-3:70b"),
        ("my box//odd", "my box", "/odd"),
        ("my box/ünï, x", "my box", "ünï, x"),
        ("openai/fast", "openai", "fast"),
    ],
)
def test_names(name: str, provider: str, upstream: str) -> None:
    there = snapshot(model("fast", (OPENAI, "gpt-4o-mini")), model("a/b:c", (OPENAI, "alias-with-slash")))
    (target,) = find(name, there).targets
    assert (target.provider.name, target.upstream_model) == (provider, upstream)


@pytest.mark.parametrize(
    "name", ["", "/", "openai", "openai/", "/gpt-4o", "nobody/gpt-4o", "off/gpt-4o", "future/x", "OPENAI/x"]
)
def test_no_such_model(name: str) -> None:
    with pytest.raises(NoRoute) as caught:
        find(name, snapshot(model("fast", (OPENAI, "x"))))
    assert (caught.value.status, caught.value.code, caught.value.param) == (404, "model_not_found", "model")


def test_near_misses_are_named() -> None:
    there = snapshot(
        model("claude-sonnet", (OPENAI, "x")), model("claude-opus", (OPENAI, "x")), model("zz", (OPENAI, "x"))
    )
    with pytest.raises(NoRoute) as caught:
        find("claude-sonet", there)
    assert "Did you mean claude-sonnet" in caught.value.hint
    with pytest.raises(NoRoute, match="There is no model") as none:
        find("qqqq", there)
    assert "claude-opus, claude-sonnet, zz" in none.value.hint
    with pytest.raises(NoRoute) as empty:
        find("qqqq", snapshot())
    assert "No model is set up yet" in empty.value.hint


def test_a_vendors_own_name_is_answered_by_how_to_reach_it() -> None:
    """The first thing that a tool asks for, before anything is mapped."""
    with pytest.raises(NoRoute) as caught:
        find("gpt-4.1", snapshot())
    assert caught.value.hint == "Did you mean openai/gpt-4.1?"
    with pytest.raises(NoRoute) as behind:
        find("gpt-4o-mini", snapshot(model("fast", (OPENAI, "gpt-4o-mini"))))
    assert behind.value.hint == "Did you mean fast or openai/gpt-4o-mini?"


def test_disabled_things_are_not_there() -> None:
    there = snapshot(
        model("mixed", (OFF, "a"), (LOCAL, "b"), (FUTURE, "c")), model("gone", (OPENAI, "x"), enabled=False)
    )
    assert [target.upstream_model for target in find("mixed", there).targets] == ["b"]
    with pytest.raises(NoRoute):
        find("gone", there)
    assert [key.enabled for key in there.keys.values()] == [False]


def test_nothing_left_that_could_serve() -> None:
    error = Desk(model("only-off", (OFF, "a"))).refused("only-off")
    assert (error.status, error.code) == (503, "no_deployment")
    error = Desk(model("a", (LOCAL, "b"))).refused(endpoint=Endpoint("x", "bedrock", "nothing"))
    assert (error.status, error.code) == (404, "no_deployment")


def test_fallbacks_come_after_and_go_on_without_circles() -> None:
    desk = Desk(
        model("a", (OPENAI, "a1"), (LOCAL, "a2"), fallbacks=("b", "missing", "c")),
        model("b", (LOCAL, "b1"), fallbacks=("d", "a")),
        model("c", (LOCAL, "c1"), fallbacks=("b", "c")),
        model("d", (LOCAL, "d1"), fallbacks=("a",)),
    )
    assert desk.names() == ["a1", "a2", "b1", "c1", "d1"]
    assert desk.names("d") == ["d1", "a1", "a2", "b1", "c1"]


@pytest.mark.parametrize(("retries", "least"), [(0, 1), (2, 3), (5, 6)])
def test_how_many_calls(retries: int, least: int) -> None:
    assert Desk(model("a", (OPENAI, "x"), retries=retries)).plan().least == least


def test_those_that_are_away_come_last_but_come() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), (LOCAL, "a2"), fallbacks=("b",)), model("b", (LOCAL, "b1")))
    desk.fail("a1")
    assert desk.names() == ["a2", "b1", "a1"]
    desk.now = 1000.0
    assert desk.names() == ["a1", "a2", "b1"]


def test_turns_are_counted_a_model_and_not_by_whom_it_stands_in_for() -> None:
    desk = Desk(
        model("a", (OPENAI, "a1"), (LOCAL, "a2"), strategy="round-robin", fallbacks=("b",)),
        model("b", (OPENAI, "b1"), (LOCAL, "b2"), strategy="round-robin"),
    )
    assert [desk.names(name)[0] for name in ("a", "b", "a", "b", "a")] == ["a1", "b1", "a2", "b2", "a1"]
    desk.fail("a1", "a2")
    assert [desk.names()[0] for _ in range(3)] == ["b1", "b2", "b1"], "then it is the fallback's turn"


def test_a_look_takes_nobodys_turn() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), (LOCAL, "a2"), strategy="round-robin"))
    for _ in range(3):
        assert desk.planner.plan(Wish("a", CHAT), desk.snapshot, look=True).targets[0].upstream_model == "a1"


def test_the_share_of_one_that_is_away_goes_to_the_others_by_weight_and_comes_back() -> None:
    there = model("a", (OPENAI, "a1"), (LOCAL, "a2"), (OPENAI, "a3"), strategy="round-robin")
    weights = (4, 2, 1)
    there = replace(there, deployments=tuple(map(lambda each, w: replace(each, weight=w), there.deployments, weights)))
    desk = Desk(there)
    assert Counter(desk.names()[0] for _ in range(70)) == {"a1": 40, "a2": 20, "a3": 10}
    desk.fail("a1")
    assert Counter(desk.names()[0] for _ in range(30)) == {"a2": 20, "a3": 10}
    desk.health.forgive("a-0")
    assert Counter(desk.names()[0] for _ in range(70)) == {"a1": 40, "a2": 20, "a3": 10}


def test_another_weight_begins_a_new_round() -> None:
    def of(weight: int) -> Snapshot:
        there = model("a", (OPENAI, "a1"), (LOCAL, "a2"), strategy="round-robin")
        return snapshot(
            replace(there, deployments=(replace(there.deployments[0], weight=weight), there.deployments[1]))
        )

    desk = Desk()
    desk.snapshot = of(1000)
    for _ in range(500):
        desk.plan()
    desk.snapshot = of(1)
    assert [desk.names()[0] for _ in range(4)] == ["a1", "a2", "a1", "a2"], "and nobody waits for what is past"


# ---------------------------------------------------------------- when nothing takes it


def test_a_round_goes_on_when_something_else_changes() -> None:
    three = model("a", (OPENAI, "a1"), (LOCAL, "a2"), (LOCAL, "a3"), strategy="round-robin")
    desk = Desk(three)
    assert [desk.names()[0] for _ in range(2)] == ["a1", "a2"]
    desk.snapshot = snapshot(replace(three, retries=5), model("other", (LOCAL, "x")))
    assert [desk.names()[0] for _ in range(2)] == ["a3", "a1"]


def test_what_is_known_of_a_model_is_of_the_snapshot_in_force() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), fallbacks=("b",)), model("b", (LOCAL, "b1")))
    before = desk.snapshot
    assert desk.names() == ["a1", "b1"]
    assert desk.names(endpoint=Endpoint("rerank", "cohere", "rerank")) == ["b1"]
    desk.snapshot = snapshot(model("a", (OPENAI, "a2"), fallbacks=("b",)), model("b", (LOCAL, "b2"), (LOCAL, "b3")))
    assert desk.names() == ["a2", "b2", "b3"]
    desk.snapshot = snapshot(model("b", (LOCAL, "b2")))
    assert desk.refused().status == 404
    desk.snapshot = before
    assert desk.names() == ["a1", "b1"]


def test_planning_costs_the_same_with_many_models() -> None:
    def calls(models: int) -> int:
        desk = Desk(*[model(f"m{n}", (OPENAI, "x"), (LOCAL, "y"), strategy="round-robin") for n in range(models)])
        desk.plan("m0")
        counted: list[str] = []
        sys.setprofile(lambda frame, event, arg: counted.append(event))
        try:
            desk.plan("m0")
        finally:
            sys.setprofile(None)
        return len(counted)

    assert calls(1) == calls(500)


def test_all_are_down() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), (LOCAL, "a2")))
    desk.fail("a1")
    desk.now = 2.0
    desk.fail("a2")
    error = desk.refused()
    assert (error.status, error.code, error.retry_after) == (503, "deployments_away", 3.0)
    assert "openai/a1 is kept away from (it is down), tried again in 3 s" in error.message
    assert "my box/a2 is kept away from (it is down), tried again in 5 s" in error.message


def test_one_tries_it_and_the_others_are_refused_meanwhile() -> None:
    desk = Desk(model("a", (OPENAI, "a1")))
    desk.fail("a1")
    desk.now = 5.0
    assert desk.names() == ["a1"]
    work = desk.enter("a1")
    assert work is not None
    assert desk.health.wait(desk.target("a1"), desk.now) == LOOK_AGAIN
    assert desk.enter("a1") is None
    desk.health.leave(work)  # it hung up, or was told that it is its own doing: another may try
    assert desk.names() == ["a1"]


def test_all_are_limited() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), (LOCAL, "a2")))
    desk.fail("a1", "a2", fault=Fault("limit", "rate_limited", "slow down", 40.0))
    error = desk.refused()
    assert (error.status, error.code, error.retry_after) == (429, "rate_limit_exceeded", 40.0)
    assert "openai/a1 asks to be left alone (slow down), tried again in 40 s" in error.message


def test_a_rejected_key() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), (OPENAI, "a2")))
    desk.fail("a1", fault=Fault("rejected", "unauthorised", "no such key"))
    error = desk.refused()
    assert (error.status, error.code, error.retry_after) == (503, "credential_rejected", None)
    assert "openai/a1 turned down its key (no such key)" in error.message
    assert "key of openai in the Providers pane" in error.hint


@pytest.mark.parametrize(
    "fault",
    [
        Fault("rejected", "unauthorised"),
        Fault("spent", "quota"),
        Fault("limit", "rate_limited", retry_after=300.0),
        Fault("trouble", "server_error"),
    ],
)
def test_the_only_deployment_is_called_whatever_is_known_of_it(fault: Fault) -> None:
    """Once: its provider's own words say more than a refusal here. Where it was in trouble, a moment later."""
    desk = Desk(model("a", (OPENAI, "a1"), retries=2))
    desk.fail("a1", fault=fault)
    plan = desk.plan("a")
    assert (len(plan.targets), plan.least) == (1, 1)
    target = plan.targets[0]
    wait = desk.health.wait(target, desk.now)
    assert (wait > 0) == (fault.kind == "trouble")
    desk.now += wait
    key = desk.health.key(target, desk.now, alone=True)
    assert key is not None
    assert desk.health.enter(target, key, alone=True) is not None


def test_the_only_deployment_is_not_waited_for_too_long() -> None:
    desk = Desk(model("a", (OPENAI, "a1")))
    for _ in range(3):
        desk.fail("a1")
        desk.now += desk.health.wait(desk.target("a1"), desk.now)
    desk.fail("a1")
    assert (desk.refused().status, desk.refused().code) == (503, "deployments_away")


# ---------------------------------------------------------------- limits of a deployment


def limited(**limits: int) -> Model:
    there = model("a", (OPENAI, "a1"), (LOCAL, "a2"))
    first, second = there.deployments
    return replace(there, deployments=(replace(first, **limits), second))  # type: ignore[arg-type]


@pytest.mark.parametrize(("limits", "words"), [({"rpm": 2}, "2 requests a minute"), ({"parallel": 2}, "2 requests at")])
def test_one_without_room_is_passed_over(limits: dict[str, int], words: str) -> None:
    desk = Desk(limited(**limits))
    assert desk.enter("a1") is not None
    assert desk.names() == ["a1", "a2"]
    work = desk.enter("a1")
    assert work is not None
    assert desk.names() == ["a2", "a1"]
    assert desk.enter("a1") is None, "a call that was planned before has no room either"
    desk.health.leave(work)
    desk.now = 30.0
    assert desk.names() == ["a1", "a2"]


def test_when_all_are_full_the_limit_is_named() -> None:
    there = limited(rpm=1)
    desk = Desk(replace(there, deployments=there.deployments[:1]))
    assert desk.enter("a1") is not None
    error = desk.refused()
    assert (error.status, error.code, error.retry_after) == (429, "deployment_limit", 60.0)
    assert "openai/a1 is limited to 1 request a minute, and none is left, tried again in 60 s" in error.message
    desk.now = 60.0
    assert desk.names() == ["a1"]


def test_tokens_a_minute_are_set_aside_and_settled() -> None:
    desk = Desk(limited(tpm=1000))
    work = desk.enter("a1", 900)
    assert work is not None
    target = work.target
    assert desk.health.key(target, 0.0, (), 100) is not None
    assert desk.health.key(target, 0.0, (), 101) is None
    assert desk.enter("a1", 101) is None
    desk.health.leave(work, 200)
    assert desk.health.key(target, 0.0, (), 800) is not None
    assert desk.enter("a1", 5000) is not None, "one that is larger than the limit goes when nothing is in work"


# ---------------------------------------------------------------- what a deployment cannot


def able(*deployments: dict[str, Any], **more: Any) -> Model:
    there = model("a", *((OPENAI, f"a{n}") for n in range(1, len(deployments) + 1)), **more)
    changed = (replace(each, **fields) for each, fields in zip(there.deployments, deployments, strict=True))
    return replace(there, deployments=tuple(changed))


def needs(*, size: int = 100, text: str = "hi", **request: Any) -> Needs:
    def read() -> Request:
        return Request(messages=[Message(role="user", parts=[Text(text=text)])], **request)

    return Needs(size, read)


IMAGE = Message(role="user", parts=[Media(url="https://example.org/x.png")])
OF_A_TOOL = Message(role="tool", parts=[ToolResult(parts=[Media(data="AAAA")])])
ASKS = {
    "images": Needs(100, lambda: Request(messages=[IMAGE])),
    "images of a tool": Needs(100, lambda: Request(messages=[OF_A_TOOL])),
    "tools": needs(tools=[Tool(name="f")]),
    "json_schema": needs(format=Format(kind="schema", schema={})),
}


@pytest.mark.parametrize("asked", ASKS)
def test_a_request_goes_only_where_it_can_be_served(asked: str) -> None:
    lacks = asked.split()[0]
    desk = Desk(able({"lacks": (lacks,)}, {}, {"lacks": ("images", "tools", "json_schema")}))
    assert desk.names(needs=ASKS[asked]) == ["a2"]
    assert desk.names(needs=needs()) == ["a1", "a2", "a3"]


def test_nothing_can_serve_it() -> None:
    desk = Desk(able({"lacks": ("images",)}, {"lacks": ("images", "tools")}))
    error = desk.refused(needs=ASKS["images"])
    assert (error.status, error.code) == (400, "unsupported_by_model")
    assert "openai/a1 takes no images; openai/a2 takes no images" in error.message
    assert desk.names(needs=needs(format=Format())) == ["a1", "a2"], "any JSON is no schema"


def test_what_is_known_of_a_model_holds_unless_the_user_says_otherwise() -> None:
    there = model("a", (OPENAI, "gpt-3.5-turbo"), (OPENAI, "gpt-4o"))
    assert Desk(there).names(needs=ASKS["images"]) == ["gpt-4o"]
    own = replace(there.deployments[0], lacks=("tools",), context_window=1_000_000)
    desk = Desk(replace(there, deployments=(own, there.deployments[1])))
    assert desk.names(needs=ASKS["images"]) == ["gpt-3.5-turbo", "gpt-4o"]
    assert desk.snapshot.routes["a"].targets[0].context_window == 1_000_000


LONG = "word " * 20_000
D1 = Deployment(id="d-1", model_id="d", provider_id="p1", upstream_model="d1", context_window=12_000)


def test_one_that_is_too_long_goes_where_it_fits() -> None:
    desk = Desk(able({"context_window": 10_000}, {"context_window": 200_000}))
    assert desk.names(needs=needs(size=len(LONG), text=LONG)) == ["a2"]
    assert desk.names(needs=needs(size=9000, text=LONG)) == ["a1", "a2"], "no token is shorter than a byte"


def test_else_to_the_models_for_long_requests_at_once() -> None:
    short = able({"context_window": 10_000}, fallbacks=("c",), context_fallbacks=("b", "d"))
    more = (
        model("b", (LOCAL, "b1"), context_fallbacks=("e",)),
        model("c", (LOCAL, "c1")),
        replace(able({"context_window": 12_000}), id="d", alias="d", deployments=(D1,)),
        model("e", (LOCAL, "e1")),
    )
    desk = Desk(short, *more)
    plan = desk.plan(needs=needs(size=len(LONG), text=LONG))
    assert [target.upstream_model for target in plan.targets] == ["b1", "e1", "c1"]
    plan = desk.plan(needs=needs())
    assert [target.upstream_model for target in plan.targets] == ["a1", "c1"]
    assert [target.upstream_model for target in plan.context] == ["b1", "d1", "e1"]


def test_too_long_for_all() -> None:
    error = Desk(able({"context_window": 10_000})).refused(needs=needs(size=len(LONG), text=LONG))
    assert (error.status, error.code) == (400, "context_length_exceeded")
    assert "openai/a1 takes 10,000" in error.message


def test_nothing_is_read_where_nobody_is_picky() -> None:
    def read() -> Request:
        raise AssertionError("the request was read")

    assert Desk(model("a", (OPENAI, "a1"))).names(needs=Needs(10**9, read)) == ["a1"]
    picky = Desk(able({"context_window": 1000}))
    assert picky.names(needs=Needs(1000, read)) == ["a1"]


# ---------------------------------------------------------------- whom a key may reach


def test_fallbacks_are_used_as_far_as_the_key_may() -> None:
    desk = Desk(
        model("a", (OPENAI, "a1"), fallbacks=("b", "c"), content_fallbacks=("b", "d"), context_fallbacks=("b",)),
        model("b", (LOCAL, "b1")),
        model("c", (LOCAL, "c1")),
        model("d", (OPENAI, "d1")),
    )
    key = VirtualKey(id="k", name="k", digest="", last4="", models=("a", "c", "d"))
    plan = desk.plan(may=partial(reachable, key, "a"))
    assert [target.upstream_model for target in plan.targets] == ["a1", "c1"]
    assert [target.upstream_model for target in plan.content] == ["d1"]
    assert plan.context == ()
    here = replace(key, models=(), providers=("p2",))
    assert desk.names(may=partial(reachable, here, "a")) == ["b1", "c1"]
    nowhere = replace(key, models=(), providers=("p3",))
    with pytest.raises(NotAllowed, match="may not use openai, my box"):
        desk.plan(may=partial(reachable, nowhere, "a"))
