"""Rows, columns, cards and rules: layouts in one line. ``None`` among the parts is a stretch, a number a gap."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from conduit_desktop.ui.tokens import SPACE

Part = QWidget | QLayout | int | None
Margins = tuple[int, int, int, int]


class Pile(QVBoxLayout):
    """A column that knows how high it is at each width until something in it changes: for the large parts of a long
    page. A page that is scrolled is measured at two widths with each change, with and without its scroll bar; Qt's own
    layouts remember one, and would lay out all text of the page anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self._heights: dict[int, int] = {}
        self._least: dict[int, int] = {}

    def invalidate(self) -> None:
        self._heights.clear()
        self._least.clear()
        super().invalidate()

    def heightForWidth(self, width: int) -> int:
        if (found := self._heights.get(width)) is None:
            found = self._heights[width] = super().heightForWidth(width)
        return found

    def minimumHeightForWidth(self, width: int) -> int:
        if (found := self._least.get(width)) is None:
            found = self._least[width] = super().minimumHeightForWidth(width)
        return found


def _fill(box: QBoxLayout, parts: tuple[Part, ...], gap: int, margins: Margins) -> None:
    box.setSpacing(gap)
    box.setContentsMargins(*margins)
    for part in parts:
        if part is None:
            box.addStretch(1)
        elif isinstance(part, int):
            box.addSpacing(part)
        elif isinstance(part, QWidget):
            box.addWidget(part)
        else:
            box.addLayout(part)


def row(*parts: Part, gap: int = SPACE.s, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """Parts from left to right, centred vertically."""
    box = QHBoxLayout()
    _fill(box, parts, gap, margins)
    for part in parts:
        if isinstance(part, QWidget) and part.sizePolicy().verticalPolicy().name in ("Fixed", "Maximum"):
            box.setAlignment(part, Qt.AlignmentFlag.AlignVCenter)
    return box


def column(*parts: Part, gap: int = SPACE.s, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """Parts from top to bottom."""
    box = QVBoxLayout()
    _fill(box, parts, gap, margins)
    return box


def pile(*parts: Part, gap: int = SPACE.s, margins: Margins = (0, 0, 0, 0)) -> Pile:
    """A column for a large part of a long page."""
    box = Pile()
    _fill(box, parts, gap, margins)
    return box


def panel(box: QLayout, surface: str = "", parent: QWidget | None = None) -> QFrame:
    """A frame around ``box``; ``surface`` is base, surface, sunken, card or well."""
    frame = QFrame(parent)
    if surface:
        frame.setProperty("surface", surface)
    frame.setLayout(box)
    return frame


def card(*parts: Part, gap: int = SPACE.s, margins: Margins = (16, 14, 16, 14)) -> QFrame:
    """A bordered card with its parts from top to bottom."""
    return panel(column(*parts, gap=gap, margins=margins), "card")


def tab_here(place: QWidget, parts: Iterable[QWidget]) -> None:
    """Tab comes to ``parts``, made late, where ``place`` stands; else it would come to them after all else."""
    before: QWidget | None = place.previousInFocusChain()
    while before is not None and before is not place and not before.focusPolicy() & Qt.FocusPolicy.TabFocus:
        before = before.previousInFocusChain()
    if before is None or before is place:
        return
    for part in parts:
        QWidget.setTabOrder(before, part)
        before = part


def rule(vertical: bool = False) -> QFrame:
    """A hairline."""
    line = QFrame()
    line.setProperty("rule", "true")
    if vertical:
        line.setFixedWidth(1)
    else:
        line.setFixedHeight(1)
    return line


class Upright(QWidget):
    """To be ``scrolled``: asks for no more height than it cannot do without, so that it fills its place, and is
    scrolled where that is too low. Signal: ``fitted()`` when what it needs may be something else."""

    fitted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._heights: dict[int, int] = {}

    def heightForWidth(self, width: int) -> int:
        height = self._heights.get(width)
        if height is None:
            box = self.layout()
            height = self._heights[width] = box.totalMinimumHeightForWidth(width) if box is not None else -1
        return height

    def event(self, event: QEvent) -> bool:
        moved = event.type() == QEvent.Type.LayoutRequest
        if moved:
            self._heights.clear()
        done = super().event(event)
        if moved:
            self.fitted.emit()
        return done


def scrolled(content: QWidget) -> QScrollArea:
    """``content`` in a frameless vertical scroll area that never takes the keyboard focus for itself."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    content.setProperty("scrolled", "true")
    area.setWidget(content)
    return area
