"""The tiles of Usage: a figure each, and the choice of what the chart shows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy

from conduit_desktop.ui import theme, tokens
from conduit_desktop.ui.panes.dashboard_tiles import Flow
from conduit_desktop.ui.panes.usage_measures import MEASURES
from conduit_desktop.ui.panes.usage_words import Figure
from conduit_desktop.ui.widgets.buttons import paint_focus

_PAD = 13.0


class MeasureTile(QAbstractButton):
    """One figure. Pressed, its measure is what the chart shows."""

    def __init__(self, key: str, title: str) -> None:
        super().__init__()
        self.figure = Figure(key, title, "–")
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(120)
        self.set_figure(self.figure, "")

    def set_figure(self, figure: Figure, before: str) -> None:
        """``before`` names what the change is against."""
        self.figure = figure
        changed = figure.change.text.lstrip("↑↓ ")
        against = f" ({before})" if changed and before else ""
        words = [f"{figure.title}: {figure.value} {figure.unit}".strip(), changed + against, figure.sub]
        self.setAccessibleName(", ".join(word for word in words if word))
        compared = f"{changed[:1].upper()}{changed[1:]}, compared with {before}" if against else ""
        self.setToolTip("\n".join(word for word in (compared, figure.sub) if word))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(180, theme.current().px(76))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        edge = 1.0 if on else 0.5
        box = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.setPen(QPen(now.colour("accent" if on else "border"), 2 if on else 1))
        painter.setBrush(now.colour("row-hover" if self.underMouse() and not on else "raised"))
        painter.drawRoundedRect(box, tokens.RADIUS.card, tokens.RADIUS.card)
        self._paint_words(painter, QRectF(self.rect()).adjusted(_PAD, 9, -_PAD, -9))
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()).adjusted(2, 2, -2, -2), tokens.RADIUS.card - 2)

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        now, figure, change = theme.current(), self.figure, self.figure.change
        small, title = now.metrics("small"), now.metrics("title")
        head = QRectF(box.left(), box.top(), box.width(), now.metrics("label").height())
        foot = QRectF(box.left(), box.bottom() - small.height(), box.width(), small.height())
        middle = QRectF(box.left(), head.bottom(), box.width(), foot.top() - head.bottom())
        base = middle.adjusted(0, 4, 0, 0)
        wide = title.horizontalAdvance(figure.value) + (small.horizontalAdvance(figure.unit) + 5 if figure.unit else 0)
        _write(painter, head, "label", "accent-text" if self.isChecked() else "text-muted", figure.title)
        _write(painter, middle, "title", "text", figure.value)
        _write(painter, base.adjusted(0, 0, wide - box.width(), 0), "small", "text-muted", figure.unit, right=True)
        taken = small.horizontalAdvance(change.text) + 6
        tone, said = "text-muted" if change.tone == "neutral" else f"{change.tone}-text", figure.sub
        if wide + taken <= box.width():
            _write(painter, base, "small", tone, change.text, right=True)
        elif now.metrics("label").horizontalAdvance(figure.title) + taken <= box.width():
            _write(painter, head, "small", tone, change.text, right=True)
        elif change.text:
            said = f"{change.text} · {said}"
        said = small.elidedText(said, Qt.TextElideMode.ElideRight, int(box.width()))
        _write(painter, foot, "small", "text-muted", said)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()


def _write(painter: QPainter, box: QRectF, role: str, tone: str, text: str, *, right: bool = False) -> None:
    """One line of text in the middle of ``box``, at its left or right."""
    flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
    painter.setFont(theme.current().font(role))
    painter.setPen(theme.current().colour(tone))
    painter.drawText(box, flags | int(Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft), text)


class MeasureTiles(Flow):
    """All of them, one chosen; arrow keys move between them. Signal: ``changed(key)``."""

    changed = Signal(str)

    def __init__(self, value: str) -> None:
        self.tiles = {measure.key: MeasureTile(measure.key, measure.text) for measure in MEASURES}
        super().__init__(tuple(self.tiles.values()), ((1560, (1,) * 8), (560, (1,) * 4), (0, (1,) * 2)))
        self.setAccessibleName("What the chart shows")
        self._group = QButtonGroup(self)
        for key, tile in self.tiles.items():
            self._group.addButton(tile)
            tile.clicked.connect(lambda _checked=False, key=key: self.changed.emit(key))
        self.tiles.get(value, self.tiles["spend"]).setChecked(True)

    @property
    def value(self) -> str:
        return next(key for key, tile in self.tiles.items() if tile.isChecked())

    def set_value(self, key: str) -> None:
        """Choose without telling."""
        self.tiles[key].setChecked(True)

    def set_figures(self, figures: Sequence[Figure], before: str) -> None:
        for figure in figures:
            self.tiles[figure.key].set_figure(figure, before)
