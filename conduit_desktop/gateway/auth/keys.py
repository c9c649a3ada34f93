"""Virtual keys: finding the one a request presents, and whether it may ask for this model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from conduit_desktop.errors import NotAllowed
from conduit_desktop.gateway.snapshot import Route, Target
from conduit_desktop.providers.urls import is_loopback
from conduit_desktop.records import VirtualKey

PREFIX = "sk-conduit-"
MASTER = b"sk-conduit-admin-"
_OTHERS = (b"x-api-key", b"x-goog-api-key", b"api-key")
"""The headers that bear a key beside ``authorization``."""


def digest(text: str | bytes) -> str:
    """What the store keeps of a key's text: its SHA-256, in hex."""
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


_USUAL = 100
_digest = lru_cache(maxsize=2048)(digest)
"""The same of texts of a usual length, which come time and again."""


def presented(header: Callable[[bytes], bytes | None], in_query: bytes | None = None) -> bytes | None:
    """The key text a request carries, in any of the places where the SDKs put one: ``header`` gives one by its name,
    ``in_query`` is what the URL says."""
    scheme, _, text = (header(b"authorization") or b"").strip().partition(b" ")
    if text and (scheme == b"Bearer" or scheme.lower() == b"bearer"):
        return text.strip()
    for name in _OTHERS:
        if text := (header(name) or b"").strip():
            return text
    return in_query or None


def identify(text: bytes | None, keys: Mapping[str, VirtualKey], now: float) -> VirtualKey:
    """The key that ``text`` is. Raises NotAllowed (401) for none, an unknown one, or one that was rotated and whose
    grace is over."""
    if text is None:
        raise NotAllowed(
            "The request carries no API key.",
            hint="Send a virtual key as 'Authorization: Bearer sk-conduit-…'. Keys are made in the Keys pane, or with "
            "'conduit-desktop key create NAME'.",
            code="missing_api_key",
        )
    given = _digest(text) if len(text) <= _USUAL else digest(text)
    key = keys.get(given)
    if key is not None and given != key.digest and now >= (key.old_until or 0.0):
        raise NotAllowed(
            f"This text of the key {key.name!r} was rotated out.",
            hint="Copy the current one from the Keys pane.",
            code="key_rotated",
        )
    if key is None and text.startswith(MASTER):
        raise NotAllowed(
            "This is a master key: it opens the admin API and nothing else.", hint="Use a virtual key (sk-conduit-…)."
        )
    if key is None:
        ours = text.startswith(PREFIX.encode())
        raise NotAllowed(
            f"The API key ending in {text[-4:].decode('latin-1')!r} is not known here."
            if ours
            else "The API key is not one of this gateway's virtual keys.",
            hint="It may have been deleted or rotated. Copy a current one from the Keys pane."
            if ours
            else "Use a virtual key (sk-conduit-…); provider keys are added under Providers and stay in the vault.",
        )
    return key


def until(key: VirtualKey, text: bytes | None) -> float | None:
    """When ``text`` stops working (Unix seconds), where it is the one before the key's rotation."""
    return key.old_until if key.old_digest is not None and text and digest(text) == key.old_digest else None


def check_usable(key: VirtualKey, now: float) -> None:
    """Raises NotAllowed (401) for a key that is disabled or expired."""
    if not key.enabled:
        raise NotAllowed(
            f"The key {key.name!r} is disabled.",
            hint="Enable it in the Keys pane (conduit-desktop key enable).",
            code="key_disabled",
        )
    if key.expires is not None and now >= key.expires:
        when = datetime.fromtimestamp(key.expires).astimezone().strftime("%Y-%m-%d %H:%M")
        raise NotAllowed(
            f"The key {key.name!r} expired on {when}.",
            hint="Extend it in the Keys pane (conduit-desktop key set).",
            code="key_expired",
        )


def allows(key: VirtualKey, model: str) -> bool:
    """Whether ``key`` may use ``model``: no list means all; a trailing ``*`` is a prefix."""
    if not key.models:
        return True
    return any(model == pattern or (pattern.endswith("*") and model.startswith(pattern[:-1])) for pattern in key.models)


def within(key: VirtualKey, targets: Sequence[Target]) -> tuple[Target, ...]:
    """Those of ``targets`` that the key may reach: of its providers and, when it is to stay on this machine, at its own
    addresses. Raises NotAllowed (403) when that leaves none."""
    found: Sequence[Target] = targets
    if key.providers and targets:
        found = [target for target in found if target.provider.id in key.providers]
        if not found:
            names = ", ".join(dict.fromkeys(target.provider.name for target in targets))
            raise NotAllowed(
                f"The key {key.name!r} may not use {names}, which serve what it asks for.",
                hint="Allow the provider for it in the Keys pane (conduit-desktop key set), or ask for another model.",
                status=403,
                code="provider_not_allowed",
                param="model",
            )
    if key.local_only and targets:
        found = [target for target in found if stays(target)]
        if not found:
            raise NotAllowed(
                f"The key {key.name!r} never leaves this machine, and nothing here serves what it asks for.",
                hint="Ask for a model of a local server, or switch 'Local only' off in the Keys pane (conduit-desktop "
                "key set).",
                status=403,
                code="local_only",
                param="model",
            )
    return tuple(found)


def bounded(key: VirtualKey) -> bool:
    """Whether there are deployments that the key may not reach."""
    return bool(key.models or key.providers or key.local_only)


def reachable(key: VirtualKey, model: str, targets: Sequence[Target]) -> tuple[Target, ...]:
    """Those of ``targets`` that may serve a request for ``model``, which the key may use: of this model or of others
    that it may use, and ``within`` its bounds. Raises NotAllowed (403) when these leave none."""
    found = [target for target in targets if target.alias in ("", model) or allows(key, target.alias)]
    return within(key, found)


def reaches(key: VirtualKey, route: Route, routes: Mapping[str, Route]) -> bool:
    """Whether the key may use the model and one of its deployments at least, or one of those that stand in for it."""
    if not allows(key, route.alias):
        return False
    if not key.providers and not key.local_only:
        return True
    found = [route]
    for each in found:  # which grows: those that stand in for those that stand in
        found += [routes[name] for name in each.fallbacks if name in routes and routes[name] not in found]
    return any(_may(key, target) for each in found if allows(key, each.alias) for target in each.targets)


def _may(key: VirtualKey, target: Target) -> bool:
    return (not key.providers or target.provider.id in key.providers) and (not key.local_only or stays(target))


def stays(target: Target) -> bool:
    """Whether what is sent there stays on this machine."""
    return target.spec.built_in or is_loopback(target.provider.base_url)


def check_model(key: VirtualKey, model: str) -> None:
    """Raises NotAllowed (403) when ``key`` may not use ``model``."""
    if key.models and not allows(key, model):
        listed = ", ".join(key.models[:8])
        raise NotAllowed(
            f"The key {key.name!r} may not use the model {model!r}.",
            hint=f"It may use: {listed}. Change its models in the Keys pane (conduit-desktop key set).",
            status=403,
            code="model_not_allowed",
            param="model",
        )
