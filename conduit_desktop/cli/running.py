"""The gateway that runs on this home, asked by its admin API: with the master key, where the vault holds it and is open
already. Nobody is asked for a passphrase for it."""

from __future__ import annotations

import http.client
import json
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from conduit_desktop.cli.session import Session
from conduit_desktop.errors import ConduitError, ConfigurationError
from conduit_desktop.runtime.occupancy import running

PATIENCE = 90.0
"""Seconds: a test of a deployment may take a minute."""
_NOT_RUNNING = "no gateway runs on this home."


class Admin:
    """The admin API at ``base_url``."""

    def __init__(self, base_url: str, key: str) -> None:
        self._place = urlsplit(base_url)
        self._key = key

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Any = None) -> Any:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: Any) -> Any:
        """Raises ConfigurationError in the API's words."""
        connection = http.client.HTTPConnection(self._place.hostname or "", self._place.port, timeout=PATIENCE)
        headers = {"authorization": f"Bearer {self._key}", "content-type": "application/json"}
        try:
            connection.request(method, f"/admin/v1{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            told = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            hint = "See conduit-desktop doctor."
            raise ConfigurationError("The running gateway does not answer.", hint=hint) from error
        finally:
            connection.close()
        if answer.status >= 400:
            problem = told["error"]
            raise ConfigurationError(
                problem["message"], hint=problem["hint"] or "", status=answer.status, code=problem["code"]
            )
        return told


def admin(session: Session) -> Admin | None:
    """None where there is no gateway, or no way to ask it."""
    found = running(session.home)
    key = session.store.master.get()
    if found is None or key is None or key.secret_ref is None:
        return None
    with suppress(ConduitError):
        if session.vault.state().ready:
            return Admin(found.base_url, session.vault.get(key.secret_ref))
    return None


def is_there(session: Session) -> bool:
    return running(session.home) is not None


def why_not(session: Session) -> str:
    """Why it cannot be asked, and what to do about it."""
    if running(session.home) is None:
        return _NOT_RUNNING
    key = session.store.master.get()
    if key is None:
        why = "there is none yet. Make it: conduit-desktop master-key."
    elif key.secret_ref is None:
        why = "its text was not kept. Make a new one: conduit-desktop master-key --rotate."
    elif not (state := session.vault.state()).ready:
        why = f"the vault cannot be read. {state.problem} {state.hint}".rstrip()
    else:
        why = "the vault does not give it. Make a new one: conduit-desktop master-key --rotate."
    return f"the running gateway is asked with the master key, and {why}"


def needed(session: Session) -> Admin:
    """Raises ConfigurationError where it cannot be asked."""
    found = admin(session)
    if found is None:
        why = why_not(session)
        words = f"This needs a running gateway, and {why}" if why == _NOT_RUNNING else why[0].upper() + why[1:]
        raise ConfigurationError(words, code="not_running")
    return found
