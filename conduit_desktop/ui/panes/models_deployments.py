"""The deployments of a model as an ordered list: dragged or moved by keys, each with how it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGraphicsOpacityEffect, QScrollArea, QWidget

from conduit_desktop.records import Deployment, Strategy
from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.models_card import DeploymentCard
from conduit_desktop.ui.panes.models_health_words import Live, shares
from conduit_desktop.ui.panes.models_words import Served
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import Label

_EDGE = 40  # pixels from the edge of what is scrolled where dragging scrolls it


class _Mark(QWidget):
    """The line that says where a dragged card would come to stand."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("accent"))
        painter.drawRoundedRect(QRectF(self.rect()), 1.5, 1.5)


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
        self._dragged: DeploymentCard | None = None
        self._drop = 0
        self._none = Label("Nothing serves this model yet: clients that ask for it are refused.", "muted", wrap=True)
        self.add = Button("Add deployment", icon="plus", small=True)
        self.add.clicked.connect(self.add_wanted)
        self._lines = column(gap=SPACE.s)
        self.setLayout(column(self._none, self._lines, row(self.add, None), gap=SPACE.m))
        self._mark = _Mark(self)

    # ---- what it shows

    def show_deployments(self, served: Sequence[Served], strategy: Strategy) -> None:
        """Show them; a card stays its deployment's, so that the keyboard stays where it is."""
        if (tuple(served), strategy) == (self._served, self._strategy):
            return
        self._served, self._strategy = tuple(served), strategy
        there = {card.served.deployment.id: card for card in self.cards}
        wanted = [each.deployment.id for each in self._served]
        for id_, card in there.items():
            if id_ not in wanted:
                self._let_go(card)
        self.cards = [there.get(each.deployment.id) or self._card(each) for each in self._served]
        part = shares(self._served, strategy)
        for at, (card, each) in enumerate(zip(self.cards, self._served, strict=True)):
            if self._lines.indexOf(card) != at:
                self._lines.insertWidget(at, card)
            card.present(each, at, len(self.cards), strategy, part.get(each.deployment.id, ""))
        self._none.setVisible(not self.cards)

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
        card.grip.pressed.connect(partial(self._take, card))
        card.grip.dragged.connect(self._drag)
        card.grip.released.connect(self._put_down)
        return card

    def _let_go(self, card: DeploymentCard) -> None:
        """Take a card away; the keyboard goes on at what stood after it."""
        at = self._lines.indexOf(card)
        if card.isAncestorOf(self.focusWidget() or self):
            after = [each for each in self.cards if each is not card]
            place = after[min(at, len(after) - 1)].button("edit") if after else self.add
            place.setFocus(Qt.FocusReason.TabFocusReason)
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

    # ---- dragging

    def _take(self, card: DeploymentCard) -> None:
        self._dragged, self._drop = card, self.cards.index(card)
        self.window().installEventFilter(self)

    def _drag(self, at: QPointF) -> None:
        if (card := self._dragged) is None:
            return
        if card.graphicsEffect() is None:
            card.setGraphicsEffect(QGraphicsOpacityEffect(card, opacity=0.45))
        y = self.mapFromGlobal(at).y()
        others = [each for each in self.cards if each is not card]
        self._drop = sum(y > each.geometry().center().y() for each in others)
        edge = others[self._drop].y() if self._drop < len(others) else others[-1].geometry().bottom() + SPACE.s
        self._mark.setGeometry(0, round(edge - SPACE.s / 2 - 1), self.width(), 3)
        self._mark.show()
        self._mark.raise_()
        self._scroll(round(y))

    def _scroll(self, y: int) -> None:
        """Bring more of the list into view at the edges of what is scrolled."""
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea) and (inner := parent.widget()) is not None:
            place = self.mapTo(inner, self.rect().topLeft()).y() + y
            parent.ensureVisible(0, place, 0, _EDGE)

    def _put_down(self) -> None:
        card, to = self._dragged, self._drop
        self._end_drag()
        if card is not None and card in self.cards:
            self._reorder(self.cards.index(card), to)

    def _end_drag(self) -> None:
        if self._dragged is not None:
            self.window().removeEventFilter(self)
            self._dragged.setGraphicsEffect(None)
            self._dragged = None
        self._mark.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc puts it back where it was."""
        wanted = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if event.type() in wanted and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._end_drag()
            return True
        return False
