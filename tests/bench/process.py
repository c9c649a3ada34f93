"""What processes cost: CPU time and resident memory of one and its children, from /proc."""

from __future__ import annotations

import time
from pathlib import Path

import psutil


def tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu(pid: int) -> float:
    """Seconds spent so far, to the nanosecond: each process has a clock (its number is clock_getcpuclockid's), where
    /proc/PID/stat counts hundredths."""
    return sum(time.clock_gettime(~process.pid << 3 | 2) for process in tree(pid))


def resident(pid: int) -> float:
    """Megabytes."""
    return sum(process.memory_info().rss for process in tree(pid)) / 1e6


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak(pid: int) -> float:
    """The most megabytes the process itself was, since ``forget_peak``."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
