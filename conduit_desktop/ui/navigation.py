"""The navigation at the left: brand, palette, one button a pane with icon, text and badge; folds to icons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.header import HEIGHT
from conduit_desktop.ui.panes import PaneRow
from conduit_desktop.ui.tokens import ICON, SPACE
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label

WIDE, NARROW = 212, 60
_WALK = (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Home, Qt.Key.Key_End)


class NavButton(QPushButton):
    """One entry: icon, text, shortcut hint, badge."""

    def __init__(self, text: str, icon: str, shortcut: str = "") -> None:
        super().__init__(text)
        self._icon, self._hint = icon, shortcut
        self._badge = 0
        self._folded = False
        self._framed = False
        self.setAccessibleName(text)
        self.setAccessibleDescription(shortcut)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_framed(self) -> None:
        """Draw it as a field to press: the way into the palette."""
        self._framed = True

    def set_badge(self, number: int) -> None:
        self._badge = number
        self.setAccessibleName(f"{self.text()}, {number} unread" if number else self.text())
        self.update()

    @property
    def badge(self) -> int:
        return self._badge

    def set_folded(self, folded: bool) -> None:
        self._folded = folded
        self.setToolTip(f"{self.text()}  {self._hint}".strip() if folded else "")
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if Qt.Key(event.key()) in _WALK:
            event.ignore()  # a button would move the focus by itself; the navigation goes to the pane
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(40, theme.current().px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        on, hover = self.isChecked(), self.underMouse()
        painter.setPen(now.colour("border") if self._framed else Qt.PenStyle.NoPen)
        ground = "pressed" if on else "hover" if hover else "surface" if self._framed else ""
        painter.setBrush(now.colour(ground) if ground else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 7, 7)
        size = now.px(ICON)
        left = (self.width() - size) / 2 if self._folded else 10.0
        tone = "accent-text" if on else "text" if hover else "text-muted"
        icons.paint(painter, self._icon, QRectF(left, 0, size, self.height()), now.colour(tone))
        if not self._folded:
            self._paint_words(painter, on, hover)
        if self._badge:
            self._paint_badge(painter)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), 7)

    def _paint_words(self, painter: QPainter, on: bool, hover: bool) -> None:
        now = theme.current()
        painter.setFont(now.font("body" if self._framed else "medium"))
        painter.setPen(now.colour("text-faint" if self._framed else "text" if on or hover else "text-muted"))
        box = QRectF(now.px(36), 0, self.width() - 40, self.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self.text())
        if self._hint and (hover or self._framed) and not self._badge:
            painter.setFont(now.font("caption"))
            painter.setPen(now.colour("text-faint"))
            flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
            painter.drawText(QRectF(0, 0, self.width() - 10, self.height()), flags, self._hint)

    def _paint_badge(self, painter: QPainter) -> None:
        now = theme.current()
        text = str(self._badge) if self._badge < 100 else "99+"
        painter.setFont(now.font("caption"))
        width = max(18.0, painter.fontMetrics().horizontalAdvance(text) + 10)
        box = QRectF(self.width() - width - 9, (self.height() - 18) / 2, width, 18)
        if self._folded:
            box = QRectF(self.width() - 17, 5, 8, 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("accent"))
        painter.drawRoundedRect(box, 9, 9)
        if not self._folded:
            painter.setPen(now.colour("on-accent"))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


class Navigation(QFrame):
    """Signals: ``picked(key)``, ``palette_wanted()``."""

    picked = Signal(str)
    palette_wanted = Signal()

    def __init__(self, rows: Sequence[PaneRow]) -> None:
        super().__init__()
        self.setProperty("surface", "base")
        self.setProperty("line", "right")
        self.setAccessibleName("Navigation")
        self._folded = False
        self.buttons: dict[str, NavButton] = {}
        self._name = Label("Conduit", "heading")
        brand = QWidget()
        brand.setFixedHeight(HEIGHT)
        brand.setLayout(row(Icon("mark", "accent-text", 22), self._name, None, gap=10, margins=(9, 0, 0, 0)))
        self.search = NavButton("Search", "search", "Ctrl+K")
        self.search.set_framed()
        self.search.clicked.connect(self.palette_wanted)
        top, foot = column(gap=2), column(gap=2)
        for entry in rows:
            self._add(entry, foot if entry.foot else top)
        box = column(brand, self.search, SPACE.m, gap=0, margins=(10, 0, 10, 10))
        box.addLayout(top)
        box.addStretch(1)
        box.addLayout(foot)
        self.setLayout(box)
        self.set_folded(False)

    def _add(self, entry: PaneRow, box: QVBoxLayout) -> None:
        button = NavButton(entry.title, entry.icon, entry.shortcut)
        button.setObjectName(f"nav-{entry.key}")
        button.setCheckable(True)
        button.clicked.connect(lambda _checked=False, key=entry.key: self.picked.emit(key))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus if not self.buttons else Qt.FocusPolicy.NoFocus)
        self.buttons[entry.key] = button
        box.addWidget(button)

    @property
    def folded(self) -> bool:
        return self._folded

    def set_folded(self, folded: bool) -> None:
        """Icons only, or icons and text."""
        self._folded = folded
        self._name.setVisible(not folded)
        for button in (self.search, *self.buttons.values()):
            button.set_folded(folded)
        self.setFixedWidth(NARROW if folded else theme.current().px(WIDE))

    def set_current(self, key: str) -> None:
        """Mark the pane that is shown. Tab reaches this entry only; arrows go from it to the others."""
        for each, button in self.buttons.items():
            button.setChecked(each == key)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if each == key else Qt.FocusPolicy.NoFocus)

    def set_badge(self, key: str, number: int) -> None:
        if key in self.buttons:
            self.buttons[key].set_badge(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = list(self.buttons)
        at = next((at for at, button in enumerate(self.buttons.values()) if button.hasFocus()), -1)
        goal = {
            Qt.Key.Key_Down: (at + 1) % len(keys),
            Qt.Key.Key_Up: (at - 1) % len(keys),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(keys) - 1,
        }.get(Qt.Key(event.key()))
        if goal is None or at < 0:
            super().keyPressEvent(event)
        else:
            self.picked.emit(keys[goal])
