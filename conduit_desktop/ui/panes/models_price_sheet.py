"""The sheet that gives a deployment a price of its own, or takes it back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.ui.panes.models_price_fields import PriceFields
from conduit_desktop.ui.panes.models_words import Served, price_sentence, source_words
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.sheet import Sheet
from conduit_desktop.ui.widgets.text import Label

_SUB = "Wins over any rule and any price list. A cost that the provider reports itself wins over it."


class PriceSheet(Sheet):
    """Signal: ``made(Price or None)``: None is that no own price is wanted any more. Storing it is the caller's."""

    made = Signal(object)

    def __init__(self, parent: QWidget, served: Served) -> None:
        super().__init__(parent, f"Own price of {served.deployment.upstream_model}", "Save price", _SUB)
        self.setObjectName("own-price")
        source = f" ({source_words(served.price)})" if served.price is not None else ""
        self.now = Label(f"In force now: {price_sentence(served.price)}{source}", "small", wrap=True)
        self.prices = PriceFields()
        self.prices.set_price(served.price)
        self.body.addWidget(self.now)
        self.body.addWidget(self.prices)
        self.body.addStretch(1)
        self.back = Button("Remove own price", "ghost")
        self.back.clicked.connect(lambda: self._tell(None))
        self.add_foot(self.back)
        self.back.setVisible(served.deployment.price is not None)
        self.accepted.connect(self._make)

    def _make(self) -> None:
        price = self.prices.read()
        if price is not None:
            self._tell(price)

    def _tell(self, price: object) -> None:
        self.finish()
        self.made.emit(price)
