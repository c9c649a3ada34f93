"""The sheet that maps a name to a provider's model, and the one that adds or changes a deployment."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Deployment, Model, Provider
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.models_limits import DeploymentLimits
from conduit_desktop.ui.panes.models_picker import ModelPicker
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.panes.providers_words import alias_for, is_demo, kind_words, known_kind
from conduit_desktop.ui.widgets.form import Form
from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.sheet import Sheet

_NEW = "Clients ask for the name; the gateway sends the request to the provider's model."


class DeploymentFields(Form):
    """Which provider, and which of its models."""

    def __init__(
        self,
        bridge: Bridge,
        lists: ModelLists,
        providers: Sequence[Provider],
        provider_id: str = "",
        upstream_model: str = "",
    ) -> None:
        super().__init__()
        self._by_id = {provider.id: provider for provider in providers}
        usable = sorted(providers, key=lambda provider: not (provider.enabled and known_kind(provider.kind)))
        choices = [(provider.id, _choice(provider)) for provider in usable]
        self.provider = Choice(choices, name="Provider", value=provider_id)
        self.picker = ModelPicker(bridge, lists)
        self.provider_row = self.add("Provider", self.provider)
        self.model_row = self.add("Provider's model", self.picker)
        self.provider.currentIndexChanged.connect(self._switch)
        self.picker.changed.connect(lambda _text: self.model_row.set_error(""))
        self._switch()
        if upstream_model:
            self.picker.set_text(upstream_model)

    @property
    def chosen(self) -> Provider | None:
        return self._by_id.get(self.provider.value)

    def _switch(self, _at: int = 0) -> None:
        self.picker.set_provider(self.chosen)

    def check(self) -> bool:
        self.clear_errors()
        if self.chosen is None:
            self.provider_row.set_error("Choose a provider.")
        if not self.picker.text:
            self.model_row.set_error("Choose a model, or type its id.")
        return not self.focus_first_error()


class AddModelSheet(Sheet):
    """Signal: ``added(Model)``."""

    added = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        service: GatewayService,
        bridge: Bridge,
        lists: ModelLists,
        providers: Sequence[Provider],
        models: Sequence[Model],
        *,
        provider_id: str = "",
        upstream_model: str = "",
    ) -> None:
        super().__init__(parent, "Add model", "Add model", _NEW)
        self.setObjectName("add-model")
        self._service, self._bridge = service, bridge
        self._models = {model.alias: model for model in models}
        self._typed = False
        self.fields = DeploymentFields(bridge, lists, providers, provider_id, upstream_model)
        self.alias = QLineEdit()
        self.alias.setProperty("mono", "true")
        self.alias.setPlaceholderText("fast")
        self._alias_row = self.fields.add("Name", self.alias)
        self.fields.picker.changed.connect(self._suggest)
        self.alias.textEdited.connect(self._edited)
        self.alias.textChanged.connect(self._explain)
        self.body.addWidget(self.fields)
        self.body.addStretch(1)
        self.accepted.connect(self._add)
        self._suggest(upstream_model)
        self._explain()

    def _suggest(self, model: str) -> None:
        if not self._typed:
            self.alias.setText(alias_for(model))

    def _edited(self, text: str) -> None:
        self._typed = bool(text)
        self._alias_row.set_error("")

    def _explain(self, _text: str = "") -> None:
        """What the name will mean."""
        alias = self.alias.text().strip()
        there = self._models.get(alias)
        if there is not None:
            number = len(there.deployments) + 1
            self._alias_row.set_help(f"{alias} exists: this becomes its deployment number {number}, tried last.")
        else:
            self._alias_row.set_help("What clients put as their model. Suggested from the id; choose any name.")

    def _add(self) -> None:
        good = self.fields.check()
        if not self.alias.text().strip():
            self._alias_row.set_error("Give it a name.")
            good = good and not self.fields.focus_first_error()
        provider = self.fields.chosen
        if not good or provider is None:
            return
        self.set_busy(True)
        work = self._service.configuring.add_deployment(self.alias.text(), provider.id, self.fields.picker.text)
        self._bridge.run(outcome(work), self._show, self.set_error, owner=self, slot="add")

    def _show(self, result: Model | ConduitError) -> None:
        self.set_busy(False)
        if isinstance(result, Model):
            self.finish()
            self.added.emit(result)
        elif result.code == "taken":
            self.fields.model_row.set_error(result.text)
            self.fields.picker.setFocus()
        elif result.code == "bad_name":
            self._alias_row.set_error(result.text)
            self.alias.setFocus()
        else:
            self.set_error(result.text)


class DeploymentSheet(Sheet):
    """Adds a deployment to a model, or changes one. Signal: ``made(Deployment)``; storing it is the caller's."""

    made = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        bridge: Bridge,
        lists: ModelLists,
        providers: Sequence[Provider],
        model: Model,
        deployment: Deployment | None = None,
    ) -> None:
        verb = "Add deployment" if deployment is None else "Change deployment"
        super().__init__(parent, verb, "Add" if deployment is None else "Change", f"One way to serve {model.alias}.")
        self.setObjectName("deployment")
        self._model, self._deployment = model, deployment
        now = (deployment.provider_id, deployment.upstream_model) if deployment is not None else ("", "")
        self.fields = DeploymentFields(bridge, lists, providers, *now)
        priority = max((each.priority for each in model.deployments), default=0) + 1
        self._draft = deployment or Deployment(
            id=uuid.uuid4().hex, model_id=model.id, provider_id="", upstream_model="", priority=priority
        )
        self.limits = DeploymentLimits()
        self.limits.fill(self._draft)
        self.limits.show_known(self._draft.upstream_model)
        self.fields.picker.changed.connect(self.limits.show_known)
        self.body.addWidget(self.fields)
        self.body.addWidget(self.limits)
        self.body.addStretch(1)
        self.accepted.connect(self._make)

    def _make(self) -> None:
        provider = self.fields.chosen
        if not self.fields.check() or provider is None:
            return
        made = self.limits.read(self._draft)
        if made is None:
            return
        text = self.fields.picker.text
        for each in self._model.deployments:
            other = self._deployment is None or each.id != self._deployment.id
            if other and (each.provider_id, each.upstream_model) == (provider.id, text):
                self.fields.model_row.set_error(f"{self._model.alias} is served by this one already.")
                self.fields.focus_first_error()
                return
        self.finish()
        self.made.emit(replace(made, provider_id=provider.id, upstream_model=text))


def _choice(provider: Provider) -> str:
    kind = kind_words(provider)
    words = provider.name if kind.lower() == provider.name.lower() else f"{provider.name}  ·  {kind}"
    if is_demo(provider) and "demo" not in words.lower():
        words += "  ·  Demo"
    if known_kind(provider.kind) is None:
        return f"{words}  (unknown kind)"
    return words if provider.enabled else f"{words}  (off)"
