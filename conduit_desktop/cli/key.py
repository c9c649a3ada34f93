"""``key``: what clients identify themselves with. A key's text goes to standard output once, when it is made."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

from conduit_desktop import money
from conduit_desktop.cli import asking, key_options
from conduit_desktop.cli.output import Cell, Table, day, iso, json_line, say, usd
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import key_preview, keys
from conduit_desktop.runtime.keys import KeyView


def run(arguments: argparse.Namespace, session: Session) -> int:
    match arguments.action:
        case "create":
            return _create(arguments, session)
        case "list":
            return _list(arguments, keys.views(session.store))
        case "show":
            name = keys.named(session.store, arguments.name).name
            views = [view for view in keys.views(session.store) if view.key.name == name]
            return _list(arguments, views) if arguments.json else _show(session, views[0])
        case "disable" | "enable" as action:
            key = keys.named(session.store, arguments.name)
            keys.edit(session.store, replace(key, enabled=action == "enable"), key)
            print(f"Key {key.name!r} {action}d.")
            return 0
        case "set":
            if not key_options.given(arguments):
                raise WrongUsage("say what to change, for example --budget, --expires or --model")
            key = keys.named(session.store, arguments.name)
            wanted = key_options.changed(arguments, key, session.store)
            keys.edit(session.store, wanted, key)
            print(f"Key {key.name!r} changed: {_terms(wanted)}.")
            return 0
        case "rotate":
            return _rotate(session, arguments.name, arguments.grace)
        case "reset-spend":
            key = keys.reset_spend(session.store, keys.named(session.store, arguments.name))
            print(f"Key {key.name!r} begins its period anew; {money.show(key.reset_spent)} had been spent.")
            return 0
        case "preview":
            return _preview(session, arguments)
        case _:
            key = keys.named(session.store, arguments.name)
            _open_vault(session, key)
            keys.remove(session.store, session.vault, key)
            print(f"Key {key.name!r} removed.")
            return 0


def _create(arguments: argparse.Namespace, session: Session) -> int:
    given = key_options.given(arguments)
    if "period" in given and "budget" not in given:
        raise WrongUsage("--per says what a --budget is per; give both")
    blank = VirtualKey(id="", name=arguments.name, digest="", last4="")
    wanted = key_options.changed(arguments, blank, session.store)
    key, text = keys.create(session.store, session.vault, wanted, keep_text=False)
    say(f"Key {key.name!r} made: {_terms(key)}. It is shown only now:")
    for model in key.models:
        if "*" not in model and "/" not in model and session.store.models.by_alias(model) is None:
            say(f"note: there is no model {model!r} yet")
    print(text, flush=True)
    return 0


def _rotate(session: Session, name: str, grace: float) -> int:
    key = keys.named(session.store, name)
    _open_vault(session, key)
    key, text = keys.rotate(session.store, session.vault, key, grace=grace)
    until = f"works until {day(key.old_until)}" if key.old_until else "does not work any more"
    say(f"The old text of the key {key.name!r} {until}. The new one, shown only now:")
    print(text, flush=True)
    return 0


def _preview(session: Session, arguments: argparse.Namespace) -> int:
    rows = key_preview.preview(session.store, keys.named(session.store, arguments.name)).rows
    if arguments.json:
        for row in rows:
            json_line({"model": row.model, "targets": row.targets, "reachable": row.reachable, "why": row.why})
    elif rows:
        Table("MODEL", "REACHED", "BY").show(
            [
                [
                    row.model,
                    Cell("yes", "green") if row.reachable else Cell("no", "red"),
                    row.why or ", ".join(row.targets),
                ]
                for row in rows
            ]
        )
    else:
        say("No models yet. Add one: conduit-desktop model add")
    return 0


def _open_vault(session: Session, key: VirtualKey) -> None:
    if key.secret_ref is not None:
        asking.open_vault(session, needed=False)


def _list(arguments: argparse.Namespace, views: list[KeyView]) -> int:
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
        "last_used": iso(view.last_used),
        "requests": view.requests,
        "unpriced": view.unpriced,
        "forecast_usd": usd(view.forecast),
        "at_limit": key.at_limit,
        "downgrade_to": key.downgrade_to or None,
        "thresholds": key.thresholds,
        "local_only": key.local_only,
        "default_model": key.default_model or None,
        "max_output": key.max_output,
        "cache": key.cache,
        "tag": key.tag,
        "note": key.note,
        "old_text_until": iso(key.old_until) if key.old_digest else None,
    }


def _show(session: Session, view: KeyView) -> int:
    """All that a key has, a line each, by the names of ``--json``; amounts and times as the tables have them."""
    key = view.key
    names = {provider.id: provider.name for provider in session.store.providers.list()}
    rows = {
        **_object(view),
        "budget_usd": money.show(key.budget) if key.budget is not None else None,
        "spent_usd": _spent(view),
        "forecast_usd": money.show(view.forecast) if view.forecast is not None else None,
        "resets": day(view.resets) if key.budget is not None else None,
        "expires": day(key.expires),
        "created": day(key.created),
        "last_used": day(view.last_used),
        "old_text_until": day(key.old_until) if key.old_digest else None,
        "providers": [names.get(each, each) for each in key.providers],
    }
    for name, value in rows.items():
        print(f"{name:>14}  {_shown(value)}")
    return 0


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "–" if value in (None, "") else str(value)


def _row(view: KeyView) -> list[str | Cell]:
    key = view.key
    budgeted = key.budget is not None
    spent_out = key.budget is not None and view.spent >= key.budget
    return [
        key.name,
        f"…{key.last4}",
        _state(key, spent_out),
        Cell(_spent(view), "red" if spent_out else ""),
        f"{money.show(key.budget)} {_per(key)}" if budgeted else "–",
        day(view.resets) if budgeted else "–",
        day(key.expires),
        ", ".join(key.models) or "all",
        ", ".join(_limits(key)) or "–",
    ]


def _spent(view: KeyView) -> str:
    return f"{money.show(view.spent)} + {view.unpriced} unpriced" if view.unpriced else money.show(view.spent)


def _state(key: VirtualKey, spent_out: bool) -> Cell:
    if not key.enabled:
        return Cell("off", "yellow")
    if key.expires is not None and key.expires <= time.time():
        return Cell("expired", "red")
    return Cell("spent", "red") if spent_out else Cell("on", "green")


def _per(key: VirtualKey) -> str:
    return "once" if key.period == "once" else f"a {key.period}"


def _limits(key: VirtualKey) -> list[str]:
    named = (
        (key.rpm, "requests/min" if key.rpm != 1 else "request/min"),
        (key.tpm, "tokens/min"),
        (key.parallel, "at once"),
    )
    return [f"{limit} {what}" for limit, what in named if limit is not None]


def _terms(key: VirtualKey) -> str:
    terms = [f"{money.show(key.budget)} {_per(key)}" if key.budget is not None else "no budget"]
    terms += [f"until {day(key.expires)}"] if key.expires is not None else []
    terms += [f"for {', '.join(key.models)}"] if key.models else []
    return ", ".join([*terms, *_limits(key)])
