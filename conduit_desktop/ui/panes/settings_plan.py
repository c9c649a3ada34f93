"""What applying a configuration changes, in lines that can be read. Pure; no widgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conduit_desktop.runtime.applying import Change, Plan

MARKS = {"add": ("+", "success"), "change": ("~", "info"), "remove": ("−", "danger")}
_MOST = 160  # characters of a value


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the difference: ``mark`` and ``tone`` say the same; ``head`` begins an entry."""

    mark: str
    tone: str
    text: str
    head: bool


def lines(plan: Plan) -> tuple[Line, ...]:
    """Every change with its fields."""
    return tuple(line for change in plan.changes for line in _of(change))


def _of(change: Change) -> Iterator[Line]:
    mark, tone = MARKS[change.action]
    yield Line(mark, tone, f"{change.kind} {change.name}", True)
    for name, before, after in change.fields:
        if change.action == "change":
            yield Line("", "", f"{name}: {_value(before)} → {_value(after)}", False)
        elif after is not None:
            yield Line("", "", f"{name}: {_value(after)}", False)


def summary(plan: Plan) -> str:
    """``2 added, 1 changed, 1 removed``."""
    words = (("add", "added"), ("change", "changed"), ("remove", "removed"))
    counts = [(sum(change.action == action for change in plan.changes), word) for action, word in words]
    return ", ".join(f"{number} {word}" for number, word in counts if number) or "nothing changes"


def _value(value: Any) -> str:
    match value:
        case None:
            return "(default)"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            text = ", ".join(f"{name} {_value(each)}" for name, each in value.items())
        case str():
            text = value or "(empty)"
        case Sequence():
            text = "; ".join(_value(each) for each in value) or "(none)"
        case _:
            text = str(value)
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
