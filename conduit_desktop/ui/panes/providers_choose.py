"""The sheet that offers a provider's models right after it was added: tick some, and clients can ask for them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from conduit_desktop.errors import ConduitError
from conduit_desktop.records import Model, Provider
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.providers_lists import ModelLists
from conduit_desktop.ui.panes.providers_words import alias_for, is_demo, known_kind
from conduit_desktop.ui.widgets.inputs import SearchField
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.states import EmptyState, LoadingState
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import Label

_ON = Qt.CheckState.Checked


class ChooseModelsSheet(Sheet):
    """Signal: ``chosen(aliases)`` once they are stored."""

    chosen = Signal(list)

    def __init__(
        self,
        parent: QWidget,
        service: GatewayService,
        bridge: Bridge,
        lists: ModelLists,
        provider: Provider,
        models: Sequence[Model],
    ) -> None:
        sub = f"Clients ask for them by these names. Everything else stays reachable as {provider.name}/MODEL-ID."
        super().__init__(parent, "Choose models", "Add models", sub, width=560, cancel="Not now")
        self.setObjectName("choose-models")
        self._service, self._bridge, self._lists = service, bridge, lists
        self._provider = provider
        self._aliases = {model.alias for model in models}
        self._served = {
            each.upstream_model: model.alias
            for model in models
            for each in model.deployments
            if each.provider_id == provider.id
        }
        self.search = SearchField("Search models")
        self.items = QStandardItemModel(0, 2, self)
        self.items.setHorizontalHeaderLabels(["Provider's model", "Clients ask for"])
        self.view = _view(self.items, f"Models of {provider.name}")
        self._count = Label("", "small")
        self._loading = LoadingState(f"Asking {provider.name} for its models…")
        self._failed = EmptyState("error", "No list of models", "", "Try again", tone="danger")
        self._failed.acted.connect(self.fetch)
        head = row(self.search, self._count, gap=tokens.SPACE.m)
        if is_demo(provider):
            head.addWidget(Badge("Demo", "accent", icon="spark"))
        self.body.addLayout(head)
        for part in (self.view, self._loading, self._failed):
            self.body.addWidget(part, 1)
        self.search.searched.connect(self._filter)
        self.items.itemChanged.connect(self._tell)
        self.accepted.connect(self._add)
        self._tell()
        self.fetch()

    # ---- the list

    def fetch(self) -> None:
        """Ask the provider for its list."""
        self._show(self._loading)
        self._bridge.run(self._lists.get(self._provider), self._fill, self._fail, owner=self, slot="fetch")

    def _fill(self, names: list[str]) -> None:
        if not names:
            self._fail("The provider answers, but lists no models. Load one in the server, then try again.")
            return
        known = known_kind(self._provider.kind)
        first = known.test_model if known is not None and known.built_in else ""
        for name in names:
            item = QStandardItem(name)
            item.setFont(theme.current().font("mono"))
            item.setToolTip(name)
            other = QStandardItem(self._as(name))
            other.setFont(theme.current().font("small"))
            if name not in self._served:
                item.setCheckable(True)
                item.setCheckState(_ON if name == first else Qt.CheckState.Unchecked)
            else:
                item.setEnabled(False)
                other.setEnabled(False)
            self.items.appendRow([item, other])
        self._show(self.view)
        self.view.setCurrentIndex(self.items.index(0, 0))
        self._tell()
        self.view.setFocus()

    def _as(self, name: str) -> str:
        if name in self._served:
            return f"{self._served[name]} (there already)"
        alias = alias_for(name)
        return f"{alias} (one more deployment)" if alias in self._aliases else alias

    def _fail(self, text: str) -> None:
        self._failed.set_state("error", "No list of models", text, "Try again", tone="danger")
        self._show(self._failed)

    def _show(self, part: QWidget) -> None:
        for each in (self.view, self._loading, self._failed):
            each.setVisible(each is part)
        self.search.setEnabled(part is self.view)

    def _filter(self, text: str) -> None:
        wanted = text.lower().split()
        for at in range(self.items.rowCount()):
            name = self.items.item(at, 0).text().lower()
            self.view.setRowHidden(at, not all(word in name for word in wanted))

    @property
    def ticked(self) -> list[str]:
        items = (self.items.item(at, 0) for at in range(self.items.rowCount()))
        return [item.text() for item in items if item.isCheckable() and item.checkState() == _ON]

    def _tell(self) -> None:
        count, total = len(self.ticked), self.items.rowCount()
        self.accept_button.setText("Add 1 model" if count == 1 else f"Add {count} models" if count else "Add models")
        self.accept_button.updateGeometry()
        self.accept_button.setEnabled(count > 0)
        self._count.setText(f"{total:,} models" if total != 1 else "1 model")
        self._count.setVisible(total > 0)

    # ---- adding

    def _add(self) -> None:
        self.set_busy(True)
        self._bridge.run(self._add_all(self.ticked), self._added, self.set_error, owner=self, slot="add")

    async def _add_all(self, names: list[str]) -> tuple[list[str], str]:
        """Add one after the other; those that fail are told together and do not stop the rest."""
        added, faults = [], []
        for at, name in enumerate(names):
            self.accept_button.setText(f"Adding {at + 1} of {len(names)}…")
            self.accept_button.updateGeometry()
            try:
                model = await self._service.configuring.add_deployment(alias_for(name), self._provider.id, name)
                added.append(model.alias)
            except ConduitError as error:
                faults.append(f"{name}: {error.text}")
        return added, "\n".join(faults)

    def _added(self, result: tuple[list[str], str]) -> None:
        added, faults = result
        if added:
            self.chosen.emit(added)
        if faults:
            self.set_error(faults)
            self._tell()
        else:
            self.finish()


def _view(items: QStandardItemModel, name: str) -> QTableView:
    view = QTableView()
    view.setModel(items)
    view.setAccessibleName(name)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setTabKeyNavigation(False)
    view.setMinimumHeight(200)
    view.verticalHeader().hide()
    view.verticalHeader().setDefaultSectionSize(theme.current().px(tokens.ROW))
    header = view.horizontalHeader()
    header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    return view
