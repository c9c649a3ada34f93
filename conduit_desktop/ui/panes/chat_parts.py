"""Parts of an answer: what folds away (thoughts, tool calls), and what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from conduit_desktop.ui.tokens import SPACE
from conduit_desktop.ui.widgets.buttons import Button
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label


class Fold(QWidget):
    """A line that opens to show ``content``."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.button = Button(title, "ghost", icon="chevron-right", small=True, name=title)
        self.button.setCheckable(True)
        self.button.toggled.connect(self._toggle)
        content.hide()
        self.setLayout(column(row(self.button, None), content, gap=SPACE.xs))

    @property
    def opened(self) -> bool:
        return self.button.isChecked()

    def set_title(self, title: str) -> None:
        if self.button.text() != title:
            self.button.setText(title)
            self.button.setAccessibleName(title)
            self.button.updateGeometry()

    def _toggle(self, on: bool) -> None:
        self.button.set_glyph("chevron-down" if on else "chevron-right")
        self._content.setVisible(on)


class Failure(QFrame):
    """What happened, why, and what to do about it. Signals: ``retry_wanted()``, ``open_wanted()``."""

    retry_wanted = Signal()
    open_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("chatFailure")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("surface", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.title = Label("", "strong", tone="danger", wrap=True)
        self.text = Label("", "body", wrap=True, selectable=True)
        self.advice = Label("", "muted", wrap=True)
        self.retry = Button("Retry", "secondary", icon="refresh", small=True)
        self.retry.clicked.connect(self.retry_wanted)
        self.more = Button("Open request", "ghost", icon="external", small=True)
        self.more.clicked.connect(self.open_wanted)
        words = column(self.title, self.text, self.advice, SPACE.xs, row(self.retry, self.more, None), gap=3)
        box = row(gap=SPACE.m, margins=(14, 12, 14, 12))
        box.addWidget(Icon("error", "danger", 18), 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(words, 1)
        self.setLayout(box)

    def set_failure(self, title: str, text: str, advice: str, *, logged: bool) -> None:
        self.title.setText(title)
        self.text.setText(text)
        self.advice.setText(advice)
        self.advice.setVisible(bool(advice))
        self.more.setVisible(logged)
        self.setAccessibleName(f"{title}. {text} {advice}".strip())
