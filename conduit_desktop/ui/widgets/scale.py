"""Axis arithmetic for charts: round tick values and which labels fit. Pure; knows nothing of Qt."""

from __future__ import annotations

import math

_CLOCK = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)


def ticks(highest: float, about: int = 4, unit: str = "") -> list[float]:
    """Round values from 0 to at least ``highest``, about as many steps as asked for. With the unit ``count`` they are
    whole; with ``seconds`` they are round on a clock from half a minute on."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / max(about, 1)
    step = _clock_step(rough) if unit == "seconds" and rough > _CLOCK[0] / 2 else _decimal_step(rough)
    if unit == "count":
        step = max(1.0, math.ceil(step))
    count = math.ceil(highest / step - 1e-9)
    return [step * at for at in range(count + 1)]


def _decimal_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)


def _clock_step(rough: float) -> float:
    return next((step for step in _CLOCK if step >= rough * 0.999), math.ceil(rough / 86400) * 86400)


def label_stride(count: int, label_width: float, width: float) -> int:
    """Show every n-th label so that none touches the next: this n."""
    if count <= 1 or width <= 0:
        return 1
    return max(1, math.ceil(label_width * count / width))
