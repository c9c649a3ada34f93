"""``provider``: the accounts that requests are sent to."""

from __future__ import annotations

import argparse
import asyncio

from conduit_desktop.cli import asking
from conduit_desktop.cli.output import Cell, Table, duration, json_line, plain, say
from conduit_desktop.cli.session import Session
from conduit_desktop.providers import spec
from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime import providers
from conduit_desktop.runtime.occupancy import running


def run(arguments: argparse.Namespace, session: Session) -> int:
    match arguments.action:
        case "add":
            return _add(arguments, session)
        case "list":
            return _list(arguments, session)
        case "test":
            return _test(session, arguments.name)
        case "models":
            return _models(arguments, session)
        case _:
            return _remove(session, arguments.name)


def _add(arguments: argparse.Namespace, session: Session) -> int:
    known = spec(arguments.kind)
    name = arguments.name.strip()
    if session.store.providers.by_name(name) is not None:
        raise providers.taken(name)  # before anything is asked for
    if arguments.base_url and (found := running(session.home)) is not None:
        providers.check_elsewhere(arguments.base_url, found.base_url)
    secret = asking.api_key(known, name, stdin=arguments.api_key_stdin, variable=arguments.api_key_env)
    if secret is not None:
        asking.open_vault(session, needed=True)
    provider = providers.add(session.store, session.vault, name, known.kind, base_url=arguments.base_url, secret=secret)
    print(f"Provider {provider.name!r} added: {known.title} at {provider.base_url}")
    if not known.built_in:
        say(f"Try it: conduit-desktop provider test {provider.name}")
    return 0


def _list(arguments: argparse.Namespace, session: Session) -> int:
    found = session.store.providers.list()
    if arguments.json:
        for provider in found:
            json_line(
                {
                    "name": provider.name,
                    "kind": provider.kind,
                    "base_url": provider.base_url,
                    "api_key": provider.secret_ref is not None,
                    "api_key_last4": provider.secret_last4,
                    "enabled": provider.enabled,
                    **_further(provider),
                }
            )
    elif found:
        Table("NAME", "KIND", "STATE", "API KEY", "BASE URL").show([_row(provider) for provider in found])
    else:
        say("No providers yet. Add one: conduit-desktop provider add NAME --kind KIND")
    return 0


def _further(provider: Provider) -> dict[str, object]:
    rows = [{"name": each.name, "api_key_last4": each.last4, "enabled": each.enabled} for each in provider.credentials]
    return {"credentials": rows} if rows else {}


def _row(provider: Provider) -> list[str | Cell]:
    key = f"…{provider.secret_last4}" if provider.secret_ref else "–"
    key += f" and {len(provider.credentials)} more" if provider.credentials else ""
    state = Cell("on", "green") if provider.enabled else Cell("off", "yellow")
    return [provider.name, provider.kind, state, key, provider.base_url]


def _opened(session: Session, name: str) -> tuple[Provider, str | None]:
    """The provider and its secret."""
    provider = providers.named(session.store, name)
    if provider.secret_ref is not None:
        asking.open_vault(session, needed=True)
    return provider, providers.secret_of(session.vault, provider)


def _test(session: Session, name: str) -> int:
    from conduit_desktop.gateway.send import probe

    provider, secret = _opened(session, name)
    result = asyncio.run(probe.test(spec(provider.kind), provider.base_url, secret))
    if result.ok:
        print(f"{result.message} ({duration(result.latency)})" if result.latency else result.message)
    else:
        say(f"error: {result.message} {result.hint} ({result.cause})")
    if result.ok and result.hint:
        say(result.hint)
    return 0 if result.ok else 1


def _models(arguments: argparse.Namespace, session: Session) -> int:
    from conduit_desktop.gateway.send import probe

    provider, secret = _opened(session, arguments.name)
    for name in asyncio.run(probe.list_models(spec(provider.kind), provider.base_url, secret)):
        if arguments.json:
            json_line({"id": name})
        else:
            print(plain(name))
    return 0


def _remove(session: Session, name: str) -> int:
    provider = providers.named(session.store, name)
    left = [model.alias for model in session.store.models.list() if _served_only_by(provider, model)]
    if provider.secret_ref is not None:
        asking.open_vault(session, needed=False)
    providers.remove(session.store, session.vault, provider.id)
    print(f"Provider {provider.name!r} removed.")
    if left:
        say(f"Nothing serves these models now: {', '.join(left)}")
    return 0


def _served_only_by(provider: Provider, model: Model) -> bool:
    return {deployment.provider_id for deployment in model.deployments} == {provider.id}
