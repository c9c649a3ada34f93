"""Which keys a filter leaves, and what the chips count."""

from __future__ import annotations

import time

from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime.keys import KeyView
from conduit_desktop.ui.panes.keys_columns import KeyRow
from conduit_desktop.ui.panes.keys_matching import MOST_TAGS, KeyFilter, chips, matching

NOW = time.time()
USD = 10**12


def row(name: str, spent: int = 0, **more: object) -> KeyRow:
    return KeyRow(KeyView(VirtualKey(id=name, name=name, digest="", last4="abcd", **more), spent, None))  # type: ignore[arg-type]


ROWS = (
    row("editor", 9 * USD, budget=10 * USD, tag="work", expires=NOW + 3600),
    row("agent", 10 * USD, budget=10 * USD, tag="work"),
    row("off", enabled=False, tag="home", note="the old notebook"),
    row("plain"),
)


def left(text: str = "", *chosen: str) -> list[str]:
    return [each.name for each in matching(ROWS, KeyFilter(text, chosen), NOW)]


def test_no_filter_leaves_everything_in_its_order() -> None:
    assert left() == ["editor", "agent", "off", "plain"]
    assert not KeyFilter().active


def test_states_stand_for_one_another_and_the_sorts_have_to_hold_together() -> None:
    assert left("", "near") == left("", "expiring") == ["editor"]
    assert left("", "near", "spent") == ["editor", "agent"]
    assert left("", "on") == ["editor", "plain"]
    assert left("", "budget") == ["editor", "agent"]
    assert left("", "spent", "budget", "tag:home") == []
    assert left("", "tag:work", "tag:home") == ["editor", "agent", "off"]


def test_every_word_has_to_be_found_somewhere() -> None:
    assert left("NOTE old") == ["off"]
    assert left("abcd work") == ["editor", "agent"]
    assert left("editor home") == []


def test_the_chips_count_what_each_would_leave() -> None:
    counts = {look.key: look.number for look in chips(ROWS, NOW)}
    assert all(counts[key] == len(left("", key)) for key in counts)
    assert {key for key in counts if key.startswith("tag:")} == {"tag:home", "tag:work"}


def test_only_the_most_frequent_tags_are_offered() -> None:
    many = [row(f"{at}", tag=f"t{at % 30}") for at in range(90)] + [row("x", tag="rare")]
    tags = [look.key for look in chips(many, NOW) if look.key.startswith("tag:")]
    assert len(tags) == MOST_TAGS
    assert "tag:rare" not in tags
