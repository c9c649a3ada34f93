"""``apply`` and ``export``: the whole configuration as one TOML file, without secrets.

``apply`` shows what would change before it asks; texts of keys that it makes go to standard output, one a line, last.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from conduit_desktop import logs
from conduit_desktop.cli import asking
from conduit_desktop.cli.output import json_line, paint, plain, say
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.errors import ConfigurationError
from conduit_desktop.runtime import applying
from conduit_desktop.runtime.applying import Applied, Change, Plan
from conduit_desktop.vault.shared import replace

STANDARD = "-"
_SIGNS = {"add": ("+", "green"), "change": ("~", "yellow"), "remove": ("-", "red")}


def run(arguments: argparse.Namespace, session: Session) -> int:
    return _export(arguments, session) if arguments.verb == "export" else _apply(arguments, session)


def _export(arguments: argparse.Namespace, session: Session) -> int:
    if arguments.file == STANDARD:
        sys.stdout.write(applying.export(session.store))
        return 0
    path = Path(arguments.file)
    before = _read(path) if path.exists() else None
    text = applying.export(session.store, before)
    if text == before:
        say(f"{path} says so already.")
        return 0
    try:
        replace(path, text.encode())
    except OSError as error:  # it names a file that is put in place of this one
        raise OSError(error.errno, error.strerror, str(path)) from error
    say(f"{path} written; it holds no secrets.")
    return 0


def _apply(arguments: argparse.Namespace, session: Session) -> int:
    text = _standard_input() if arguments.file == STANDARD else _read(Path(arguments.file))
    if "api_key_env" in text or arguments.prune:
        asking.open_vault(session, needed=False)
    plan = applying.plan(session.store, session.vault, text, os.environ, prune=arguments.prune)
    if arguments.json:
        json_line({"changes": [_object(change) for change in plan.changes], "notes": plan.notes})
    else:
        show(plan)
    if not plan.changes or arguments.dry_run:
        return 0
    if not arguments.yes and not _agreed(arguments.file):
        say("Nothing was changed.")
        return 1
    applied = applying.apply(session.store, session.vault, plan, os.environ)
    _done(applied, as_json=arguments.json)
    return 0


def _standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError:
        raise _no_text("Standard input") from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no file {path}.", hint=f"Write one first: conduit-desktop export {path}", code="not_found"
        ) from None
    except UnicodeDecodeError:
        raise _no_text(str(path)) from None


def _no_text(what: str) -> ConfigurationError:
    return ConfigurationError(f"{what} is not UTF-8 text.", hint="Give a file that `export` made.", code="bad_toml")


def _agreed(file: str) -> bool:
    if file == STANDARD or not sys.stdin.isatty():
        raise WrongUsage("nobody is there to be asked: look with --dry-run, then give --yes")
    print("Do it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _done(applied: Applied, *, as_json: bool) -> None:
    if as_json:
        json_line({"applied": applied.changes, "keys": dict(applied.keys)})
        return
    say(f"{applied.changes} {'change' if applied.changes == 1 else 'changes'} made.")
    if applied.keys:
        say(f"{'A key was' if len(applied.keys) == 1 else 'Keys were'} made; shown only now:")
        for name, text in applied.keys:
            print(f"{plain(name)}  {text}" if len(applied.keys) > 1 else text, flush=True)


# ---------------------------------------------------------------- the difference


def show(plan: Plan) -> None:
    """The difference, for people."""
    for change in plan.changes:
        sign, colour = _SIGNS[change.action]
        print(paint(plain(f"{sign} {change.kind} {change.name}"), colour))
        if change.action != "remove":
            for name, before, after in change.fields:
                print(f"    {plain(logs.redact(_line(change, name, before, after)))}")
    for note in plan.notes:
        say(f"note: {plain(note)}")
    if not plan.changes:
        say("Nothing to do: it is all so already.")
    sys.stdout.flush()


def _line(change: Change, name: str, before: Any, after: Any) -> str:
    if change.action == "add" or name == "api_key":
        return f"{name}: {_shown(after)}"
    return f"{name}: {_shown(before)} → {_shown(after)}"


def _shown(value: Any) -> str:
    if value is None:
        return "(default)"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _object(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "kind": change.kind,
        "name": change.name,
        "fields": {name: {"before": before, "after": after} for name, before, after in change.fields},
    }
