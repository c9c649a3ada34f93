"""A provider that leads back to us: through a second gateway, another name, every dialect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.raw import Raw, chat
from tests.fakes.rig import running
from tests.fakes.upstream import Upstream

BODIES = {
    "/v1/chat/completions": {"model": "fast", "messages": [{"role": "user", "content": "hi"}]},
    "/v1/responses": {"model": "fast", "input": "hi"},
    "/v1/messages": {"model": "fast", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
    "/v1beta/models/fast:generateContent": {"contents": [{"parts": [{"text": "hi"}]}]},
    "/cohere/v2/chat": {"model": "fast", "messages": [{"role": "user", "content": "hi"}]},
    "/api/chat": {"model": "fast", "stream": False, "messages": [{"role": "user", "content": "hi"}]},
}


async def test_a_circle_of_two_gateways_is_cut_and_named_in_every_dialect(tmp_path: Path) -> None:
    async with running(tmp_path / "a") as first, running(tmp_path / "b") as second:
        there = first.add_provider("there", "openai-compatible", f"{second.base_url}/v1", second.key)
        first.add_model("fast", there, "again")
        back_url = first.base_url.replace("127.0.0.1", "localhost") + "/v1"
        back = second.add_provider("back", "anthropic-compatible", back_url, first.key)
        second.add_model("again", back, "fast")
        for alias, rig in (("fast", first), ("again", second)):
            rig.route(alias, retries=0)
        async with await Raw.open(first.base_url) as client:
            for path, body in BODIES.items():
                got = await client.ask(chat(first.key, path=path, body=json.dumps(body).encode()))
                assert got.status == 508, (path, got.body)
                assert b"there/again" in got.body
                assert b"another gateway" in got.body
        rows = await second.logged(len(BODIES))
        assert {row.status for row in rows} == {508}, "asked once each: nobody tries a circle again"


@pytest.mark.parametrize("kind", ["openai-compatible", "anthropic-compatible"])
async def test_a_second_gateway_that_leads_elsewhere_is_no_circle(tmp_path: Path, kind: str) -> None:
    async with Upstream() as upstream, running(tmp_path / "a") as first, running(tmp_path / "b") as second:
        end = second.add_provider("end", "openai-compatible", upstream.url)
        second.add_model("again", end, "real")
        there = first.add_provider("there", kind, f"{second.base_url}/v1", second.key)
        first.add_model("fast", there, "again")
        async with await Raw.open(first.base_url) as client:
            got = await client.ask(chat(first.key, "fast"))
        assert got.status == 200
        marks = (upstream.received[0].header("x-conduit-gateway") or "").split(",")
        assert len(marks) == 2, "the second hands on what the first said"
