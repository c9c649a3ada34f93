"""Providers: the accounts and servers that requests are sent to, whether they work, and what was found here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QMenu

from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.configuring import Found, ProbeResult
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.models_sheet import AddModelSheet
from conduit_desktop.ui.panes.providers_choose import ChooseModelsSheet
from conduit_desktop.ui.panes.providers_columns import COLUMNS, ProviderRow
from conduit_desktop.ui.panes.providers_detail import ProviderDetail
from conduit_desktop.ui.panes.providers_found import Find, FoundPanel, finds, offer_for
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.panes.providers_sheet import AddProviderSheet
from conduit_desktop.ui.panes.providers_words import Offer, free_name, removal_words, served_by
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.rows import Rows
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable


class ProvidersPane(Pane[GatewayService]):
    """The table with the chosen one's details; above it what was found on this machine."""

    title = "Providers"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self.lists = ModelLists(service)
        self._models: list[Model] = []
        self._servers: list[Found] = []
        self._results: dict[str, tuple[Provider, ProbeResult]] = {}
        self._filled = False
        self._wanted: object = None  # what open_with asked for before the rows were here
        self.rows: Rows[ProviderRow] = Rows(COLUMNS, key=lambda row: row.provider.id, parent=self)
        self.table = DataTable(self.rows, key="providers", name="Providers")
        empty = EmptyState(
            "provider",
            "No providers yet",
            "Add an account, a server on this machine, or the Demo model, which needs no key and no network.",
            "Add provider",
        )
        empty.acted.connect(self.new)
        self.table.set_empty(empty)
        self.table.show_loading()
        self.table.set_menu(self._fill_menu)
        self.table.chosen.connect(self._show)
        self.table.retried.connect(self.load)
        self._add = Button("Add provider", "primary", icon="plus")
        self._add.clicked.connect(self.new)
        self.add_action(self._add)
        self.found = FoundPanel()
        self.found.wanted.connect(self._take)
        self.inside = self.detail = ProviderDetail(service, bridge, self.lists)
        self.detail.tested.connect(self._tested)
        self.detail.remove_wanted.connect(self.remove)
        self.detail.model_wanted.connect(self._add_model)
        self.detail.several_wanted.connect(self._choose_shown)
        self.detail.closed.connect(self.table.view.clearSelection)
        self.detail.closed.connect(self.table.setFocus)
        self.detail.hide()
        fit_columns(self.table, ("Key", "Kind", "Models", "Address"), stretch_least=150)
        self.body.setSpacing(0)
        self.body.addWidget(self.found)
        self.body.addWidget(Splitter("providers", self.table, self.detail, sizes=(3, 2)), 1)
        bridge.configuration_changed.connect(self._changed)

    # ---- what is shown

    async def refresh(self) -> None:
        providers = await self.service.configuring.providers()
        self._models = await self.service.configuring.models()
        current = self.detail.provider
        self._filled = True
        self.rows.set_rows([self._row(provider) for provider in providers])
        self._add.setVisible(bool(providers))
        self.set_subtitle(f"{len(providers)}" if len(providers) > 1 else "")
        vault = await self.service.vault_state()
        keys = self.service.configuring.environment_keys()
        self.found.show_finds(finds(self._servers, keys, providers, _place(vault.kind, vault.name)))
        if current is not None and self.rows.find(current.id) < 0:
            self.detail.hide()
        if (wanted := self._wanted) is not None:
            self._wanted = None
            self.open_with(wanted)

    def _row(self, provider: Provider) -> ProviderRow:
        tested, result = self._results.get(provider.id, (None, None))
        place = (provider.base_url, provider.secret_ref)
        fresh = tested is not None and (tested.base_url, tested.secret_ref) == place
        return ProviderRow(provider, served_by(provider.id, self._models), result if fresh else None)

    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        self.bridge.run(self.service.configuring.detect_local(), self._detected, _quiet, owner=self, slot="detect")

    def _detected(self, servers: list[Found]) -> None:
        if servers != self._servers:
            self._servers = servers
            self.load()

    def show_failure(self, text: str) -> None:
        self.table.show_error(text)

    def focus_default(self) -> None:
        self.table.setFocus()

    def commands(self) -> Sequence[Command]:
        chosen = self.table.current
        if chosen is None:
            return ()
        name = chosen.provider.name
        return (
            Command(f"Test {name}", self.detail.test, "bolt", "Providers"),
            Command(f"Choose models of {name}", lambda: self._choose(chosen.provider), "model", "Providers"),
        )

    def open_with(self, argument: object) -> None:
        """``new`` opens the sheet; a provider's id or name chooses its row."""
        if not self._filled:
            self._wanted = argument
            return
        if argument == "new":
            self.new()
            return
        for row in self.rows.records:
            if argument in (row.provider.id, row.provider.name):
                self.table.select(row.provider.id)

    def _changed(self) -> None:
        if self._loaded:
            self.load()

    def _show(self, chosen: ProviderRow | None) -> None:
        self.detail.setVisible(chosen is not None)
        if chosen is not None:
            self.detail.show_provider(chosen.provider, self._models, chosen.result)

    def _tested(self, provider: Provider, result: ProbeResult) -> None:
        """Kept with what was tested: the row may still show it as it was before."""
        self._results[provider.id] = (provider, result)
        at = self.rows.find(provider.id)
        if at >= 0:
            self.rows.update_row(self._row(self.rows.record(at).provider))

    # ---- adding

    def new(self, offer: Offer | None = None) -> None:
        """Open the sheet, at the choice of kinds or at the form of one."""
        if any(not each.isHidden() for each in self.window().findChildren(Sheet)):
            return
        taken = [row.provider.name for row in self.rows.records]
        chosen = offer if isinstance(offer, Offer) else None
        sheet = AddProviderSheet(self, self.service, self.bridge, taken, self._servers, chosen)
        sheet.added.connect(self._added)
        sheet.open()

    def _added(self, provider: Provider) -> None:
        self.bridge.tell(f"{provider.name} added")
        self.bridge.run(self._show_added(provider), owner=self, name="show added provider")

    async def _show_added(self, provider: Provider) -> None:
        await self.refresh()
        self.table.select(provider.id)
        self._choose(provider)

    def _choose(self, provider: Provider) -> None:
        sheet = ChooseModelsSheet(self, self.service, self.bridge, self.lists, provider, self._models)
        sheet.chosen.connect(self._chosen)
        sheet.open()

    def _choose_shown(self) -> None:
        if (provider := self.detail.provider) is not None:
            self._choose(provider)

    def _chosen(self, aliases: list[str]) -> None:
        names = ", ".join(aliases[:3]) + (f" and {len(aliases) - 3} more" if len(aliases) > 3 else "")
        self.bridge.tell(f"Clients can ask for {names}")

    def _take(self, find: Find) -> None:
        """Add what was found: at once, or through the form where a key is wanted."""
        server = find.found
        if server is not None and server.needs_key:
            self.new(offer_for(server))
            return
        self.found.set_busy(find, True)
        if server is not None:
            wanted = "local" if server.preset == "custom" else server.preset
            name = free_name(wanted, [row.provider.name for row in self.rows.records])
            work = self.service.configuring.add_provider(name, server.kind, base_url=server.base_url)
        else:
            work = self.service.configuring.add_from_environment(find.variable)

        def failed(text: str) -> None:
            self.found.set_busy(find, False)
            self.bridge.tell(text, "error")

        self.bridge.run(work, self._added, failed, owner=self, name="add what was found")

    def _add_model(self, provider: Provider, upstream_model: str) -> None:
        providers = [row.provider for row in self.rows.records]
        sheet = AddModelSheet(
            self,
            self.service,
            self.bridge,
            self.lists,
            providers,
            self._models,
            provider_id=provider.id,
            upstream_model=upstream_model,
        )
        sheet.added.connect(lambda model: self._chosen([model.alias]))
        sheet.open()

    # ---- removing

    def remove(self, provider: Provider) -> None:
        """Ask, naming what goes too, then remove."""
        self.bridge.run(self._remove(provider), owner=self, slot="remove")

    async def _remove(self, provider: Provider) -> None:
        text = removal_words(provider, self._models)
        if await confirm(self, f"Remove {provider.name}?", text, "Remove provider"):
            await self.service.configuring.remove_provider(provider.id)
            await self.refresh()
            self.bridge.tell(f"{provider.name} removed")

    def _switch(self, provider: Provider) -> None:
        work = self.service.configuring.edit_provider(provider.id, enabled=not provider.enabled)
        self.bridge.run(work, owner=self, name="switch provider")

    def _fill_menu(self, menu: QMenu, chosen: Sequence[ProviderRow]) -> None:
        if not chosen:
            return
        provider = chosen[0].provider
        menu.addAction("Test connection", self.detail.test)
        menu.addAction("Choose models…", lambda: self._choose(provider))
        menu.addAction("Copy address", lambda: copy(provider.base_url))
        menu.addAction("Turn off" if provider.enabled else "Turn on", lambda: self._switch(provider))
        menu.addSeparator()
        menu.addAction("Remove…", lambda: self.remove(provider))


def _place(kind: str, name: str) -> str:
    """Where a key would be stored, in words."""
    if kind == "memory":
        return "memory only"
    return "the encrypted file" if kind == "file" else f"the OS keyring ({name})" if name else "the OS keyring"


def _quiet(_text: str) -> None:
    """Looking for local servers is an offer; when it fails nothing is offered."""
