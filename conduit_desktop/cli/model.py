"""``model``: the names that clients ask for, and what serves them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conduit_desktop import money
from conduit_desktop.cli.output import Cell, Table, json_line, say
from conduit_desktop.cli.routing_options import FALLBACKS, LIMITS, NONE, TIMES
from conduit_desktop.cli.session import Session, WrongUsage
from conduit_desktop.records import TIMEOUTS, Deployment, Model, Provider, Timeouts
from conduit_desktop.runtime import models, providers
from conduit_desktop.runtime.applying import fields
from conduit_desktop.runtime.model_terms import in_force


def run(arguments: argparse.Namespace, session: Session) -> int:
    match arguments.action:
        case "add":
            return _add(arguments, session)
        case "set":
            return _set(arguments, session)
        case "deployment":
            return _deployment(arguments, session)
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
    given = _given(arguments, "strategy", "retries", "resume", "enabled")
    for _, field, _ in FALLBACKS:
        if (names := getattr(arguments, field)) is not None:
            given[field] = tuple(each for each in names if each)  # --fallback '' takes them all away
    if hasattr(arguments, "cache"):
        given["cache_seconds"] = arguments.cache
    times = {step.replace("-", "_") for step, _ in TIMES}
    asked = {step: getattr(arguments, f"timeout_{step}") for step in times if hasattr(arguments, f"timeout_{step}")}
    if not given and not asked:
        raise WrongUsage("say what to change, for example --strategy, --fallback or --retries")
    usual = {step: getattr(TIMEOUTS, step) if seconds is None else seconds for step, seconds in asked.items()}
    model = models.set_routing(session.store, arguments.alias, timeouts=usual, **given)
    print(f"Model {model.alias!r}: {_told(model)}.")
    return 0


def _given(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(arguments, name)) is not None}


def _told(model: Model) -> str:
    """How it is routed; what is as usual is left out."""
    said = [model.strategy, f"{model.retries} retries" if model.retries != 1 else "1 retry"]
    said += _fallbacks(model)
    said += filter(None, (_time(step, model.timeouts) for step, _ in TIMES))
    said += [f"answers kept {model.cache_seconds} s"] if model.cache_seconds is not None else []
    said += ["streams continued"] if model.resume else []
    said += ["off"] if not model.enabled else []
    return ", ".join(said)


def _fallbacks(model: Model) -> list[str]:
    kinds = (("fallbacks", "on failure"), ("context_fallbacks", "too long"), ("content_fallbacks", "filtered"))
    return [f"{when}: {', '.join(names)}" for kind, when in kinds if (names := getattr(model, kind))]


def _time(step: str, times: Timeouts) -> str:
    """A time limit as it applies, and as it was set where that of all is shorter; empty where it is the usual."""
    name = step.replace("-", "_")
    own, applied, usual = (getattr(each, name) for each in (times, times.applied, TIMEOUTS))
    return f"{step.replace('-', ' ')} {in_force(name, times)}" if own != applied or own != usual else ""


def _deployment(arguments: argparse.Namespace, session: Session) -> int:
    model = models.named(session.store, arguments.alias)
    names = {provider.id: provider.name for provider in session.store.providers.list()}
    wanted = models.deployment(model, names, arguments.which).id
    given = _given(arguments, "weight", "priority", "enabled")
    limits = (name.replace("-", "_") for name, _ in LIMITS)
    given |= {name: getattr(arguments, name) for name in limits if hasattr(arguments, name)}
    if arguments.lacks is not None:
        given["lacks"] = tuple(dict.fromkeys(each for each in arguments.lacks if each != NONE))
    if not given and not arguments.remove:
        raise WrongUsage("say what to change, for example --weight, --rpm or --disable")

    def how(now: Model) -> Model:
        rest = (each for each in now.deployments if not (arguments.remove and each.id == wanted))
        return replace(now, deployments=tuple(replace(each, **given) if each.id == wanted else each for each in rest))

    changed = models.change(session.store, model.id, how)
    served = ", ".join(_served(each, names) for each in changed.deployments)
    print(f"Model {model.alias!r} is served by {served}." if served else f"Nothing serves {model.alias!r} now.")
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
                **_beside(fields.DEPLOYMENT, deployment, ("provider", "model", "weight", "priority", "enabled")),
            }
            for deployment in model.deployments
        ],
        **_beside(fields.MODEL, model, ("strategy", "retries", "fallbacks", "enabled")),
    }


def _beside(rows: Iterable[fields.Field], record: object, said: tuple[str, ...]) -> dict[str, object]:
    """What else there is to say, where it is not as usual."""
    return fields.plain([row for row in rows if row.name not in said], record)


def _row(model: Model, names: dict[str, str]) -> list[str | Cell]:
    state = Cell("on", "green") if model.enabled else Cell("off", "yellow")
    served = ", ".join(_served(deployment, names) for deployment in model.deployments)
    fallbacks = "; ".join(_fallbacks(model)) or "–"
    return [model.alias, state, model.strategy, str(model.retries), served or Cell("nothing", "red"), fallbacks]


def _served(deployment: Deployment, names: dict[str, str]) -> str:
    """``provider/model``, with weight and priority where they are not the usual ones."""
    more = [f"weight {deployment.weight}"] if deployment.weight != 1 else []
    more += [f"priority {deployment.priority}"] if deployment.priority != 1 else []
    more += [f"{name} {limit}" for name, _ in LIMITS if (limit := getattr(deployment, name.replace("-", "_")))]
    more += [f"without {', '.join(deployment.lacks)}"] if deployment.lacks else []
    more += ["off"] if not deployment.enabled else []
    text = f"{names.get(deployment.provider_id, '?')}/{deployment.upstream_model}"
    return f"{text} ({', '.join(more)})" if more else text
