"""What the Models pane says of deployments: states, figures, shares, limits."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from conduit_desktop.records import Deployment, Provider
from conduit_desktop.runtime.routing import DeploymentNumbers, DeploymentState
from conduit_desktop.ui.panes.models_health_words import Live, away, figures, limits, look, shares, span
from conduit_desktop.ui.panes.models_times import read_seconds
from conduit_desktop.ui.panes.models_words import Served
from conduit_desktop.ui.shown import clock

OPENAI = Provider(id="p", name="OpenAI", kind="openai", base_url="https://api.openai.com/v1")


def served(id: str = "a", weight: int = 1, **more: object) -> Served:
    made = Deployment(id=id, model_id="m", provider_id="p", upstream_model="gpt", weight=weight)
    return Served(replace(made, **more), OPENAI, None)  # type: ignore[arg-type]


def live(**more: object) -> Live:
    return Live(True, {"a": DeploymentState(**more)})  # type: ignore[arg-type]


def test_each_state_has_a_word_and_says_why_and_until_when() -> None:
    until = time.time() + 30
    assert look(served(), live())[:2] == ("Ready", "success")
    assert look(served(), live(in_work=2)).word == "Ready · 2 in work"
    failing = look(served(), live(failures=2, reason="timed out"))
    assert (failing.word, failing.why, failing.away) == ("Ready", "Failed twice in a row: timed out.", False)
    kept = look(served(), live(state="open", reason="it is overloaded", until=until))
    assert kept == ("Kept away", "danger", False, "It is overloaded.", f"Tried again at {clock(until)}.")
    assert kept.away
    trying = look(served(), live(state="half-open", reason="it is overloaded"))
    assert trying.word == "Being tried"
    assert "others wait" in trying.until
    assert look(served(), live(state="rejected", reason="key is invalid")).word == "Key turned down"


def test_nothing_is_claimed_of_what_is_off_or_unknown() -> None:
    state = live(state="open", reason="x")
    assert look(served(enabled=False), state)[:3] == ("Off", "neutral", True)
    gone = replace(served(), provider=None)
    assert look(gone, state)[:3] == ("Cannot serve", "warning", True)
    off = replace(served(), provider=replace(OPENAI, enabled=False))
    assert look(off, state).why == "OpenAI is off."
    stopped = look(served(), Live())
    assert (stopped.word, stopped.hollow, stopped.away) == ("Gateway stopped", True, False)
    assert away([served(), served("b")], state) == 1
    assert away([served(enabled=False)], state) == 0


def test_figures_say_what_is_known_and_since_when() -> None:
    now = time.time()
    day = DeploymentNumbers(1204, 12, 3_120_000_000_000, 0, 0.42, 86.0, now - 86_400)
    assert [f"{each.text} {each.name}".strip() for each in figures(day, None)] == [
        "1,204 requests",
        "1.0 % errors",
        "0.42 s to first token",
        "86 tokens/s",
        "$3.12",
    ]
    assert span(day, now) == "last 24 h"
    assert figures(None, None) == figures(DeploymentNumbers(), None) == ()
    unpriced = figures(DeploymentNumbers(1, 0, 0, 1), None)
    assert [each.text for each in unpriced] == ["1", "no", "unpriced"]
    assert unpriced[0].name == "request"
    bad = figures(DeploymentNumbers(10, 5, 0, 0), None)
    assert (bad[1].text, bad[1].tone) == ("50.0 %", "danger")
    assert figures(DeploymentNumbers(5000, 1), None)[1].text == "<0.1 %"
    young = replace(day, since=now - 600)
    assert span(young, now) == f"since {clock(now - 600)}"


def test_shares_are_those_of_what_requests_reach() -> None:
    three = [served("a", 3), served("b", 1), served("c", 4, enabled=False)]
    assert shares(three, "random") == {"a": "75 %", "b": "25 %", "c": "0 %"}
    assert shares(three, "simple") == shares(three, "least-busy") == {}
    assert shares([served("a", 0), served("b", 0)], "round-robin") == {"a": "50 %", "b": "50 %"}
    assert shares([served("a", 1), served("b", 999)], "random")["a"] == "<1 %"
    assert shares([served("a", enabled=False)], "random") == {"a": "0 %"}


def test_limits_in_a_line() -> None:
    assert limits(served().deployment) == ""
    full = served(rpm=60, tpm=90_000, parallel=4, context_window=128_000, lacks=("images", "json_schema")).deployment
    assert limits(full) == (
        "At most 60 requests/min, 90,000 tokens/min, 4 at once · window of 128 k tokens · no images or JSON schema"
    )
    assert limits(served(lacks=("tools",)).deployment) == "No tools"


@pytest.mark.parametrize(
    ("text", "seconds"), [("", None), ("30", 30.0), (" 1,5 s", 1.5), ("2 min", 120.0), ("1h", 3600.0), ("500ms", 0.5)]
)
def test_seconds_are_read_with_or_without_a_unit(text: str, seconds: float | None) -> None:
    assert read_seconds(text) == seconds


@pytest.mark.parametrize("text", ["soon", "-1", "0", "2 weeks", "90000", "1e3", "nan"])
def test_what_are_no_seconds_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"seconds"):
        read_seconds(text)
