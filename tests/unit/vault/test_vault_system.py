"""The keyring vault against backends of our own: slow, locked, gone, forgetful. Real ones: tests/integration."""

import threading

import pytest

from conduit_desktop.errors import VaultError
from conduit_desktop.vault import system
from conduit_desktop.vault.system import SERVICE, SystemVault

SECRET = "sk-ant-0123456789abcdef"


class KeyringLocked(Exception):
    pass


class Shelf:
    """A backend that keeps its entries in a dict, can be made to fail, and holds calls back while ``gate`` is shut."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.calls = 0
        self.inside = 0
        self.most_inside = 0

    def _enter(self) -> None:
        self.calls += 1
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.gate.wait()
        self.inside -= 1
        if self.failure is not None:
            raise self.failure

    def get_password(self, service: str, username: str, /) -> str | None:
        self._enter()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        self._enter()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str, /) -> None:
        self._enter()
        del self.entries[service, username]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def vault_on(shelf: Shelf, timeout: float = 20.0, pause: float = 0.0, platform: str = "linux") -> SystemVault:
    return SystemVault(lambda: shelf, timeout=timeout, pause=pause, platform=platform)


def test_an_entry_for_each_secret_under_one_service(shelf: Shelf) -> None:
    vault = vault_on(shelf)
    assert vault.state().ready
    vault.put("a", SECRET)
    vault.put("b", "other")
    assert shelf.entries == {(SERVICE, "a"): SECRET, (SERVICE, "b"): "other"}
    assert vault_on(shelf).get("a") == SECRET
    vault.remove("a")
    vault.remove("a")
    assert shelf.entries == {(SERVICE, "b"): "other"}


def test_a_value_is_read_once(shelf: Shelf) -> None:
    vault_on(shelf).put("a", SECRET)
    vault = vault_on(shelf)
    assert vault.cached("a") is None
    vault.get("a")
    calls = shelf.calls
    assert vault.get("a") == vault.cached("a") == SECRET
    assert shelf.calls == calls
    vault.remove("a")
    assert vault.cached("a") is None


def test_a_missing_entry_is_not_a_failure_of_the_keyring(shelf: Shelf) -> None:
    vault = vault_on(shelf)
    with pytest.raises(VaultError) as caught:
        vault.get("a")
    assert caught.value.code == "secret_missing"
    assert vault.state().ready


def test_the_probe_leaves_nothing_behind_and_finds_a_forgetful_keyring(shelf: Shelf) -> None:
    assert vault_on(shelf).state().ready
    assert not shelf.entries
    shelf.get_password = lambda service, username, /: None  # type: ignore[method-assign]
    state = vault_on(shelf).state()
    assert not state.ready
    assert "did not give back" in state.problem


def test_a_slow_keyring_is_given_up_and_not_waited_for_again(shelf: Shelf) -> None:
    vault = vault_on(shelf, timeout=0.05)
    shelf.entries[SERVICE, "a"] = SECRET
    shelf.gate.clear()
    state = vault.state()
    assert not state.ready
    assert "not answered" in state.problem
    assert "prompt" in state.hint
    calls = shelf.calls
    for call in (lambda: vault.get("a"), lambda: vault.put("b", SECRET), lambda: vault.remove("a")):
        with pytest.raises(VaultError) as caught:
            call()
        assert caught.value.code == "vault_timeout"
    assert shelf.calls == calls  # nothing piles up behind the one that hangs
    shelf.gate.set()
    _settle(vault)
    assert vault.get("a") == SECRET
    assert vault.state().ready


def test_what_comes_late_is_kept(shelf: Shelf) -> None:
    vault = vault_on(shelf, timeout=0.05)
    shelf.entries[SERVICE, "a"] = SECRET
    shelf.gate.clear()
    with pytest.raises(VaultError):
        vault.get("a")
    shelf.gate.set()
    _settle(vault)
    assert vault.cached("a") == SECRET


def test_a_locked_keyring_says_so_and_recovers(shelf: Shelf) -> None:
    vault = vault_on(shelf)
    shelf.failure = KeyringLocked("Failed to unlock the collection!")
    state = vault.state()
    assert not state.ready
    assert "locked" in state.problem
    assert "Unlock" in state.hint
    shelf.failure = None
    assert not vault.state().ready  # what is known; asking anew is for who wants to know
    assert vault.state(fresh=True).ready


def test_a_refusal_is_repeated_for_a_while_without_asking(shelf: Shelf) -> None:
    now = [100.0]
    vault = SystemVault(lambda: shelf, pause=5.0, clock=lambda: now[0])
    shelf.failure = KeyringLocked("no")
    with pytest.raises(VaultError):
        vault.get("a")
    calls = shelf.calls
    with pytest.raises(VaultError, match="locked") as caught:
        vault.get("a")
    assert caught.value.code == "vault_locked"
    assert shelf.calls == calls
    shelf.failure = None
    shelf.entries[SERVICE, "a"] = SECRET
    now[0] += 6
    assert vault.get("a") == SECRET


def test_a_backend_that_cannot_be_made_is_a_state() -> None:
    def nothing() -> Shelf:
        raise RuntimeError("The Secret Service daemon is neither running nor activatable")

    vault = SystemVault(nothing, platform="linux")
    state = vault.state()
    assert "neither running" in state.problem
    assert state.hint
    with pytest.raises(VaultError) as caught:
        vault.put("a", SECRET)
    assert caught.value.code == "vault_unavailable"


def test_it_is_connected_anew_after_a_failure(shelf: Shelf) -> None:
    made: list[Shelf] = []

    def connect() -> Shelf:
        made.append(shelf)
        return shelf

    vault = SystemVault(connect, pause=0)
    vault.put("a", SECRET)
    shelf.failure = ConnectionResetError("gone")
    with pytest.raises(VaultError, match="ConnectionResetError"):
        vault.remove("a")
    shelf.failure = None
    vault.put("b", SECRET)
    assert len(made) == 2


def test_calls_of_several_threads_come_one_at_a_time(shelf: Shelf) -> None:
    vault = vault_on(shelf)
    threads = [threading.Thread(target=vault.put, args=(f"r{i}", f"secret number {i}")) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shelf.most_inside == 1
    assert len(shelf.entries) == 12


def test_a_failure_tells_no_secret_and_keeps_none(shelf: Shelf) -> None:
    vault = vault_on(shelf)
    shelf.failure = ValueError("could not store oddly-shaped-key")
    with pytest.raises(VaultError) as caught:
        vault.put("a", "oddly-shaped-key")
    assert "oddly-shaped-key" not in caught.value.text + repr(caught.value) + vault.state().problem
    assert caught.value.__context__ is None
    assert vault.cached("a") is None
    assert "oddly" not in repr(vault)


def test_windows_has_a_limit_and_an_entry_name_of_its_own(shelf: Shelf) -> None:
    vault = vault_on(shelf, platform="win32")
    vault.put("a", "x" * 1280)
    assert list(shelf.entries) == [(f"{SERVICE}/a", "a")]
    with pytest.raises(VaultError) as caught:
        vault.put("b", "x" * 1279 + "\N{PILE OF POO}")
    assert caught.value.code == "secret_too_long"
    assert "file" in caught.value.hint
    vault_on(shelf, platform="darwin").put("c", "x" * 5000)


def test_a_passphrase_is_not_for_it(shelf: Shelf) -> None:
    with pytest.raises(VaultError) as caught:
        vault_on(shelf).unlock("words")
    assert caught.value.code == "no_passphrase"


def test_the_backend_is_that_of_the_platform_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    with pytest.raises(RuntimeError, match="SecretService"):
        system.connect("linux")
    with pytest.raises(RuntimeError, match="macOS"):
        system.connect("darwin")


def _settle(vault: SystemVault) -> None:
    """Wait until the call that was given up has ended."""
    running = vault._running
    assert running is not None
    running.exception(timeout=10)
