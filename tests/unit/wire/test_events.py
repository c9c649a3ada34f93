"""Which events hold any of an answer: until one does, another deployment may still answer instead."""

from __future__ import annotations

import pytest

from conduit_desktop.wire import events as e
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Media, Text, Thinking, ToolCall


@pytest.mark.parametrize(
    ("event", "carries"),
    [
        (e.Start(id="x"), False),
        (e.Ping(), False),
        (e.Open(0, Text()), False),
        (e.Open(0, Text(text="a")), True),
        (e.Open(0, Thinking()), False),
        (e.Open(0, Thinking(encrypted="x")), False),
        (e.Open(0, Thinking(sections=["a"])), True),
        (e.Open(0, ToolCall(name="a", arguments="")), True),
        (e.Open(0, Media(data="aa")), True),
        (e.TextDelta(0, ""), False),
        (e.TextDelta(0, "a"), True),
        (e.ThinkingDelta(0, "a"), True),
        (e.ArgumentsDelta(0, "{"), True),
        (e.Close(0), False),
        (e.Finished(), False),
        (e.Failed(Failure(status=500, message="x", kind="server")), False),
        (e.End(), False),
    ],
)
def test_what_carries_content(event: e.Event, carries: bool) -> None:
    assert e.carries(event) is carries
