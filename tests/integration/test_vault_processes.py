"""The encrypted file between processes, with keys of the real cost."""

import subprocess
import sys
from pathlib import Path

import pytest

from conduit_desktop.errors import VaultError
from conduit_desktop.paths import Home
from conduit_desktop.vault.file import FileVault

WORDS = "correct horse battery"
STORE_FIVE = """
import sys
from pathlib import Path
from conduit_desktop.paths import Home
from conduit_desktop.vault import open_vault
vault = open_vault(Home(Path(sys.argv[1])))
for number in range(5):
    vault.put(f"{sys.argv[2]}-{number}", f"secret {number} of {sys.argv[2]}")
"""


def test_processes_storing_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUIT_VAULT", "file")
    monkeypatch.setenv("CONDUIT_VAULT_PASSPHRASE", WORDS)
    home = tmp_path / "home"
    command = [sys.executable, "-c", STORE_FIVE, str(home)]
    running = [subprocess.Popen([*command, f"p{one}"]) for one in range(4)]
    assert [process.wait(60) for process in running] == [0, 0, 0, 0]
    vault = FileVault(Home(home), WORDS)
    for one in range(4):
        for number in range(5):
            assert vault.get(f"p{one}-{number}") == f"secret {number} of p{one}"
    with pytest.raises(VaultError, match="does not open"):
        FileVault(Home(home), "wrong").get("p0-0")
