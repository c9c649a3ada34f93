"""The master key: made, kept, given back; never a virtual key, nor the other way round."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from conduit_desktop.errors import ConfigurationError, NotAllowed, VaultError
from conduit_desktop.gateway.auth import keys as gateway_keys
from conduit_desktop.paths import Home
from conduit_desktop.records import VirtualKey
from conduit_desktop.runtime import keys, master
from conduit_desktop.store import Store
from conduit_desktop.vault import MemoryVault, VaultState


class Shut(MemoryVault):
    def state(self, *, fresh: bool = False) -> VaultState:
        return VaultState("file", "Encrypted file", ready=False, problem="It is locked.")


class Moody(MemoryVault):
    """Ready, and then not."""

    def put(self, ref: str, secret: str) -> None:
        raise VaultError("No.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Home(tmp_path))
    yield store
    store.close()


def test_made_kept_and_given_back(store: Store) -> None:
    vault = MemoryVault()
    assert master.state(store) == master.MasterState(False)
    with pytest.raises(ConfigurationError, match="no master key yet"):
        master.reveal(store, vault)
    text = master.new(store, vault)
    assert len(text) == len(master.PREFIX) + 43
    assert master.well_formed(text.encode())
    told = master.state(store)
    assert told.exists
    assert told.kept
    assert told.last4 == text[-4:]
    assert master.reveal(store, vault) == text
    key = store.master.get()
    assert key is not None
    assert master.fits(text.encode(), key)
    assert not master.fits(text.encode()[:-1] + b"?", key)


def test_a_new_one_takes_the_place_of_the_old(store: Store) -> None:
    vault = MemoryVault()
    first, second = master.new(store, vault), master.new(store, vault)
    key = store.master.get()
    assert key is not None
    assert first != second
    assert not master.fits(first.encode(), key)
    assert master.reveal(store, vault) == second
    assert list(vault._secrets.values()) == [second], "the old text has left the vault"


@pytest.mark.parametrize("vault", [Shut(), Moody()])
def test_where_the_vault_is_not_ready_the_text_is_kept_nowhere(store: Store, vault: MemoryVault) -> None:
    text = master.new(store, vault)
    key = store.master.get()
    assert key is not None
    assert master.fits(text.encode(), key)
    assert not master.state(store).kept
    with pytest.raises(ConfigurationError) as refused:
        master.reveal(store, vault)
    assert refused.value.code == "not_kept"


def test_the_text_is_in_no_file(store: Store, tmp_path: Path) -> None:
    text = master.new(store, MemoryVault()).encode()
    for name in ("conduit.db", "activity.db"):
        with sqlite3.connect(tmp_path / name) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    for path in tmp_path.iterdir():
        if path.is_file():
            assert text not in path.read_bytes(), path
            assert text[len(master.PREFIX) :] not in path.read_bytes(), path


def test_no_virtual_key_is_a_master_key_nor_the_other_way_round(store: Store) -> None:
    vault = MemoryVault()
    text = master.new(store, vault)
    virtual = [keys.new_text() for _ in range(2000)]
    assert not any(master.well_formed(each.encode()) for each in virtual)
    assert len(text) != len(virtual[0]), "whatever the random part begins with"
    keys.create(store, vault, VirtualKey(id="", name="a", digest="", last4=""), keep_text=False)
    known = {key.digest: key for key in store.keys.list()}
    with pytest.raises(NotAllowed):
        gateway_keys.identify(text.encode(), known, 0.0)


def test_nobody_can_make_a_virtual_key_of_the_masters_text(store: Store) -> None:
    """A digest that is asked for is not taken: every verb that makes a text makes it up."""
    vault = MemoryVault()
    digest = gateway_keys.digest(master.new(store, vault))
    key, _ = keys.create(store, vault, VirtualKey(id="", name="a", digest=digest, last4="abcd"), keep_text=False)
    assert key.digest != digest
    assert store.keys.list()[0].digest != digest
