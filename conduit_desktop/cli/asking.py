"""Secrets from the person or script that calls: API keys and the vault's passphrase. Never from an argument.

What is read here goes to the vault and nowhere else.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from conduit_desktop.cli.output import say
from conduit_desktop.cli.session import Session
from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.providers import ProviderSpec
from conduit_desktop.vault import Vault

VARIABLE = "CONDUIT_VAULT_PASSPHRASE"
_TRIES = 3


def interactive() -> bool:
    """Whether somebody is there to be asked, unseen by pipes."""
    if not sys.stderr.isatty():
        return False
    if sys.stdin.isatty() or os.name == "nt":
        return sys.stdin.isatty()
    with suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR))
        return True
    return False


def hidden(prompt: str) -> str:
    from getpass import getpass

    try:
        return getpass(prompt)
    except EOFError:
        return ""


def api_key(known: ProviderSpec, name: str, *, stdin: bool, variable: str | None, needed: bool = False) -> str | None:
    """The API key for a provider; None when its kind needs none, none was given and this is not what is ``needed``."""
    if variable is not None:
        text = os.environ.get(variable, "").strip()
        if not text:
            raise ConfigurationError(
                f"The environment variable {variable} is not set.", hint="Export it first.", code="secret_missing"
            )
        return text
    if stdin:
        text = sys.stdin.read().strip()
        if not text:
            raise ConfigurationError("Standard input held no API key.", code="secret_missing")
        return text
    if known.secret != "required" and not needed:
        return None
    if interactive():
        where = f" (from {known.key_page})" if known.key_page else ""
        return hidden(f"API key for {name}{where}: ")
    raise ConfigurationError(
        f"{known.title} needs an API key.",
        hint="Give it with --api-key-stdin or --api-key-env VAR.",
        code="secret_missing",
    )


def open_vault(session: Session, *, needed: bool) -> None:
    """See that the vault is open, asking for its passphrase where it is a locked file and somebody is there to answer.
    Raises VaultError when it stays closed and is ``needed``."""
    vault = session.vault
    if VARIABLE not in os.environ and interactive():
        state = vault.state()
        if not state.ready and state.kind == "file":
            say(state.problem)
            unlock(vault, new=not session.home.vault.exists())
    if needed and not (state := vault.state()).ready:
        raise VaultError(state.problem, hint=state.hint)


def unlock(vault: Vault, *, new: bool) -> None:
    """Ask for the passphrase until it fits; an empty answer gives up. A ``new`` vault's is typed twice, for a
    slip would lock its owner out."""
    for left in reversed(range(_TRIES)):
        passphrase = hidden("Choose a passphrase: " if new else "Passphrase of the vault: ")
        if not passphrase:
            return
        if new and hidden("The same again: ") != passphrase:
            say("The two are not the same.")
            continue
        try:
            return vault.unlock(passphrase)
        except VaultError as error:
            if error.code != "wrong_passphrase" or not left:
                raise
            say(error.message)
