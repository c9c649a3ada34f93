"""Shows how a test of a connection goes: asking, then its cause class, message, next step and latency."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from conduit_desktop.runtime.configuring import ProbeResult
from conduit_desktop.ui.panes.providers_words import result_look
from conduit_desktop.ui.shown import duration
from conduit_desktop.ui.widgets.layout import column, row
from conduit_desktop.ui.widgets.progress import Spinner
from conduit_desktop.ui.widgets.status import Icon
from conduit_desktop.ui.widgets.text import Label, announce


class ProbeCard(QFrame):
    """Hidden until something was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "well")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._spinner = Spinner(16, "Testing")
        self._icon = Icon("info", "info")
        self._word = Label("", "strong")
        self._facts = Label("", "small")
        self._message = Label("", "body", wrap=True, selectable=True)
        self._hint = Label("", "muted", wrap=True, selectable=True)
        head = row(self._spinner, self._icon, self._word, None, self._facts, gap=8)
        self.setLayout(column(head, self._message, self._hint, gap=4, margins=(12, 10, 12, 10)))
        self.clear()

    @property
    def words(self) -> str:
        """Everything it says, as one text."""
        parts = (self._word, self._message, self._hint)
        return " ".join(part.text() for part in parts if part.text()) if not self.isHidden() else ""

    def clear(self) -> None:
        self.hide()

    def show_running(self, where: str, doing: str = "") -> None:
        self._show("Testing…", "", doing or f"Asking {where} for its models.", "", "")

    def show_result(self, result: ProbeResult) -> None:
        word, tone, icon = result_look(result)
        facts = []
        if result.status is not None and not result.ok:
            facts.append(f"HTTP {result.status}")
        if result.latency:
            facts.append(duration(result.latency))
        self._show(word, tone, result.message, result.hint, " · ".join(facts), icon)

    def show_failure(self, text: str) -> None:
        """It could not even be asked."""
        self._show("Not asked", "danger", text, "", "", "error")

    def _show(self, word: str, tone: str, message: str, hint: str, facts: str, icon: str = "") -> None:
        self._spinner.setVisible(not icon)
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.set_icon(icon, tone)
        self._word.setText(word)
        self._word.set_tone(tone)
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._facts.setText(facts)
        self.setAccessibleName(" ".join(part for part in (word, message, hint, facts) if part))
        self.show()
        announce(self, self.accessibleName())
