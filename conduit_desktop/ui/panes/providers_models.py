"""A provider's own models, as it lists them: search, what is served already, one action to serve another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from conduit_desktop.records import Model, Provider
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import copy
from conduit_desktop.ui.widgets.flow import flow
from conduit_desktop.ui.widgets.inputs import SearchField
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.rows import Column, Rows
from conduit_desktop.ui.widgets.states import EmptyState
from conduit_desktop.ui.widgets.table import DataTable
from conduit_desktop.ui.widgets.text import Label


@dataclass(frozen=True, slots=True)
class Listed:
    """One model of the list, and the aliases that it serves."""

    id: str
    aliases: tuple[str, ...] = ()


COLUMNS: tuple[Column[Listed], ...] = (
    Column("Model id", lambda each: each.id, 220, mono=True, stretch=True, tooltip=lambda each: each.id),
    Column(
        "Serves",
        lambda each: ", ".join(each.aliases),
        110,
        badge=lambda each: (", ".join(each.aliases), "accent", "") if each.aliases else None,
    ),
)


class ProviderModels(QWidget):
    """Signals: ``wanted(model id)``: serve this one; ``several_wanted()``: choose some to serve."""

    wanted = Signal(str)
    several_wanted = Signal()

    def __init__(self, bridge: Bridge, lists: ModelLists) -> None:
        super().__init__()
        self._bridge, self._lists = bridge, lists
        self._provider: Provider | None = None
        self._names: list[str] = []
        self._aliases: dict[str, tuple[str, ...]] = {}
        self.search = SearchField("Search models")
        self._again = IconButton("refresh", "Fetch the list again", small=True)
        self._again.clicked.connect(lambda: self.fetch(fresh=True))
        self.rows: Rows[Listed] = Rows(COLUMNS, key=lambda each: each.id, parent=self)
        self.table = DataTable(self.rows, key="provider-models", name="The provider's models")
        self._empty = EmptyState("model", "", "")
        self._empty.acted.connect(lambda: self.fetch(fresh=True))
        self.table.set_empty(self._empty)
        self.table.set_menu(self._fill_menu)
        self.table.retried.connect(lambda: self.fetch(fresh=True))
        self.table.activated.connect(lambda each: self.wanted.emit(each.id))
        self.table.chosen.connect(self._show_action)
        self._count = Label("", "small")
        self.add = Button("Add as model…", icon="plus", small=True)
        self.add.clicked.connect(self._want)
        self.add.setEnabled(False)
        self.search.searched.connect(self._filter)
        head = row(self.search, self._again, gap=SPACE.xs, margins=(0, SPACE.m, SPACE.l, SPACE.s))
        several = Button("Choose several…", "ghost", small=True)
        several.clicked.connect(self.several_wanted)
        foot = row(flow(self._count, several, self.add), margins=(0, SPACE.s, SPACE.l, SPACE.m))
        box = column(head, gap=0)
        box.addWidget(self.table, 1)
        box.addLayout(foot)
        self.setLayout(box)

    def set_provider(self, provider: Provider, models: Sequence[Model]) -> None:
        """Stand for another provider, or for what changed of this one. Nothing is asked before ``fetch``."""
        other = self._provider is None or self._provider.id != provider.id
        self._provider = provider
        served: dict[str, tuple[str, ...]] = {}
        for model in models:
            for each in model.deployments:
                if each.provider_id == provider.id:
                    served[each.upstream_model] = (*served.get(each.upstream_model, ()), model.alias)
        self._aliases = served
        if other:
            self.search.clear()
        self._names = self._lists.known(provider) or []
        self._show()

    def fetch(self, *, fresh: bool = False) -> None:
        """Ask the provider for its list, unless it is here."""
        if (provider := self._provider) is None or (not fresh and self._lists.known(provider) is not None):
            return
        self._names = []
        self._show()
        self.table.show_loading()
        self._again.setEnabled(False)
        self._bridge.run(self._lists.get(provider, fresh=fresh), self._fetched, self._failed, owner=self, slot="fetch")

    def _fetched(self, names: list[str]) -> None:
        self._again.setEnabled(True)
        self._names = names
        self._show()

    def _failed(self, text: str) -> None:
        self._again.setEnabled(True)
        self.table.show_error(text)

    def _filter(self, _text: str) -> None:
        self._show()

    def _show(self) -> None:
        words = self.search.text().strip().lower().split()
        names = [name for name in self._names if all(word in name.lower() for word in words)]
        self.rows.set_rows([Listed(name, self._aliases.get(name, ())) for name in names])
        if self._names:
            self._empty.set_state("search", "No such model", "No id in the list holds these words.")
        else:
            self._empty.set_state(
                "model", "No models listed", "Fetch the provider's own list of its models.", "Fetch models"
            )
        total = len(self._names)
        shown = f"{len(names):,} of {total:,} models" if words else f"{total:,} model{'s' if total != 1 else ''}"
        self._count.setText(shown if total else "")
        self._show_action(self.table.current)

    def _show_action(self, chosen: Listed | None) -> None:
        self.add.setEnabled(chosen is not None)

    def _want(self) -> None:
        if (chosen := self.table.current) is not None:
            self.wanted.emit(chosen.id)

    def _fill_menu(self, menu: QMenu, chosen: Sequence[Listed]) -> None:
        if not chosen or self._provider is None:
            return
        model = chosen[0].id
        direct = f"{self._provider.name}/{model}"
        menu.addAction("Add as model…", lambda: self.wanted.emit(model))
        menu.addAction("Copy model id", lambda: copy(model))
        menu.addAction(f"Copy {direct}"[:80], lambda: copy(direct))
