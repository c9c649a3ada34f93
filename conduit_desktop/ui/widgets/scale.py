"""Axis arithmetic for charts: round tick values and which labels fit. Pure; knows nothing of Qt."""

from __future__ import annotations

import math


def ticks(highest: float, about: int = 4) -> list[float]:
    """Round values from 0 to at least ``highest``, about as many steps as asked for."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / max(about, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    count = math.ceil(highest / step - 1e-9)
    return [step * at for at in range(count + 1)]


def label_stride(count: int, label_width: float, width: float) -> int:
    """Show every n-th label so that none touches the next: this n."""
    if count <= 1 or width <= 0:
        return 1
    return max(1, math.ceil(label_width * count / width))
