"""Which vault a home uses, and that it keeps to it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conduit_desktop.errors import VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault import ChosenVault, MemoryVault, Vault, VaultState, open_vault
from conduit_desktop.vault.base import Kind, missing, no_passphrase
from conduit_desktop.vault.chooser import Stored
from conduit_desktop.vault.file import FileVault

WORDS = "correct horse battery"
SECRET = "sk-ant-0123456789abcdef"


class Keyring(Vault):
    """A keyring that may be away; its entries are shared by all who open it."""

    kind: Kind = "keyring"
    entries: dict[str, str]

    def __init__(self, entries: dict[str, str], here: bool = True) -> None:
        self.entries, self.here, self.probes = entries, here, 0

    def state(self, *, fresh: bool = False) -> VaultState:
        self.probes += 1
        return VaultState("keyring", "test keyring", self.here, "" if self.here else "Nobody answers.", "Start it.")

    def _need(self) -> None:
        if not self.here:
            raise VaultError("Nobody answers.", hint="Start it.")

    def get(self, ref: str) -> str:
        self._need()
        if ref not in self.entries:
            raise missing(ref, "test keyring")
        return self.entries[ref]

    def put(self, ref: str, secret: str) -> None:
        self._need()
        self.entries[ref] = secret

    def remove(self, ref: str) -> None:
        self._need()
        self.entries.pop(ref, None)

    def unlock(self, passphrase: str) -> None:
        raise no_passphrase("test keyring")

    def cached(self, ref: str) -> str | None:
        return None


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


Opener = Callable[..., ChosenVault]


@pytest.fixture
def opened(home: Home) -> Opener:
    def make(keyring: Keyring, passphrase: str | None = None, forced: Stored | None = None) -> ChosenVault:
        return ChosenVault(home, forced=forced, keyring=lambda: keyring, file=lambda: FileVault(home, passphrase))

    return make


def test_a_keyring_that_answers_is_used_and_noted(home: Home, opened: Opener) -> None:
    keyring = Keyring({})
    vault = opened(keyring, WORDS)
    assert vault.cached("a") is None
    assert keyring.probes == 0
    assert vault.state().kind == "keyring"
    assert not home.folder.exists()
    vault.put("a", SECRET)
    assert keyring.entries == {"a": SECRET}
    assert not home.vault.exists()
    assert vault.get("a") == SECRET
    assert vault.kind == "keyring"


def test_without_a_keyring_the_file_stands_in_and_asks_for_a_passphrase(home: Home, opened: Opener) -> None:
    vault = opened(Keyring({}, here=False))
    state = vault.state()
    assert (state.kind, state.ready) == ("file", False)
    assert "Nobody answers" in state.problem
    assert "CONDUIT_VAULT_PASSPHRASE" in state.hint
    assert "Start it" in state.hint
    with pytest.raises(VaultError, match="Nobody answers") as caught:
        vault.put("a", SECRET)
    assert caught.value.code == "vault_locked"
    assert not home.vault.exists()
    assert not home.vault.with_suffix(".kind").exists()
    vault.unlock(WORDS)
    vault.put("a", SECRET)
    assert vault.state().ready
    assert vault.get("a") == vault.cached("a") == SECRET


def test_a_passphrase_in_the_environment_makes_the_stand_in_ready(home: Home, opened: Opener) -> None:
    vault = opened(Keyring({}, here=False), WORDS)
    assert vault.state().ready
    vault.put("a", SECRET)
    assert FileVault(home, WORDS).get("a") == SECRET


def test_a_keyring_home_never_becomes_a_file_home_by_itself(home: Home, opened: Opener) -> None:
    entries: dict[str, str] = {}
    opened(Keyring(entries)).put("a", SECRET)
    away = Keyring(entries, here=False)
    vault = opened(away, WORDS)
    state = vault.state()
    assert (state.kind, state.ready) == ("keyring", False)
    assert "secrets of this home are in it" in state.problem
    assert "CONDUIT_VAULT=file" in state.hint
    for call in (lambda: vault.put("b", SECRET), lambda: vault.get("a"), lambda: vault.remove("a")):
        with pytest.raises(VaultError, match="secrets of this home are in it"):
            call()
    with pytest.raises(VaultError):
        vault.unlock(WORDS)
    assert not home.vault.exists()
    away.here = True
    assert vault.state(fresh=True).ready
    assert vault.get("a") == SECRET


def test_a_file_home_stays_one_when_a_keyring_turns_up(home: Home, opened: Opener) -> None:
    opened(Keyring({}, here=False), WORDS).put("a", SECRET)
    keyring = Keyring({})
    vault = opened(keyring, WORDS)
    assert vault.get("a") == SECRET
    vault.put("b", SECRET)
    assert not keyring.entries
    assert keyring.probes == 0
    locked = opened(keyring).state()
    assert (locked.kind, locked.ready) == ("file", False)


def test_the_one_that_was_forced_is_kept_to_afterwards(opened: Opener) -> None:
    entries: dict[str, str] = {}
    opened(Keyring(entries)).put("a", SECRET)
    forced = opened(Keyring(entries), WORDS, "file")
    assert forced.state().kind == "file"
    with pytest.raises(VaultError) as caught:
        forced.get("a")
    assert caught.value.code == "secret_missing"
    forced.put("b", SECRET)
    assert opened(Keyring(entries), WORDS).get("b") == SECRET
    opened(Keyring(entries), WORDS, "keyring").put("c", SECRET)
    assert opened(Keyring(entries), WORDS).state().kind == "keyring"
    assert entries == {"a": SECRET, "c": SECRET}


def test_a_forced_keyring_that_is_away_is_said_so(home: Home, opened: Opener) -> None:
    state = opened(Keyring({}, here=False), WORDS, "keyring").state()
    assert (state.kind, state.ready, state.problem) == ("keyring", False, "Nobody answers.")


def test_a_stand_in_gives_way_when_the_keyring_is_there_at_last(home: Home, opened: Opener) -> None:
    keyring = Keyring({}, here=False)
    vault = opened(keyring)
    assert vault.state().kind == "file"
    keyring.here = True
    assert vault.state().kind == "file"
    assert vault.state(fresh=True).kind == "keyring"
    other = opened(Keyring(keyring.entries, here=False))
    other.state()
    vault.put("a", SECRET)
    assert other.state().kind == "keyring"  # the other process has stored a secret there meanwhile


def test_storing_looks_for_the_keyring_once_more(opened: Opener) -> None:
    keyring = Keyring({}, here=False)
    vault = opened(keyring)
    vault.state()
    keyring.here = True
    vault.put("a", SECRET)
    assert keyring.entries == {"a": SECRET}


def test_a_keyring_that_goes_before_anything_was_stored_is_given_up(opened: Opener) -> None:
    keyring = Keyring({})
    vault = opened(keyring, WORDS)
    assert vault.state().kind == "keyring"
    keyring.here = False
    assert vault.state().problem == "Nobody answers."
    vault.put("a", SECRET)
    assert vault.state().kind == "file"


def test_processes_on_one_home_agree(opened: Opener) -> None:
    entries: dict[str, str] = {}
    one, two = opened(Keyring(entries), WORDS), opened(Keyring(entries), WORDS, "file")
    assert one.state().kind == "keyring"
    two.put("a", SECRET)
    assert one.get("a") == SECRET
    assert one.kind == "file"


def test_a_note_that_makes_no_sense_is_no_note(home: Home, opened: Opener) -> None:
    home.make()
    home.vault.with_suffix(".kind").write_bytes(b"\xff\xfe")
    assert opened(Keyring({})).state().kind == "keyring"


# ---------------------------------------------------------------- open_vault


def test_the_environment_chooses(home: Home) -> None:
    memory = open_vault(home, {"CONDUIT_VAULT": "memory"})
    assert isinstance(memory, MemoryVault)
    file = open_vault(home, {"CONDUIT_VAULT": " File ", "CONDUIT_VAULT_PASSPHRASE": WORDS})
    file.put("a", SECRET)
    assert file.state().kind == "file"
    assert FileVault(home, WORDS).get("a") == SECRET
    assert open_vault(home, {"CONDUIT_VAULT_PASSPHRASE": WORDS}).get("a") == SECRET


def test_an_empty_passphrase_in_the_environment_is_refused(home: Home) -> None:
    state = open_vault(home, {"CONDUIT_VAULT": "file", "CONDUIT_VAULT_PASSPHRASE": ""}).state()
    assert not state.ready
    assert "empty" in state.problem


def test_an_unknown_vault_is_refused_without_repeating_what_was_set(home: Home) -> None:
    with pytest.raises(VaultError) as caught:
        open_vault(home, {"CONDUIT_VAULT": "sk-mistake"})
    assert "sk-mistake" not in caught.value.text
    assert "keyring, file or memory" in caught.value.hint


def test_opening_touches_nothing_and_imports_nothing_slow(home: Home) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from conduit_desktop.paths import Home; from conduit_desktop.vault import open_vault\n"
        f"open_vault(Home(Path({str(home.folder)!r})), {{}}).cached('a')\n"
        "print([name for name in ('keyring', 'cryptography', 'secretstorage', 'asyncio') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
    assert not home.folder.exists()


def test_the_memory_vault_keeps_secrets_for_as_long_as_it_lives() -> None:
    vault = MemoryVault()
    assert vault.state().ready
    assert vault.state().kind == "memory"
    vault.put("a", SECRET)
    assert vault.get("a") == vault.cached("a") == SECRET
    vault.remove("a")
    vault.remove("a")
    assert vault.cached("a") is None
    with pytest.raises(VaultError) as caught:
        vault.get("a")
    assert caught.value.code == "secret_missing"
    with pytest.raises(VaultError):
        vault.unlock(WORDS)
    with pytest.raises(VaultError):
        vault.put("a", "")
