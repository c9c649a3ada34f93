"""What the gateway logged as its own defects while it was measured: each traceback once, and how often."""

from __future__ import annotations

import collections
import logging
import traceback


class Crashes(logging.Handler):
    """Collects the tracebacks of the log records that have one; hung on the root logger by ``with``."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: collections.Counter[str] = collections.Counter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            frames = traceback.extract_tb(error.__traceback__)[-3:]
            where = " ← ".join(f"{frame.filename.rsplit('/main/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))
            self.found[f"{type(error).__name__}: {str(error)[:160]}\n      {where}"] += 1

    def __enter__(self) -> Crashes:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)

    def __str__(self) -> str:
        return "\n".join(f"{number:6} {text}" for text, number in self.found.most_common(12))
