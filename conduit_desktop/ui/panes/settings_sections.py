"""What Settings has beside the schema's rows: sections of their own, each made when it is first wanted."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.dialogs.unlock import UnlockDialog
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.settings_about import AboutSection, DataSection, Licence, show_licence
from conduit_desktop.ui.panes.settings_admin import AdminSection
from conduit_desktop.ui.panes.settings_audit import AuditTable
from conduit_desktop.ui.panes.settings_cache import CacheSection
from conduit_desktop.ui.panes.settings_faults import FaultsSection
from conduit_desktop.ui.panes.settings_file import FileSection
from conduit_desktop.ui.panes.settings_prices import PricesSection
from conduit_desktop.ui.panes.settings_vault import VaultSection
from conduit_desktop.ui.panes.settings_webhook import WebhookSection

SECTIONS = {
    **{"Routing": ("cache",), "Notifications": ("notifications",), "Prices": ("prices",)},
    **{"Admin API": ("admin", "audit"), "Vault": ("vault",), "Data": ("data", "file")},
    **{"Advanced": ("faults",), "About": ("about",)},
}
"""The sections of each group, by their names; below the group's rows, where it has any."""
LOADING = ("cache", "prices", "notifications", "admin", "audit", "faults")
"""Those that load themselves."""


class Sections(Pane[GatewayService]):
    """A pane with these sections, and what the plain ones among them ask for; the others do all by themselves."""

    @cached_property
    def vault(self) -> VaultSection:
        made = VaultSection()
        made.check_wanted.connect(self.check_vault)
        made.unlock_wanted.connect(self.unlock_vault)
        return made

    @cached_property
    def data(self) -> DataSection:
        made = DataSection(self.service.home)
        made.folder_wanted.connect(self.open_folder)
        return made

    @cached_property
    def about(self) -> AboutSection:
        made = AboutSection()
        made.licence_wanted.connect(self.show_licence)
        return made

    @cached_property
    def prices(self) -> PricesSection:
        return PricesSection(self.service, self.bridge)

    @cached_property
    def admin(self) -> AdminSection:
        return AdminSection(self.service, self.bridge)

    @cached_property
    def audit(self) -> AuditTable:
        return AuditTable(self.service, self.bridge)

    @cached_property
    def notifications(self) -> WebhookSection:
        return WebhookSection(self.service, self.bridge)

    @cached_property
    def file(self) -> FileSection:
        return FileSection(self.service, self.bridge)

    @cached_property
    def cache(self) -> CacheSection:
        return CacheSection(self.service, self.bridge)

    @cached_property
    def faults(self) -> FaultsSection:
        return FaultsSection(self.service, self.bridge)

    def check_vault(self) -> None:
        """Ask the vault again, as after unlocking the keyring."""
        self.vault.check.set_busy(True)
        self.bridge.run(
            self.service.vault_state(fresh=True), self.vault.show_state, self._check_failed, owner=self, slot="vault"
        )

    def _check_failed(self, text: str) -> None:
        self.vault.check.set_busy(False)
        self.bridge.tell(text, "error")

    def unlock_vault(self) -> None:
        dialog = UnlockDialog(self, self.service, self.bridge, self.vault.hint.text())
        dialog.accepted.connect(self.check_vault)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open_folder(self, folder: str) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(folder)):
            self.bridge.tell("No file manager answered. Copy the path instead.", "error")

    def show_licence(self, licence: Licence) -> None:
        show_licence(self, self.service, self.bridge, licence)
