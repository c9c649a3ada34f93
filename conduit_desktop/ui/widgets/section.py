"""A part of a form that folds up to its title and a summary of what is in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.widgets.buttons import paint_focus
from conduit_desktop.ui.widgets.form import Form
from conduit_desktop.ui.widgets.layout import column, rule


class _Head(QAbstractButton):
    """Title at the left, summary at the right; pressing it folds and unfolds. A ``fixed`` one is only a title."""

    def __init__(self, title: str, fixed: bool) -> None:
        super().__init__()
        self._title, self._summary, self._fixed = title, "", fixed
        self.setCheckable(True)
        self.setText(title)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus if fixed else Qt.FocusPolicy.TabFocus)
        if not fixed:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_summary("")

    def set_summary(self, text: str) -> None:
        self._summary = text
        self.setAccessibleName(f"{self._title}: {text}" if text else self._title)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, theme.current().px(36))

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(now.font("strong"))
        painter.setPen(now.colour("text"))
        middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
        painter.drawText(QRectF(0, 0, self.width(), self.height()), middle, self._title)
        if self._fixed:
            return
        ink = now.colour("text" if self.underMouse() else "text-muted")
        arrow = "chevron-down" if self.isChecked() else "chevron-right"
        icons.paint(painter, arrow, QRectF(self.width() - 16, 0, 14, self.height()), ink)
        if self._summary and not self.isChecked():
            left = now.metrics("strong").horizontalAdvance(self._title) + 24
            room = QRectF(left, 0, self.width() - left - 24, self.height())
            words = now.metrics("small").elidedText(self._summary, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.setFont(now.font("small"))
            painter.setPen(now.colour("text-muted"))
            painter.drawText(room, middle | int(Qt.AlignmentFlag.AlignRight), words)
        if self.hasFocus():
            paint_focus(painter, QRectF(self.rect()).adjusted(0, 2, 0, -2))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()


class Section(QWidget):
    """``form`` takes the rows. ``set_summary`` says in a few words what they hold, for when it is folded; a ``fixed``
    one never is."""

    def __init__(self, title: str, *, unfolded: bool = False, fixed: bool = False) -> None:
        super().__init__()
        self.title = title
        self.head = _Head(title, fixed)
        self.form = Form(gap=14)
        self._body = QWidget()
        self._body.setLayout(column(self.form, margins=(0, 4, 0, 16)))
        self.setLayout(column(self.head, self._body, rule(), gap=0))
        self.head.toggled.connect(self._fold)
        self.head.setChecked(unfolded or fixed)
        self._body.setVisible(unfolded or fixed)
        if fixed:
            self.head.setEnabled(False)

    @property
    def unfolded(self) -> bool:
        return self.head.isChecked()

    def unfold(self, wide: bool = True) -> None:
        self.head.setChecked(wide)

    def set_summary(self, text: str) -> None:
        self.head.set_summary(text)

    def _fold(self, wide: bool) -> None:
        self._body.setVisible(wide)
        self.head.setAccessibleDescription("Shown" if wide else "Hidden")
