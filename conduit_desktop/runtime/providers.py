"""Adding, changing and removing providers: the record in the store and its secret in the vault, in step.

Blocking: for worker threads and the command line. The secret goes to the vault before the record names it, and the old
one is removed only after, so that whatever breaks in between loses nothing.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import replace

from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.providers import spec
from conduit_desktop.providers.spec import ProviderSpec, clean_secret
from conduit_desktop.providers.urls import is_cleartext, normalise_base_url, same_origin
from conduit_desktop.records import Provider
from conduit_desktop.runtime import names
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

_log = logging.getLogger(__name__)


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
    provider = _with_secret(vault, known, provider, secret)
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
    origin a new secret must come with it, for the old one was entrusted to the old origin only."""
    old = get(store, provider_id)
    known = spec(old.kind)
    new = replace(old, updated=time.time())
    if name is not None:
        new = replace(new, name=names.clean(name, "provider"))
    if base_url is not None:
        new = replace(new, base_url=normalise_base_url(base_url, known))
    if enabled is not None:
        new = replace(new, enabled=enabled)
    moved = not same_origin(old.base_url, new.base_url)
    if moved and old.secret_ref and not secret:
        raise ConfigurationError(
            "The address changed to another server, and the stored key belongs to the old one.",
            hint="Enter the key for the new address.",
            code="secret_needed",
        )
    if secret:
        new = _with_secret(vault, known, new, secret)
    try:
        store.providers.put(new)
    except BaseException:
        if new.secret_ref != old.secret_ref:
            drop(vault, new.secret_ref)
        raise
    if new.secret_ref != old.secret_ref:
        drop(vault, old.secret_ref)
    return new


def forget_secret(store: Store, vault: Vault, provider_id: str) -> Provider:
    """Take its secret away. Raises ConfigurationError where its kind needs one."""
    old = get(store, provider_id)
    known = spec(old.kind)
    if known.secret == "required":
        raise ConfigurationError(
            f"{known.title} needs an API key.", hint="Disable the provider to stop it.", code="secret_missing"
        )
    new = replace(old, secret_ref=None, secret_last4="", updated=time.time())
    store.providers.put(new)
    drop(vault, old.secret_ref)
    return new


def remove(store: Store, vault: Vault, provider_id: str) -> None:
    """Remove a provider, its deployments and its secret."""
    provider = get(store, provider_id)
    store.providers.remove(provider.id)
    drop(vault, provider.secret_ref)


def get(store: Store, provider_id: str) -> Provider:
    provider = store.providers.get(provider_id)
    if provider is None:
        raise ConfigurationError("This provider is not there any more.", status=404, code="not_found")
    return provider


def named(store: Store, name: str) -> Provider:
    """The provider called ``name``. Raises ConfigurationError naming those that there are."""
    provider = store.providers.by_name(name)
    if provider is None:
        there = ", ".join(each.name for each in store.providers.list()) or "none yet"
        raise ConfigurationError(
            f"There is no provider {name!r}.", hint=f"Providers: {there}.", status=404, code="not_found"
        )
    return provider


def secret_of(vault: Vault, provider: Provider) -> str | None:
    """The provider's secret, None when it has none. Raises VaultError."""
    return vault.get(provider.secret_ref) if provider.secret_ref else None


def taken(name: str) -> ConfigurationError:
    return ConfigurationError(f"There is a provider {name!r} already.", hint="Choose another name.", code="taken")


def _with_secret(vault: Vault, known: ProviderSpec, provider: Provider, secret: str | None) -> Provider:
    if not (secret and secret.strip()):
        if known.secret == "required":
            raise ConfigurationError(
                f"{known.title} needs an API key.",
                hint=f"Get one at {known.key_page}." if known.key_page else "",
                code="secret_missing",
            )
        return provider
    if known.secret == "none":
        raise ConfigurationError(f"{known.title} takes no API key.", code="secret_unwanted")
    if is_cleartext(provider.base_url):
        raise ConfigurationError(
            "This address is plain http on another machine: the key could be read on the way.",
            hint="Use https, or leave the key empty.",
            code="cleartext",
        )
    text = clean_secret(secret)
    ref = uuid.uuid4().hex
    vault.put(ref, text)
    return replace(provider, secret_ref=ref, secret_last4=text[-4:] if len(text) >= 12 else "")


def drop(vault: Vault, ref: str | None) -> None:
    """Remove a secret that nothing names any more. A vault that cannot do it now keeps an orphan, which harms less
    than a change that fails halfway."""
    if ref is not None:
        try:
            vault.remove(ref)
        except VaultError as error:
            _log.warning("An unused secret stays in the vault: %s", error.message)
