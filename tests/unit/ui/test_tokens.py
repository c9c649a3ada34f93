"""The token table: complete in both themes, and readable."""

from __future__ import annotations

import re

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
