"""From a name to the deployments to try."""

from __future__ import annotations

from random import Random

import pytest

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.exchange import Endpoint, Fault
from conduit_desktop.gateway.route.health import Health
from conduit_desktop.gateway.route.plan import Planner, find
from conduit_desktop.gateway.snapshot import Snapshot, compile_snapshot
from conduit_desktop.records import Deployment, Model, Provider, VirtualKey
from conduit_desktop.settings import Settings
from conduit_desktop.store import Configuration

CHAT = Endpoint("chat.completions", "openai-chat", "chat")
OPENAI = Provider(id="p1", name="openai", kind="openai", base_url="https://api.openai.com/v1")
LOCAL = Provider(id="p2", name="my box", kind="openai-compatible", base_url="http://127.0.0.1:1/v1")
OFF = Provider(id="p3", name="off", kind="openai", base_url="https://api.openai.com/v1", enabled=False)
FUTURE = Provider(id="p4", name="future", kind="not-known-yet", base_url="https://x.example/v1")


def model(alias: str, *upstreams: tuple[Provider, str], **more: object) -> Model:
    deployments = tuple(
        Deployment(id=f"{alias}-{n}", model_id=alias, provider_id=provider.id, upstream_model=name, priority=n)
        for n, (provider, name) in enumerate(upstreams)
    )
    return Model(id=alias, alias=alias, deployments=deployments, **more)  # type: ignore[arg-type]


def snapshot(*models: Model) -> Snapshot:
    configuration = Configuration(
        providers=(OPENAI, LOCAL, OFF, FUTURE),
        models=models,
        keys=(VirtualKey(id="k", name="k", digest="d", last4="", enabled=False),),
        settings=Settings(),
        prices={},
    )
    return compile_snapshot(configuration, b"1")


def planner(health: Health | None = None, now: float = 0.0) -> Planner:
    return Planner(health or Health(), lambda target: None, Random(1), lambda: now)


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


def test_disabled_things_are_not_there() -> None:
    there = snapshot(
        model("mixed", (OFF, "a"), (LOCAL, "b"), (FUTURE, "c")), model("gone", (OPENAI, "x"), enabled=False)
    )
    assert [target.upstream_model for target in find("mixed", there).targets] == ["b"]
    with pytest.raises(NoRoute):
        find("gone", there)
    assert [key.enabled for key in there.keys.values()] == [False]


def test_nothing_left_that_could_serve() -> None:
    with pytest.raises(NoRoute) as caught:
        planner().plan("only-off", CHAT, True, snapshot(model("only-off", (OFF, "a"))))
    assert (caught.value.status, caught.value.code) == (503, "no_deployment")


def test_fallbacks_come_after_and_do_not_chain() -> None:
    there = snapshot(
        model("a", (OPENAI, "a1"), (LOCAL, "a2"), fallbacks=("b", "missing")),
        model("b", (LOCAL, "b1"), fallbacks=("c",)),
        model("c", (LOCAL, "c1")),
    )
    plan = planner().plan("a", CHAT, True, there)
    assert [target.upstream_model for target in plan.targets] == ["a1", "a2", "b1"]
    assert plan.calls == 3


@pytest.mark.parametrize(("retries", "calls"), [(0, 1), (2, 3), (5, 6)])
def test_how_many_calls(retries: int, calls: int) -> None:
    assert planner().plan("a", CHAT, True, snapshot(model("a", (OPENAI, "x"), retries=retries))).calls == calls


def test_those_that_are_away_come_last_but_come() -> None:
    health, there = Health(), snapshot(model("a", (OPENAI, "a1"), (LOCAL, "a2")))
    for _ in range(3):
        health.failed(
            there.routes["a"].targets[0], there.routes["a"].targets[0].keys[0], Fault("trouble", "server_error"), 0.0
        )
    assert [target.id for target in planner(health).plan("a", CHAT, True, there).targets] == ["a-1", "a-0"]
    later = planner(health, now=1000.0)
    assert [target.id for target in later.plan("a", CHAT, True, there).targets] == ["a-0", "a-1"]


def test_turns_are_counted_a_model() -> None:
    there = snapshot(
        model("a", (OPENAI, "a1"), (LOCAL, "a2"), strategy="round-robin"),
        model("b", (OPENAI, "b1"), (LOCAL, "b2"), strategy="round-robin"),
    )
    plans = planner()
    firsts = [plans.plan(name, CHAT, True, there).targets[0].id for name in ("a", "b", "a", "b", "a")]
    assert firsts == ["a-0", "b-0", "a-1", "b-1", "a-0"]
