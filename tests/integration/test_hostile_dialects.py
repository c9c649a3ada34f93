"""Broken bodies at every dialect's address: whatever comes, the caller gets an answer or an error in its own dialect,
and nothing fails inside. The bodies are rich requests of which members are lost or replaced by things of the wrong
kind."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.fakes.bodies import BODIES, mutated
from tests.fakes.raw import chat
from tests.fakes.rig import Rig
from tests.integration.test_hostile import DEEP, ask, demo, idle  # noqa: F401 - a fixture


def message_of(path: str, told: Any) -> Any:
    """The words of an error in the dialect of ``path``."""
    if path.startswith("/cohere"):
        return told["message"]
    error = told["error"]
    if path.startswith("/api"):
        return error
    if path.startswith("/v1/messages"):
        assert told["type"] == "error"
    if path.startswith("/v1beta"):
        assert error["code"] >= 400
    return error["message"]


async def sent(rig: Rig, path: str, body: bytes) -> None:
    got = await ask(rig, chat(rig.key, path=path, body=body))
    assert got.whole, (path, body[:500])
    assert got.status < 500 or got.status == 503, (path, body[:2000], got.body)
    assert b"Traceback" not in got.body
    if got.status != 200:
        assert message_of(path, got.json), (path, got.body)


@pytest.mark.parametrize("path", BODIES)
async def test_a_sound_body_is_answered(demo: Rig, path: str) -> None:  # noqa: F811
    got = await ask(demo, chat(demo.key, path=path, body=json.dumps(BODIES[path]).encode()))
    assert got.status in (200, 400), got.body  # 400: the Demo model cannot do everything that a body asks
    await idle(demo)


@pytest.mark.parametrize("path", BODIES)
async def test_broken_bodies_get_an_error_in_their_dialect(demo: Rig, path: str) -> None:  # noqa: F811
    rng = random.Random(path)
    for _ in range(120):
        await sent(demo, path, json.dumps(mutated(BODIES[path], rng)).encode("utf-8", "surrogatepass"))
    await idle(demo)


@pytest.mark.parametrize("path", BODIES)
async def test_what_is_no_object_gets_an_error_in_its_dialect(demo: Rig, path: str) -> None:  # noqa: F811
    for body in (b"[]", b"null", b"{", b"\xff", b'"x"', b"{}", *DEEP[:6]):
        await sent(demo, path, body)
    await idle(demo)
