"""One step of the checklist: its mark, its words, its buttons, and what may stand below it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from conduit_desktop.ui import icons, theme
from conduit_desktop.ui.panes.dashboard_steps import Step
from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.text import Label

_SIDE = 24


class StepMark(QWidget):
    """A number in a ring, filled for the step that is next, a tick for one that is done."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number, self._state = number, "open"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_state(self, state: str) -> None:
        """``open``, ``next`` or ``done``."""
        self._state = state
        self.setAccessibleName(f"Step {self._number}: {state}")
        self.update()

    def sizeHint(self) -> QSize:
        side = theme.current().px(_SIDE)
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        fill = {"done": "success-soft", "next": "accent"}.get(self._state)
        painter.setPen(Qt.PenStyle.NoPen if fill else QPen(now.colour("border-strong"), 1.2))
        painter.setBrush(now.colour(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(box)
        if self._state == "done":
            icons.paint(painter, "check", box.adjusted(5, 5, -5, -5), now.colour("success-text"))
            return
        painter.setFont(now.font("label"))
        painter.setPen(now.colour("on-accent" if self._state == "next" else "text-muted"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(self._number))


class StepLine(QWidget):
    """``below`` takes what else belongs to the step, under its words."""

    def __init__(self, number: int, *buttons: Button) -> None:
        super().__init__()
        self.buttons = buttons
        self.mark = StepMark(number)
        self._title = Label("", "strong")
        self._text = Label("", "small", wrap=True)
        self.below: QVBoxLayout = column(gap=SPACE.s)
        words = column(self._title, self._text, gap=2)
        head = row(gap=SPACE.l)
        head.addLayout(words, 1)
        for button in buttons:
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
        head.setSpacing(SPACE.s)
        whole = row(gap=SPACE.m, margins=(0, 11, 0, 11))
        whole.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        whole.addLayout(column(head, self.below, gap=0), 1)
        self.setLayout(whole)

    def show_step(self, step: Step, *, following: bool) -> None:
        """``following``: it is the one to do next."""
        self._title.setText(step.title)
        self._title.set_tone("text-muted" if step.done else "")
        self._text.setText(step.text)
        self.mark.set_state("done" if step.done else "next" if following else "open")
        self.setAccessibleName(f"{step.title}: {'done' if step.done else 'to do'}")
