"""The master key, which opens the admin API: made, kept hashed, given back to its owner, checked. Blocking: for worker
threads and the command line.

Its text is ``sk-conduit-admin-`` and 32 random bytes, six characters longer than any virtual key's: neither is ever
taken for the other. The store keeps its scrypt hash; the vault keeps the text, for its owner, where it is ready.
"""

from __future__ import annotations

import base64
import hmac
import logging
import os
import re
import time
import uuid
from dataclasses import dataclass

from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.records import MasterKey
from conduit_desktop.runtime.providers import drop
from conduit_desktop.store import Store
from conduit_desktop.vault import Vault

PREFIX = "sk-conduit-admin-"
COST = 2**14
"""Of scrypt: 16 MiB and some 50 ms. The key is random, so that no cost could make guessing it less hopeless."""
_FORM = re.compile(re.escape(PREFIX).encode() + rb"[A-Za-z0-9_-]{43}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MasterState:
    """Whether there is a master key, and what may be shown of it. ``kept``: the vault has its text."""

    exists: bool
    last4: str = ""
    created: float | None = None
    kept: bool = False


def state(store: Store) -> MasterState:
    key = store.master.get()
    if key is None:
        return MasterState(False)
    return MasterState(True, key.last4, key.created, key.secret_ref is not None)


def new(store: Store, vault: Vault) -> str:
    """Make one, in place of one that there is; gives its text, which is shown once. Where the vault cannot take it
    now, the text is kept nowhere."""
    text = PREFIX + base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
    salt = os.urandom(16)
    before = store.master.get()
    key = MasterKey(
        salt=salt,
        hash=_derive(text.encode(), salt),
        last4=text[-4:],
        secret_ref=_keep(vault, text),
        created=time.time(),
    )
    try:
        store.master.put(key)
    except BaseException:
        drop(vault, key.secret_ref)
        raise
    if before is not None:
        drop(vault, before.secret_ref)
    return text


def reveal(store: Store, vault: Vault) -> str:
    """Its text out of the vault. Raises ConfigurationError when it is not there, or VaultError."""
    key = store.master.get()
    if key is None:
        raise ConfigurationError(
            "There is no master key yet.", hint="Make one: conduit-desktop master-key.", status=404, code="not_found"
        )
    if key.secret_ref is None:
        raise ConfigurationError(
            "The text of the master key was not kept: the vault was not ready when it was made.",
            hint="Make a new one: conduit-desktop master-key --rotate.",
            code="not_kept",
        )
    text = vault.get(key.secret_ref)
    store.audit.note("reveal", "master key")
    return text


def well_formed(text: bytes) -> bool:
    """Whether it could be a master key at all."""
    return _FORM.fullmatch(text) is not None


def fits(text: bytes, key: MasterKey) -> bool:
    """Whether ``text`` is the key. Slow on purpose, and as slow for any text."""
    return hmac.compare_digest(_derive(text, key.salt), key.hash)


def _derive(text: bytes, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # not before it is needed

    return Scrypt(salt=salt, length=32, n=COST, r=8, p=1).derive(text)


def _keep(vault: Vault, text: str) -> str | None:
    ref = uuid.uuid4().hex
    try:
        if not vault.state().ready:
            return None
        vault.put(ref, text)
    except VaultError as error:  # it was ready, and then would not: its owner said no
        _log.warning("The master key's text is not kept: %s", error.message)
        return None
    return ref
