"""The keys of a provider: its first, which is the provider's own, and further ones that are used in turn with it.

A credential is named by its id; the provider's id stands for its first. Blocking: for worker threads and the command
line.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from dataclasses import replace

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.providers import spec
from conduit_desktop.records import Credential, Provider
from conduit_desktop.runtime import names
from conduit_desktop.runtime.providers import Kept, change, check_holding, get, said
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault


def add(store: Store, vault: Vault, provider_id: str, name: str, secret: str) -> Provider:
    """One more key, beside those that the provider has."""
    name = names.clean(name, "key")
    if not said(secret):
        raise ConfigurationError("A further key needs its text.", hint="Paste the key.", code="secret_missing")
    credential_id = uuid.uuid4().hex

    def how(old: Provider, kept: Kept | None) -> Provider:
        assert kept is not None
        check_holding(old)
        if old.secret_ref is None:
            raise ConfigurationError(
                f"{old.name!r} has no API key yet; a further one is used beside it.",
                hint="Enter this one as the provider's own.",
                code="secret_missing",
            )
        _check_name(old.credentials, name)
        new = Credential(
            id=credential_id,
            provider_id=old.id,
            name=name,
            secret_ref=kept.ref,
            last4=kept.last4,
            created=time.time(),
        )
        return replace(old, credentials=(*old.credentials, new))

    return change(store, vault, provider_id, how, secret)


def edit(
    store: Store,
    vault: Vault,
    provider_id: str,
    credential_id: str,
    *,
    name: str | None = None,
    secret: str | None = None,
    enabled: bool | None = None,
) -> Provider:
    """Change what is given of one key; the others stay as they are."""
    clean = None if name is None else names.clean(name, "key")

    def how(old: Provider, kept: Kept | None) -> Provider:
        if kept is not None:
            check_holding(old)
        if credential_id == old.id:
            _check_first(clean, enabled)
            return old if kept is None else replace(old, secret_ref=kept.ref, secret_last4=kept.last4)
        there = one(old, credential_id)
        new = there if kept is None else replace(there, secret_ref=kept.ref, last4=kept.last4)
        if clean is not None:
            _check_name((each for each in old.credentials if each.id != credential_id), clean)
            new = replace(new, name=clean)
        if enabled is not None:
            new = replace(new, enabled=enabled)
        return _with(old, new)

    return change(store, vault, provider_id, how, secret)


def remove(store: Store, vault: Vault, provider_id: str, credential_id: str) -> Provider:
    """Remove one key and its secret. Where it is the provider's first, the next that is in use takes its place."""

    def how(old: Provider, _: Kept | None) -> Provider:
        if credential_id != old.id:
            gone = one(old, credential_id)
            return replace(old, credentials=tuple(each for each in old.credentials if each.id != gone.id))
        following = next((each for each in old.credentials if each.enabled), None)
        if following is not None:
            rest = tuple(each for each in old.credentials if each.id != following.id)
            return replace(old, secret_ref=following.secret_ref, secret_last4=following.last4, credentials=rest)
        known = spec(old.kind)
        if old.credentials or known.secret == "required":
            raise ConfigurationError(
                f"This is the only key of {old.name!r} in use.",
                hint="Enable another first." if old.credentials else "Add another first, or remove the provider.",
                code="last_credential",
            )
        return replace(old, secret_ref=None, secret_last4="")

    return change(store, vault, provider_id, how)


def one(provider: Provider, credential_id: str) -> Credential:
    """Raises ConfigurationError where it is not there."""
    for each in provider.credentials:
        if each.id == credential_id:
            return each
    raise ConfigurationError("This key is not there any more.", status=404, code="not_found")


def named(provider: Provider, name: str) -> str:
    """The id of the key called ``name``; ``first`` is the provider's own where none is called so."""
    for each in provider.credentials:
        if each.name == name:
            return each.id
    if name == FIRST:
        return provider.id
    there = ", ".join([FIRST, *(each.name for each in provider.credentials)])
    raise ConfigurationError(
        f"{provider.name!r} has no key {name!r}.", hint=f"Keys: {there}.", status=404, code="not_found"
    )


FIRST = "first"
"""What the provider's own key is called where a name is needed."""


def secret_of(store: Store, vault: Vault, provider_id: str, credential_id: str) -> tuple[Provider, str | None]:
    """The provider and the text of one of its keys. Raises VaultError."""
    provider = get(store, provider_id)
    ref = provider.secret_ref if credential_id == provider.id else one(provider, credential_id).secret_ref
    return provider, vault.get(ref) if ref else None


def _with(provider: Provider, new: Credential) -> Provider:
    return replace(provider, credentials=tuple(new if each.id == new.id else each for each in provider.credentials))


def _check_name(others: Iterable[Credential], name: str) -> None:
    if name == FIRST or any(each.name == name for each in others):
        raise ConfigurationError(f"There is a key {name!r} already.", hint="Choose another name.", code="taken")


def _check_first(name: str | None, enabled: bool | None) -> None:
    if name is not None:
        raise ConfigurationError("A provider's first key has no name of its own.", code="bad_value")
    if enabled is False:
        raise ConfigurationError(
            "A provider's first key is in use as long as the provider is.",
            hint="Switch the provider off, or remove this key: the next one takes its place.",
            code="first_credential",
        )
