"""Whether there is a screen to open a window on. Decided before Qt starts, which would abort. Imports no Qt."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from conduit_desktop.errors import ConfigurationError


def require(environ: Mapping[str, str], platform: str = sys.platform) -> None:
    """Raises ConfigurationError where Qt would find no display and none was chosen for it."""
    if environ.get("QT_QPA_PLATFORM") or not platform.startswith("linux"):
        return
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        raise ConfigurationError(
            "There is no display to open the window on (neither DISPLAY nor WAYLAND_DISPLAY is set).",
            hint="Run `conduit-desktop serve` for the gateway alone, or set QT_QPA_PLATFORM to choose a platform.",
            code="no_display",
        )
