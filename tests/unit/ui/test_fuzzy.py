"""Matching typed letters against command names."""

from __future__ import annotations

import pytest

from conduit_desktop.ui.widgets.fuzzy import match, rank

NAMES = ["Copy base URL for OpenAI tools", "Copy base URL for Anthropic tools", "Notifications", "Stop the gateway"]


@pytest.mark.parametrize(
    ("typed", "best"),
    [("anth", 1), ("copy an", 1), ("stop", 3), ("not", 2), ("sg", 3), ("cbo", 0), ("GATEWAY", 3)],
)
def test_the_best_comes_first(typed: str, best: int) -> None:
    assert rank(typed, NAMES)[0][0] == best


def test_nothing_typed_keeps_the_order() -> None:
    assert [at for at, _ in rank("", NAMES)] == [0, 1, 2, 3]


def test_letters_that_are_missing_or_out_of_order_do_not_match() -> None:
    assert match("xyz", "Notifications") is None
    assert match("tno", "Not") is None


def test_matched_letters_are_told() -> None:
    assert match("stop", "Stop the gateway") is not None
    found = match("tg", "Stop the gateway")
    assert found is not None
    assert [("Stop the gateway")[at].lower() for at in found[1]] == ["t", "g"]
