"""Collects Python's garbage on the Qt thread only: a collection that starts on another thread would destroy widgets
there and crash Qt."""

from __future__ import annotations

import gc
import linecache
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

EVERY = 100  # milliseconds
_MANY = 700  # new objects that make a collection worth while
SLOW = 0.02  # seconds of this thread's that a collection may take
SELDOM = 3600.0  # seconds between two that look at everything: the gateway stands still for one, too


class Collector(QObject):
    """Takes over from the automatic collector for the life of the process. Make it before any thread starts."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._rounds = 0
        self._put_off = False
        self._thorough = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.collect)
        self._timer.start()
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self.left)

    def freeze(self) -> None:
        """What is there now stays; later collections need not look at it. Source that PySide has read need not stay.

        Not collected once more before: that would hold up the window, for next to nothing.
        """
        linecache.clearcache()
        gc.freeze()

    def collect(self) -> None:
        """A collection of the young, now and then of the older, when enough is new.

        What makes one slow has come to stay (panes that were opened, a long table) and is left alone until nobody
        works with the window, or each would hold it up anew. Of it only cycles have to wait for that: the rest goes
        when nobody has it.
        """
        if gc.get_count()[0] < _MANY:
            return
        self._rounds += 1
        began = time.thread_time()
        gc.collect(2 if self._rounds % 100 == 0 else 1 if self._rounds % 10 == 0 else 0)
        if time.thread_time() - began > SLOW:
            gc.freeze()
            self._put_off = True

    def left(self, state: Qt.ApplicationState) -> None:
        """Another program has the keyboard, or none: the time to look at what was left alone."""
        if state == Qt.ApplicationState.ApplicationActive or not self._put_off:
            return
        if time.monotonic() - self._thorough >= SELDOM:
            self._thorough, self._put_off = time.monotonic(), False
            gc.unfreeze()
            gc.collect()
            gc.freeze()
