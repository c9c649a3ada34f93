"""The encrypted file vault on a real file."""

import os
import stat
from pathlib import Path

import pytest

from conduit_desktop import logs
from conduit_desktop.errors import VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault import shared
from conduit_desktop.vault.file import FileVault

WORDS = "correct horse battery"
SECRET = "sk-ant-0123456789abcdef"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def refusal(vault: FileVault, ref: str = "a") -> VaultError:
    with pytest.raises(VaultError) as caught:
        vault.get(ref)
    return caught.value


def test_a_secret_is_kept_over_processes(home: Home) -> None:
    FileVault(home, WORDS).put("a", SECRET)
    again = FileVault(home, WORDS)
    assert again.cached("a") is None
    assert again.get("a") == SECRET
    assert again.cached("a") == SECRET
    assert SECRET.encode() not in home.vault.read_bytes()


def test_entries_are_replaced_and_removed_one_by_one(home: Home) -> None:
    vault = FileVault(home, WORDS)
    vault.put("a", "first secret")
    vault.put("b", "other secret")
    vault.put("a", SECRET)
    vault.remove("b")
    vault.remove("b")
    assert vault.get("a") == SECRET
    assert refusal(vault, "b").code == "secret_missing"
    assert vault.cached("b") is None


def test_reading_and_removing_make_no_file(home: Home) -> None:
    vault = FileVault(home, WORDS)
    assert vault.state().ready
    vault.remove("a")
    assert refusal(vault).code == "secret_missing"
    assert not home.vault.exists()


def test_what_another_process_stores_or_removes_is_seen(home: Home) -> None:
    one, two = FileVault(home, WORDS), FileVault(home, WORDS)
    one.put("a", "first secret")
    assert two.get("a") == "first secret"
    one.put("b", SECRET)
    one.put("a", "second secret")
    assert two.get("b") == SECRET
    assert two.get("a") == "second secret"
    two.put("c", "third secret")
    one.remove("a")
    assert one.get("c") == "third secret"
    assert refusal(two).code == "secret_missing"


@pytest.mark.skipif(os.name != "posix", reason="rights are of another kind")
def test_only_the_owner_may_read(home: Home) -> None:
    vault = FileVault(home, WORDS)
    for turn in range(2):
        vault.put("a", f"{SECRET}{turn}")
        assert stat.S_IMODE(home.vault.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in home.folder.iterdir()) == ["vault.bin", "vault.lock"]


def test_without_a_passphrase_it_is_locked_and_says_how_to_open_it(home: Home) -> None:
    fresh = FileVault(home).state()
    assert not fresh.ready
    assert "CONDUIT_VAULT_PASSPHRASE" in fresh.hint
    with pytest.raises(VaultError, match="no passphrase yet"):
        FileVault(home).put("a", SECRET)
    FileVault(home, WORDS).put("a", SECRET)
    locked = FileVault(home)
    assert not locked.state().ready
    assert refusal(locked).code == "vault_locked"
    locked.unlock(WORDS)
    assert locked.state().ready
    assert locked.get("a") == SECRET


def test_unlocking_a_new_vault_creates_it(home: Home) -> None:
    vault = FileVault(home)
    vault.unlock(WORDS)
    assert home.vault.exists()
    vault.put("a", SECRET)
    vault.unlock(WORDS)
    assert FileVault(home, WORDS).get("a") == SECRET


def test_a_wrong_passphrase_opens_and_changes_nothing(home: Home) -> None:
    FileVault(home, WORDS).put("a", SECRET)
    before = home.vault.read_bytes()
    vault = FileVault(home, "wrong")
    assert refusal(vault).code == "wrong_passphrase"
    assert refusal(vault).code == "wrong_passphrase"
    assert not vault.state().ready
    with pytest.raises(VaultError, match="does not open"):
        vault.put("b", SECRET)
    with pytest.raises(VaultError, match="does not open"):
        vault.unlock("also wrong")
    assert home.vault.read_bytes() == before
    vault.unlock(WORDS)
    assert vault.get("a") == SECRET


@pytest.mark.parametrize("nothing", ["", " ", "\n\t"])
def test_an_empty_passphrase_is_refused(home: Home, nothing: str) -> None:
    vault = FileVault(home, nothing)
    assert not vault.state().ready
    with pytest.raises(VaultError, match="empty"):
        vault.put("a", SECRET)
    with pytest.raises(VaultError, match="empty"):
        vault.unlock(nothing)
    assert not home.vault.exists()


@pytest.mark.parametrize("at", [0, 20, 35, 50, -1])
def test_tampering_is_refused_whether_open_or_not(home: Home, at: int) -> None:
    vault = FileVault(home, WORDS)
    vault.put("a", SECRET)
    data = bytearray(home.vault.read_bytes())
    data[at] ^= 1
    home.vault.write_bytes(bytes(data))
    assert refusal(FileVault(home, WORDS)).code in ("wrong_passphrase", "vault_damaged")
    if at not in (50, -1):  # behind the head: seen when the file is taken in again
        assert refusal(vault).code in ("wrong_passphrase", "vault_damaged")
    with pytest.raises(VaultError):
        FileVault(home, WORDS).put("b", SECRET)
    assert home.vault.read_bytes() == bytes(data)


def test_a_damaged_file_of_an_open_vault_is_called_damaged(home: Home) -> None:
    vault = FileVault(home, WORDS)
    vault.put("a", SECRET)
    data = bytearray(home.vault.read_bytes())
    data[35] ^= 1  # the nonce
    home.vault.write_bytes(bytes(data))
    assert refusal(vault).code == "vault_damaged"
    assert vault.cached("a") == SECRET


@pytest.mark.parametrize("content", [b"", b"x", b"conduit-vault-9\n" + bytes(60)])
def test_another_file_in_its_place_is_refused_and_left_alone(home: Home, content: bytes) -> None:
    home.make()
    home.vault.write_bytes(content)
    vault = FileVault(home, WORDS)
    assert refusal(vault).code == "vault_damaged"
    assert not vault.state().ready
    with pytest.raises(VaultError):
        vault.put("a", SECRET)
    with pytest.raises(VaultError):
        vault.unlock(WORDS)
    assert home.vault.read_bytes() == content


def test_a_file_that_was_made_anew_needs_its_own_passphrase(home: Home) -> None:
    vault = FileVault(home)
    vault.unlock(WORDS)
    vault.put("a", SECRET)
    home.vault.unlink()
    FileVault(home, "other words").put("b", SECRET)
    assert refusal(vault, "b").code == "vault_locked"
    vault.unlock("other words")
    assert vault.get("b") == SECRET


@pytest.mark.parametrize("secret", ["", "a\0b", "\ud800"])
def test_what_could_not_be_given_back_is_refused(home: Home, secret: str) -> None:
    with pytest.raises(VaultError) as caught:
        FileVault(home, WORDS).put("a", secret)
    assert caught.value.code == "secret_invalid"
    assert caught.value.__context__ is None


def test_an_unusable_folder_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with pytest.raises(VaultError, match="cannot be used"):
        FileVault(Home(tmp_path / "home"), WORDS).put("a", SECRET)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = FileVault(home, WORDS)
    vault.put("a", SECRET)
    before = sorted(home.folder.iterdir())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(VaultError, match="No space left"):
            vault.put("b", SECRET)
    assert sorted(home.folder.iterdir()) == before
    assert FileVault(home, WORDS).get("a") == SECRET
    assert refusal(FileVault(home, WORDS), "b").code == "secret_missing"


def test_a_lock_held_for_too_long_is_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "vault.lock"
    with shared.alone(path), pytest.raises(VaultError, match="Another process"), shared.alone(path, timeout=0.05):
        pass
    with shared.alone(path, timeout=0):
        pass


def test_nothing_secret_shows(home: Home) -> None:
    vault = FileVault(home, WORDS)
    vault.put("a", SECRET)
    assert SECRET not in repr(vault) + repr(vars(vault)["_opened"])
    assert WORDS not in repr(vault)
    vault.put("b", "plain-looking-key")
    assert logs.redact("got plain-looking-key") == "got ***"
