"""``model``: the names that clients ask for, and what serves them."""

from __future__ import annotations

import argparse

from conduit_desktop import money
from conduit_desktop.cli.output import Cell, Table, json_line, say
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.records import Deployment, Model, Provider
from conduit_desktop.runtime import models, providers


def run(arguments: argparse.Namespace, session: Session) -> int:
    match arguments.action:
        case "add":
            return _add(arguments, session)
        case "set":
            return _set(arguments, session)
        case "list":
            return _list(arguments, session)
        case _:
            model = models.named(session.store, arguments.alias)
            session.store.models.remove(model.id)
            print(f"Model {model.alias!r} removed.")
            return 0


def _add(arguments: argparse.Namespace, session: Session) -> int:
    provider = providers.named(session.store, arguments.provider)
    model = models.add(
        session.store,
        arguments.alias,
        provider,
        arguments.model,
        weight=arguments.weight,
        priority=arguments.priority,
    )
    number = len(model.deployments)
    print(f"Model {model.alias!r} is served by {arguments.model} at {provider.name}", end="")
    print(f", one of {number} deployments ({model.strategy})." if number > 1 else ".")
    _say_price(session, provider, arguments.model)
    return 0


def _say_price(session: Session, provider: Provider, upstream_model: str) -> None:
    price = models.price_of(session.store, provider, upstream_model)
    if price is None:
        say("Its price is not known: requests are counted as unpriced, and keys with a budget cannot use it.")
    elif price.input == price.output == price.per_request == 0:
        say(f"It costs nothing ({price.source}).")
    else:
        million = [money.show(amount * 10**6) for amount in (price.input, price.output)]
        say(f"A million tokens cost {million[0]} in, {million[1]} out ({price.source}).")


def _set(arguments: argparse.Namespace, session: Session) -> int:
    if arguments.strategy is None and arguments.fallback is None and arguments.retries is None:
        raise WrongUsage("say what to change: --strategy, --fallback or --retries")
    given = {"strategy": arguments.strategy, "retries": arguments.retries}
    if arguments.fallback is not None:
        given["fallbacks"] = tuple(each for each in arguments.fallback if each)  # --fallback '' takes them all away
    given = {name: value for name, value in given.items() if value is not None}
    model = models.set_routing(session.store, arguments.alias, **given)
    then = f", then {', '.join(model.fallbacks)}" if model.fallbacks else ""
    print(f"Model {model.alias!r}: {model.strategy}, {model.retries} retries{then}.")
    return 0


def _list(arguments: argparse.Namespace, session: Session) -> int:
    found = session.store.models.list()
    names = {provider.id: provider.name for provider in session.store.providers.list()}
    if arguments.json:
        for model in found:
            json_line(_object(model, names))
    elif found:
        table = Table("MODEL", "STATE", "STRATEGY", ">RETRIES", "SERVED BY", "FALLBACKS")
        table.show([_row(model, names) for model in found])
    else:
        say("No models yet. Add one: conduit-desktop model add ALIAS --provider NAME --model ID")
    return 0


def _object(model: Model, names: dict[str, str]) -> dict[str, object]:
    return {
        "alias": model.alias,
        "strategy": model.strategy,
        "retries": model.retries,
        "fallbacks": model.fallbacks,
        "enabled": model.enabled,
        "deployments": [
            {
                "provider": names.get(deployment.provider_id, ""),
                "model": deployment.upstream_model,
                "weight": deployment.weight,
                "priority": deployment.priority,
                "enabled": deployment.enabled,
            }
            for deployment in model.deployments
        ],
    }


def _row(model: Model, names: dict[str, str]) -> list[str | Cell]:
    state = Cell("on", "green") if model.enabled else Cell("off", "yellow")
    served = ", ".join(_served(deployment, names) for deployment in model.deployments)
    fallbacks = ", ".join(model.fallbacks) or "–"
    return [model.alias, state, model.strategy, str(model.retries), served or Cell("nothing", "red"), fallbacks]


def _served(deployment: Deployment, names: dict[str, str]) -> str:
    """``provider/model``, with weight and priority where they are not the usual ones."""
    more = [f"weight {deployment.weight}"] if deployment.weight != 1 else []
    more += [f"priority {deployment.priority}"] if deployment.priority != 1 else []
    more += ["off"] if not deployment.enabled else []
    text = f"{names.get(deployment.provider_id, '?')}/{deployment.upstream_model}"
    return f"{text} ({', '.join(more)})" if more else text
