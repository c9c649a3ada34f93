"""A request or an event that takes more instructions than it did fails here; README.md says what to do then."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

from tests.bench.hot_path import compared, measure

LACKING = shutil.which("valgrind") is None


@pytest.mark.slow
@pytest.mark.skipif(LACKING and os.environ.get("CI") != "true", reason="needs valgrind")
def test_no_figure_rises_by_a_tenth(record_property: Callable[[str, str], None]) -> None:
    assert not LACKING, "valgrind must be installed where CI=true"
    lines, risen = compared(measure())
    for line in lines:
        record_property("figure", line)  # so that a rise that is no failure yet can be seen, too
    assert not risen, "\n".join(lines)
