"""Collects Python's garbage on the Qt thread only: a collection that starts on another thread would destroy widgets
there and crash Qt."""

from __future__ import annotations

import gc
import linecache
import time

from PySide6.QtCore import QObject, QTimer

EVERY = 100  # milliseconds
_MANY = 700  # new objects that make a collection worth while
SLOW = 0.02  # seconds of this thread's that a collection may take


class Collector(QObject):
    """Takes over from the automatic collector for the life of the process. Make it before any thread starts."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._rounds = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def freeze(self) -> None:
        """What is there now stays; later collections need not look at it. Source that PySide has read need not stay."""
        linecache.clearcache()
        gc.collect()
        gc.freeze()

    def collect(self) -> None:
        """A collection of the young, now and then of the older, when enough is new.

        What makes one slow has come to stay (panes that were opened, a long table) and is left alone from then on, or
        each would hold up the window anew. Of it only cycles would never be found: the rest goes when nobody has it.
        """
        if gc.get_count()[0] < _MANY:
            return
        self._rounds += 1
        began = time.thread_time()
        gc.collect(2 if self._rounds % 100 == 0 else 1 if self._rounds % 10 == 0 else 0)
        if time.thread_time() - began > SLOW:
            gc.freeze()
