"""``key``: what clients identify themselves with. A key's text goes to standard output once, when it is made."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

from conduit_desktop import money
from conduit_desktop.cli import asking
from conduit_desktop.cli.output import Cell, Table, day, iso, json_line, say, usd
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import keys
from conduit_desktop.runtime.keys import KeyView


def run(arguments: argparse.Namespace, session: Session) -> int:
    match arguments.action:
        case "create":
            return _create(arguments, session)
        case "list":
            return _list(arguments, session)
        case "disable" | "enable" as action:
            key = keys.named(session.store, arguments.name)
            keys.edit(session.store, replace(key, enabled=action == "enable"))
            print(f"Key {key.name!r} {action}d.")
            return 0
        case "rotate":
            return _rotate(session, arguments.name)
        case _:
            key = keys.named(session.store, arguments.name)
            _open_vault(session, key)
            keys.remove(session.store, session.vault, key)
            print(f"Key {key.name!r} removed.")
            return 0


def _create(arguments: argparse.Namespace, session: Session) -> int:
    if arguments.per and arguments.budget is None:
        raise WrongUsage("--per says what a --budget is per; give both")
    wanted = VirtualKey(
        id="",
        name=arguments.name,
        digest="",
        last4="",
        budget=arguments.budget,
        period=arguments.per or "month",
        expires=arguments.expires,
        models=tuple(arguments.model),
        rpm=arguments.rpm,
        tpm=arguments.tpm,
        parallel=arguments.parallel,
    )
    key, text = keys.create(session.store, session.vault, wanted, keep_text=False)
    say(f"Key {key.name!r} made: {_terms(key)}. It is shown only now:")
    for model in key.models:
        if "*" not in model and "/" not in model and session.store.models.by_alias(model) is None:
            say(f"note: there is no model {model!r} yet")
    print(text, flush=True)
    return 0


def _rotate(session: Session, name: str) -> int:
    key = keys.named(session.store, name)
    _open_vault(session, key)
    key, text = keys.rotate(session.store, session.vault, key)
    say(f"The old text of the key {key.name!r} does not work any more. The new one, shown only now:")
    print(text, flush=True)
    return 0


def _open_vault(session: Session, key: VirtualKey) -> None:
    if key.secret_ref is not None:
        asking.open_vault(session, needed=False)


def _list(arguments: argparse.Namespace, session: Session) -> int:
    views = keys.views(session.store)
    if arguments.json:
        for view in views:
            json_line(_object(view))
    elif views:
        Table("KEY", "ENDS IN", "STATE", ">SPENT", "BUDGET", "RESETS", "EXPIRES", "MODELS", "LIMITS").show(
            [_row(view) for view in views]
        )
    else:
        say("No keys yet. Make one: conduit-desktop key create NAME")
    return 0


def _object(view: KeyView) -> dict[str, object]:
    key = view.key
    return {
        "name": key.name,
        "last4": key.last4,
        "enabled": key.enabled,
        "budget_usd": usd(key.budget),
        "per": key.period if key.budget is not None else None,
        "spent_usd": usd(view.spent),
        "resets": iso(view.resets) if key.budget is not None else None,
        "expires": iso(key.expires),
        "models": key.models,
        "rpm": key.rpm,
        "tpm": key.tpm,
        "parallel": key.parallel,
        "created": iso(key.created),
    }


def _row(view: KeyView) -> list[str | Cell]:
    key = view.key
    budgeted = key.budget is not None
    spent_out = key.budget is not None and view.spent >= key.budget
    return [
        key.name,
        f"…{key.last4}",
        _state(key, spent_out),
        Cell(money.show(view.spent), "red" if spent_out else ""),
        f"{money.show(key.budget)} {_per(key)}" if budgeted else "–",
        day(view.resets) if budgeted else "–",
        day(key.expires),
        ", ".join(key.models) or "all",
        ", ".join(_limits(key)) or "–",
    ]


def _state(key: VirtualKey, spent_out: bool) -> Cell:
    if not key.enabled:
        return Cell("off", "yellow")
    if key.expires is not None and key.expires <= time.time():
        return Cell("expired", "red")
    return Cell("spent", "red") if spent_out else Cell("on", "green")


def _per(key: VirtualKey) -> str:
    return "once" if key.period == "once" else f"a {key.period}"


def _limits(key: VirtualKey) -> list[str]:
    named = ((key.rpm, "requests/min"), (key.tpm, "tokens/min"), (key.parallel, "at once"))
    return [f"{limit} {what}" for limit, what in named if limit is not None]


def _terms(key: VirtualKey) -> str:
    terms = [f"{money.show(key.budget)} {_per(key)}" if key.budget is not None else "no budget"]
    terms += [f"until {day(key.expires)}"] if key.expires is not None else []
    terms += [f"for {', '.join(key.models)}"] if key.models else []
    return ", ".join([*terms, *_limits(key)])
