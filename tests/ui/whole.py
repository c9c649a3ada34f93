"""What a picture would show to be cut, squeezed or overlapping, found by measuring: the tests of small windows ask for
it, and ``shots`` tells most of it with each picture."""

from __future__ import annotations

from itertools import combinations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QCheckBox,
    QComboBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

from conduit_desktop.ui.widgets.inputs import Choice
from conduit_desktop.ui.widgets.status import Badge, StatusDot
from conduit_desktop.ui.widgets.text import ElidedLabel
from tests.ui.accessible import focusable

SLACK = 1  # pixels by which a hint may be rounded


def faults(root: QWidget) -> list[str]:
    return cut(root) + squeezed(root) + over_each_other(root) + too_wide(root)


def shown(root: QWidget) -> list[QWidget]:
    return [part for part in root.findChildren(QWidget) if part.isVisibleTo(root)]


def cut(root: QWidget) -> list[str]:
    """What shows less of its words than it has."""
    found = []
    for part in shown(root):
        words = isinstance(part, Badge | StatusDot | QCheckBox) or (isinstance(part, QPushButton) and part.text())
        words = words or (isinstance(part, QLabel) and not isinstance(part, ElidedLabel) and not part.wordWrap())
        if words and part.width() < part.sizeHint().width() - SLACK:
            found.append(f"cut: {_name(part)}")
        if isinstance(part, Choice) and not part.value:
            wide = part.fontMetrics().horizontalAdvance(part.currentText())
            found += [f"cut: Choice {part.currentText()}"] if wide > room(part) else []
    return found


def squeezed(root: QWidget) -> list[str]:
    """What has less height than its words take at its width."""
    found = []
    for part in shown(root):
        if isinstance(part, QLabel):
            needed = part.heightForWidth(part.width()) if part.wordWrap() else part.sizeHint().height()
        elif isinstance(part, QPushButton) and part.text():
            needed = part.sizeHint().height()
        else:
            continue
        if part.height() < needed - SLACK:
            found.append(f"squeezed: {_name(part)}")
    return found


def over_each_other(root: QWidget) -> list[str]:
    """What can be used and lies over another such thing."""
    used = [part for part in focusable(root) if not isinstance(part.parentWidget(), QTabBar)]  # its arrows lie over it
    parts = [(part, QRect(part.mapTo(root, QPoint(0, 0)), part.size())) for part in used]
    return [
        f"{_name(one)} is over {_name(other)}"
        for (one, here), (other, there) in combinations(parts, 2)
        if _view(one) is _view(other) and here.intersects(there)
        if not one.isAncestorOf(other) and not other.isAncestorOf(one)
    ]


def too_wide(root: QWidget) -> list[str]:
    """Pages that are wider than the place in which they are scrolled up and down."""
    areas = [area for area in shown(root) if isinstance(area, QScrollArea) and area.widgetResizable()]
    return [
        f"too wide: {_name(area.widget())} by {area.widget().width() - area.viewport().width()}"
        for area in areas
        if area.widget().width() > area.viewport().width()
    ]


def room(choice: QComboBox) -> int:
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    part = QStyle.SubControl.SC_ComboBoxEditField
    return choice.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, choice).width()


def _view(part: QWidget) -> QWidget | None:
    """In what it is scrolled: what is scrolled away lies below something else as it should."""
    above = part.parentWidget()
    while above is not None and not isinstance(above, QAbstractScrollArea):
        above = above.parentWidget()
    return above


def _name(part: QWidget) -> str:
    words = part.text() if isinstance(part, QLabel) else part.accessibleName()
    return f"{type(part).__name__} {words or part.objectName()}".strip()
