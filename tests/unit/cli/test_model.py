"""``model``: mapping, routing, listing, removing."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(autouse=True)
def _demo(cli) -> None:
    cli("provider", "add", "demo", "--kind", "demo")


def listed(cli) -> dict[str, dict]:
    return {model["alias"]: model for model in map(json.loads, cli("model", "list", "--json").out.splitlines())}


def test_add_says_what_it_costs(cli) -> None:
    done = cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    assert done.out == "Model 'fast' is served by demo at demo.\n"
    assert "$0.1500 in, $0.6000 out" in done.err
    assert listed(cli)["fast"] == {
        "alias": "fast",
        "strategy": "simple",
        "retries": 2,
        "fallbacks": [],
        "enabled": True,
        "deployments": [{"provider": "demo", "model": "demo", "weight": 1, "priority": 1, "enabled": True}],
    }


def test_adding_again_adds_a_deployment(cli) -> None:
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    again = ("model", "add", "fast", "--provider", "demo", "--model", "demo-overloaded", "--weight", "3")
    assert "one of 2 deployments" in cli(*again, "--priority", "1").out
    assert [deployment["weight"] for deployment in listed(cli)["fast"]["deployments"]] == [1, 3]
    assert "already" in cli(*again, code=1).err
    row = cli("model", "list").out.splitlines()[1]
    assert "demo/demo, demo/demo-overloaded (weight 3)" in row


def test_an_unknown_price_is_said_and_so_is_none_at_all(cli) -> None:
    for name, address in (("local", "http://localhost:9/v1"), ("far", "https://example.com/v1")):
        cli("provider", "add", name, "--kind", "openai-compatible", "--base-url", address)
    assert "not known" in cli("model", "add", "odd", "--provider", "far", "--model", "nobody-knows-it").err
    done = cli("model", "add", "own", "--provider", "local", "--model", "nobody-knows-it")
    assert done.err == "It costs nothing (local server, nothing is billed).\n"


def test_set_changes_what_is_given(cli) -> None:
    for alias in ("fast", "slow", "last"):
        cli("model", "add", alias, "--provider", "demo", "--model", "demo")
    cli("model", "set", "fast", "--strategy", "round-robin", "--fallback", "slow", "--fallback", "last")
    cli("model", "set", "fast", "--retries", "0")
    fast = listed(cli)["fast"]
    assert (fast["strategy"], fast["fallbacks"], fast["retries"]) == ("round-robin", ["slow", "last"], 0)
    assert "slow, last" in cli("model", "list").out
    cli("model", "set", "fast", "--fallback", "")
    assert listed(cli)["fast"]["fallbacks"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "nope", "--retries", "1"), "There is no model 'nope'. Models: fast."),
        (("set", "fast", "--fallback", "nope"), "There is no model 'nope'."),
        (("set", "fast", "--fallback", "fast"), "cannot be its own fallback"),
        (("set", "fast", "--retries", "99"), "Retries are 0 to 10."),
        (("add", "fast", "--provider", "nope", "--model", "x"), "There is no provider 'nope'. Providers: demo."),
        (("remove", "nope"), "There is no model 'nope'."),
    ],
)
def test_what_cannot_be(cli, words: tuple[str, ...], said: str) -> None:
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    assert said in cli("model", *words, code=1).err


def test_remove(cli) -> None:
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    cli("model", "remove", "fast")
    done = cli("model", "list")
    assert done.out == ""
    assert "model add" in done.err
