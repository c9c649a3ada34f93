"""Models: the names clients ask for, what serves them and at what price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu

from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.base import Pane
from conduit_desktop.ui.panes.models_detail import ModelDetail
from conduit_desktop.ui.panes.models_health_words import Live, away
from conduit_desktop.ui.panes.models_live import LiveHealth
from conduit_desktop.ui.panes.models_sheet import AddModelSheet
from conduit_desktop.ui.panes.models_words import (
    ModelRow,
    Prices,
    falls_back_to,
    model_rows,
    price_sentence,
    strategy_title,
    without,
)
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.palette import Command
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.split import Splitter
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable

COLUMNS: tuple[Column[ModelRow], ...] = (
    Column(
        "Model",
        lambda row: row.model.alias,
        170,
        mono=True,
        stretch=True,
        tone=lambda row: "text" if row.model.enabled else "text-muted",
        tooltip=lambda row: row.model.alias,
        sort=lambda row: row.model.alias.lower(),
    ),
    Column(
        "Strategy",
        lambda row: strategy_title(row.model.strategy),
        110,
        tone=lambda row: "text-muted",
        sort=lambda row: row.model.strategy,
    ),
    Column(
        "Deployments",
        lambda row: row.summary,
        260,
        mono=True,
        stretch=True,
        tone=lambda row: "text-muted" if row.served else "text-faint",
        tooltip=lambda row: "\n".join(
            f"{at + 1}. {each.name}" + (f" ({each.problem})" if each.problem else "")
            for at, each in enumerate(row.served)
        ),
    ),
    Column(
        "$ / M in · out",
        lambda row: row.price,
        140,
        align="right",
        tone=lambda row: "text" if row.price.startswith(("$", "free")) else "text-faint",
        tooltip=lambda row: price_sentence(row.served[0].price) if row.served else "",
    ),
    Column(
        "State",
        lambda row: row.badge[0],
        140,
        badge=lambda row: row.badge,
        sort=lambda row: row.badge[0],
    ),
)


class ModelsPane(Pane[GatewayService]):
    """The table with the chosen one's details beside it."""

    title = "Models"
    margins = (0, 0, 0, 0)

    def __init__(self, service: GatewayService, bridge: Bridge, parent: Any = None) -> None:
        super().__init__(service, bridge, parent)
        self.lists = ModelLists(service)
        self._models: list[Model] = []
        self._providers: list[Provider] = []
        self._prices = Prices()
        self._priced: set[str] = set()
        self._filled = False
        self._wanted: object = None  # what open_with asked for before the rows were here
        self.rows: Rows[ModelRow] = Rows(COLUMNS, key=lambda row: row.model.id, parent=self)
        self.table = DataTable(self.rows, key="models", name="Models")
        self.empty = EmptyState("model", "", "")
        self.empty.acted.connect(self.new)
        self.table.set_empty(self.empty)
        self.table.show_loading()
        self.table.set_menu(self._fill_menu)
        self.table.chosen.connect(self._show)
        self.table.retried.connect(self.load)
        self._add = Button("Add model", "primary", icon="plus")
        self._add.clicked.connect(self.new)
        self.add_action(self._add)
        self.inside = self.detail = ModelDetail(service, bridge, self.lists)
        self.detail.changed.connect(self._changed_here)
        self.detail.failed.connect(self._failed)
        self.detail.remove_wanted.connect(self.remove)
        self.detail.chat_wanted.connect(self._chat)
        self.detail.closed.connect(self.table.view.clearSelection)
        self.detail.closed.connect(self.table.setFocus)
        self.watch = LiveHealth(service, bridge, self)
        self.watch.changed.connect(self._show_live)
        self.detail.looked_wanted.connect(self.watch.look)
        self.detail.hide()
        fit_columns(self.table, ("Strategy", "$ / M in · out", "Deployments"), stretch_least=150)
        self.body.addWidget(Splitter("models", self.table, self.detail, sizes=(1, 1)))
        bridge.configuration_changed.connect(self._changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.watch.look()

    # ---- what is shown

    async def refresh(self) -> None:
        configuring = self.service.configuring
        self._providers = await configuring.providers()
        self._models = await configuring.models()
        self._prices = Prices(await configuring.prices(), await self.service.pricing.rules())
        self._set_empty()
        self.rows.set_rows(self._rows())
        self._add.setVisible(bool(self._models))
        self.set_subtitle(f"{len(self._models)}" if len(self._models) > 1 else "")
        if self.detail.model is not None and self.rows.find(self.detail.model.id) < 0:
            self.detail.hide()
        self._filled = True
        self._price()
        if (wanted := self._wanted) is not None:
            self._wanted = None
            self.open_with(wanted)

    def _rows(self, models: Sequence[Model] | None = None) -> list[ModelRow]:
        rows = model_rows(self._models if models is None else models, self._providers, self._prices)
        return [replace(row, away=away(row.served, self.watch.live)) for row in rows]

    def _show_live(self, live: Live) -> None:
        """Show how they do now; of the table only the rows that it changes."""
        self.detail.show_live(live)
        for row in self._rows():
            at = self.rows.find(row.model.id)
            if at >= 0 and self.rows.records[at].away != row.away:
                self.rows.update_row(row)

    def _price(self) -> None:
        """Have looked up what was not; each deployment once, for a look-up may fail."""
        missing = {each.name for row in self.rows.records for each in row.served if not each.looked_up}
        if missing - self._priced:
            self._priced |= missing
            done = self.service.configuring.look_up_prices()
            self.bridge.run(done, lambda _done: self.load(), owner=self, name="look up prices")

    def _set_empty(self) -> None:
        if self._providers:
            text = "A model is a name that clients ask for, mapped to a model of one or more of your providers."
            self.empty.set_state("model", "No models yet", text, "Add model")
        else:
            text = "A model is served by a provider: an account, a server on this machine, or the built-in Demo."
            self.empty.set_state("provider", "No provider to serve a model", text, "Add provider")

    def show_failure(self, text: str) -> None:
        self.table.show_error(text)

    def focus_default(self) -> None:
        self.table.setFocus()

    def commands(self) -> Sequence[Command]:
        chosen = self.table.current
        if chosen is None:
            return ()
        alias = chosen.model.alias
        return (
            Command(f"Try {alias} in Chat", lambda: self._chat(chosen.model), "chat", "Models"),
            Command(f"Copy {alias}", lambda: copy(alias), "copy", "Models"),
        )

    def open_with(self, argument: object) -> None:
        """``new`` opens the sheet; a model's id or alias chooses its row."""
        if not self._filled:
            self._wanted = argument
            return
        if argument == "new":
            self.new()
            return
        for row in self.rows.records:
            if argument in (row.model.id, row.model.alias):
                self.table.select(row.model.id)

    def _changed(self) -> None:
        if self._loaded:
            self.load()

    def _show(self, chosen: ModelRow | None) -> None:
        self.detail.setVisible(chosen is not None)
        if chosen is not None:
            self.detail.show_row(chosen, self._models, self._providers, self._prices)

    # ---- what is changed

    def new(self) -> None:
        """Open the sheet; without a provider, go where one is added."""
        if not self._providers:
            self.bridge.open_pane("providers", "new")
            return
        if any(not each.isHidden() for each in self.window().findChildren(Sheet)):
            return
        sheet = AddModelSheet(self, self.service, self.bridge, self.lists, self._providers, self._models)
        sheet.added.connect(self._added)
        sheet.open()

    def _added(self, model: Model) -> None:
        self.bridge.tell(f"Clients can ask for {model.alias}")
        self.bridge.run(self._show_added(model), owner=self, name="show added model")

    async def _show_added(self, model: Model) -> None:
        await self.refresh()
        self.table.select(model.id)

    def _changed_here(self, model: Model) -> None:
        """Show it in the table before it is stored."""
        self._models = [model if each.id == model.id else each for each in self._models]
        self.rows.update_row(self._rows([model])[0])

    def _failed(self, text: str) -> None:
        self.bridge.tell(text, "error")
        self.load()

    def _chat(self, model: Model) -> None:
        self.bridge.open_pane("chat", model.alias)

    def remove(self, model: Model) -> None:
        """Ask, then remove."""
        self.bridge.run(self._remove(model), owner=self, slot="remove")

    async def _remove(self, model: Model) -> None:
        parts = [f"Clients that ask for {model.alias} will be refused. The providers and the log stay."]
        users = [each.alias for each in self._models if falls_back_to(each, model.alias)]
        if users:
            parts.append(f"It is a fallback of {', '.join(users)}, which then has one less.")
        if await confirm(self, f"Remove {model.alias}?", "\n\n".join(parts), "Remove model"):
            for each in self._models:
                if falls_back_to(each, model.alias):
                    await self.service.configuring.save_model(without(each, model.alias))
            await self.service.configuring.remove_model(model.id)
            await self.refresh()
            self.bridge.tell(f"{model.alias} removed")

    def _fill_menu(self, menu: QMenu, chosen: Sequence[ModelRow]) -> None:
        if not chosen:
            return
        model = chosen[0].model
        menu.addAction("Try in Chat", lambda: self._chat(model))
        menu.addAction("Copy model name", lambda: copy(model.alias))
        menu.addSeparator()
        menu.addAction("Remove…", lambda: self.remove(model))
