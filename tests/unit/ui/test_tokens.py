"""The token table: complete in both themes, and readable."""

from __future__ import annotations

import math
import re
from itertools import combinations
from operator import mul

import pytest

from conduit_desktop.ui import tokens
from conduit_desktop.ui.tokens import COLOURS, PAIRS, Scheme


def test_both_themes_name_the_same_colours() -> None:
    assert set(tokens.LIGHT) == set(tokens.DARK)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_six_digit_hex(scheme: Scheme) -> None:
    assert [name for name, value in COLOURS[scheme].items() if not re.fullmatch("#[0-9A-F]{6}", value)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_that_meets_has_enough_contrast(scheme: Scheme) -> None:
    colours = COLOURS[scheme]
    poor = [
        f"{front} on {back}: {ratio:.2f} < {least}"
        for front, back, least in PAIRS
        if (ratio := tokens.contrast(colours[front], colours[back])) < least
    ]
    assert poor == []


def test_contrast_of_black_and_white() -> None:
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#123456", "#123456") == 1


def test_type_scale_names_known_tones() -> None:
    assert {step.tone for step in tokens.TYPE.values()} <= set(tokens.LIGHT)


# how red, green and blue are seen by those whose red, green or blue cones do not work (Machado et al. 2009)
_SEEN = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _perceived(colour: str, eyes: str) -> tuple[float, float, float]:
    """The colour in OKLab, as such eyes see it: distances there are as they are perceived."""
    given = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in given]
    red, green, blue = (min(max(sum(map(mul, row, light)), 0.0), 1.0) for row in _SEEN[eyes])
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


@pytest.mark.parametrize("eyes", _SEEN)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_parts_of_a_chart_can_be_told_apart_by_all_eyes(scheme: Scheme, eyes: str) -> None:
    seen = {name: _perceived(COLOURS[scheme][name], eyes) for name in (*tokens.CHART, tokens.CHART_REST)}
    near = [(one, other) for one, other in combinations(seen, 2) if math.dist(seen[one], seen[other]) < 0.07]
    assert near == []
