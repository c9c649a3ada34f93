"""Whatever answers instead of a provider, and in whichever shape: the words of its error come through in every
dialect, with the status that it came with."""

from __future__ import annotations

from typing import Any

import pytest

from conduit_desktop.wire.dialects import NAMES, complaints, dialect

SHAPES: tuple[Any, ...] = (
    "Boom",
    {"error": "Boom"},
    {"error": ["Boom"]},
    {"error": {"message": "Boom"}},
    {"error": [{"message": "Boom"}]},
    {"error": {"error": {"message": "Boom"}}},
    {"error": {"message": {"detail": [{"loc": ["body", "x"], "msg": "Boom"}]}}},
    {"error": {"description": "Boom"}},
    {"error": {"type": "Boom"}},
    {"error": True, "message": "Boom"},
    {"error": None, "message": "Boom"},
    {"error": "invalid_grant", "error_description": "Boom"},
    [{"error": {"code": 400, "message": "Boom"}}],
    {"errors": [{"message": "Boom"}]},
    {"message": "Boom"},
    {"message": ["Boom"]},
    {"Message": "Boom"},
    {"detail": "Boom"},
    {"detail": [{"loc": ["body", "x"], "msg": "Boom"}]},
    {"detail": {"error": {"message": "Boom"}}},
    {"code": 500, "msg": "Boom", "success": False},
    {"error": {"message": "Provider returned error", "metadata": {"raw": '{"error": {"message": "Boom"}}'}}},
    "<html><head><title>Boom</title></head></html>",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", SHAPES, ids=str)
def test_an_error_s_words_come_through(name: str, body: Any) -> None:
    found = dialect(name).decode_error(400, body)
    assert (found.status, "Boom" in found.message) == (400, True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "body", [None, "", " ", 5, [], {}, {"error": {}}, {"error": None}, {"id": "resp_1", "error": None}], ids=str
)
def test_an_error_without_words_has_some_all_the_same(name: str, body: Any) -> None:
    assert complaints.words(body).strip() == ""
    assert dialect(name).decode_error(400, body).message.strip()
