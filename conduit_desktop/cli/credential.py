"""``provider credential``: the keys of a provider beside its first."""

from __future__ import annotations

import argparse
import asyncio

from conduit_desktop.cli import asking
from conduit_desktop.cli.output import Cell, Table, duration, json_line, say
from conduit_desktop.cli.session import Session
from conduit_desktop.providers import spec
from conduit_desktop.records import Provider
from conduit_desktop.runtime import credentials, providers
from conduit_desktop.runtime.credentials import FIRST


def run(arguments: argparse.Namespace, session: Session) -> int:
    provider = providers.named(session.store, arguments.provider)
    match arguments.action:
        case "list":
            return _list(provider, arguments.json)
        case "add":
            secret = _secret(arguments, session, provider)
            credentials.add(session.store, session.vault, provider.id, arguments.name, secret)
            print(f"Key {arguments.name!r} of {provider.name!r} added.")
            say(f"Try it: conduit-desktop provider credential test {provider.name} {arguments.name}")
            return 0
        case "test":
            return _test(provider, session, arguments.name)
        case action:
            return _change(arguments, session, provider, action)


def _change(arguments: argparse.Namespace, session: Session, provider: Provider, action: str) -> int:
    wanted = (session.store, session.vault, provider.id, credentials.named(provider, arguments.name))
    if action == "remove":
        asking.open_vault(session, needed=False)
        credentials.remove(*wanted)
    elif action == "renew":
        credentials.edit(*wanted, secret=_secret(arguments, session, provider))
    else:
        credentials.edit(*wanted, enabled=action == "enable")
    print(f"Key {arguments.name!r} of {provider.name!r} {action.rstrip('e')}ed.")
    return 0


def _secret(arguments: argparse.Namespace, session: Session, provider: Provider) -> str:
    known, variable = spec(provider.kind), arguments.api_key_env
    secret = asking.api_key(known, provider.name, stdin=arguments.api_key_stdin, variable=variable, needed=True)
    asking.open_vault(session, needed=True)
    return secret or ""


def _list(provider: Provider, as_json: bool) -> int:
    """The provider's own first, where it has one."""
    rows = [(FIRST, provider.secret_last4, True)] if provider.secret_ref else []
    rows += [(each.name, each.last4, each.enabled) for each in provider.credentials]
    if as_json:
        for name, last4, enabled in rows:
            json_line({"name": name, "api_key_last4": last4, "enabled": enabled})
    elif rows:
        on, off = Cell("on", "green"), Cell("off", "yellow")
        shown = ((name, on if enabled else off, f"…{last4}" if last4 else "–") for name, last4, enabled in rows)
        Table("NAME", "STATE", "API KEY").show(list(shown))
    else:
        say(f"{provider.name} has no keys.")
    return 0


def _test(provider: Provider, session: Session, name: str | None) -> int:
    from conduit_desktop.gateway.send import probe

    asking.open_vault(session, needed=True)
    names = [name] if name else [FIRST, *(each.name for each in provider.credentials)]
    code = 0
    for each in names:
        held = credentials.named(provider, each)
        _, secret = credentials.secret_of(session.store, session.vault, provider.id, held)
        result = asyncio.run(probe.test(spec(provider.kind), provider.base_url, secret))
        if result.ok:
            took = f" ({duration(result.latency)})" if result.latency else ""
            print(f"{each}: {result.message}{took}")
        else:
            say(f"{each}: error: {result.message} {result.hint} ({result.cause})")
            code = 1
    return code
