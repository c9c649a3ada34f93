"""A locked vault stands in the window until it is unlocked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from conduit_desktop.errors import VaultError
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.main_window import MainWindow
from conduit_desktop.vault import VaultState
from tests.ui.accessible import unnamed
from tests.ui.eventually import until

PASSPHRASE = "correct horse"


class Locked:
    """Stands for a file vault's lock over the service of the window."""

    def __init__(self) -> None:
        self.ready = False

    async def state(self, *, fresh: bool = False) -> VaultState:
        problem = "" if self.ready else "The encrypted file is locked."
        return VaultState("file", "Encrypted file", ready=self.ready, problem=problem, hint="Enter its passphrase.")

    async def unlock(self, passphrase: str) -> None:
        if passphrase != PASSPHRASE:
            raise VaultError("That passphrase does not open it.", code="wrong_passphrase")
        self.ready = True


async def test_unlocking_says_why_not_and_takes_the_banner_away(
    window: MainWindow, service: GatewayService, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = Locked()
    monkeypatch.setattr(service, "vault_state", locked.state)
    monkeypatch.setattr(service, "unlock_vault", locked.unlock)
    window.standing.refresh()
    await until(lambda: window.banners.text("vault"))
    assert window.banners.text("vault") == "The encrypted file is locked. Enter its passphrase."
    QTest.mouseClick(window.banners._shown["vault"].button, Qt.MouseButton.LeftButton)
    dialog = window.findChild(UnlockDialog)
    assert dialog is not None
    assert unnamed(dialog) == []
    QTest.keyClicks(dialog.secret.field, "wrong")
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: dialog._fault.text())
    assert dialog._fault.text() == "That passphrase does not open it."
    assert dialog.secret.text == ""
    QTest.keyClicks(dialog.secret.field, PASSPHRASE)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    await until(lambda: not window.banners.text("vault"))
    assert QApplication.activeModalWidget() is None
