"""What several dialects read alike."""

from __future__ import annotations

import pytest

from conduit_desktop.wire.dialects.reading import json_object, moment


@pytest.mark.parametrize(
    ("text", "found"),
    [('{"a":1}', {"a": 1}), ("", {}), (" \n", {}), ("null", {}), ("[1]", None), ("{", None), ('"x"', None)],
)
def test_json_objects(text: str, found: dict[str, int] | None) -> None:
    assert json_object(text) == found


@pytest.mark.parametrize(
    ("told", "year"), [(0, 1970), (1_700_000_000, 2023), (1_700_000_000_123, 2023), (10**30, 1970), (-(10**30), 1970)]
)
def test_moments_that_providers_tell(told: int, year: int) -> None:
    assert moment(told).year == year
