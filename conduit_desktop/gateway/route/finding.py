"""From a model's name to its route, and from a route to those that stand in for it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.snapshot import Route, Snapshot, direct
from conduit_desktop.providers import spec

Kind = Literal["fallbacks", "context_fallbacks", "content_fallbacks"]


def find(model: str, snapshot: Snapshot) -> Route:
    """The route of ``model``: an alias, else ``PROVIDER/MODEL-ID`` split at its first slash. Raises NoRoute (404)."""
    route = snapshot.routes.get(model)
    if route is not None:
        return route
    name, slash, rest = model.partition("/")
    provider = snapshot.providers.get(name)
    if slash and rest and provider is not None:
        return direct(provider, rest)
    near = _served(model, snapshot) or get_close_matches(model, [*snapshot.routes], n=3, cutoff=0.5)
    near += [own for own in _own(model, snapshot) if own not in near]
    if near:
        hint = f"Did you mean {' or '.join(near)}?"
    elif snapshot.routes:
        hint = f"Models here: {', '.join(sorted(snapshot.routes)[:10])}. Or name a provider's own: PROVIDER/MODEL-ID."
    else:
        hint = "No model is set up yet: add one in the Models pane, or with 'conduit-desktop model add'."
    raise NoRoute(f"There is no model {model!r}.", hint=hint, param="model")


def _served(model: str, snapshot: Snapshot) -> list[str]:
    """The models that the one of that id stands behind: who knows a vendor's own name asks for that."""
    return [
        alias
        for alias, route in snapshot.routes.items()
        if any(target.upstream_model == model for target in route.targets)
    ][:3]


def _own(model: str, snapshot: Snapshot) -> list[str]:
    """The model as that of a provider that has others of its family (``gpt-…``)."""
    family, dash, _ = model.partition("-")
    return [
        f"{name}/{model}"
        for name, provider in snapshot.providers.items()
        if dash and family and spec(provider.kind).test_model.startswith(f"{family}-")
    ][:2]


def reach(route: Route, kind: Kind, snapshot: Snapshot) -> list[Route]:
    """The models that stand in for ``route``, in order: those that it names, then those that these name. None comes
    twice, so that no circle goes on."""
    seen, found, at = {route.alias}, [route], 0
    while at < len(found):
        for name in getattr(found[at], kind):
            if name not in seen and name in snapshot.routes:
                seen.add(name)
                found.append(snapshot.routes[name])
        at += 1
    return found[1:]
