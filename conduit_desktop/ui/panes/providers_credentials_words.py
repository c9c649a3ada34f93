"""What the Providers pane says of a provider's keys: which there are, how each does and why. Pure."""

from __future__ import annotations

from typing import NamedTuple

from conduit_desktop.records import Provider
from conduit_desktop.runtime.routing import CredentialState
from conduit_desktop.ui.panes.providers_words import known_kind
from conduit_desktop.ui.shown import clock


class ProviderKey(NamedTuple):
    """One key: ``id`` is the provider's for its first, which has no name of its own and is always on."""

    id: str
    name: str
    last4: str
    enabled: bool = True
    first: bool = False


class KeyLook(NamedTuple):
    """A dot with its word and why; ``away``: somebody could want it back before its time."""

    word: str
    tone: str
    hollow: bool = False
    why: str = ""
    away: bool = False


def keys_of(provider: Provider) -> tuple[ProviderKey, ...]:
    """The provider's keys, its first before the others."""
    first = (ProviderKey(provider.id, "First key", provider.secret_last4, first=True),) if provider.secret_ref else ()
    return (*first, *(ProviderKey(each.id, each.name, each.last4, each.enabled) for each in provider.credentials))


def may_have_more(provider: Provider) -> bool:
    """Whether another key has a place here: beside a first one."""
    known = known_kind(provider.kind)
    return known is not None and known.secret != "none" and provider.secret_ref is not None


def key_look(key: ProviderKey, state: CredentialState | None, *, running: bool) -> KeyLook:
    """How a key does."""
    if not key.enabled:
        return KeyLook("Off", "neutral", True)
    if not running:
        return KeyLook("Gateway stopped", "neutral", True)
    if state is None:
        return KeyLook("Not in use", "neutral", True, "No model that is on is served by this provider.")
    why = _sentence(state.reason)
    match state.state:
        case "rejected":
            more = "It is put aside until it is replaced, tested well or used again by hand."
            return KeyLook("Turned down", "danger", False, f"{why} {more}".strip(), True)
        case "open":
            until = f"Resting until {clock(state.until)}" if state.until is not None else "Resting"
            return KeyLook(until, "warning", False, why, True)
        case "half-open":
            return KeyLook("Being tried", "warning", False, why)
        case _:
            return KeyLook("In use", "success")


def together(provider: Provider) -> str:
    """What having several means, or what a second would do."""
    number = sum(key.enabled for key in keys_of(provider))
    if number > 1:
        return (
            f"{number} keys are used in turn. While the provider limits one, the others go on; one that it turns down "
            "is put aside."
        )
    return "A further key is used in turn with this one: while the provider limits one, the other goes on."


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?…' else '.'}" if text else ""
