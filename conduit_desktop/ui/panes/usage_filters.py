"""The filters of Usage: a chip for each, which takes it away, and a menu to add one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QMenu, QSizePolicy, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.panes.usage_asked import WORDS, name_of
from conduit_desktop.ui.widgets.buttons import Button, paint_focus
from conduit_desktop.ui.widgets.flow import FlowLayout

MOST_OFFERED = 40


class FilterChip(QAbstractButton):
    """``Model: fast`` with a cross; a press anywhere takes it away."""

    def __init__(self, title: str, value: str) -> None:
        super().__init__()
        self._title, self._value = f"{title}: ", value
        self.setText(self._title + value)
        self.setAccessibleName(f"Remove the filter {self.text()}")
        self.setToolTip("Remove this filter")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        now = theme.current()
        width = now.metrics("label").horizontalAdvance(self.text()) + 42
        return QSize(min(width, 320), now.px(26))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(now.colour("accent"), 1))
        painter.setBrush(now.colour("selection" if self.underMouse() else "accent-soft"))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        painter.setFont(now.font("label"))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        left = 12.0
        painter.setPen(now.colour("text-muted"))
        painter.drawText(QRectF(left, 0, self.width(), self.height()), flags, self._title)
        left += now.metrics("label").horizontalAdvance(self._title)
        room = self.width() - left - 28
        painter.setPen(now.colour("accent-text"))
        value = now.metrics("label").elidedText(self._value, Qt.TextElideMode.ElideMiddle, int(room) + 1)
        painter.drawText(QRectF(left, 0, room + 2, self.height()), flags, value)
        icons.paint(painter, "close", QRectF(self.width() - 25, 0, 14, self.height()), now.colour("accent-text"))
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), box.height() / 2)


class UsageFilters(QWidget):
    """Signal: ``changed(dimension, id or None)``."""

    changed = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._shown: Mapping[str, tuple[str, str]] = {}
        self._offers: Mapping[str, Sequence[tuple[str, str]]] = {}
        self.chips: dict[str, FilterChip] = {}
        self._flow = FlowLayout(gap=6, line_gap=6)
        self.setLayout(self._flow)
        self.add_button = Button("Filter", icon="filter", small=True, name="Add a filter")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill)
        self.add_button.setMenu(self._menu)
        self._flow.addWidget(self.add_button)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName("Filters")

    def set_offers(self, offers: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """What can be chosen: (id, name) by dimension."""
        self._offers = offers

    def show_filters(self, filters: Mapping[str, str], names: Mapping[tuple[str, str], str]) -> None:
        shown = {each: (id, name_of(each, id, names.get((each, id), ""))) for each, id in filters.items()}
        if shown == self._shown:
            return
        had_focus = any(chip.hasFocus() for chip in self.chips.values())
        self._shown = shown
        for part in (self.add_button, *self.chips.values()):
            self._flow.removeWidget(part)
        for chip in self.chips.values():
            chip.hide()
            chip.deleteLater()
        self.chips = {each: FilterChip(WORDS[each], name) for each, (_, name) in shown.items()}
        for each, chip in self.chips.items():
            chip.clicked.connect(partial(self.changed.emit, each, None))
            self._flow.addWidget(chip)
        self._flow.addWidget(self.add_button)
        self.updateGeometry()
        if had_focus:
            self.add_button.setFocus(Qt.FocusReason.TabFocusReason)

    def _fill(self) -> None:
        self._menu.clear()
        for each, choices in self._offers.items():
            if not choices:
                continue
            below = self._menu.addMenu(WORDS[each])
            for id, name in choices[:MOST_OFFERED]:
                action = below.addAction(name_of(each, id, name).replace("&", "&&"))
                action.setCheckable(True)
                action.setChecked(self._shown.get(each, ("", ""))[0] == id and each in self._shown)
                action.toggled.connect(partial(self._pick, each, id))
        if self._menu.isEmpty():
            self._menu.addAction("Nothing to filter by yet").setEnabled(False)

    def _pick(self, dimension: str, id: str, on: bool) -> None:
        self.changed.emit(dimension, id if on else None)
