"""The user's own prices by pattern, as a table with what each one matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtWidgets import QMenu, QWidget

from conduit_desktop.records import PriceRule
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.dialogs.confirm import confirm
from conduit_desktop.ui.panes.models_words import price_words
from conduit_desktop.ui.panes.settings_rule import RuleSheet, Served, matched, served
from conduit_desktop.ui.shown import ago
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.fit import fit_columns
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label

_ABOUT = "For models that no price list knows, or that cost you something else. They win over the catalogue."
_MOST = 8  # rows that are shown without scrolling


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule with the deployments that it matches."""

    rule: PriceRule
    found: tuple[Served, ...]


COLUMNS: tuple[Column[RuleRow], ...] = (
    Column("Models", lambda r: r.rule.pattern, 200, mono=True, stretch=True, sort=lambda r: r.rule.pattern),
    Column(
        "$ / M in · out", lambda r: price_words(r.rule.price), 150, align="right", sort=lambda r: r.rule.price.input
    ),
    Column(
        "Matches",
        lambda r: f"{len(r.found)} deployment{'s' if len(r.found) != 1 else ''}",
        130,
        tone=lambda r: "text" if r.found else "text-faint",
        tooltip=lambda r: "\n".join(each.name for each in r.found),
        sort=lambda r: len(r.found),
    ),
    Column("Changed", lambda r: ago(r.rule.updated), 110, tone=lambda _: "text-muted", sort=lambda r: r.rule.updated),
)


class RulesTable(QWidget):
    """Loads itself by ``load``."""

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self._service, self._bridge = service, bridge
        self._there: list[Served] = []
        self.rows: Rows[RuleRow] = Rows(COLUMNS, key=lambda r: r.rule.id, parent=self)
        self.table = DataTable(self.rows, key="price-rules", name="Own prices", inset=True)
        fit_columns(self.table, ("Changed", "Matches"), stretch_least=110)
        self.table.set_menu(self._fill_menu)
        self.table.activated.connect(lambda record: self._open(record.rule))
        self.table.chosen.connect(lambda _record: self._enable())
        self.table.retried.connect(self.load)
        self.add = Button("Add price…", icon="plus", small=True)
        self.add.clicked.connect(lambda: self._open(None))
        self.edit = Button("Change…", icon="edit", small=True)
        self.edit.clicked.connect(lambda: self._open(self.table.current.rule))
        self.drop = Button("Remove…", icon="trash", small=True)
        self.drop.clicked.connect(lambda: self._remove(self.table.current.rule))
        self.none = Label("No own prices by pattern yet.", "small")
        words = column(Label("Own prices", "medium"), Label(_ABOUT, "small", wrap=True), gap=2)
        buttons = row(self.add, self.edit, self.drop, None, gap=SPACE.s)
        self.setLayout(column(words, self.none, self.table, buttons, gap=SPACE.s))
        self.add.setEnabled(False)  # until it is known what a pattern can match
        self._show([], [])

    # ---- what is shown

    def load(self) -> None:
        self._bridge.run(self._fetch(), self._loaded, self._fail, owner=self, slot="rules")

    async def _fetch(self) -> tuple[list[PriceRule], list[Served]]:
        configuring = self._service.configuring
        there = served(await configuring.models(), await configuring.providers())
        return await self._service.pricing.rules(), there

    def _loaded(self, found: tuple[list[PriceRule], list[Served]]) -> None:
        self.add.setEnabled(True)
        self._show(*found)

    def _fail(self, text: str) -> None:
        self.none.hide()
        self.table.show()
        self.table.show_error(text)
        self.table.setFixedHeight(theme.current().px(220))

    def _show(self, rules: Sequence[PriceRule], there: Sequence[Served]) -> None:
        self._there = list(there)
        self.rows.set_rows(RuleRow(rule, tuple(matched(rule.pattern, there))) for rule in rules)
        self.none.setVisible(not rules)
        self.table.setVisible(bool(rules))
        self.table.setFixedHeight(theme.current().px(tokens.ROW) * (min(len(rules), _MOST) + 1) + SPACE.m)
        self._enable()

    def _enable(self) -> None:
        for button in (self.edit, self.drop):
            button.setEnabled(self.table.current is not None)
            button.setVisible(bool(len(self.rows)))

    def _fill_menu(self, menu: QMenu, chosen: Sequence[RuleRow]) -> None:
        rule = chosen[0].rule
        menu.addAction("Change…", lambda: self._open(rule))
        menu.addAction("Remove…", lambda: self._remove(rule))

    # ---- what the user does

    def _open(self, rule: PriceRule | None) -> None:
        if any(not each.isHidden() for each in self.window().findChildren(Sheet)):
            return
        rules = [record.rule for record in self.rows.records]
        sheet = RuleSheet(self, self._service, self._bridge, self._there, rules, rule)
        sheet.saved.connect(self._saved)
        sheet.open()

    def _saved(self, rule: PriceRule) -> None:
        self._bridge.tell(f"The price of {rule.pattern} is in force for requests from now on")
        self.load()

    def _remove(self, rule: PriceRule) -> None:
        self._bridge.run(self._ask(rule), owner=self, slot="remove")

    async def _ask(self, rule: PriceRule) -> None:
        number = len(matched(rule.pattern, self._there))
        text = "What was priced with it stays priced. "
        text += f"{number} deployments then cost what the catalogue says." if number != 1 else ""
        text += "1 deployment then costs what the catalogue says." if number == 1 else ""
        if await confirm(self, f"Remove the price of {rule.pattern}?", text, "Remove price"):
            await self._service.pricing.remove_rule(rule.id)
            self.load()
