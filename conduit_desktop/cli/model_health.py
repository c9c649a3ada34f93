"""``model health``, ``model test`` and ``model preview``: how deployments do, and where a request would go.

A running gateway knows how they do now, and is asked by its admin API where the vault holds the master key; else what
was last noted of them is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import contextvars
import functools
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from conduit_desktop.bus import Bus
from conduit_desktop.cli import asking, running
from conduit_desktop.cli.output import Cell, Table, day, duration, iso, json_line, say
from conduit_desktop.cli.session import Session
from conduit_desktop.records import Deployment, HealthEvent, Model
from conduit_desktop.runtime import keys, models

if TYPE_CHECKING:
    from conduit_desktop.gateway.engine import Gateway
    from conduit_desktop.runtime.routing import Routing

T = TypeVar("T")

_COLOURS = {"closed": "green", "half-open": "yellow", "open": "red", "rejected": "red"}
_WORDS = {
    "closed": "in use",
    "half-open": "tried by the next request",
    "open": "kept away from",
    "rejected": "rejected",
}


_WANTED = ("dialect", "operation", "stream", "images", "tools", "json_schema", "tokens")
_STEP = ("n", "state", "model", "provider", "upstream_model", "why")


def run(arguments: argparse.Namespace, session: Session) -> int:
    return {"test": _test, "health": _health, "preview": _preview}[arguments.action](arguments, session)


def _health(arguments: argparse.Namespace, session: Session) -> int:
    store = session.store
    there = [models.named(store, arguments.alias)] if arguments.alias else store.models.list()
    names = {provider.id: provider.name for provider in store.providers.list()}
    if arguments.reset:
        return _reset(session, there)
    if arguments.history:
        return _history(session, there, names, arguments)
    gateway = running.admin(session)
    rows = [row for model in there for row in _states(session, gateway, model, names)]
    if arguments.json:
        for row in rows:
            json_line(row)
    elif rows:
        Table("MODEL", "DEPLOYMENT", "STATE", "SINCE OR UNTIL", ">FIRST", "REASON").show([_row(row) for row in rows])
    else:
        say("Nothing is served yet. Add a model: conduit-desktop model add ALIAS --provider NAME --model ID")
    if gateway is None and rows and not arguments.json:
        say(f"This is what was last noted: {running.why_not(session)}")
    return 0


def _states(
    session: Session, gateway: running.Admin | None, model: Model, names: dict[str, str]
) -> list[dict[str, object]]:
    told: dict[str, Any] = {}
    if gateway is not None:
        told = {each["id"]: each for each in gateway.get(f"/models/{model.id}/health")["data"]}
    rows = []
    for each in model.deployments:
        row: dict[str, object] = {"model": model.alias, "deployment": _name(each, names), "id": each.id}
        row["enabled"] = each.enabled and model.enabled
        if gateway is not None and each.id in told:
            kept = ("state", "reason", "until", "in_work", "failures", "ttft_ms", "limits")
            row |= {name: told[each.id][name] for name in kept}
        else:
            last = next(iter(session.store.health.list(each.id, 1)), None)
            row |= _noted(last, time.time())
        rows.append(row)
    return rows


def _noted(last: HealthEvent | None, now: float) -> dict[str, object]:
    """A deployment as its last event left it."""
    if last is None:
        return {"state": "closed", "reason": None, "until": None, "noted": None}
    over = last.state == "open" and last.until is not None and last.until <= now
    state = "half-open" if over else last.state
    return {"state": state, "reason": last.reason or None, "until": iso(last.until), "noted": iso(last.at)}


def _row(row: dict[str, Any]) -> list[str | Cell]:
    state = str(row["state"])
    shown = Cell(_WORDS[state], _COLOURS[state]) if row["enabled"] else Cell("off", "yellow")
    ttft = duration(row["ttft_ms"] / 1000) if row.get("ttft_ms") is not None else "–"
    moment = _local(row["until"] or row.get("noted"))
    return [str(row["model"]), str(row["deployment"]), shown, str(moment), ttft, str(row["reason"] or "")]


def _local(moment: str | None) -> str:
    """A time in the clock of who reads it, to the second: a rest may be as short."""
    return "–" if not moment else datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _history(session: Session, there: list[Model], names: dict[str, str], arguments: argparse.Namespace) -> int:
    every = {each.id: (model.alias, _name(each, names)) for model in there for each in model.deployments}
    events = [event for subject in every for event in session.store.health.list(subject, arguments.limit)]
    events = sorted(events, key=lambda event: event.seq)[-arguments.limit :]
    if arguments.json:
        for event in events:
            alias, name = every[event.subject]
            row = {"at": iso(event.at), "model": alias, "deployment": name, "state": event.state}
            json_line({**row, "reason": event.reason or None, "until": iso(event.until)})
    elif events:
        rows = [(day(e.at), *every[e.subject], Cell(_WORDS[e.state], _COLOURS[e.state]), e.reason) for e in events]
        Table("WHEN", "MODEL", "DEPLOYMENT", "STATE", "REASON").show(rows)
    else:
        say("Nothing happened to them yet.")
    return 0


def _reset(session: Session, there: list[Model]) -> int:
    gateway = running.needed(session)
    for model in there:
        gateway.post(f"/models/{model.id}/health/reset")
        print(f"The deployments of {model.alias!r} are used again.")
    return 0


def _test(arguments: argparse.Namespace, session: Session) -> int:
    model = models.named(session.store, arguments.alias)
    providers = {provider.id: provider for provider in session.store.providers.list()}
    names = {provider.id: provider.name for provider in providers.values()}
    wanted = (
        [models.deployment(model, names, arguments.deployment)] if arguments.deployment else list(model.deployments)
    )
    if any(providers[each.provider_id].secret_ref for each in wanted):
        asking.open_vault(session, needed=True)
    gateway, code = running.admin(session), 0
    for each in wanted:
        result = _asked(session, gateway, model, each)
        code = code if result["ok"] else 1
        if arguments.json:
            json_line({"model": model.alias, "deployment": _name(each, names), **result})
        elif result["ok"]:
            took = result["latency_ms"]
            print(f"{_name(each, names)}: {result['message']}" + (f" ({duration(took / 1000)})" if took else ""))
        else:
            say(f"{_name(each, names)}: error: {result['message']} {result['hint'] or ''} ({result['cause']})")
    return code


def _asked(session: Session, gateway: running.Admin | None, model: Model, deployment: Deployment) -> dict[str, Any]:
    """By the running gateway, which then uses it again; else from here."""
    if gateway is not None:
        told: dict[str, Any] = gateway.post(f"/models/{model.id}/deployments/{deployment.id}/test")
        return told
    result = asyncio.run(_routing(session).test_deployment(deployment.id))
    latency = None if result.latency is None else round(result.latency * 1000, 3)
    told = {"ok": result.ok, "cause": result.cause, "message": result.message, "hint": result.hint or None}
    return {**told, "status": result.status, "latency_ms": latency}


def _preview(arguments: argparse.Namespace, session: Session) -> int:
    from conduit_desktop.runtime.routing import Wanted

    key_id = keys.named(session.store, arguments.key).id if arguments.key else None
    told = {name: getattr(arguments, name) for name in _WANTED}
    gateway = running.admin(session)
    if gateway is not None:
        found = gateway.post("/route-preview", {"model": arguments.model, **told, "key": key_id})
        steps, note = found["steps"], found["note"] or ""
    else:
        preview = asyncio.run(_routing(session).preview(arguments.model, Wanted(**told, key_id=key_id)))
        steps = [{name: getattr(each, name) for name in _STEP} for each in preview.steps]
        note = preview.note
    if arguments.json:
        for step in steps:
            json_line({name: step[name] for name in _STEP})
    elif steps:
        rows = [
            (str(s["n"] or "–"), s["state"], s["model"], f"{s['provider']}/{s['upstream_model']}", s["why"])
            for s in steps
        ]
        Table(">#", "WHEN", "MODEL", "DEPLOYMENT", "WHY").show(rows)
    if note:
        say(note)
    return 0 if any(step["n"] for step in steps) else 1


def _routing(session: Session) -> Routing:
    """The verbs without a gateway."""
    from conduit_desktop.runtime.routing import Routing

    async def run(work: Callable[..., T], *args: Any, **named: Any) -> T:
        context = contextvars.copy_context()  # it says who acts
        return await asyncio.get_running_loop().run_in_executor(
            None, functools.partial(context.run, work, *args, **named)
        )

    async def ask(work: Callable[[Gateway], Awaitable[T]]) -> T | None:
        return None

    return Routing(session.store, session.vault, Bus(), run, ask)


def _name(deployment: Deployment, names: dict[str, str]) -> str:
    return f"{names.get(deployment.provider_id, '?')}/{deployment.upstream_model}"
