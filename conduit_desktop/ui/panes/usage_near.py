"""A quiet line that names the keys near their budget's limit; each leads to its key."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from conduit_desktop.money import show
from conduit_desktop.ui.panes.usage_reading import NearLimit
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.flow import Apart
from conduit_desktop.ui.widgets.layout import row
from conduit_desktop.ui.widgets.status import Icon

_LONG = 18  # letters
_PERIODS = {"once": "", "day": " today", "week": " this week", "month": " this month"}


def near_words(near: NearLimit, *, short: bool = False) -> str:
    """``editor has used 92 % of $5.00 this month``; ``short`` shortens a long name."""
    period, name = _PERIODS.get(near.key.period, ""), near.key.name
    if short and len(name) > _LONG:
        name = f"{name[: _LONG - 1]}…"
    return f"{name} has used {near.share * 100:.0f} % of {show(near.key.budget)}{period}"


class NearLimits(QWidget):
    """The fullest key, and how many more there are. Signal: ``key_wanted(key id)``, empty for all of them."""

    key_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._icon = Icon("warning", "warning", 15)
        self.first = Button("", "ghost", small=True)
        self.more = Button("", "ghost", small=True)
        self._id = ""
        self.first.clicked.connect(lambda: self.key_wanted.emit(self._id))
        self.more.clicked.connect(lambda: self.key_wanted.emit(""))
        worst = QWidget()
        worst.setLayout(row(self._icon, self.first, gap=0))
        self.setLayout(row(Apart(worst, self.more, gap=0, line_gap=0), gap=0))
        self.hide()

    def show_near(self, near: Sequence[NearLimit]) -> None:
        """The fullest first."""
        self.setVisible(bool(near))
        if not near:
            return
        first, rest = near[0], len(near) - 1
        tone = "danger" if first.share >= 1 else "warning"
        self._icon.set_icon("error" if first.share >= 1 else "warning", tone)
        self._id = first.key.id
        _say(self.first, near_words(first, short=True), f"Show the key: {near_words(first)}")
        _say(self.more, f"+ {rest} more", f"Show the keys: {rest} more near their limit")
        self.more.setVisible(rest > 0)


def _say(button: Button, text: str, name: str) -> None:
    button.setText(text)
    button.setAccessibleName(name)
    button.setToolTip(name)
    button.updateGeometry()
