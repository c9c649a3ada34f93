"""The details of a model: the names clients use, its deployments, its routing. A change is stored at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QLineEdit, QWidget

from conduit_desktop.records import Deployment, Model, Provider
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.models_deployments import DeploymentList
from conduit_desktop.ui.panes.models_health_words import Live
from conduit_desktop.ui.panes.models_history import HistorySheet
from conduit_desktop.ui.panes.models_preview import RoutingPreview
from conduit_desktop.ui.panes.models_price_sheet import PriceSheet
from conduit_desktop.ui.panes.models_routing import Routing
from conduit_desktop.ui.panes.models_saver import Saver
from conduit_desktop.ui.panes.models_sheet import DeploymentSheet
from conduit_desktop.ui.panes.models_words import (
    ORDER_WORDS,
    ModelRow,
    Prices,
    Served,
    model_rows,
    strategy_title,
    without,
)
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import CopyField
from conduit_desktop.ui.widgets.form import FormRow, OptionRow
from conduit_desktop.ui.widgets.inputs import Switch
from conduit_desktop.ui.widgets.layout import column, row, rule, scrolled
from conduit_desktop.ui.widgets.split import DetailPanel, Tabs
from conduit_desktop.ui.widgets.text import Label


class ModelDetail(DetailPanel):
    """Signals: ``remove_wanted(Model)``, ``chat_wanted(Model)``, ``changed(Model)`` before it is stored,
    ``failed(text)`` when it could not be, ``looked_wanted()`` when how the deployments do may have changed."""

    remove_wanted = Signal(object)
    chat_wanted = Signal(object)
    changed = Signal(object)
    failed = Signal(str)
    looked_wanted = Signal()

    def __init__(self, service: GatewayService, bridge: Bridge, lists: ModelLists) -> None:
        super().__init__()
        self._service, self._bridge, self._lists = service, bridge, lists
        self._live = Live()
        self.model: Model | None = None
        self._models: Sequence[Model] = ()
        self._providers: Sequence[Provider] = ()
        self._prices = Prices()
        self._saver = Saver(service, bridge, self)
        self._saver.failed.connect(self.failed)
        remove = IconButton("trash", "Remove model…", small=True)
        remove.clicked.connect(lambda: self.remove_wanted.emit(self.model))
        self.add_action(remove)
        self.tabs = Tabs("Model details")
        self.body.setContentsMargins(SPACE.l, 0, 0, 0)
        self.body.addWidget(self.tabs)

    def rest(self) -> Iterator[None]:
        """Makes what the tabs have."""
        self._tab("Serving").setLayout(self._serving())
        yield
        self.routing = Routing()
        self.routing.changed.connect(lambda field, value: self._change(**{field: value}))
        yield
        self._tab("Routing").setLayout(column(self.routing, margins=(0, SPACE.m, SPACE.l, SPACE.l)))
        yield
        self.preview = RoutingPreview(self._service, self._bridge)
        self._tab("Preview").setLayout(column(self.preview, margins=(0, SPACE.m, SPACE.l, SPACE.l)))

    def _tab(self, title: str) -> QWidget:
        """What a tab is to be filled with, in its place already: each widget put around others styles them anew."""
        inner = QWidget()
        self.tabs.addTab(scrolled(inner), title)
        return inner

    def _serving(self) -> QLayout:
        self.enabled = Switch(name="Enabled")
        self.enabled.toggled.connect(lambda on: self._change(enabled=on))
        self.alias = QLineEdit()
        self.alias.setProperty("mono", "true")
        self.alias.editingFinished.connect(self._rename)
        self._alias_row = FormRow("Rename", self.alias, "Clients that ask for the old name are refused from then on.")
        self.names = CopyField("", "Model name")
        chat = Button("Try in Chat", icon="chat")
        chat.clicked.connect(lambda: self.chat_wanted.emit(self.model))
        names = QWidget()
        names.setLayout(row(self.names, chat))
        self.direct = CopyField("", "Direct form")
        self._direct_row = FormRow(
            "Direct form", self.direct, "Reaches the first deployment alone, past strategy and fallbacks."
        )
        self._make_list()
        self._order = Label("", "small", wrap=True)
        return column(
            FormRow("Clients ask for", names),
            rule(),
            Label("Deployments", "strong"),
            self._order,
            self.deployments,
            rule(),
            self._direct_row,
            self._alias_row,
            OptionRow("Enabled", self.enabled, "Off: clients that ask for it get “model not found”."),
            None,
            gap=SPACE.m,
            margins=(0, SPACE.m, SPACE.l, SPACE.l),
        )

    def _make_list(self) -> None:
        self.deployments = DeploymentList()
        self.deployments.changed.connect(lambda order: self._change(deployments=order))
        self.deployments.add_wanted.connect(lambda: self._open_sheet(None))
        self.deployments.edit_wanted.connect(self._open_sheet)
        self.deployments.price_wanted.connect(self._open_price)
        self.deployments.history_wanted.connect(self._open_history)
        self.deployments.test_wanted.connect(self._test)
        self.deployments.use_wanted.connect(self._use_again)

    # ---- what it shows

    def show_row(self, shown: ModelRow, models: Sequence[Model], providers: Sequence[Provider], prices: Prices) -> None:
        """Show one, as it will be once what is under way is stored."""
        self._models, self._providers, self._prices = models, providers, prices
        other = self.model is None or self.model.id != shown.model.id
        if other:
            self.alias.setText(shown.model.alias)
            self._alias_row.set_error("")
        elif self.model is not None and not self.alias.hasFocus():
            self.alias.setText(shown.model.alias)
        self._display(self._saver.latest(shown.model))

    def _display(self, model: Model) -> None:
        self.model = model
        row_ = model_rows([model], self._providers, self._prices)[0]
        count = len(row_.served)
        self.set_head(model.alias, f"{strategy_title(model.strategy)} · {count} deployment{'s' if count != 1 else ''}")
        self.names.set_text(model.alias)
        self._direct_row.setVisible(count > 0)
        if count:
            self.direct.set_text(row_.served[0].name)
        self._order.setText(ORDER_WORDS[model.strategy])
        self._order.setVisible(count > 1)
        self.deployments.add.setEnabled(bool(self._providers))
        self.deployments.show_deployments(row_.served, model.strategy)
        self.routing.show_model(model, [model if each.id == model.id else each for each in self._models])
        self.preview.show_model(model)
        self.enabled.blockSignals(True)
        self.enabled.setChecked(model.enabled)
        self.enabled.setAccessibleName(f"Enabled: {model.alias}")
        self.enabled.blockSignals(False)

    def show_live(self, live: Live) -> None:
        """Show how the deployments do."""
        self._live = live
        self.deployments.show_live(live)
        for sheet in self.window().findChildren(HistorySheet):
            sheet.show_live(live)

    # ---- what is asked of a deployment

    def _open_history(self, served: Served) -> None:
        sheet = HistorySheet(self, self._service, self._bridge, served, self._live)
        sheet.use_wanted.connect(self._use_again)
        sheet.open()

    def _test(self, deployment_id: str) -> None:
        if (card := self.deployments.card_of(deployment_id)) is not None:
            card.show_testing()
            work = self._service.routing.test_deployment(deployment_id)
            self._bridge.run(work, card.show_tested, card.show_tested, owner=card, slot="test")
            self.looked_wanted.emit()

    def _use_again(self, deployment_id: str) -> None:
        work = self._service.routing.reset_health(deployment_id)
        self._bridge.run(work, lambda _done: self.looked_wanted.emit(), owner=self, name="use again")

    # ---- what it changes

    def _change(self, **parts: Any) -> None:
        if self.model is None:
            return
        model = replace(self.model, **parts)
        if model != self.model:
            self._display(model)
            self.changed.emit(model)
            self._saver.save(model)

    def _rename(self) -> None:
        if self.model is None:
            return
        alias = self.alias.text().strip()
        if not alias:
            self.alias.setText(self.model.alias)
        taken = any(each.alias == alias and each.id != self.model.id for each in self._models)
        self._alias_row.set_error("There is a model of this name already." if taken else "")
        if alias and not taken and alias != self.model.alias:
            old = self.model.alias
            self._change(alias=alias)
            for each in self._models:  # those that fall back to it go on doing so
                if each.id != self.model.id and (renamed := without(each, old, alias)) != each:
                    self._saver.save(renamed)

    def _open_sheet(self, deployment: Deployment | None) -> None:
        if (model := self.model) is None:
            return
        sheet = DeploymentSheet(self, self._bridge, self._lists, self._providers, model, deployment)
        sheet.made.connect(lambda made: self._put(model.id, made))
        sheet.open()

    def _open_price(self, served: Served) -> None:
        if (model := self.model) is None:
            return
        sheet = PriceSheet(self, served)
        sheet.made.connect(lambda price: self._put(model.id, replace(served.deployment, price=price)))
        sheet.open()

    def _put(self, model_id: str, made: Deployment) -> None:
        if self.model is None or self.model.id != model_id:
            return
        there = any(each.id == made.id for each in self.model.deployments)
        old = self.model.deployments
        new = tuple(made if each.id == made.id else each for each in old) if there else (*old, made)
        self._change(deployments=tuple(sorted(new, key=lambda each: each.priority)))
