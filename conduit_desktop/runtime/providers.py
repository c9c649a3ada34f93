"""Adding, changing and removing providers: the record in the store and its secret in the vault, in step.

Blocking: for worker threads and the command line. The secret goes to the vault before the record names it, and the old
one is removed only after, so that whatever breaks in between loses nothing.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, replace
from typing import Protocol, TypeGuard

from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.providers import spec
from conduit_desktop.providers.spec import ProviderSpec, clean_secret
from conduit_desktop.providers.urls import is_cleartext, is_loopback, normalise_base_url, origin, same_origin
from conduit_desktop.records import Provider
from conduit_desktop.runtime import names
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret that is in the vault: its reference there, and what may be shown of it."""

    ref: str
    last4: str


class How(Protocol):
    """Makes the changed provider of the one that is stored, with the secret that came along; raises
    ConfigurationError for what cannot be. It is called twice: before the secret goes to the vault, too."""

    def __call__(self, old: Provider, kept: Kept | None, /) -> Provider: ...


def add(store: Store, vault: Vault, name: str, kind: str, *, base_url: str = "", secret: str | None = None) -> Provider:
    """Add a provider; gives its record. Raises ConfigurationError or VaultError."""
    known = spec(kind)
    name = names.clean(name, "provider")
    if store.providers.by_name(name) is not None:
        raise taken(name)
    now = time.time()
    provider = Provider(
        id=uuid.uuid4().hex,
        name=name,
        kind=kind,
        base_url=normalise_base_url(base_url, known),
        created=now,
        updated=now,
    )
    if said(secret):
        check_holding(provider)
        kept = _keep(vault, secret)
        provider = replace(provider, secret_ref=kept.ref, secret_last4=kept.last4)
    elif known.secret == "required":
        raise _missing(known)
    try:
        store.providers.put(provider)
    except BaseException:
        drop(vault, provider.secret_ref)
        raise
    return provider


def edit(
    store: Store,
    vault: Vault,
    provider_id: str,
    *,
    name: str | None = None,
    base_url: str | None = None,
    secret: str | None = None,
    enabled: bool | None = None,
) -> Provider:
    """Change what is given and leave the rest: no ``secret`` keeps the one there is. When the address moves to another
    origin a new secret must come with it, for the old one was entrusted to the old origin only; further ones have to be
    removed before."""

    def how(old: Provider, kept: Kept | None) -> Provider:
        known = spec(old.kind)
        new = old if name is None else replace(old, name=names.clean(name, "provider"))
        if base_url is not None:
            new = replace(new, base_url=normalise_base_url(base_url, known))
        if enabled is not None:
            new = replace(new, enabled=enabled)
        _check_move(old, new, kept)
        if kept is None:
            if secret and known.secret == "required":
                raise _missing(known)  # it was blank
            return new
        check_holding(new)
        return replace(new, secret_ref=kept.ref, secret_last4=kept.last4)

    return change(store, vault, provider_id, how, secret)


def _check_move(old: Provider, new: Provider, kept: Kept | None) -> None:
    if same_origin(old.base_url, new.base_url):
        return
    if old.secret_ref and kept is None:
        raise ConfigurationError(
            "The address changed to another server, and the stored key belongs to the old one.",
            hint="Enter the key for the new address.",
            code="secret_needed",
        )
    if old.credentials:
        further = ", ".join(each.name for each in old.credentials)
        raise ConfigurationError(
            f"The address changed to another server, and the further keys ({further}) belong to the old one.",
            hint="Remove them first; add those for the new address afterwards.",
            code="credentials_left",
        )


def forget_secret(store: Store, vault: Vault, provider_id: str) -> Provider:
    """Take its secret away. Raises ConfigurationError where its kind needs one, or others are used beside it."""

    def how(old: Provider, _: Kept | None) -> Provider:
        known = spec(old.kind)
        if known.secret == "required":
            raise ConfigurationError(
                f"{known.title} needs an API key.", hint="Disable the provider to stop it.", code="secret_missing"
            )
        if old.credentials:
            raise ConfigurationError(
                f"{old.name!r} has further keys, which would go on being used.",
                hint="Remove them first.",
                code="credentials_left",
            )
        return replace(old, secret_ref=None, secret_last4="")

    return change(store, vault, provider_id, how)


def change(store: Store, vault: Vault, provider_id: str, how: How, secret: str | None = None) -> Provider:
    """Store what ``how`` makes of the provider as it is then: nobody else's change is lost. A ``secret`` goes to the
    vault first, and what nothing names any more leaves it last."""
    kept = None
    if said(secret):
        how(get(store, provider_id), Kept("", ""))
        kept = _keep(vault, secret)

    def work() -> tuple[Provider, Provider]:
        old = get(store, provider_id)
        new = replace(how(old, kept), updated=time.time())
        store.providers.put(new)
        return old, new

    try:
        old, new = store.write(work)
    except BaseException:
        drop(vault, kept.ref if kept else None)
        raise
    for ref in set(secret_refs(old)) - set(secret_refs(new)):
        drop(vault, ref)
    return new


def remove(store: Store, vault: Vault, provider_id: str) -> None:
    """Remove a provider, its deployments and its secrets."""

    def work() -> Provider:
        provider = get(store, provider_id)
        store.providers.remove(provider.id)
        return provider

    for ref in secret_refs(store.write(work)):
        drop(vault, ref)


def secret_refs(provider: Provider) -> list[str]:
    """The entries of the vault that it names."""
    first = [] if provider.secret_ref is None else [provider.secret_ref]
    return [*first, *(each.secret_ref for each in provider.credentials)]


def get(store: Store, provider_id: str) -> Provider:
    provider = store.providers.get(provider_id)
    if provider is None:
        raise ConfigurationError("This provider is not there any more.", status=404, code="not_found")
    return provider


def named(store: Store, name: str) -> Provider:
    """The provider called ``name``. Raises ConfigurationError naming those that there are."""
    provider = store.providers.by_name(name)
    if provider is None:
        there = [each.name for each in store.providers.list()]
        raise names.absent("provider", name, there, "provider add NAME --kind KIND")
    return provider


def secret_of(vault: Vault, provider: Provider) -> str | None:
    """The provider's secret, None when it has none. Raises VaultError."""
    return vault.get(provider.secret_ref) if provider.secret_ref else None


def taken(name: str) -> ConfigurationError:
    return ConfigurationError(f"There is a provider {name!r} already.", hint="Choose another name.", code="taken")


def is_own(base_url: str, gateway_url: str) -> bool:
    """Whether a provider's address is plainly that of the gateway itself, by whichever name of this machine."""
    if not gateway_url or not is_loopback(base_url):
        return False
    return origin(base_url).rpartition(":")[2] == origin(gateway_url).rpartition(":")[2]


def check_elsewhere(base_url: str | None, gateway_url: str) -> None:
    """Raises ConfigurationError for the address of the gateway itself: requests would come back to it."""
    given = (base_url or "").strip()
    try:
        own = is_own(given if "//" in given else f"http://{given}", gateway_url)
    except ValueError:  # no address at all, which is said elsewhere
        own = False
    if own:
        raise ConfigurationError(
            f"{given} is this gateway itself: requests would come back to it.",
            hint="Enter the address of the server that answers them.",
            code="own_address",
        )


def check_holding(provider: Provider) -> None:
    """Raises ConfigurationError where it must not have a secret."""
    known = spec(provider.kind)
    if known.secret == "none":
        raise ConfigurationError(f"{known.title} takes no API key.", code="secret_unwanted")
    if is_cleartext(provider.base_url):
        raise ConfigurationError(
            "This address is plain http on another machine: the key could be read on the way.",
            hint="Use https, or leave the key empty.",
            code="cleartext",
        )


def said(secret: str | None) -> TypeGuard[str]:
    return bool(secret and secret.strip())


def _missing(known: ProviderSpec) -> ConfigurationError:
    return ConfigurationError(
        f"{known.title} needs an API key.",
        hint=f"Get one at {known.key_page}." if known.key_page else "",
        code="secret_missing",
    )


def _keep(vault: Vault, secret: str) -> Kept:
    text = clean_secret(secret)
    kept = Kept(uuid.uuid4().hex, shown_of(text))
    vault.put(kept.ref, text)
    return kept


def shown_of(secret: str) -> str:
    """The last characters of a secret, by which it is recognised; none of a short one."""
    return secret[-4:] if len(secret) >= 12 else ""


def drop(vault: Vault, ref: str | None) -> None:
    """Remove a secret that nothing names any more. A vault that cannot do it now keeps an orphan, which harms less
    than a change that fails halfway."""
    if ref is not None:
        try:
            vault.remove(ref)
        except VaultError as error:
            _log.warning("An unused secret stays in the vault: %s", error.message)
