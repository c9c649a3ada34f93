"""The choice of what to add: one card a kind or well-known server, moved through with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QScrollArea, QSizePolicy, QWidget

from conduit_desktop.ui import icons, theme, tokens
from conduit_desktop.ui.panes.providers_words import Offer, offers
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.inputs import SearchField
from conduit_desktop.ui.widgets.layout import column
from conduit_desktop.ui.widgets.text import Label

_TILE = 32


class OfferCard(QPushButton):
    """A mark, a title, one line on what it is. Enter and Space choose it; arrows go to the next."""

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer
        self._note = ""
        self.setObjectName(f"offer-{offer.key}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_note("")

    def set_note(self, note: str) -> None:
        """Say something nearer in place of the summary, for example that the server is running."""
        self._note = note
        self.setAccessibleName(f"{self.offer.title}: {note or self.offer.summary}")
        self.setToolTip(self.offer.summary)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, theme.current().px(52))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._step(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        parent = self.parentWidget()
        found = parent.findChildren(OfferCard) if parent is not None else []
        cards = [card for card in found if card.isVisible()]
        at = cards.index(self) + by if self in cards else -1
        if 0 <= at < len(cards):
            cards[at].setFocus(Qt.FocusReason.TabFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        widget: QWidget | None = self.parentWidget()
        while widget is not None and not isinstance(widget, QScrollArea):
            widget = widget.parentWidget()
        if isinstance(widget, QScrollArea):
            widget.ensureWidgetVisible(self, 0, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        lively = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(now.colour("border-strong" if lively else "border"), 1))
        painter.setBrush(now.colour("pressed" if self.isDown() else "hover" if self.underMouse() else "raised"))
        painter.drawRoundedRect(box, tokens.RADIUS.card, tokens.RADIUS.card)
        side = now.px(_TILE)
        tile = QRectF(10, (self.height() - side) / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("accent-soft"))
        painter.drawRoundedRect(tile, 8, 8)
        inset = side * 0.22
        icons.paint(painter, self.offer.mark, tile.adjusted(inset, inset, -inset, -inset), now.colour("accent-text"))
        self._paint_words(painter, tile.right() + 12)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), tokens.RADIUS.card)

    def _paint_words(self, painter: QPainter, left: float) -> None:
        now = theme.current()
        width = self.width() - left - 34
        half = self.height() / 2
        painter.setFont(now.font("medium"))
        painter.setPen(now.colour("text"))
        title = QRectF(left, 4, width, half - 3)
        painter.drawText(title, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), self.offer.title)
        painter.setFont(now.font("small"))
        painter.setPen(now.colour("success-text" if self._note else "text-muted"))
        words = now.metrics("small").elidedText(
            self._note or self.offer.summary, Qt.TextElideMode.ElideRight, int(width)
        )
        below = QRectF(left, half + 2, width, half - 5)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop), words)
        chevron = QRectF(self.width() - 30, 0, 16, self.height())
        icons.paint(painter, "chevron-right", chevron, now.colour("text-faint"))


class OfferPicker(QWidget):
    """All offers under the headings of their groups, with a field that narrows them down. Signal: ``picked(Offer)``."""

    picked = Signal(object)

    def __init__(self, shown: Sequence[Offer] | None = None) -> None:
        super().__init__()
        self.cards: dict[str, OfferCard] = {}
        self.search = SearchField("Find a provider", delay=0)
        self.search.searched.connect(self.narrow)
        self.search.installEventFilter(self)
        self._none = Label("", "muted", wrap=True)
        self._none.hide()
        self._heads: dict[str, Label] = {}
        box = column(self.search, self._none, gap=tokens.SPACE.s)
        group = ""
        for offer in offers() if shown is None else shown:
            if offer.group != group:
                if group:
                    box.addSpacing(tokens.SPACE.s)
                group = offer.group
                self._heads[group] = Label(group, "label")
                box.addWidget(self._heads[group])
            card = OfferCard(offer)
            card.clicked.connect(self._tell)
            self.cards[offer.key] = card
            box.addWidget(card)
        self.setLayout(box)

    def narrow(self, typed: str) -> None:
        """Show what fits ``typed``: a name, a kind, or another name that people have for it."""
        groups = set()
        for card in self.cards.values():
            names = (card.offer.title, card.offer.spec.kind, *card.offer.spec.aliases)
            fits = not typed or any(typed.casefold() in name.casefold() for name in names)
            card.setVisible(fits)
            if fits:
                groups.add(card.offer.group)
        for group, head in self._heads.items():
            head.setVisible(group in groups)
        self._none.setText(f"Nothing here is called {typed!r}. A server that speaks OpenAI's API goes under Custom.")
        self._none.setVisible(not groups)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leaves the field for the first card, and Enter picks the only one."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            shown = [card for card in self.cards.values() if card.isVisible()]
            if event.key() == Qt.Key.Key_Down and shown:
                shown[0].setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and len(shown) == 1:
                shown[0].click()
                return True
        return super().eventFilter(watched, event)

    def _tell(self) -> None:
        card = self.sender()
        if isinstance(card, OfferCard):
            self.picked.emit(card.offer)
