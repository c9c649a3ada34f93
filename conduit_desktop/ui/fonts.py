"""The bundled fonts: loads them once and says which family stands for text, large text and code."""

from __future__ import annotations

import logging
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from conduit_desktop import paths

_log = logging.getLogger(__name__)

FILES = (
    "Inter-Regular.otf",
    "Inter-Medium.otf",
    "Inter-SemiBold.otf",
    "Inter-Italic.otf",
    "InterDisplay-SemiBold.otf",
    "JetBrainsMono-Regular.ttf",
    "JetBrainsMono-SemiBold.ttf",
)
FAMILIES = {"text": "Inter", "display": "Inter Display", "mono": "JetBrains Mono"}


@cache
def load() -> bool:
    """Hand the bundled fonts to Qt; needs a QApplication. False, and logged, when one could not be read."""
    complete = True
    for name in FILES:
        if QFontDatabase.addApplicationFont(str(paths.resource(f"fonts/{name}"))) < 0:
            _log.warning("The bundled font %s could not be loaded; the system's is used", name)
            complete = False
    return complete


def make(family: str, size: int, weight: int) -> QFont:
    """A font of a bundled family at ``size`` logical pixels, digits of one width, no ligatures in code."""
    font = QFont([FAMILIES[family], "monospace" if family == "mono" else "sans-serif"])
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if family == "mono":
        font.setStyleHint(QFont.StyleHint.Monospace)
    else:
        font.setFeature(QFont.Tag("tnum"), 1)
    font.setFeature(QFont.Tag("calt"), 0)  # no ligatures: an address must read as it is typed
    return font
