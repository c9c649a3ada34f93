"""A provider's keys: their secrets and the record stay in step, and one change never undoes another."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conduit_desktop.errors import ConfigurationError, VaultError
from conduit_desktop.paths import Home
from conduit_desktop.records import Provider
from conduit_desktop.runtime import credentials, providers
from conduit_desktop.store import Store
from conduit_desktop.vault.memory import MemoryVault

FIRST, WORK, SPARE, NEW = (f"sk-test-{word}-0123456789" for word in ("first", "work", "spare", "new"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(Home(tmp_path))
    yield store
    store.close()


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def provider(store: Store, vault: MemoryVault) -> Provider:
    """With its first key and two more."""
    made = providers.add(store, vault, "openai", "openai", secret=FIRST)
    credentials.add(store, vault, made.id, "work", WORK)
    return credentials.add(store, vault, made.id, "spare", SPARE)


def texts(store: Store, vault: MemoryVault, provider_id: str) -> list[str]:
    """The first's, then the others'."""
    return [vault.get(ref) for ref in providers.secret_refs(providers.get(store, provider_id))]


def ids(provider: Provider) -> dict[str, str]:
    return {each.name: each.id for each in provider.credentials}


def test_each_secret_is_in_the_vault_and_only_its_end_in_the_record(
    store: Store, vault: MemoryVault, provider: Provider
) -> None:
    assert texts(store, vault, provider.id) == [FIRST, WORK, SPARE]
    there = providers.get(store, provider.id)
    assert [(each.name, each.last4, each.enabled) for each in there.credentials] == [
        ("work", "6789", True),
        ("spare", "6789", True),
    ]
    assert WORK not in repr(there)


def test_a_changed_secret_gets_a_new_reference_and_the_old_one_leaves(
    store: Store, vault: MemoryVault, provider: Provider
) -> None:
    old = provider.credentials[0]
    changed = credentials.edit(store, vault, provider.id, old.id, secret=NEW, enabled=False)
    assert changed.credentials[0].id == old.id
    assert changed.credentials[0].secret_ref != old.secret_ref
    assert not changed.credentials[0].enabled
    assert texts(store, vault, provider.id) == [FIRST, NEW, SPARE]
    with pytest.raises(VaultError):
        vault.get(old.secret_ref)


def test_the_first_is_named_by_the_provider(store: Store, vault: MemoryVault, provider: Provider) -> None:
    credentials.edit(store, vault, provider.id, provider.id, secret=NEW)
    assert texts(store, vault, provider.id) == [NEW, WORK, SPARE]
    for changes in ({"name": "main"}, {"enabled": False}):
        with pytest.raises(ConfigurationError):
            credentials.edit(store, vault, provider.id, provider.id, **changes)
    assert texts(store, vault, provider.id) == [NEW, WORK, SPARE]


def test_removing_the_first_puts_the_next_that_is_on_in_its_place(
    store: Store, vault: MemoryVault, provider: Provider
) -> None:
    credentials.edit(store, vault, provider.id, ids(provider)["work"], enabled=False)
    credentials.remove(store, vault, provider.id, provider.id)
    assert texts(store, vault, provider.id) == [SPARE, WORK]
    with pytest.raises(ConfigurationError) as refused:
        credentials.remove(store, vault, provider.id, provider.id)
    assert refused.value.code == "last_credential"
    assert texts(store, vault, provider.id) == [SPARE, WORK]


def test_names_are_unique_in_a_provider_only(store: Store, vault: MemoryVault, provider: Provider) -> None:
    for name in ("work", "first", "", "a/b"):
        with pytest.raises(ConfigurationError):
            credentials.add(store, vault, provider.id, name, NEW)
    with pytest.raises(ConfigurationError):
        credentials.edit(store, vault, provider.id, ids(provider)["spare"], name="work")
    other = providers.add(store, vault, "other", "openai", secret=FIRST)
    credentials.add(store, vault, other.id, "work", WORK)
    assert texts(store, vault, provider.id) == [FIRST, WORK, SPARE]


def test_a_refused_change_leaves_no_secret_behind(store: Store, vault: MemoryVault, provider: Provider) -> None:
    kept = set(vault._secrets)
    with pytest.raises(ConfigurationError):
        credentials.add(store, vault, provider.id, "work", NEW)
    with pytest.raises(ConfigurationError):
        credentials.edit(store, vault, provider.id, "nobody", secret=NEW)
    with pytest.raises(ConfigurationError):
        providers.edit(store, vault, provider.id, base_url="https://elsewhere.example/v1", secret=NEW)
    assert set(vault._secrets) == kept


def test_the_last_key_of_a_kind_that_needs_one_stays(store: Store, vault: MemoryVault) -> None:
    made = providers.add(store, vault, "openai", "openai", secret=FIRST)
    with pytest.raises(ConfigurationError):
        credentials.remove(store, vault, made.id, made.id)
    local = providers.add(store, vault, "local", "openai-compatible", base_url="http://127.0.0.1:1/v1", secret=FIRST)
    assert credentials.remove(store, vault, local.id, local.id).secret_ref is None
    with pytest.raises(ConfigurationError) as refused:
        credentials.add(store, vault, local.id, "work", WORK)
    assert refused.value.code == "secret_missing"


def test_a_provider_that_goes_takes_all_its_secrets_along(store: Store, vault: MemoryVault, provider: Provider) -> None:
    providers.remove(store, vault, provider.id)
    assert not vault._secrets


def test_another_address_never_gets_the_keys_of_the_old_one(
    store: Store, vault: MemoryVault, provider: Provider
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        providers.edit(store, vault, provider.id, base_url="https://elsewhere.example/v1", secret=NEW)
    assert refused.value.code == "credentials_left"
    assert "work, spare" in refused.value.text
    for credential_id in ids(provider).values():
        credentials.remove(store, vault, provider.id, credential_id)
    providers.edit(store, vault, provider.id, base_url="https://elsewhere.example/v1", secret=NEW)
    assert texts(store, vault, provider.id) == [NEW]


def test_a_key_is_not_taken_away_while_others_would_go_on(store: Store, vault: MemoryVault) -> None:
    local = providers.add(store, vault, "local", "openai-compatible", base_url="http://127.0.0.1:1/v1", secret=FIRST)
    credentials.add(store, vault, local.id, "work", WORK)
    with pytest.raises(ConfigurationError) as refused:
        providers.forget_secret(store, vault, local.id)
    assert refused.value.code == "credentials_left"


def test_changes_at_once_lose_nothing(store: Store, vault: MemoryVault, provider: Provider) -> None:
    known = ids(provider)
    work = [
        lambda: credentials.edit(store, vault, provider.id, known["work"], secret=NEW),
        lambda: credentials.edit(store, vault, provider.id, known["spare"], enabled=False),
        lambda: providers.edit(store, vault, provider.id, name="renamed"),
        lambda: providers.edit(store, vault, provider.id, enabled=False),
        *(
            lambda n=n: credentials.add(store, vault, provider.id, f"more {n}", f"sk-more-0123456789-{n}")
            for n in range(8)
        ),
    ]
    with ThreadPoolExecutor(len(work)) as pool:
        list(pool.map(lambda each: each(), work))
    there = providers.get(store, provider.id)
    assert (there.name, there.enabled) == ("renamed", False)
    assert len(there.credentials) == 10
    assert texts(store, vault, provider.id)[:3] == [FIRST, NEW, SPARE]
    assert not next(each for each in there.credentials if each.name == "spare").enabled
    assert set(vault._secrets) == set(providers.secret_refs(there))


@pytest.mark.parametrize(
    ("base_url", "own"),
    [
        ("http://127.0.0.1:7878/v1", True),
        ("http://localhost:7878", True),
        ("http://[::1]:7878/anthropic", True),
        ("127.0.0.1:7878", True),
        ("http://127.0.0.1:7879/v1", False),
        ("http://127.0.0.1/v1", False),
        ("https://api.openai.com/v1", False),
        ("http://[", False),
        ("", False),
        (None, False),
    ],
)
def test_the_gateways_own_address_is_no_provider(base_url: str | None, own: bool) -> None:
    providers.check_elsewhere(base_url, "")
    if not own:
        return providers.check_elsewhere(base_url, "http://127.0.0.1:7878")
    with pytest.raises(ConfigurationError) as refused:
        providers.check_elsewhere(base_url, "http://127.0.0.1:7878")
    assert refused.value.code == "own_address"
    return None
