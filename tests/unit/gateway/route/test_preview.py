"""Where a request would go, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conduit_desktop.gateway.exchange import Fault
from conduit_desktop.gateway.route.preview import Preview, Wanted, preview
from conduit_desktop.records import Model
from tests.unit.gateway.route.test_plan import LOCAL, OFF, OPENAI, Desk, able, model

LIMITED = Fault("limit", "rate_limited", "slow down", 40.0)


def shown(desk: Desk, alias: str = "a", **wanted: Any) -> Preview:
    return preview(desk.planner, desk.snapshot, alias, Wanted("openai-chat", **wanted))


def rows(found: Preview) -> list[tuple[int, str, str]]:
    return [(step.n, step.upstream_model, step.state) for step in found.steps]


def weighted(strategy: str) -> Model:
    there = model("a", (OPENAI, "a1"), (LOCAL, "a2"), strategy=strategy)
    return replace(there, deployments=(there.deployments[0], replace(there.deployments[1], weight=3)))


def test_who_is_called_who_steps_in_and_who_is_passed_over() -> None:
    desk = Desk(
        model("a", (OPENAI, "a1"), (LOCAL, "a2"), (OPENAI, "a3"), fallbacks=("b",), context_fallbacks=("c",)),
        model("b", (LOCAL, "b1")),
        model("c", (LOCAL, "c1")),
    )
    desk.fail("a2", fault=LIMITED)
    found = shown(desk)
    assert rows(found) == [
        (1, "a1", "first"),
        (2, "a3", "then"),
        (3, "b1", "fallback"),
        (0, "a2", "skipped"),
        (4, "c1", "context"),
    ]
    assert [step.why for step in found.steps] == [
        "by the order of the deployments",
        "when that fails; by the order of the deployments",
        "when none of the model's own deployments can",
        "asks to be left alone (slow down); tried again in 40 s",
        "when the request is too long for the others",
    ]
    assert [step.model for step in found.steps] == ["a", "a", "b", "a", "c"]
    assert "At most 3 calls" in found.note


@pytest.mark.parametrize(
    ("strategy", "first", "why"),
    [
        ("random", "a2", "drawn by weight: 75% of requests"),
        ("round-robin", "a2", "in turn: 75% of requests"),
        ("least-busy", "a1", "0 in work, weight 1"),
        ("least-latency", "a1", "not measured yet"),
        ("least-cost", "a1", "price unknown"),
    ],
)
def test_why_the_strategy_has_it_first(strategy: str, first: str, why: str) -> None:
    desk = Desk(weighted(strategy))
    for _ in range(5):
        step = shown(desk).steps[0]
        assert (step.upstream_model, step.why, step.state) == (first, why, "first")


def test_what_a_request_needs() -> None:
    desk = Desk(
        able(
            {"lacks": ("images", "tools")},
            {"context_window": 8000},
            {"lacks": ("images",), "rpm": 1},
            fallbacks=("b",),
            context_fallbacks=("c",),
        ),
        model("b", (LOCAL, "b1")),
        model("c", (LOCAL, "c1")),
    )
    assert rows(shown(desk, tools=True)) == [
        (1, "a2", "first"),
        (2, "a3", "then"),
        (3, "b1", "fallback"),
        (0, "a1", "skipped"),
        (4, "c1", "context"),
    ]
    found = shown(desk, images=True, tokens=100_000)
    assert rows(found) == [
        (1, "c1", "context"),
        (2, "b1", "fallback"),
        (0, "a1", "skipped"),
        (0, "a2", "skipped"),
        (0, "a3", "skipped"),
    ]
    assert [step.why for step in found.steps] == [
        "the request is too long for the model's own",
        "when none of the model's own deployments can",
        "takes no images",
        "its context window is 8,000 tokens",
        "takes no images",
    ]


def test_why_it_would_be_refused() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), (OPENAI, "a2"), (OFF, "gone")))
    assert shown(desk, "nothing").note.startswith("There is no model 'nothing'")
    desk.fail("a1", fault=Fault("rejected", "unauthorised", "no such key"))
    found = shown(desk)
    assert rows(found) == [(0, "a1", "skipped"), (0, "a2", "skipped")]
    assert found.steps[0].why == "turned down its key (no such key)"
    assert "No deployment of 'a' takes a request now" in found.note


def test_a_key_that_may_not_all() -> None:
    desk = Desk(model("a", (OPENAI, "a1"), (LOCAL, "a2")))
    bars = {"a1": "the key may not use openai"}
    found = preview(
        desk.planner, desk.snapshot, "a", Wanted("openai-chat"), lambda target: bars.get(target.upstream_model, "")
    )
    assert rows(found) == [(1, "a2", "first"), (0, "a1", "skipped")]
    assert found.steps[1].why == "the key may not use openai"


def test_a_model_asked_for_directly() -> None:
    (step,) = shown(Desk(), "openai/gpt-4o").steps
    assert (step.model, step.deployment_id, step.state) == ("openai/gpt-4o", None, "first")
