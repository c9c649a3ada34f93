"""The chat pane's own key: kept where there is a vault, else made anew in each run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conduit_desktop.bus import Bus
from conduit_desktop.errors import VaultError
from conduit_desktop.gateway.auth.keys import digest
from conduit_desktop.paths import Home
from conduit_desktop.runtime.configuring import CHAT_KEY, Configuring
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault, Vault, VaultState

pytestmark = pytest.mark.leaves_threads  # asyncio's own, which end with the loop


class LockedVault(MemoryVault):
    """Not ready until it is opened."""

    def __init__(self, claims_ready: bool = False) -> None:
        super().__init__()
        self.open = False
        self.claims_ready = claims_ready

    def state(self, *, fresh: bool = False) -> VaultState:
        return VaultState("file", "test", ready=self.open or self.claims_ready)

    def get(self, ref: str) -> str:
        if not self.open:
            raise VaultError("Locked.")
        return super().get(ref)

    def put(self, ref: str, secret: str) -> None:
        if not self.open:
            raise VaultError("Locked.")
        super().put(ref, secret)

    def remove(self, ref: str) -> None:
        if not self.open:
            raise VaultError("Locked.")
        super().remove(ref)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Home(tmp_path))
    yield store
    store.close()


def started(store: Store, vault: Vault) -> Configuring:
    """The verbs as a run of the app has them."""

    async def run(work: Callable[..., Any], *args: Any, **named: Any) -> Any:
        return await asyncio.to_thread(work, *args, **named)

    return Configuring(store, vault, Bus(), run)


async def works(store: Store, text: str) -> bool:
    key = store.keys.by_name(CHAT_KEY)
    return key is not None and key.digest == digest(text)


async def test_it_is_kept_in_the_vault(store: Store) -> None:
    vault = MemoryVault()
    text = await started(store, vault).chat_key()
    assert await works(store, text)
    assert await started(store, vault).chat_key() == text


@pytest.mark.parametrize("claims_ready", [False, True])
async def test_without_a_vault_it_lives_for_one_run(store: Store, claims_ready: bool) -> None:
    vault = LockedVault(claims_ready)
    first_run = started(store, vault)
    text = await first_run.chat_key()
    assert await first_run.chat_key() == text
    assert await works(store, text)
    another = await started(store, vault).chat_key()
    assert another != text
    assert await works(store, another)
    assert len(store.keys.list()) == 1


async def test_a_vault_that_is_locked_again_does_not_stop_the_chat(store: Store) -> None:
    vault = LockedVault()
    vault.open = True
    kept = await started(store, vault).chat_key()
    vault.open = False
    text = await started(store, vault).chat_key()
    assert text != kept
    assert await works(store, text)
    vault.open = True
    again = await started(store, vault).chat_key()
    assert await works(store, again)
    assert await started(store, vault).chat_key() == again


async def test_several_panes_may_ask_at_once(store: Store) -> None:
    configuring = started(store, LockedVault())
    assert len(set(await asyncio.gather(*(configuring.chat_key() for _ in range(8))))) == 1


async def test_a_key_rotated_elsewhere_is_replaced(store: Store) -> None:
    configuring = started(store, MemoryVault())
    await configuring.chat_key()
    key = store.keys.by_name(CHAT_KEY)
    assert key is not None
    await configuring.rotate_key(key)
    assert await works(store, await configuring.chat_key())


async def test_a_removed_key_is_made_again(store: Store) -> None:
    configuring = started(store, MemoryVault())
    text = await configuring.chat_key()
    key = store.keys.by_name(CHAT_KEY)
    assert key is not None
    await configuring.remove_key(key)
    again = await configuring.chat_key()
    assert again != text
    assert await works(store, again)
