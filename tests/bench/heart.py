"""How long the window's thread stands still: the gaps between the turns of a timer, and what they went on.

Makes no window and knows nothing of Conduit; whoever measures starts a ``Heart`` on the Qt thread.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from array import array
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Qt, QTimer

LONG = 25.0  # milliseconds of this thread's own that make a turn worth a look


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

    lasted: float = 0.0
    worked: float = 0.0
    queued: float = 0.0

    @property
    def ours(self) -> float:
        """Without what others on the machine took: it computed, or waited for the interpreter."""
        return self.lasted - self.queued


class Gaps:
    """Of one doing: how long each lasted, the worst of them, and how many of them computed for ``LONG``. Small, for a
    soak has millions."""

    def __init__(self) -> None:
        self.lasted = array("f")
        self.longest = self.worst = Gap()
        self.worked = 0.0
        self.long = 0

    def add(self, gap: Gap) -> None:
        self.lasted.append(gap.lasted)
        self.longest = max(self.longest, gap)
        self.worst = max(self.worst, gap, key=lambda each: each.ours)
        self.worked = max(self.worked, gap.worked)
        if gap.worked >= LONG:
            self.long += 1


class Heart:
    """Measures the gaps between the turns of a 1 ms timer, by what is being done (``doing``)."""

    def __init__(self) -> None:
        self.gaps: dict[str, Gaps] = defaultdict(Gaps)
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
        self.gaps[self.doing].add(Gap((now - self.last) * 1000, worked, queued))
        self.last, self._own = now, own

    def report(self) -> tuple[float, str]:
        """Prints what was measured, by what was done; gives the milliseconds of the worst gap without what others took,
        and what was done then. ``worked`` is the most that the thread computed in one turn, ``long`` how
        many turns computed for ``LONG``."""
        heads = "".join(f"{head:>9}" for head in ("median", "p99", "longest", "queued", "worked"))
        print(f"{'ms':18}{'turns':>8}{heads}{'long':>6}{'less queue':>12}")
        for doing, gaps in self.gaps.items():
            lasted, longest = sorted(gaps.lasted), gaps.longest
            middle, high = lasted[len(lasted) // 2], lasted[int(len(lasted) * 0.99)]
            figures = (
                f"{longest.lasted:9.2f}{longest.queued:9.2f}{gaps.worked:9.2f}{gaps.long:6}{gaps.worst.ours:12.2f}"
            )
            print(f"{doing:18}{len(lasted):8}{middle:9.2f}{high:9.2f}{figures}")
        return max((gaps.worst.ours, doing) for doing, gaps in self.gaps.items())


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
                told_of = [frame for frame in stack if not frame.filename.startswith("<frozen importlib")][-6:]
                where = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in told_of)
                print(f"--- {self._heart.doing}, still for {self._most * 1000:g} ms: {where}")
