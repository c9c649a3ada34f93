"""What stands between a snippet and its working, in words."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.client import Event, Failed, Finished, Started, Text
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.runtime.service import GatewayStatus
from conduit_desktop.ui.panes import connect_words as words
from conduit_desktop.ui.panes.connect_target import ConnectTarget
from conduit_desktop.ui.panes.connect_try import Tried, told


def view(**more: object) -> KeyView:
    return KeyView(VirtualKey(id="k", name="editor", digest="", last4="abcd", **more), 0, None)  # type: ignore[arg-type]


def test_the_address_is_the_gateways_own_or_the_one_it_will_have() -> None:
    assert words.address(GatewayStatus("running", "http://127.0.0.1:7879"), 7878) == "http://127.0.0.1:7879"
    assert words.address(GatewayStatus(), 7878) == "http://127.0.0.1:7878"


def test_what_is_said_of_the_gateway() -> None:
    assert words.of_gateway(GatewayStatus("running", "http://127.0.0.1:7878", 7878)) is None
    moved = GatewayStatus("running", "http://127.0.0.1:7879", 7879, "Port 7878 is taken.")
    assert words.of_gateway(moved) is None, "the window says it above every pane"
    stopped = words.of_gateway(GatewayStatus())
    assert stopped is not None
    assert (stopped.severity, stopped.action) == ("warning", "Start")
    failed = words.of_gateway(GatewayStatus("failed", detail="Another gateway has this home."))
    assert failed is not None
    assert failed.severity == "error"
    assert "Another gateway" not in failed.text, "likewise"


def test_what_is_said_of_the_key_and_its_models() -> None:
    assert words.of_key(view(), 1.0, known=True) is None
    unknown, expired = words.of_key(view(), 1.0, known=False), words.of_key(view(expires=0.5), 1.0, known=True)
    assert unknown is not None
    assert expired is not None
    assert "not kept" in unknown.text
    assert "has expired" in expired.text
    assert words.of_models(view(), ["fast"]) is None
    none, narrow = words.of_models(view(), []), words.of_models(view(models=("x*",)), [])
    assert none is not None
    assert narrow is not None
    assert none.action == "Add a model"
    assert "x*" in narrow.text


def test_choices_mark_keys_that_do_not_work() -> None:
    assert words.key_choices([view(), view(enabled=False)], 1.0) == [
        ("k", "editor  …abcd"),
        ("k", "editor (off)  …abcd"),
    ]


def test_a_target_keeps_its_text_out_of_its_repr() -> None:
    assert "secret" not in repr(ConnectTarget("k", "secret"))


@pytest.mark.parametrize(
    ("events", "worked", "said"),
    [
        ([Started(200, "r", provider="Demo"), Text("Hello "), Text("you"), Finished("stop")], True, "“Hello you”"),
        ([Started(200, "r"), Finished("stop")], True, "without any text"),
        ([Started(200, "r"), Text("x" * 500), Finished("stop")], True, "x…”"),
        ([Started(402, "r"), Failed(402, "The budget is spent.", request_id="r")], False, "402: The budget is spent."),
        ([Started(200, "r"), Text("Hel"), Failed(502, "It broke off.")], False, "502: It broke off."),
        ([Failed(0, "Nothing answers.")], False, "Failed. Nothing answers."),
    ],
)
async def test_what_a_try_comes_to(events: list[Event], worked: bool, said: str) -> None:
    async def stream() -> AsyncIterator[Event]:
        for event in events:
            yield event

    tried: Tried = await told(stream(), 0.0)
    assert tried.worked is worked
    assert said in tried.text
    assert tried.request_id == ("r" if isinstance(events[0], Started) else "")
