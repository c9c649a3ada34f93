"""The deployments of a model as an ordered list: price, weight, on or off, up and down, change, remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QBoxLayout, QFrame, QWidget

from conduit_desktop.records import Deployment, Strategy
from conduit_desktop.ui.panes.models_words import WEIGHTED, Served, origin, price_sentence, source_words
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.copying import CopyButton
from conduit_desktop.ui.widgets.flow import FlowLayout
from conduit_desktop.ui.widgets.inputs import NumberField, Switch
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Badge
from conduit_desktop.ui.widgets.text import ElidedLabel, Label

_MOST_WEIGHT = 1000
_PAUSE = 600  # milliseconds after which a typed weight is stored


class DeploymentCard(QFrame):
    """One deployment. Signals: ``moved(by)``, ``changed(Deployment)``, ``edit_wanted()``, ``price_wanted()``,
    ``remove_wanted()``."""

    moved = Signal(int)
    changed = Signal(object)
    edit_wanted = Signal()
    price_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, served: Served, at: int, count: int, weighted: bool) -> None:
        super().__init__()
        self.served = served
        self.setProperty("surface", "card")
        self.setAccessibleName(f"Deployment {at + 1} of {count}: {served.name}")
        title = ElidedLabel(served.name, "mono", mode=Qt.TextElideMode.ElideMiddle)
        if served.problem:
            title.set_tone("text-muted")
        copy = CopyButton(served.name, f"Copy {served.name}")
        head = row(Badge(str(at + 1), "neutral"), title, copy, gap=SPACE.s)
        box = column(head, self._price(), gap=6, margins=(12, 10, 10, 8))
        badges = row(gap=SPACE.xs)
        if served.demo:
            badges.addWidget(Badge("Demo", "accent", icon="spark"))
        if served.problem:
            badges.addWidget(Badge(served.problem, "warning", icon="warning"))
        if badges.count():
            badges.addStretch(1)
            box.addLayout(badges)
        self._make_inputs()
        foot = row(self.enabled, gap=SPACE.s)
        if weighted:
            foot.addSpacing(SPACE.s)
            foot.addWidget(Label("Weight", "small"))
            foot.addWidget(self.weight)
        foot.addStretch(1)
        for button in self._buttons(at, count):
            foot.addWidget(button)
        box.addLayout(foot)
        self.setLayout(box)

    def _price(self) -> QBoxLayout:
        """The price in force, where it comes from, and the way to another."""
        served = self.served
        word, tone, icon = origin(served.price) if served.looked_up else ("looking up…", "neutral", "")
        words = price_sentence(served.price) if served.looked_up else "Its price is looked up."
        self.price = Button("Set own price…" if served.price else "Set a price…", "ghost", icon="coin", small=True)
        if served.deployment.price is not None:
            self.price.setText("Change price…")
        self.price.setAccessibleName(f"{self.price.text()} {served.name}")
        self.price.setObjectName(f"price-{served.deployment.id}")
        self.price.clicked.connect(self.price_wanted)
        said = Label(words, "small", wrap=True)
        source = source_words(served.price) if served.price is not None else ""
        source = source.removeprefix("own price for this deployment").removeprefix("own price for ")
        whence = ElidedLabel(source, "small", tone="text-faint")
        if not source:
            whence.hide()
        line = FlowLayout(Badge(word, tone, icon=icon), self.price, line_gap=4)
        return column(said, whence, line, gap=4)

    def _make_inputs(self) -> None:
        """The names are what the keyboard is led back by when the cards are made anew."""
        deployment, name = self.served.deployment, self.served.name
        self.weight = NumberField(f"Weight of {name}", 0, _MOST_WEIGHT, deployment.weight)
        self.weight.setKeyboardTracking(False)
        self.weight.setObjectName(f"weight-{deployment.id}")
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_PAUSE)
        self._wait.timeout.connect(self._weigh)
        self.weight.valueChanged.connect(self._wait.start)
        self.weight.editingFinished.connect(self._weigh)
        self.enabled = Switch(name=f"{name} enabled", on=deployment.enabled)
        self.enabled.setObjectName(f"enabled-{deployment.id}")
        self.enabled.setToolTip("Off: requests skip it")
        self.enabled.toggled.connect(self._switch)

    def _buttons(self, at: int, count: int) -> tuple[IconButton, ...]:
        name = self.served.name
        up = IconButton("up", f"Move {name} up", small=True)
        down = IconButton("down", f"Move {name} down", small=True)
        edit = IconButton("edit", f"Change {name}", small=True)
        drop = IconButton("trash", f"Remove {name}", small=True)
        up.setEnabled(at > 0)
        down.setEnabled(at < count - 1)
        up.clicked.connect(lambda: self.moved.emit(-1))
        down.clicked.connect(lambda: self.moved.emit(1))
        edit.clicked.connect(self.edit_wanted)
        drop.clicked.connect(self.remove_wanted)
        for what, button in (("up", up), ("down", down), ("edit", edit), ("trash", drop)):
            button.setObjectName(f"{what}-{self.served.deployment.id}")
        return up, down, edit, drop

    def _switch(self, on: bool) -> None:
        self.changed.emit(replace(self.served.deployment, enabled=on))

    def _weigh(self) -> None:
        self._wait.stop()
        if self.weight.value() != self.served.deployment.weight:
            self.changed.emit(replace(self.served.deployment, weight=self.weight.value()))


class DeploymentList(QWidget):
    """Signals: ``changed(tuple of Deployment)`` with new priorities, ``add_wanted()``, ``edit_wanted(Deployment)``,
    ``price_wanted(Served)``."""

    changed = Signal(tuple)
    add_wanted = Signal()
    edit_wanted = Signal(object)
    price_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[DeploymentCard] = []
        self._served: tuple[Served, ...] = ()
        self._strategy: Strategy = "simple"
        self._none = Label("Nothing serves this model yet: clients that ask for it are refused.", "muted", wrap=True)
        self.add = Button("Add deployment", icon="plus", small=True)
        self.add.clicked.connect(self.add_wanted)
        self._lines = column(gap=SPACE.s)
        self.setLayout(column(self._none, self._lines, row(self.add, None), gap=SPACE.m))

    def show_deployments(self, served: Sequence[Served], strategy: Strategy) -> None:
        """Show them; the keyboard stays on the same control of the same deployment."""
        if (tuple(served), strategy) == (self._served, self._strategy):
            return
        focused = QApplication.focusWidget()
        held = focused.objectName() if focused is not None and self.isAncestorOf(focused) else ""
        self._served, self._strategy = tuple(served), strategy
        for card in self.cards:
            self._lines.removeWidget(card)
            card.hide()
            card.setParent(None)
            card.deleteLater()
        self.cards = [
            DeploymentCard(each, at, len(self._served), strategy in WEIGHTED) for at, each in enumerate(self._served)
        ]
        for card in self.cards:
            card.moved.connect(self._move)
            card.changed.connect(self._replace)
            card.edit_wanted.connect(self._edit)
            card.price_wanted.connect(self._price)
            card.remove_wanted.connect(self._remove)
            self._lines.addWidget(card)
        self._none.setVisible(not self.cards)
        self._refocus(held)

    def _refocus(self, held: str) -> None:
        """To where the keyboard was; a button that cannot be pressed any more hands on to its opposite."""
        if not held:
            return
        what, _, deployment = held.partition("-")
        for name in (held, f"{'down' if what == 'up' else 'up'}-{deployment}", f"edit-{deployment}"):
            widget = self.findChild(QWidget, name)
            if widget is not None and widget.isEnabled():
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return
        self.add.setFocus(Qt.FocusReason.TabFocusReason)

    def _place(self) -> int:
        card = self.sender()
        return self.cards.index(card) if isinstance(card, DeploymentCard) and card in self.cards else -1

    def _move(self, by: int) -> None:
        at = self._place()
        order = [each.deployment for each in self._served]
        if at >= 0 and 0 <= at + by < len(order):
            order[at], order[at + by] = order[at + by], order[at]
            self._tell(order)

    def _replace(self, deployment: Deployment) -> None:
        self._tell([deployment if each.deployment.id == deployment.id else each.deployment for each in self._served])

    def _edit(self) -> None:
        if (at := self._place()) >= 0:
            self.edit_wanted.emit(self._served[at].deployment)

    def _price(self) -> None:
        if (at := self._place()) >= 0:
            self.price_wanted.emit(self._served[at])

    def _remove(self) -> None:
        if (at := self._place()) >= 0:
            self._tell([each.deployment for each in self._served if each is not self._served[at]])

    def _tell(self, order: Sequence[Deployment]) -> None:
        self.changed.emit(tuple(replace(each, priority=at + 1) for at, each in enumerate(order)))
