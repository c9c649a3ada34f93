"""How times, durations and counts read on screen. Pure; money is ``conduit_desktop.money.show``."""

from __future__ import annotations

import time
from datetime import datetime


def ago(when: float, now: float | None = None) -> str:
    """How long ago, in a word or two: ``now``, ``5 min ago``, ``3 h ago``, ``yesterday``, ``12 Mar``."""
    now = time.time() if now is None else now
    gone = now - when
    if gone < 45:
        return "now" if gone > -5 else moment(when)
    if gone < 3600:
        return f"{max(1, round(gone / 60))} min ago"
    then, today = datetime.fromtimestamp(when), datetime.fromtimestamp(now)
    days = (today.date() - then.date()).days
    if days == 0:
        return f"{round(gone / 3600)} h ago"
    if days == 1:
        return "yesterday"
    if days < 7:
        return f"{days} days ago"
    return f"{then.day} {then:%b}" if then.year == today.year else f"{then.day} {then:%b %Y}"


def moment(when: float) -> str:
    """A local date and time to the second: ``2026-03-12 14:05:09``."""
    return datetime.fromtimestamp(when).isoformat(" ", "seconds")


def clock(when: float) -> str:
    """A local time of day to the second: ``14:05:09``."""
    return datetime.fromtimestamp(when).time().isoformat("seconds")


def duration(seconds: float | None) -> str:
    """A duration: ``–``, ``4 ms``, ``0.82 s``, ``12.4 s``, ``3 min 20 s``."""
    if seconds is None:
        return "–"
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms" if seconds >= 0.00095 else f"{seconds * 1000:.1f} ms"
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def count(number: int | float) -> str:
    """A count: ``950``, ``12,400``, ``1.25 M``, ``3.1 B``."""
    if abs(number) < 100_000:
        return f"{number:,.0f}"
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:,.0f}"


def size(octets: int) -> str:
    """A size: ``812 B``, ``4.2 KB``, ``1.3 MB``."""
    amount = float(octets)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
