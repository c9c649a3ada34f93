"""The one table of looks: colours of both themes, spacing, radii, type. Pure data; knows nothing of Qt.

Every colour on screen comes from here by name. Text and background pairs that meet are listed in PAIRS, and a test
holds them to WCAG AA.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Space:
    """Distances in logical pixels."""

    xs: int = 4
    s: int = 8
    m: int = 12
    l: int = 16  # noqa: E741 - the sizes are read as words: space.l
    xl: int = 24
    xxl: int = 32


@dataclass(frozen=True, slots=True)
class Radius:
    """Corner radii in logical pixels."""

    small: int = 4
    control: int = 6
    card: int = 9


SPACE = Space()
RADIUS = Radius()
CONTROL = 30  # height of buttons and fields
CONTROL_SMALL = 26
ROW = 34  # height of a table row
ICON = 16


@dataclass(frozen=True, slots=True)
class Type:
    """One step of the type scale. ``size`` is in logical pixels before the user's text size."""

    size: float
    weight: int = 400
    family: Literal["text", "display", "mono"] = "text"
    tone: str = "text"


TYPE: Mapping[str, Type] = {
    "display": Type(26, 600, "display"),
    "title": Type(20, 600, "display"),
    "heading": Type(15, 600),
    "strong": Type(13, 600),
    "medium": Type(13, 500),
    "body": Type(13),
    "muted": Type(13, tone="text-muted"),
    "small": Type(12, tone="text-muted"),
    "label": Type(12, 500, tone="text-muted"),
    "caption": Type(11, 500, tone="text-faint"),
    "mono": Type(12, family="mono"),
    "mono-small": Type(11, family="mono", tone="text-muted"),
}

TEXT_SIZES: Mapping[str, float] = {"small": 0.92, "normal": 1.0, "large": 1.15, "larger": 1.35}

LIGHT: Mapping[str, str] = {
    # backgrounds, from the furthest back to the nearest
    "base": "#F5F5F7",
    "surface": "#FFFFFF",
    "raised": "#FFFFFF",
    "sunken": "#F7F7F9",
    "overlay": "#FFFFFF",
    "hover": "#EDEDF1",
    "pressed": "#E3E4E9",
    "row-hover": "#F6F6F9",
    "selection": "#E8ECFD",
    "text-selection": "#C9D4FB",
    # lines
    "border": "#E4E5EA",
    "border-strong": "#CFD1D9",
    "border-input": "#8C919D",
    "focus": "#3E5CE0",
    # text
    "text": "#17181C",
    "text-muted": "#50545E",
    "text-faint": "#636873",
    "text-disabled": "#A3A7B0",
    # accent
    "accent": "#3E5CE0",
    "accent-hover": "#3450CB",
    "accent-pressed": "#2C45B4",
    "on-accent": "#FFFFFF",
    "accent-text": "#334FCB",
    "accent-soft": "#EDF0FE",
    # what things mean
    "success": "#1F8A4C",
    "success-text": "#176C3B",
    "success-soft": "#E6F5EC",
    "warning": "#C27A06",
    "warning-text": "#875200",
    "warning-soft": "#FDF3DF",
    "danger": "#D13438",
    "danger-text": "#B42328",
    "danger-soft": "#FDECEC",
    "info": "#2A7DC0",
    "info-text": "#1B629B",
    "info-soft": "#E7F2FB",
    "neutral": "#7C828E",
    "neutral-text": "#50545E",
    "neutral-soft": "#EEEFF2",
    "on-danger": "#FFFFFF",
    "danger-fill": "#CB2F34",
    "danger-fill-hover": "#B4262B",
    # code
    "code-key": "#1B5FA8",
    "code-string": "#1E6E42",
    "code-number": "#A1470B",
    "code-keyword": "#7A3BC2",
    "code-name": "#8A2E6B",
    "code-comment": "#686D78",
    "code-punctuation": "#5C616C",
    "code-line": "#757A85",
    # charts
    "series-1": "#4564E6",
    "series-2": "#14907E",
    "series-3": "#C9781A",
    "series-4": "#C2488F",
    "series-5": "#7E57D6",
    "series-6": "#5B8C2A",
    "series-7": "#2F86C8",
    "series-8": "#7C828E",
    "chart-1": "#3256BB",
    "chart-2": "#248B66",
    "chart-3": "#C85501",
    "chart-4": "#5F1E52",
    "chart-5": "#705B95",
    "chart-6": "#005429",
    "chart-7": "#1B98E2",
    "chart-rest": "#8A8F9A",
    "chart-before": "#DFE1E7",
    "grid": "#ECEDF1",
    "scrim": "#2A2C34",
    "shadow": "#1B1D26",
}

DARK: Mapping[str, str] = {
    "base": "#131417",
    "surface": "#191A1E",
    "raised": "#1F2125",
    "sunken": "#15161A",
    "overlay": "#25272C",
    "hover": "#26282E",
    "pressed": "#2F3239",
    "row-hover": "#1F2126",
    "selection": "#232B4B",
    "text-selection": "#34427D",
    "border": "#2A2C32",
    "border-strong": "#3B3E47",
    "border-input": "#6A6F7C",
    "focus": "#8098F9",
    "text": "#ECEDF1",
    "text-muted": "#A9AEBA",
    "text-faint": "#989EAB",
    "text-disabled": "#5D626D",
    "accent": "#4562E3",
    "accent-hover": "#4F6BE8",
    "accent-pressed": "#3C56CF",
    "on-accent": "#FFFFFF",
    "accent-text": "#9DB0FC",
    "accent-soft": "#222A48",
    "success": "#3CB371",
    "success-text": "#6FD79C",
    "success-soft": "#17301F",
    "warning": "#DFA032",
    "warning-text": "#EDBE66",
    "warning-soft": "#352812",
    "danger": "#EC5B5F",
    "danger-text": "#FA9092",
    "danger-soft": "#3D1C1E",
    "info": "#4FA3E3",
    "info-text": "#84C2F2",
    "info-soft": "#152C40",
    "neutral": "#7D8390",
    "neutral-text": "#A9AEBA",
    "neutral-soft": "#292B31",
    "on-danger": "#FFFFFF",
    "danger-fill": "#C9363B",
    "danger-fill-hover": "#D13F44",
    "code-key": "#86BBF5",
    "code-string": "#8BD3A0",
    "code-number": "#EFA878",
    "code-keyword": "#C2A1F7",
    "code-name": "#EE9CC9",
    "code-comment": "#878D9A",
    "code-punctuation": "#9AA0AC",
    "code-line": "#7E8490",
    "series-1": "#7189F5",
    "series-2": "#39BFAA",
    "series-3": "#E5A04A",
    "series-4": "#E37BB8",
    "series-5": "#A98AF0",
    "series-6": "#94C45C",
    "series-7": "#5FB0EA",
    "series-8": "#8D93A0",
    "chart-1": "#889CF7",
    "chart-2": "#7FE5D0",
    "chart-3": "#F0BF54",
    "chart-4": "#EE8398",
    "chart-5": "#9C6EC5",
    "chart-6": "#5C9D4A",
    "chart-7": "#70C3E0",
    "chart-rest": "#6F7582",
    "chart-before": "#383B43",
    "grid": "#26282E",
    "scrim": "#000000",
    "shadow": "#000000",
}

COLOURS: Mapping[Scheme, Mapping[str, str]] = {"light": LIGHT, "dark": DARK}
SERIES: tuple[str, ...] = tuple(f"series-{number}" for number in range(1, 9))
# Told apart also by those who do not see red, green or blue well: neighbours differ in lightness too.
CHART: tuple[str, ...] = tuple(f"chart-{number}" for number in range(1, 8))
CHART_REST = "chart-rest"  # what has no colour of its own
TONES = ("neutral", "accent", "success", "warning", "danger", "info")

_LEVELS = ("base", "surface", "raised", "sunken", "overlay")
_MEANINGS = ("success", "warning", "danger", "info", "neutral")
_CODE = ("key", "string", "number", "keyword", "name", "comment", "punctuation", "line")

# (foreground, background, least contrast): 4.5 for text, 3 for what is not text but must be made out.
PAIRS: tuple[tuple[str, str, float], ...] = (
    *((text, level, 4.5) for text in ("text", "text-muted", "text-faint", "accent-text") for level in _LEVELS),
    *((text, state, 4.5) for text in ("text", "text-muted") for state in ("hover", "pressed", "selection")),
    *(("text-faint", state, 4.5) for state in ("hover", "selection")),
    ("text", "text-selection", 4.5),
    ("accent-text", "accent-soft", 4.5),
    ("accent-text", "selection", 4.5),
    *(("on-accent", fill, 4.5) for fill in ("accent", "accent-hover", "accent-pressed")),
    *(("on-danger", fill, 4.5) for fill in ("danger-fill", "danger-fill-hover")),
    *((f"{meaning}-text", f"{meaning}-soft", 4.5) for meaning in _MEANINGS),
    *((f"{meaning}-text", level, 4.5) for meaning in _MEANINGS for level in (*_LEVELS, "selection")),
    *(("text", f"{meaning}-soft", 4.5) for meaning in _MEANINGS),
    *((f"code-{kind}", level, 4.5) for kind in _CODE for level in ("surface", "sunken") if kind != "line"),
    *((f"code-{kind}", "sunken", 3.0) for kind in _CODE),
    *((meaning, level, 3.0) for meaning in _MEANINGS for level in ("base", "surface", "raised")),
    *((series, level, 3.0) for series in (*SERIES, *CHART, CHART_REST) for level in ("surface", "raised")),
    *(("border-input", level, 3.0) for level in ("surface", "raised")),
    *(("focus", level, 3.0) for level in (*_LEVELS, "selection", "hover")),
)


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
