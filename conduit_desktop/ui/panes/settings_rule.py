"""The sheet that sets the price of every model that a pattern matches, and shows at once which those are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Model, Price, PriceRule, Provider
from conduit_desktop.runtime.pricing import matches, rule_for
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.models_price_fields import PriceFields
from conduit_desktop.ui.panes.outcome import outcome
from conduit_desktop.ui.widgets.form import FormRow
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.suggest import suggest
from conduit_desktop.ui.widgets.text import Label

_SUB = "The most exact pattern wins; a deployment's own price wins over all of them."
_HELP = "A provider's model id, or PROVIDER/ID. * stands for anything: gpt-4.1*, OpenRouter/*:free."
_NAMED = 6  # matches that are named; of more, how many
_NOTHING = Price(source="", input=0, output=0)


@dataclass(frozen=True, slots=True)
class Served:
    """One deployment, as a pattern sees it."""

    alias: str
    provider: str
    upstream_model: str
    own: bool

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.upstream_model}"


def served(models: Sequence[Model], providers: Sequence[Provider]) -> list[Served]:
    """Every deployment of every model, each of a provider's models once."""
    names = {provider.id: provider.name for provider in providers}
    found = {
        (names[each.provider_id], each.upstream_model, each.price is not None): Served(
            model.alias, names[each.provider_id], each.upstream_model, each.price is not None
        )
        for model in models
        for each in model.deployments
        if each.provider_id in names
    }
    return list(found.values())


def matched(pattern: str, there: Sequence[Served]) -> list[Served]:
    """The deployments that a pattern is about."""
    return [each for each in there if pattern and matches(pattern, each.provider, each.upstream_model)]


def preview(pattern: str, there: Sequence[Served], rules: Sequence[PriceRule], own_id: str = "") -> tuple[str, ...]:
    """What a pattern matches, in lines: how many, which, and where something more exact wins."""
    pattern = pattern.strip()
    if not pattern:
        return ("Matches nothing yet.",)
    found = matched(pattern, there)
    if not found:
        return ("Matches no deployment of now. It will hold for models that are added, and for PROVIDER/MODEL-ID.",)
    count = "1 deployment" if len(found) == 1 else f"{len(found)} deployments"
    trial = PriceRule(id=own_id or "trial", pattern=pattern, price=_NOTHING)
    others = [rule for rule in rules if rule.id != own_id]
    lines = [f"Matches {count}:"]
    for each in found[:_NAMED]:
        winner = rule_for([*others, trial], each.provider, each.upstream_model)
        if each.own:
            lines.append(f"{each.name} (keeps its own price)")
        elif winner is not None and winner.id != trial.id:
            lines.append(f"{each.name} ({winner.pattern} is more exact)")
        else:
            lines.append(each.name)
    if len(found) > _NAMED:
        lines.append(f"and {len(found) - _NAMED} more")
    return tuple(lines)


class RuleSheet(Sheet):
    """Adds a rule, or changes one. Signal: ``saved(PriceRule)``."""

    saved = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        service: GatewayService,
        bridge: Bridge,
        there: Sequence[Served],
        rules: Sequence[PriceRule],
        rule: PriceRule | None = None,
    ) -> None:
        title = "Add price" if rule is None else "Change price"
        super().__init__(parent, title, "Save price", _SUB)
        self.setObjectName("price-rule")
        self._service, self._bridge, self._there, self._rules, self._rule = service, bridge, there, rules, rule
        self.pattern = QLineEdit(rule.pattern if rule is not None else "")
        self.pattern.setProperty("mono", "true")
        self.pattern.setPlaceholderText("gpt-4.1*")
        suggest(self.pattern, sorted({each.upstream_model for each in there} | {each.name for each in there}))
        self.row = FormRow("Models", self.pattern, _HELP)
        self.preview = Label("", "small", wrap=True)
        self.pattern.textChanged.connect(self._show)
        self.prices = PriceFields()
        self.prices.set_price(rule.price if rule is not None else None)
        self.body.addLayout(column(self.row, self.preview, gap=8))
        self.body.addWidget(self.prices)
        self.body.addStretch(1)
        self.accepted.connect(self._save)
        self._show()

    def _show(self) -> None:
        self.row.set_error("")
        own = self._rule.id if self._rule is not None else ""
        self.preview.setText("\n".join(preview(self.pattern.text(), self._there, self._rules, own)))

    def _save(self) -> None:
        price = self.prices.read()
        if not self.pattern.text().strip():
            self.row.set_error("Say which models.")
            self.pattern.setFocus()
            return
        if price is None:
            return
        self.set_busy(True)
        work = self._service.pricing.save_rule(
            self.pattern.text().strip(), price, self._rule.id if self._rule is not None else ""
        )
        self._bridge.run(outcome(work), self._done, self.set_error, owner=self, slot="save")

    def _done(self, result: PriceRule | ConduitError) -> None:
        self.set_busy(False)
        if isinstance(result, ConduitError):
            self.row.set_error(result.text)
            self.pattern.setFocus()
            return
        self.finish()
        self.saved.emit(result)
