"""What a change of the configuration looks like in the audit log: what was done, to which subject, which fields it
changed from what to what.

Every repository of the configuration notes its changes, so that none goes unrecorded, whichever verb or entrance made
it. Who acts is a context variable that each entrance sets (window, command line, admin API). Texts that only their
owner should see (notes) are named and not shown; secrets are not in the records at all.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import NamedTuple

from conduit_desktop import money
from conduit_desktop.logs import redact
from conduit_desktop.records import Deployment, Price, Timeouts


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something, and from where: a process or an address."""

    who: str
    origin: str


_NOBODY = Actor("unknown", "")
_acting: ContextVar[Actor] = ContextVar("acting", default=_NOBODY)


def acting() -> Actor | None:
    """Who acts here, None where no entrance has said so."""
    actor = _acting.get()
    return None if actor is _NOBODY else actor


@contextlib.contextmanager
def acts(actor: Actor) -> Iterator[None]:
    """Within this, changes are ``actor``'s."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def act_as(actor: Actor) -> None:
    """From now on, in this context, changes are ``actor``'s."""
    _acting.set(actor)


class Change(NamedTuple):
    action: str
    subject: str
    detail: str


@dataclass(slots=True)
class Trail:
    """The changes of one transaction, for whoever made them."""

    actor: Actor = field(default_factory=_acting.get)
    changes: list[Change] = field(default_factory=list)

    def note(self, kind: str, name: str, before: object | None, after: object | None) -> None:
        """One record became another; None is one that is not there. What changes nothing is not noted."""
        if (change := describe(kind, name, before, after)) is not None:
            self.changes.append(change)


_SILENT = frozenset({"id", "model_id", "created", "updated", "salt", "reset_spent"})
_UNSEEN = frozenset({"note", "providers"})
"""Named and not shown: for its owner only, or ids that say nothing."""
_MONEY = frozenset({"budget", "reset_spent"})
_TIMES = frozenset({"expires", "old_until", "reset_at"})
_LIMITS = ("rpm", "tpm", "parallel", "context_window")
_AS = {
    "digest": "text",
    "last4": "text",
    "secret_ref": "kept secret",
    "secret_last4": "API key",
    "old_digest": "old text",
    "hash": "text",
}
"""Fields that stand for a secret, by the word for it; their values are not shown."""


def describe(kind: str, name: str, before: object | None, after: object | None) -> Change | None:
    """The change in words; None where there is none."""
    subject = f"{kind} {name}".strip()
    if before is None or after is None:
        return None if before is after else Change("add" if before is None else "remove", subject, "")
    changed = _changed(before, after)
    if not changed:
        return None
    details = dict.fromkeys(_told(field, old, new) for field, (old, new) in changed.items())
    return Change(_action(changed), subject, redact("; ".join(details))[:2000])


def _changed(before: object, after: object) -> dict[str, tuple[object, object]]:
    if type(before) is not type(after) or not hasattr(before, "__dataclass_fields__"):
        return {"value": (before, after)} if before != after else {}
    names = (each.name for each in fields(before))  # type: ignore[arg-type]  # it is a dataclass, as just seen
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names if name not in _SILENT}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _action(changed: dict[str, tuple[object, object]]) -> str:
    if "digest" in changed or "hash" in changed:
        return "rotate"
    if "reset_at" in changed:
        return "reset spend"
    if set(changed) == {"enabled"}:
        return "enable" if changed["enabled"][1] else "disable"
    return "change"


def _told(field: str, old: object, new: object) -> str:
    if field in _AS:
        return _AS[field]
    if field in _UNSEEN:
        return field
    if field == "credentials":
        return _credentials(old, new)
    return f"{field.replace('_', ' ')}: {_shown(field, old)} → {_shown(field, new)}"


def _credentials(old: object, new: object) -> str:
    """Which of a provider's further keys came, went or changed."""
    assert isinstance(old, tuple)
    assert isinstance(new, tuple)
    before, after = ({each.id: each for each in rows} for rows in (old, new))
    told = [f"further key {each.name} removed" for each in old if each.id not in after]
    told += [f"further key {each.name} added" for each in new if each.id not in before]
    for each in new:
        if changed := _changed(before.get(each.id, each), each):
            details = dict.fromkeys(_told(field, *pair) for field, pair in changed.items())
            told.append(f"further key {before[each.id].name}: {', '.join(details)}")
    return "; ".join(told)


def _shown(field: str, value: object) -> str:
    match value:
        case None | "" | ():
            return "–"
        case bool():
            return "yes" if value else "no"
        case int() if field in _MONEY:
            return money.show(value)
        case int() | float() if field in _TIMES:
            return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case tuple():
            return ", ".join(_shown("", each) for each in value)
        case _:
            return _record(value)


def _record(value: object) -> str:
    match value:
        case Price():
            return f"{_million(value.input)} in, {_million(value.output)} out"
        case Deployment():
            price = f" at {_record(value.price)}" if value.price else ""
            more = "".join(f", {name} {limit}" for name in _LIMITS if (limit := getattr(value, name)) is not None)
            more += f", without {' and '.join(value.lacks)}" if value.lacks else ""
            off = "" if value.enabled else " off"
            return f"{value.upstream_model} (weight {value.weight}, priority {value.priority}{more}{off}){price}"
        case Timeouts():
            return ", ".join(f"{each.name.replace('_', ' ')} {getattr(value, each.name):g} s" for each in fields(value))
        case _:
            return str(value)


def _million(picodollars: int) -> str:
    return f"{money.show(picodollars * 10**6)}/M"
