"""From a model's name to its route, and from a route to those that stand in for it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal

from conduit_desktop.errors import NoRoute
from conduit_desktop.gateway.snapshot import Route, Snapshot, direct

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
    near = get_close_matches(model, [*snapshot.routes], n=3, cutoff=0.5)
    if near:
        hint = f"Did you mean {' or '.join(near)}?"
    elif snapshot.routes:
        hint = f"Models here: {', '.join(sorted(snapshot.routes)[:10])}. Or name a provider's own: PROVIDER/MODEL-ID."
    else:
        hint = "No model is set up yet: add one in the Models pane, or with 'conduit-desktop model add'."
    raise NoRoute(f"There is no model {model!r}.", hint=hint, param="model")


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
