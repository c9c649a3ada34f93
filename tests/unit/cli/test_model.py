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
    assert "on failure: slow, last" in cli("model", "list").out
    cli("model", "set", "fast", "--fallback", "")
    assert listed(cli)["fast"]["fallbacks"] == []


def test_set_takes_everything_that_a_model_has(cli) -> None:
    for alias in ("fast", "long", "lax"):
        cli("model", "add", alias, "--provider", "demo", "--model", "demo")
    words = ("--context-fallback", "long", "--content-fallback", "lax", "--cache", "60", "--resume", "on")
    times = ("--timeout-connect", "2.5", "--timeout-total", "90", "--timeout-idle", "20")
    said = cli("model", "set", "fast", *words, *times, "--disable").out
    assert said == (
        "Model 'fast': simple, 2 retries, too long: long, filtered: lax, connect 2.5 s, first token 90 s "
        "(the total, instead of 300 s), idle 20 s, total 90 s, answers kept 60 s, streams continued, off.\n"
    )
    assert cli("model", "list").out.splitlines()[1].endswith("too long: long; filtered: lax")
    assert (
        listed(cli)["fast"].items()
        >= {
            "context_fallbacks": ["long"],
            "content_fallbacks": ["lax"],
            "timeouts": {"connect": 2.5, "idle": 20, "total": 90},
            "cache_seconds": 60,
            "resume": True,
            "enabled": False,
        }.items()
    )
    usual = ("connect", "first-token", "idle", "total")
    back = [word for step in usual for word in (f"--timeout-{step}", "default")]
    cli("model", "set", "fast", "--cache", "off", "--resume", "off", "--enable", *back)
    cli("model", "set", "fast", "--context-fallback", "", "--content-fallback", "")
    assert listed(cli)["fast"].keys() == {"alias", "strategy", "retries", "fallbacks", "enabled", "deployments"}


def test_a_short_total_takes_nothing_from_the_other_time_limits(cli) -> None:
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    cli("model", "set", "fast", "--timeout-idle", "900")
    said = cli("model", "set", "fast", "--timeout-total", "60").out
    assert said == (
        "Model 'fast': simple, 2 retries, first token 60 s (the total, instead of 300 s), "
        "idle 60 s (the total, instead of 900 s), total 60 s.\n"
    )
    assert listed(cli)["fast"]["timeouts"] == {"idle": 900, "total": 60}
    said = cli("model", "set", "fast", "--timeout-total", "default").out
    assert said == "Model 'fast': simple, 2 retries, idle 900 s.\n"


def test_a_deployment_is_changed_switched_and_removed(cli) -> None:
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    cli("model", "deployment", "fast", "--rpm", "60", "--context-window", "8192", "--lacks", "images", "--weight", "2")
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo-overloaded")
    said = cli("model", "deployment", "fast", "demo/demo", "--disable").out
    assert "demo/demo (weight 2, rpm 60, context-window 8192, without images, off), demo/demo-over" in said
    there = listed(cli)["fast"]["deployments"][0]
    assert (there["rpm"], there["context_window"], there["lacks"], there["enabled"]) == (60, 8192, ["images"], False)
    assert (
        "Deployments: demo/demo, demo/demo-overloaded." in cli("model", "deployment", "fast", "--rpm", "1", code=1).err
    )
    cli("model", "deployment", "fast", "demo/demo", "--rpm", "none", "--lacks", "none", "--context-window", "none")
    assert listed(cli)["fast"]["deployments"][0].keys() == {"provider", "model", "weight", "priority", "enabled"}
    cli("model", "deployment", "fast", "demo/demo", "--remove")
    assert [each["model"] for each in listed(cli)["fast"]["deployments"]] == ["demo-overloaded"]


@pytest.mark.parametrize(
    "words",
    [("set", "fast"), ("set", "fast", "--cache", "0"), ("set", "fast", "--timeout-idle", "-1"), ("deployment", "fast")],
)
def test_wrong_usage(cli, words: tuple[str, ...]) -> None:
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    cli("model", *words, code=2)


def test_a_circle_of_fallbacks_is_named(cli) -> None:
    for alias in ("a", "b", "c"):
        cli("model", "add", alias, "--provider", "demo", "--model", "demo")
    cli("model", "set", "a", "--fallback", "b")
    cli("model", "set", "b", "--context-fallback", "c")
    assert "c → a → b → c" in cli("model", "set", "c", "--content-fallback", "a", code=1).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "nope", "--retries", "1"), "There is no model 'nope'. Models: fast."),
        (("set", "fast", "--fallback", "nope"), "There is no model 'nope'."),
        (("set", "fast", "--fallback", "fast"), "cannot be its own fallback"),
        (("set", "fast", "--retries", "99"), "Retries are 0 to 10."),
        (("set", "fast", "--timeout-connect", "400"), "for connecting is 0.1 to 300 seconds"),
        (("deployment", "fast", "demo/nope", "--disable"), "no deployment 'demo/nope'"),
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


def test_a_preview_says_where_a_request_would_go(cli) -> None:
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo")
    cli("model", "add", "fast", "--provider", "demo", "--model", "demo-overloaded")
    cli("model", "deployment", "fast", "demo/demo", "--lacks", "images")
    rows = [json.loads(line) for line in cli("model", "preview", "fast", "--json").out.splitlines()]
    assert [(row["n"], row["state"], row["upstream_model"]) for row in rows] == [
        (1, "first", "demo"),
        (2, "then", "demo-overloaded"),
    ]
    shown = cli("model", "preview", "fast", "--images").out.splitlines()
    assert [line.split()[:2] for line in shown[1:]] == [["1", "first"], ["–", "skipped"]]
    assert "nope" in cli("model", "preview", "nope", code=1).err
