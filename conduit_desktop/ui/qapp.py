"""The QApplication of the app: asked to quit, it says so instead of tearing the loop away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """Signal: ``quit_wanted()`` for Cmd+Q, the end of the desktop's session and ``quit()``.

    An override, not an event filter: a filter on the application would see every event of every object in Python.
    """

    quit_wanted = Signal()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Quit:
            event.ignore()
            self.quit_wanted.emit()
            return True
        return super().event(event)
