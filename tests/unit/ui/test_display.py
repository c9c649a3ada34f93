"""Whether a window can be opened is known before Qt starts."""

from __future__ import annotations

import pytest

from conduit_desktop.errors import ConfigurationError
from conduit_desktop.ui import display


def test_refuses_without_a_display() -> None:
    with pytest.raises(ConfigurationError, match="no display") as refused:
        display.require({}, "linux")
    assert "conduit-desktop serve" in refused.value.text
    assert refused.value.code == "no_display"


@pytest.mark.parametrize(
    ("environ", "platform"),
    [
        ({"DISPLAY": ":0"}, "linux"),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux"),
        ({"QT_QPA_PLATFORM": "offscreen"}, "linux"),
        ({}, "darwin"),
        ({}, "win32"),
    ],
)
def test_goes_ahead_with_one(environ: dict[str, str], platform: str) -> None:
    display.require(environ, platform)
