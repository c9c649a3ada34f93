"""A grid whose columns follow the room there is: the Dashboard's tiles, and what stands beside the chart."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from conduit_desktop.ui import theme
from conduit_desktop.ui.panes.dashboard_words import TILES, Figure
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.states import Tile


class Flow(QWidget):
    """``parts`` in as many columns of ``steps`` as fit: each step is (least width, stretches of its columns)."""

    def __init__(self, parts: Sequence[QWidget], steps: Sequence[tuple[int, tuple[int, ...]]]) -> None:
        super().__init__()
        self._parts, self._steps = tuple(parts), tuple(steps)
        self._columns: tuple[int, ...] = ()
        self._stacked = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE.m)
        self._lay(self._steps[-1][1])

    def _lay(self, stretches: tuple[int, ...]) -> None:
        if stretches == self._columns:
            return
        for at in range(len(self._columns)):
            self._grid.setColumnStretch(at, 0)
        self._columns = stretches
        for at, part in enumerate(self._parts):
            self._grid.addWidget(part, *divmod(at, len(stretches)))
        for at, stretch in enumerate(stretches):
            self._grid.setColumnStretch(at, stretch)
        self.updateGeometry()

    def set_stacked(self, stacked: bool) -> None:
        """Always the narrowest arrangement, or again what fits."""
        self._stacked = stacked
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Narrow enough for one step down to come."""
        return QSize(200, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self.width() / theme.current().px(100) * 100
        if self._stacked:
            width = 0
        self._lay(next((columns for least, columns in self._steps if width >= least), self._steps[-1][1]))


class Tiles(Flow):
    """The six figures."""

    def __init__(self) -> None:
        self.tiles = tuple(Tile(name) for name in TILES)
        super().__init__(self.tiles, ((1240, (1,) * 6), (560, (1,) * 3), (0, (1,) * 2)))

    def set_figures(self, figures: Sequence[Figure], before: str) -> None:
        """``before`` names the span that the changes are against."""
        for tile, each in zip(self.tiles, figures, strict=True):
            tile.set_figure(each.value, unit=each.unit, sub=each.sub, delta=each.delta, delta_tone=each.delta_tone)
            tile.setToolTip(f"{each.delta} against {before}" if each.delta else "")
