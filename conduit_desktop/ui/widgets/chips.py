"""Filter chips: small switches with a count, to narrow down a list by what its entries are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.flow import FlowLayout
from conduit_desktop.ui.widgets.layout import tab_here


class ChipLook(NamedTuple):
    """One chip: the key it is told apart by, its word, the number of entries that it would leave, its icon, and a
    token for a spot of colour."""

    key: str
    word: str
    number: int
    icon: str = ""
    token: str = ""


class Chip(QAbstractButton):
    """A word with a count that is on or off; on, it is tinted and carries a tick, so that colour is not alone."""

    def __init__(self, look: ChipLook) -> None:
        super().__init__()
        self.look = look
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.toggled.connect(lambda _on: self.updateGeometry())
        self.set_look(look)

    def set_look(self, look: ChipLook) -> None:
        self.look = look
        self.setText(look.word)
        self.setAccessibleName(f"{look.word}: {look.number}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        now = theme.current()
        width = 20 + now.metrics("label").horizontalAdvance(self.look.word)
        width += now.metrics("caption").horizontalAdvance(str(self.look.number)) + 7
        return QSize(width + (now.px(14) + 3 if self._mark else 0), now.px(26))

    @property
    def _mark(self) -> bool:
        return bool(self.look.icon or self.look.token or self.isChecked())

    def paintEvent(self, event: QPaintEvent) -> None:
        now, on = theme.current(), self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(now.colour("accent" if on else "border-strong"), 1))
        fill = "accent-soft" if on else "hover" if self.underMouse() else "surface"
        painter.setBrush(now.colour(fill))
        painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
        ink = now.colour("accent-text" if on else "text")
        left = 10.0
        if self._mark:
            self._paint_mark(painter, QRectF(left - 2, 0, now.px(14), self.height()), on)
            left += now.px(14) + 3
        painter.setFont(now.font("label"))
        painter.setPen(ink)
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.drawText(QRectF(left, 0, self.width() - left, self.height()), middle, self.look.word)
        painter.setFont(now.font("caption"))
        painter.setPen(ink if on else now.colour("text-faint"))
        rest = QRectF(0, 0, self.width() - 10, self.height())
        painter.drawText(rest, middle | int(Qt.AlignmentFlag.AlignRight), str(self.look.number))
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), box.height() / 2)

    def _paint_mark(self, painter: QPainter, box: QRectF, on: bool) -> None:
        now = theme.current()
        if on or not self.look.token:
            icon = "check" if on else self.look.icon
            icons.paint(painter, icon, box, now.colour("accent-text" if on else "text-muted"))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour(self.look.token))
        painter.drawRoundedRect(QRectF(box.center().x() - 4.5, box.center().y() - 4.5, 9, 9), 3, 3)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()


class Chips(QWidget):
    """A line of chips, several of which may be on. Signal: ``changed()`` when the user switched one."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._chips: dict[str, Chip] = {}
        self._flow = FlowLayout(gap=6, line_gap=6)
        self.setLayout(self._flow)
        self.setAccessibleName(name)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys of those that are on."""
        return tuple(key for key, chip in self._chips.items() if chip.isChecked())

    def chip(self, key: str) -> Chip:
        return self._chips[key]

    def set_chips(self, looks: Sequence[ChipLook]) -> None:
        """Show these. Where they are the same as before, only their counts change; a chip that would leave nothing is
        left out unless it is on."""
        if [look.key for look in looks] != list(self._chips):
            self._rebuild(looks)
        for look in looks:
            chip = self._chips[look.key]
            if chip.look != look:
                chip.set_look(look)
            chip.setVisible(bool(look.number) or chip.isChecked())

    def set_chosen(self, keys: Sequence[str]) -> None:
        """Switch without telling."""
        for key, chip in self._chips.items():
            chip.setChecked(key in keys)
            chip.setVisible(bool(chip.look.number) or chip.isChecked())

    def _rebuild(self, looks: Sequence[ChipLook]) -> None:
        before = self.chosen
        for chip in self._chips.values():
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = {}
        for look in looks:
            chip = Chip(look)
            chip.setChecked(look.key in before)
            chip.clicked.connect(self.changed)
            self._chips[look.key] = chip
            self._flow.addWidget(chip)
        tab_here(self, self._chips.values())
