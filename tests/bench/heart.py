"""How long the window's thread stands still: the gaps between the turns of a timer, and what they went on.

Makes no window and knows nothing of Conduit; whoever measures starts a ``Heart`` on the Qt thread.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt, QTimer


def own_time() -> tuple[float, float]:
    """Milliseconds this thread has computed, and has waited for a core while it could have (Linux; else 0)."""
    try:
        with open("/proc/thread-self/schedstat") as file:
            worked, waited, _ = file.read().split()
    except OSError:
        return time.thread_time() * 1000, 0.0
    return int(worked) / 1e6, int(waited) / 1e6


class Gap(NamedTuple):
    """Milliseconds between two turns; how many of them the thread computed, and waited for a core of the machine. What
    is left it waited for the interpreter, or had nothing to do."""

    lasted: float
    worked: float
    queued: float
    doing: str

    @property
    def ours(self) -> float:
        """Without what others on the machine took: it computed, or waited for the interpreter."""
        return self.lasted - self.queued


class Heart:
    """Measures the gaps between the turns of a 1 ms timer, by what is being done (``doing``)."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self.doing = ""
        self.last = 0.0
        self._own = (0.0, 0.0)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.last, self._own = time.perf_counter(), own_time()
        self._timer.start(1)

    def stop(self) -> None:
        self._timer.stop()

    def _beat(self) -> None:
        now, own = time.perf_counter(), own_time()
        worked, queued = own[0] - self._own[0], own[1] - self._own[1]
        self.gaps.append(Gap((now - self.last) * 1000, worked, queued, self.doing))
        self.last, self._own = now, own

    def report(self) -> Gap:
        """Prints what was measured, by what was done; gives the gap that is longest without what others took."""
        groups: dict[str, list[Gap]] = {}
        for gap in self.gaps:
            groups.setdefault(gap.doing, []).append(gap)
        groups["all"] = list(self.gaps)
        print(f"{'ms':16}{'turns':>8}{'median':>9}{'p99':>9}{'longest':>9}{'worked':>9}{'queued':>9}{'less queue':>12}")
        for doing, gaps in groups.items():
            gaps.sort()
            middle, high, last = gaps[len(gaps) // 2].lasted, gaps[int(len(gaps) * 0.99)].lasted, gaps[-1]
            figures = f"{last.lasted:9.2f}{max(gap.worked for gap in gaps):9.2f}{last.queued:9.2f}"
            print(f"{doing:16}{len(gaps):8}{middle:9.2f}{high:9.2f}{figures}{max(gap.ours for gap in gaps):12.2f}")
        return max(groups["all"], key=lambda gap: gap.ours)


class Watch(threading.Thread):
    """Prints what the thread that made it is at whenever it stands still for ``most`` milliseconds."""

    def __init__(self, heart: Heart, most: float) -> None:
        super().__init__(daemon=True)
        self._heart, self._most = heart, most / 1000
        self._thread = threading.get_ident()

    def run(self) -> None:
        told = 0.0
        while True:
            time.sleep(0.002)
            beat = self._heart.last
            if beat and beat != told and time.perf_counter() - beat > self._most:
                told = beat
                stack = traceback.extract_stack(sys._current_frames()[self._thread])
                where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in stack[-6:])
                print(f"--- {self._heart.doing}, still for {self._most * 1000:g} ms: {where}")
