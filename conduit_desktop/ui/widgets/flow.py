"""What breaks into lines where there is no room: parts from left to right, like words, for chips and buttons; two
parts at the ends of a line, for a head and what belongs to it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget, QWidgetItem

_MOVING = (QEvent.Type.LayoutRequest, QEvent.Type.Resize, QEvent.Type.Show)


class FlowLayout(QLayout):
    """``gap`` is between the parts of a line, ``line_gap`` between the lines. Hidden parts take no room. Qt asks again
    and again how high it is, which is found out once."""

    def __init__(self, *parts: QWidget, gap: int = 8, line_gap: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._gap, self._line_gap = gap, line_gap
        self._heights: dict[int, int] = {}
        self.setContentsMargins(0, 0, 0, 0)
        for part in parts:
            self.addWidget(part)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        height = self._heights.get(width)
        if height is None:
            height = self._heights[width] = self._arrange(QRect(0, 0, width, 0), place=False)
        return height

    def invalidate(self) -> None:
        super().invalidate()
        self._heights.clear()

    def sizeHint(self) -> QSize:
        return self._around([item.sizeHint() for item in self._items if not item.isEmpty()])

    def minimumSize(self) -> QSize:
        return self._around([item.minimumSize() for item in self._items if not item.isEmpty()])

    def _around(self, shown: list[QSize]) -> QSize:
        """What one part a line takes."""
        around = self.contentsMargins()
        width = max((size.width() for size in shown), default=0) + around.left() + around.right()
        height = max((size.height() for size in shown), default=0) + around.top() + around.bottom()
        return QSize(width, height)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, place=True)

    def _arrange(self, rect: QRect, *, place: bool) -> int:
        """Put everything in its place, or only find out how high that is."""
        around = self.contentsMargins()
        left, right = rect.left() + around.left(), rect.right() + 1 - around.right()
        y = rect.top() + around.top() - self._line_gap
        for line in self._lines(right - left):
            y += self._line_gap
            height = max(item.sizeHint().height() for item in line)
            x = left
            for item in line if place else ():
                size = item.sizeHint()
                middle = y + (height - size.height()) // 2
                item.setGeometry(QRect(x, middle, min(size.width(), right - left), size.height()))
                x += size.width() + self._gap
            y += height
        return max(y, rect.top() + around.top()) + around.bottom() - rect.top()

    def _lines(self, room: int) -> list[list[QLayoutItem]]:
        """What stands in which line."""
        lines: list[list[QLayoutItem]] = []
        used = 0
        for item in self._items:
            if item.isEmpty():
                continue
            width = item.sizeHint().width()
            if not lines or used + self._gap + width > room:
                lines.append([])
                used = -self._gap
            lines[-1].append(item)
            used += self._gap + width
        return lines


class Apart(QWidget):
    """Two parts at the two ends of a line; where there is no room for both, the second stands below the first. No
    layout, which Qt would ask again and again: each time this thread would have to wait for the interpreter."""

    def __init__(self, first: QWidget, second: QWidget, *, gap: int = 8, line_gap: int = 8) -> None:
        super().__init__()
        self._items = [QWidgetItem(first), QWidgetItem(second)]
        self._gap, self._line_gap = gap, line_gap
        for part in (first, second):
            part.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._wanted = QSize()
        self._arranging = False

    def sizeHint(self) -> QSize:
        return self._wanted

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in _MOVING and not self._arranging:
            self._arranging = True
            width = -1
            while width != self.width():  # to be wider than it is makes it so
                width = self.width()
                self._arrange()
            self._arranging = False
        return done

    def _arrange(self) -> None:
        shown = [item for item in self._items if not item.isEmpty()]
        sizes = [item.sizeHint() for item in shown]
        places = self._places(shown, sizes, self.width())
        for item, box in places:
            item.setGeometry(box)
        height = max((box.bottom() + 1 for _, box in places), default=0)
        wanted = QSize(sum(size.width() for size in sizes) + self._gap * (len(sizes) - 1), height)
        if wanted != self._wanted:
            self._wanted = wanted
            self.setMinimumWidth(max((item.minimumSize().width() for item in shown), default=0))
            self.setFixedHeight(height)
            self.updateGeometry()

    def _places(self, shown: list[QWidgetItem], sizes: list[QSize], room: int) -> list[tuple[QWidgetItem, QRect]]:
        """Where each part is."""
        if len(shown) < 2:
            return [(item, QRect(0, 0, room, _height(item, room))) for item in shown]
        first, second = shown
        wanted = sizes[1].width()
        right = min(wanted, room - self._gap - first.minimumSize().width())
        if right < second.minimumSize().width():
            above, right = _height(first, room), min(wanted, room)
            below = QRect(0, above + self._line_gap, right, _height(second, right))
            return [(first, QRect(0, 0, room, above)), (second, below)]
        left = room - self._gap - right
        heights = _height(first, left), _height(second, right)
        middle = max(heights)
        return [
            (first, QRect(0, (middle - heights[0]) // 2, left, heights[0])),
            (second, QRect(room - right, (middle - heights[1]) // 2, right, heights[1])),
        ]


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()


def flow(*parts: QWidget, gap: int = 8, line_gap: int = 8) -> QWidget:
    """A widget with ``parts`` in a flow."""
    made = QWidget()
    made.setLayout(FlowLayout(*parts, gap=gap, line_gap=line_gap))
    policy = made.sizePolicy()
    policy.setHeightForWidth(True)
    made.setSizePolicy(policy)
    return made
