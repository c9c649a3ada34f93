"""The deployments of a model as an ordered list: dragged or moved by keys, each with how it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.records import Deployment, Strategy
from conduit_desktop.ui.panes.models_card import DeploymentCard
from conduit_desktop.ui.panes.models_health_words import Live, shares
from conduit_desktop.ui.panes.models_words import Served
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.dragging import Dragging
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import Label

AT_ONCE = 4
"""Cards that are made in one turn of the window."""


class DeploymentList(QWidget):
    """Signals: ``changed(tuple of Deployment)`` in their new order, ``add_wanted()``, ``edit_wanted(Deployment)``,
    ``price_wanted(Served)``, ``history_wanted(Served)``, ``test_wanted(deployment id)``, ``use_wanted(deployment id)``.
    """

    changed = Signal(tuple)
    add_wanted = Signal()
    edit_wanted = Signal(object)
    price_wanted = Signal(object)
    history_wanted = Signal(object)
    test_wanted = Signal(str)
    use_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[DeploymentCard] = []
        self._served: tuple[Served, ...] = ()
        self._strategy: Strategy = "simple"
        self._live = Live()
        self._shown = 0
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._go_on)
        self._none = Label("Nothing serves this model yet: clients that ask for it are refused.", "muted", wrap=True)
        self.add = Button("Add deployment", icon="plus", small=True)
        self.add.clicked.connect(self.add_wanted)
        self._lines = column(gap=SPACE.s)
        self.setLayout(column(self._none, self._lines, row(self.add, None), gap=SPACE.m))
        self._dragging = Dragging(self, lambda: self.cards, self._reorder)

    # ---- what it shows

    def show_deployments(self, served: Sequence[Served], strategy: Strategy) -> None:
        """Show them; a card stays its deployment's, so that the keyboard stays where it is. Of many that are all new
        the first few are made at once and the others one turn after the other, for the window must not stand still."""
        if (tuple(served), strategy) == (self._served, self._strategy):
            return
        whole = self._shown >= len(self._served)
        self._served, self._strategy = tuple(served), strategy
        wanted = {each.deployment.id for each in self._served}
        for card in [card for card in self.cards if card.served.deployment.id not in wanted]:
            self._let_go(card)
        self._shown = len(self._served) if whole and self.cards else max(AT_ONCE, len(self.cards))
        self._arrange(0)
        self._none.setVisible(not self.cards)

    def _arrange(self, start: int) -> None:
        """Have a card in its place for those from ``start`` on that are to be shown by now."""
        there = {card.served.deployment.id: card for card in self.cards}
        part = shares(self._served, self._strategy)
        shown = self._served[: self._shown]
        for id_ in there.keys() - {each.deployment.id for each in shown}:  # their places are not reached yet
            self._let_go(there.pop(id_))
        self.cards = [there.get(each.deployment.id) or self._card(each) for each in shown]
        for at in range(start, len(shown)):
            card, each = self.cards[at], shown[at]
            if self._lines.indexOf(card) != at:
                self._lines.insertWidget(at, card)
            card.present(each, at, len(self._served), self._strategy, part.get(each.deployment.id, ""))
        if self._shown < len(self._served):
            self._turn.start()

    def _go_on(self) -> None:
        start, self._shown = len(self.cards), self._shown + AT_ONCE
        self._arrange(start)

    def show_live(self, live: Live) -> None:
        """Show how they do."""
        self._live = live
        for card in self.cards:
            card.show_live(live)

    def card_of(self, deployment_id: str) -> DeploymentCard | None:
        return next((card for card in self.cards if card.served.deployment.id == deployment_id), None)

    def _card(self, served: Served) -> DeploymentCard:
        card = DeploymentCard(served)
        id_ = served.deployment.id
        card.show_live(self._live)
        card.moved.connect(partial(self._move, card))
        card.changed.connect(self._replace)
        card.edit_wanted.connect(lambda: self.edit_wanted.emit(card.served.deployment))
        card.price_wanted.connect(lambda: self.price_wanted.emit(card.served))
        card.history_wanted.connect(lambda: self.history_wanted.emit(card.served))
        card.remove_wanted.connect(partial(self._remove, card))
        card.test_wanted.connect(lambda: self.test_wanted.emit(id_))
        card.use_wanted.connect(lambda: self.use_wanted.emit(id_))
        self._dragging.watch(card, card.grip)
        return card

    def _let_go(self, card: DeploymentCard) -> None:
        """Take a card away; the keyboard goes on at what stood after it."""
        at = self._lines.indexOf(card)
        if card.isAncestorOf(self.focusWidget() or self):
            after = [each for each in self.cards if each is not card]
            place = after[min(at, len(after) - 1)].button("edit") if after else self.add
            place.setFocus(Qt.FocusReason.TabFocusReason)
        self.cards = [each for each in self.cards if each is not card]
        self._lines.removeWidget(card)
        card.hide()
        card.setParent(None)
        card.deleteLater()

    # ---- what the user does

    def _move(self, card: DeploymentCard, by: int) -> None:
        at = self.cards.index(card)
        self._reorder(at, at + by)

    def _reorder(self, at: int, to: int) -> None:
        """Put what stands at one place at another, and number them by their order."""
        order = [each.deployment for each in self._served]
        if at == to or not 0 <= to < len(order):
            return
        order.insert(to, order.pop(at))
        self.changed.emit(tuple(replace(each, priority=place + 1) for place, each in enumerate(order)))

    def _replace(self, deployment: Deployment) -> None:
        old = (each.deployment for each in self._served)
        self.changed.emit(tuple(deployment if each.id == deployment.id else each for each in old))

    def _remove(self, card: DeploymentCard) -> None:
        self.changed.emit(tuple(each.deployment for each in self._served if each is not card.served))
