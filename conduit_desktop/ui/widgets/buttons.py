"""Buttons: primary, secondary, ghost, danger, and icon-only. They paint themselves from the theme in force.

They take the focus by Tab only, so that the focus ring shows for the keyboard and not after every click.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from conduit_desktop.ui import icons, theme, tokens

Kind = Literal["primary", "secondary", "ghost", "danger"]


class Button(QPushButton):
    """A push button. ``set_busy`` shows that its action is under way and refuses clicks until it ended."""

    def __init__(
        self,
        text: str,
        kind: Kind = "secondary",
        *,
        icon: str = "",
        small: bool = False,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._kind = kind
        self._glyph = icon
        self._small = small
        self._tone = ""
        self._busy = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)
        if name:
            self.setAccessibleName(name)

    @property
    def kind(self) -> Kind:
        return self._kind

    def set_kind(self, kind: Kind) -> None:
        self._kind = kind
        self.update()

    def set_glyph(self, icon: str, tone: str = "") -> None:
        """Change the icon, and its colour (a token) when it should differ from the text's."""
        self._glyph, self._tone = icon, tone
        self.updateGeometry()
        self.update()

    @property
    def glyph(self) -> str:
        return self._glyph

    def set_busy(self, busy: bool) -> None:
        """Refuse clicks and dim the text while the action runs."""
        self._busy = busy
        self.setEnabled(not busy)
        self.update()

    def sizeHint(self) -> QSize:
        now = theme.current()
        height = now.px(tokens.CONTROL_SMALL if self._small else tokens.CONTROL)
        pad = 9 if self._small else 12
        width = 2 * pad + self._text_width()
        if self._glyph:
            width += now.px(tokens.ICON) + (6 if self.text() else 0)
        if self.menu() is not None:
            width += 16
        return QSize(max(width, height), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _font_role(self) -> str:
        return "label" if self._small else "medium"

    def _text_width(self) -> int:
        self.setFont(theme.current().font(self._font_role()))
        return self.fontMetrics().horizontalAdvance(self.text().replace("&", "")) + 1 if self.text() else 0

    def _colours(self) -> tuple[QColor | None, QColor | None, QColor]:
        """Fill, border and text for the state it is in."""
        now = theme.current()
        hover = self.isEnabled() and self.underMouse()
        down = self.isEnabled() and (self.isDown() or (self.menu() is not None and self.menu().isVisible()))
        if not self.isEnabled():
            fill = None if self._kind == "ghost" else now.colour("sunken")
            border = None if self._kind == "ghost" else now.colour("border")
            return fill, border, now.colour("text-disabled")
        if self._kind == "primary":
            name = "accent-pressed" if down else "accent-hover" if hover else "accent"
            return now.colour(name), None, now.colour("on-accent")
        if self._kind == "danger":
            name = "danger-fill-hover" if down or hover else "danger-fill"
            return now.colour(name), None, now.colour("on-danger")
        state = "pressed" if down or self.isChecked() else "hover" if hover else ""
        if self._kind == "ghost":
            text = now.colour("text" if state else "text-muted")
            return now.colour(state) if state else None, None, text
        return now.colour(state or "raised"), now.colour("border-strong"), now.colour("text")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill, border, text = self._colours()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(border, 1) if border else Qt.PenStyle.NoPen)
        painter.setBrush(fill if fill else Qt.BrushStyle.NoBrush)
        if fill or border:
            painter.drawRoundedRect(box, tokens.RADIUS.control, tokens.RADIUS.control)
        self._paint_content(painter, text)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()), on_fill=self._kind in ("primary", "danger"))

    def _paint_content(self, painter: QPainter, colour: QColor) -> None:
        painter.setFont(theme.current().font(self._font_role()))
        words = painter.fontMetrics().horizontalAdvance(self.text().replace("&", ""))
        arrow = 16 if self.menu() is not None else 0
        icon = theme.current().px(tokens.ICON) if self._glyph else 0
        gap = 6 if icon and self.text() else 0
        left = max((self.width() - (words + arrow + icon + gap)) / 2, 4.0)
        if icon:
            tint = theme.current().colour(self._tone) if self._tone and self.isEnabled() else colour
            icons.paint(painter, self._glyph, QRectF(left, 0, icon, self.height()), tint)
        painter.setPen(colour)
        if self.text():
            box = QRectF(left + icon + gap, 0, self.width() - (left + icon + gap) - arrow - 2, self.height())
            flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextHideMnemonic | Qt.TextFlag.TextSingleLine)
            painter.drawText(box, flags, self.text())
        if arrow:
            x = left + icon + gap + words + 3
            icons.paint(painter, "chevron-down", QRectF(x, 0, 14, self.height()), colour)

    def setMenu(self, menu: QMenu) -> None:
        super().setMenu(menu)
        self.updateGeometry()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.updateGeometry()


class IconButton(Button):
    """A square button with an icon only; ``name`` is its tooltip and accessible name."""

    def __init__(
        self, icon: str, name: str, *, kind: Kind = "ghost", small: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__("", kind, icon=icon, small=small, name=name, parent=parent)
        self.setToolTip(name)

    def set_name(self, name: str) -> None:
        """What it does now, in its tooltip and for screen readers."""
        self.setToolTip(name)
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        side = theme.current().px(tokens.CONTROL_SMALL if self._small else tokens.CONTROL)
        return QSize(side + (14 if self.menu() is not None else 0), side)


def paint_focus(painter: QPainter, box: QRectF, radius: float = tokens.RADIUS.control, on_fill: bool = False) -> None:
    """The ring that shows where the keyboard is. ``on_fill`` adds a gap, so that it shows on a coloured fill."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if on_fill:
        painter.setPen(QPen(theme.current().colour("surface"), 2))
        painter.drawRoundedRect(box.adjusted(2.5, 2.5, -2.5, -2.5), radius - 2, radius - 2)
    painter.setPen(QPen(theme.current().colour("focus"), 2))
    painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), radius, radius)
