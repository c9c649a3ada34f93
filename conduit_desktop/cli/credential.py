"""``provider credential``: the keys of a provider beside its first."""

from __future__ import annotations

import argparse
import asyncio
import time

from conduit_desktop.cli import asking, running
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
            return _list(session, provider, arguments.json)
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
    if action in ("renew", "enable"):
        _used_again(session, provider, wanted[-1])
    return 0


def _used_again(session: Session, provider: Provider, held: str) -> None:
    """Tell the running gateway, which may have put the key aside; say where it cannot be told."""
    if not _aside(session, held):
        return
    gateway = running.admin(session)
    if gateway is not None:
        gateway.post(f"/providers/{provider.id}/credentials/{held}/health/reset")
    elif running.is_there(session):
        say(f"The running gateway may put it aside until it is started again: {running.why_not(session)}")


def _aside(session: Session, held: str) -> str:
    """Why a key was put aside, as last noted; nothing where it was not."""
    last = next(iter(session.store.health.list(held, 1)), None)
    if last is None or last.state == "closed" or (last.until is not None and last.until <= time.time()):
        return ""
    return last.reason or last.state


def _secret(arguments: argparse.Namespace, session: Session, provider: Provider) -> str:
    known, variable = spec(provider.kind), arguments.api_key_env
    secret = asking.api_key(known, provider.name, stdin=arguments.api_key_stdin, variable=variable, needed=True)
    asking.open_vault(session, needed=True)
    return secret or ""


def _list(session: Session, provider: Provider, as_json: bool) -> int:
    """The provider's own first, where it has one."""
    rows = [(FIRST, provider.secret_last4, True, provider.id)] if provider.secret_ref else []
    rows += [(each.name, each.last4, each.enabled, each.id) for each in provider.credentials]
    told = [(name, last4, enabled, _aside(session, held)) for name, last4, enabled, held in rows]
    if as_json:
        for name, last4, enabled, aside in told:
            json_line({"name": name, "api_key_last4": last4, "enabled": enabled, "put_aside": aside or None})
    elif rows:
        on, off, away = Cell("on", "green"), Cell("off", "yellow"), Cell("put aside", "red")
        Table("NAME", "STATE", "API KEY", "REASON").show(
            [
                (name, off if not enabled else away if aside else on, f"…{last4}" if last4 else "–", aside)
                for name, last4, enabled, aside in told
            ]
        )
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
            _used_again(session, provider, held)
        else:
            say(f"{each}: error: {result.message} {result.hint} ({result.cause})")
            code = 1
    return code
