"""The tiles of Usage: a figure each, and the choice of what the chart shows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
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
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(120)
        self._lines = 1
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
        self._fit()
        self.update()

    def sizeHint(self) -> QSize:
        now = theme.current()
        return QSize(180, now.px(76) + (self._lines - 1) * now.metrics("small").height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as what stands below the figure needs: two lines at most."""
        small, (_, said) = theme.current().metrics("small"), self._said(self._room)
        lines = 1 if small.horizontalAdvance(said) <= self._room else 2
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    @property
    def _room(self) -> float:
        return self.width() - 2 * _PAD

    def _said(self, room: float) -> tuple[str, str]:
        """Where the change stands in ``room``: beside the figure, beside the title, or before what is below; and what
        is below."""
        now, figure, change = theme.current(), self.figure, self.figure.change
        small, title = now.metrics("small"), now.metrics("title")
        wide = title.horizontalAdvance(figure.value) + (small.horizontalAdvance(figure.unit) + 5 if figure.unit else 0)
        taken = small.horizontalAdvance(change.text) + 6
        if wide + taken <= room:
            return "figure", figure.sub
        if now.metrics("label").horizontalAdvance(figure.title) + taken <= room:
            return "title", figure.sub
        return "below", " · ".join(word for word in (change.text, figure.sub) if word)

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
        high = self._lines * small.height()
        foot = QRectF(box.left(), box.bottom() - high, box.width(), high)
        middle = QRectF(box.left(), head.bottom(), box.width(), foot.top() - head.bottom())
        base = middle.adjusted(0, 4, 0, 0)
        wide = title.horizontalAdvance(figure.value) + (small.horizontalAdvance(figure.unit) + 5 if figure.unit else 0)
        _write(painter, head, "label", "accent-text" if self.isChecked() else "text-muted", figure.title)
        _write(painter, middle, "title", "text", figure.value)
        _write(painter, base.adjusted(0, 0, wide - box.width(), 0), "small", "text-muted", figure.unit, right=True)
        tone = "text-muted" if change.tone == "neutral" else f"{change.tone}-text"
        where, said = self._said(box.width())
        if where != "below":
            _write(painter, base if where == "figure" else head, "small", tone, change.text, right=True)
        for at, line in enumerate(_broken(said, small, int(box.width()), self._lines)):
            place = QRectF(foot.left(), foot.top() + at * small.height(), foot.width(), small.height())
            _write(painter, place, "small", "text-muted", line)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()


def _broken(text: str, metrics: QFontMetrics, room: int, most: int) -> list[str]:
    """``text`` in lines, broken between what it tells, else between words; the last of ``most`` is shortened."""
    parts = [f"{part} ·" for part in text.split(" · ")] if " · " in text else text.split()
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]} {part}".strip()
        if len(lines) == most or not lines[-1] or metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return [metrics.elidedText(line.removesuffix(" ·"), Qt.TextElideMode.ElideRight, room) for line in lines]


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
