"""Looks for what is wrong with a home: folder, databases, vault, gateway, providers, models, keys.

Owns the questions and the words of the answers. Changes nothing but what opening a home changes, and holds no secret
longer than a test of its provider takes.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from conduit_desktop.errors import ConduitError
from conduit_desktop.gateway.snapshot import Key, keys_of
from conduit_desktop.paths import Home
from conduit_desktop.providers import spec
from conduit_desktop.records import Model, Provider, VirtualKey
from conduit_desktop.runtime import providers
from conduit_desktop.runtime.occupancy import running, who_listens
from conduit_desktop.store import Configuration, Store
from conduit_desktop.vault import Vault

Verdict = Literal["ok", "warn", "fail"]

HOST = "127.0.0.1"
LITTLE_SPACE = 1_000_000_000
NO_SPACE = 100_000_000
CHECK_SECONDS = 20.0
"""A database that takes longer to check is taken for sound as far as it was read."""
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what it is, how it is and, unless it is well, what to do. ``cause`` is the cause class of a
    provider's failure."""

    subject: str
    verdict: Verdict
    text: str
    hint: str = ""
    cause: str = ""


async def examine(home: Home, vault: Vault) -> AsyncIterator[Finding]:
    """Everything, one finding after the other; without a store that opens the rest is left out."""
    folder = await asyncio.to_thread(_folder, home)
    yield folder
    if folder.verdict == "fail":
        return
    yield await asyncio.to_thread(_space, home)
    try:
        store = await _opened(home)
    except (ConduitError, OSError) as error:
        yield _failed("databases", error)
        return
    try:
        for path in (home.configuration, home.activity):
            yield await asyncio.to_thread(_database, path)
        configuration = await asyncio.to_thread(store.configuration)
        yield await asyncio.to_thread(_vault, vault, configuration)
        yield await asyncio.to_thread(_gateway, home, configuration.settings["port"])
        async for finding in _providers(configuration, vault, await asyncio.to_thread(_own_address, home)):
            yield finding
        for finding in (*_models(configuration), *_keys(configuration.keys)):
            yield finding
    finally:
        await asyncio.to_thread(store.close)


async def _opened(home: Home) -> Store:
    """The store of ``home``; whoever stops waiting for it leaves none open."""
    opening = asyncio.get_running_loop().run_in_executor(None, Store.open, home)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        [opened] = await asyncio.gather(opening, return_exceptions=True)
        if isinstance(opened, Store):
            await asyncio.to_thread(opened.close)
        raise


# ---------------------------------------------------------------- this machine


def _folder(home: Home) -> Finding:
    try:
        home.make()
        with tempfile.NamedTemporaryFile(dir=home.folder, prefix=".doctor-"):
            pass
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Finding(
            "home",
            "fail",
            f"{home.folder} cannot be written: {reason}.",
            "See who owns that folder, or choose another with --home or CONDUIT_HOME.",
        )
    return Finding("home", "ok", f"{home.folder} can be written.")


def _space(home: Home) -> Finding:
    free = shutil.disk_usage(home.folder).free
    text = f"{free / 1e9:,.1f} GB are free."
    if free >= LITTLE_SPACE:
        return Finding("disk", "ok", text)
    hint = "Make room: without it requests cannot be logged. Settings bound what the log takes."
    return Finding("disk", "fail" if free < NO_SPACE else "warn", f"Only {free / 1e6:,.0f} MB are free.", hint)


def _database(path: Path) -> Finding:
    """SQLite's own quick check, through a connection that cannot write."""
    deadline = time.monotonic() + CHECK_SECONDS
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)) as connection:
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 100_000)
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            said = connection.execute("PRAGMA quick_check(3)").fetchall()
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            return _failed(path.name, error)
        return Finding(path.name, "ok", f"Opens; too large to check whole ({path.stat().st_size / 1e6:,.0f} MB).")
    except sqlite3.Error as error:
        return _failed(path.name, error)
    if said != [("ok",)]:
        damage = "; ".join(str(row[0]) for row in said)
        return Finding(path.name, "fail", f"Damaged: {damage}.", "Quit the app, move the file away or put a copy back.")
    return Finding(path.name, "ok", f"Sound, schema {version}, {path.stat().st_size / 1e6:,.1f} MB.")


def _vault(vault: Vault, configuration: Configuration) -> Finding:
    state = vault.state(fresh=True)
    if state.ready:
        return Finding("vault", "ok", f"{state.name} ({state.kind}) answers.")
    users = [provider.name for provider in configuration.providers if provider.secret_ref]
    if users:
        return Finding("vault", "fail", f"{state.problem} The keys of {', '.join(users)} are in it.", state.hint)
    return Finding("vault", "warn", f"{state.problem} No provider needs it yet.", state.hint)


# ---------------------------------------------------------------- the gateway


def _gateway(home: Home, port: int) -> Finding:
    found = running(home)
    if found is not None:
        text = f"{found.base_url} (process {found.pid})"
        if not answers(found.base_url, _PATIENCE):
            hint = "End that process and start the gateway again; its log says more."
            return Finding("gateway", "fail", f"The gateway at {text} does not answer.", hint)
        if urlsplit(found.base_url).port != port:
            hint = "Tools must use this address, or set the port in Settings to it."
            return Finding("gateway", "warn", f"The gateway answers at {text}, not at port {port}.", hint)
        return Finding("gateway", "ok", f"The gateway answers at {text}.")
    if is_free(port):
        return Finding("gateway", "ok", f"Not running; port {port} is free.")
    who = who_listens(port) or "another program"
    other = " It is another Conduit gateway, of another home." if answers(f"http://{HOST}:{port}", 1.0) else ""
    hint = "The gateway would take the next free port: stop that program, or choose another port in Settings."
    return Finding("gateway", "warn", f"Not running; port {port} is taken by {who}.{other}", hint)


def answers(base_url: str, seconds: float) -> bool:
    """Whether a gateway of ours answers there."""
    parts = urlsplit(base_url)
    connection = http.client.HTTPConnection(parts.hostname or HOST, parts.port, timeout=seconds)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        return answer.status == 200 and b'"version"' in answer.read(1000)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_free(port: int) -> bool:
    """Whether a gateway could listen on ``port``."""
    with socket.socket() as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the gateway does
        try:
            probe.bind((HOST, port))
            probe.listen()
        except OSError:
            return False
    return True


# ---------------------------------------------------------------- what is configured


def _own_address(home: Home) -> str:
    found = running(home)
    return "" if found is None else found.base_url


async def _providers(configuration: Configuration, vault: Vault, own: str) -> AsyncIterator[Finding]:
    """Each provider asked with each of its keys, all at once."""
    if not configuration.providers:
        hint = "conduit-desktop provider add NAME --kind KIND (the kind demo needs no key)."
        yield Finding("providers", "warn", "There are none yet.", hint)
    asked = [_provider(provider, key, vault, own) for provider in configuration.providers for key in keys_of(provider)]
    for finding in await asyncio.gather(*asked):
        yield finding


async def _provider(provider: Provider, key: Key, vault: Vault, own: str) -> Finding:
    from conduit_desktop.gateway.send import probe

    subject = f"provider {provider.name}" + (f", key {key.name}" if key.name else "")
    if not provider.enabled:
        return Finding(subject, "ok", "Switched off; not asked.")
    if providers.is_own(provider.base_url, own):
        text = f"{provider.base_url} is this gateway itself: what is sent there is refused as a circle (508)."
        return Finding(subject, "fail", text, "Correct its base URL, or remove the provider.")
    try:
        known = spec(provider.kind)
        secret = await asyncio.to_thread(vault.get, key.ref) if key.ref else None
        result = await probe.test(known, provider.base_url, secret)
    except ConduitError as error:
        return _failed(subject, error)
    return Finding(subject, "ok" if result.ok else "fail", result.message, result.hint, result.cause)


def _models(configuration: Configuration) -> Iterator[Finding]:
    on = {provider.id for provider in configuration.providers if provider.enabled}
    idle = [model.alias for model in configuration.models if model.enabled and not _is_served(model, on)]
    if not configuration.models:
        hint = "conduit-desktop model add ALIAS --provider NAME --model ID; PROVIDER/MODEL-ID works without."
        yield Finding("models", "warn", "There are none yet.", hint)
    elif idle:
        hint = "Add a deployment (conduit-desktop model add), switch its provider on, or remove the model."
        yield Finding("models", "fail", f"Nothing serves {', '.join(idle)}.", hint)
    else:
        yield Finding("models", "ok", f"{_counted(len(configuration.models), 'model')}, each with a live deployment.")


def _is_served(model: Model, providers_on: set[str]) -> bool:
    return any(deployment.enabled and deployment.provider_id in providers_on for deployment in model.deployments)


def _keys(keys: tuple[VirtualKey, ...]) -> Iterator[Finding]:
    if not keys:
        yield Finding("keys", "warn", "There are none yet.", "conduit-desktop key create NAME --budget 5 --per month.")
        return
    now = time.time()
    expired = [key.name for key in keys if key.expires is not None and key.expires <= now]
    unlimited = [key.name for key in keys if key.budget is None and key.enabled]
    text = f"{_counted(len(keys), 'key')}"
    text += f"; without a budget: {', '.join(unlimited)}" if unlimited else ", each with a budget"
    if expired:
        yield Finding("keys", "warn", f"Expired: {', '.join(expired)}. {text}.", "Remove them, or make new ones.")
    else:
        yield Finding("keys", "ok", f"{text}.")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _failed(subject: str, error: BaseException) -> Finding:
    if isinstance(error, ConduitError):
        return Finding(subject, "fail", error.message, error.hint)
    return Finding(subject, "fail", f"Cannot be used: {error}.", "See the rights of the folder and its files.")
