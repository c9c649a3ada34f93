"""What stands where content would be, or above it: empty, loading and failed states, tiles, standing banners."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button, IconButton
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.progress import Spinner
from conduit_desktop.ui.widgets.status import SEVERITY_ICONS, Icon, tone_of
from conduit_desktop.ui.widgets.text import Label, Notice, announce, set_look

_CENTRE = Qt.AlignmentFlag.AlignHCenter


class EmptyState(QWidget):
    """Nothing here yet: an icon, a title, one sentence, one action."""

    acted = Signal()

    def __init__(self, icon: str, title: str, text: str, action: str = "", *, tone: str = "text-faint") -> None:
        super().__init__()
        self._alarming = tone == "danger"
        self._icon = Icon(icon, tone, 30)
        self._title = Label(title, "heading", wrap=True)
        self._text = Label(text, "muted", wrap=True)
        for words in (self._title, self._text):
            words.setAlignment(_CENTRE)
            words.setMaximumWidth(380)
        self.button = Button(action, "primary")
        self.button.clicked.connect(self.acted)
        if not action:
            self.button.hide()
        box = QVBoxLayout(self)
        box.setSpacing(SPACE.s)
        box.addStretch(2)
        box.addWidget(self._icon, 0, _CENTRE)
        box.addSpacing(SPACE.xs)
        for words in (self._title, self._text):
            line = row(None, words, None)
            line.setStretch(1, 1000)  # as wide as it may be, where there is room
            box.addLayout(line)
        box.addSpacing(SPACE.s)
        box.addWidget(self.button, 0, _CENTRE)
        box.addStretch(3)

    def set_state(self, icon: str, title: str, text: str, action: str = "", tone: str = "text-faint") -> None:
        """Say something else, for example that a filter left nothing."""
        self._icon.set_icon(icon, tone)
        self._title.setText(title)
        self._text.setText(text)
        self.button.setText(action)
        self.button.updateGeometry()
        self.button.setVisible(bool(action))
        self._alarming = tone == "danger"
        self._say()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._say()

    def _say(self) -> None:
        """A failure came up by itself."""
        if self._alarming:
            announce(self, f"{self._title.text()}. {self._text.text()}")


class LoadingState(QWidget):
    """A spinner in the middle."""

    def __init__(self, text: str = "Loading…") -> None:
        super().__init__()
        box = QVBoxLayout(self)
        box.addStretch(2)
        box.addWidget(Spinner(22, text), 0, _CENTRE)
        box.addWidget(Label(text, "small"), 0, _CENTRE)
        box.addStretch(3)


class Tile(QFrame):
    """One figure: label, value with unit, change against before, and a line that says how complete it is."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._label = Label(label, "label")
        self._value = Label("–", "display")
        self._unit = Label("", "muted")
        self._delta = Label("", "label")
        self._sub = Label("", "small", wrap=True)
        figures = row(self._value, self._unit, None, self._delta, gap=6)
        for part in (self._unit, self._delta):
            part.setContentsMargins(0, 0, 0, 4)
            figures.setAlignment(part, Qt.AlignmentFlag.AlignBottom)
        box = column(self._label, figures, self._sub, None, gap=2, margins=(16, 13, 16, 13))
        self.setLayout(box)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(150)

    def set_figure(
        self, value: str, *, unit: str = "", sub: str = "", delta: str = "", delta_tone: str = "neutral"
    ) -> None:
        self._value.setText(value)
        self._unit.setText(unit)
        self._sub.setText(sub)
        self._delta.setText(delta)
        self._delta.set_tone(delta_tone)
        words = f"{value} {unit}".strip()
        self.setAccessibleName(", ".join(part for part in (f"{self._label.text()}: {words}", delta, sub) if part))


class Banner(QFrame):
    """A standing line across the window or a pane: what is so, and one thing to do about it."""

    acted = Signal()
    dismissed = Signal()

    def __init__(self, severity: str, text: str, action: str = "", *, dismissable: bool = False) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = Icon("info", "info")
        self._text = Notice("", "body", wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = Button("", "secondary", small=True)
        self.button.clicked.connect(self.acted)
        self._close = IconButton("close", "Dismiss", small=True)
        self._close.clicked.connect(self.dismissed)
        if not dismissable:
            self._close.hide()
        parts = (self._icon, self._text, self.button, self._close)
        self.setLayout(row(*parts, gap=10, margins=(16, 6, 10, 6)))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.set_message(severity, text, action)

    @property
    def text(self) -> str:
        return self._text.text()

    def sizeHint(self) -> QSize:
        """As high as its text needs at this width: a layout lets nothing grow beyond its hint under this policy."""
        hint = super().sizeHint()
        return hint.expandedTo(QSize(0, self.heightForWidth(self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def set_message(self, severity: str, text: str, action: str = "") -> None:
        tone = tone_of(severity)
        self._icon.set_icon(SEVERITY_ICONS.get(severity, "info"), tone)
        self._text.setText(text)
        self.button.setText(action)
        self.button.updateGeometry()
        self.button.setVisible(bool(action))
        self.setAccessibleName(f"{severity}: {text}")
        set_look(self, banner=tone)
