"""The price list on the Settings screen: which one is in force, a newer one, the way back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.runtime.price_lists import CatalogueState
from conduit_desktop.runtime.service import GatewayService
from conduit_desktop.ui.bridge import Bridge
from conduit_desktop.ui.panes.settings_catalogue_words import OWN, choices, in_force, in_use
from conduit_desktop.ui.panes.settings_update import UpdateSheet
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label


class CataloguePart(QWidget):
    """Loads itself by ``load``. Signal: ``changed()`` when another list is in force."""

    changed = Signal()

    def __init__(self, service: GatewayService, bridge: Bridge) -> None:
        super().__init__()
        self._service, self._bridge = service, bridge
        self.state: CatalogueState | None = None
        self.said = Label("Looking…", "small", wrap=True, selectable=True)
        self.used = Label("", "small", wrap=True)
        self.update_list = Button("Update…", icon="download", name="Update the price list…")
        self.update_list.clicked.connect(self._open)
        self.list = Choice(name="Price list in force")
        self.list.picked.connect(self._use)
        self._which = QWidget()
        which = row(Label("In force", "small"), self.list, None, gap=SPACE.m)
        self._which.setLayout(which)
        self._which.hide()
        words = column(Label("Price list", "medium"), self.said, self.used, self._which, gap=3)
        box = row(gap=SPACE.l)
        box.addLayout(words, 1)
        box.addWidget(self.update_list)
        self.setLayout(box)

    def load(self) -> None:
        self._bridge.run(self._service.pricing.catalogue(), self.show_state, self._fail, owner=self, slot="catalogue")

    def show_state(self, state: CatalogueState) -> None:
        """Which list is in force, and what else there is."""
        self.state = state
        self.said.setText(in_force(state))
        self.said.set_tone("")
        self.used.setText(in_use(state))
        self.list.set_choices(choices(state), state.active.id if state.active is not None else OWN)
        self._which.setVisible(bool(state.kept))

    def _fail(self, text: str) -> None:
        self.said.setText(f"The price list could not be read. {text} Prices that are known stay in force.")
        self.said.set_tone("danger")

    def _open(self) -> None:
        if any(not each.isHidden() for each in self.window().findChildren(Sheet)):
            return
        sheet = UpdateSheet(self, self._service, self._bridge)
        sheet.kept.connect(self._changed)
        sheet.open()

    def _changed(self) -> None:
        self.load()
        self.changed.emit()

    def _use(self, key: str) -> None:
        self.list.setEnabled(False)
        self._bridge.run(
            self._service.pricing.use_catalogue(key or None), self._used, self._not_used, owner=self, slot="use"
        )

    def _used(self, renewed: int) -> None:
        self.list.setEnabled(True)
        other = (
            f"{renewed:,} prices that you use are others now" if renewed != 1 else "1 price that you use is another now"
        )
        self._bridge.tell(f"The price list is changed: {other}")
        self._changed()

    def _not_used(self, text: str) -> None:
        self.list.setEnabled(True)
        self._bridge.tell(text, "error")
        self.load()
