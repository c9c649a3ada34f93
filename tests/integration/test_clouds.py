"""Claude Code's own dialect to Claude at Bedrock and Vertex AI, and other dialects to Bedrock, through a whole gateway:
what the cloud's side gets of body and credentials, and what the real SDKs make of the answers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.fakes.replay import Replay
from tests.fakes.rig import Rig, running
from tests.matrix.cases import Case, load
from tests.matrix.extract import expected

pytestmark = pytest.mark.wire
AWS = "AKIDEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BETAS = "claude-code-20250219,context-1m-2025-08-07"


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay() as server:
        yield server


@pytest.fixture
async def token_uri() -> AsyncIterator[str]:
    async def tell(request: web.Request) -> web.Response:
        assert "assertion" in await request.post()
        return web.json_response({"access_token": "ya29.of-the-test", "expires_in": 3600})

    app = web.Application()
    app.router.add_post("/token", tell)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    await runner.cleanup()


def claude(provider: str) -> list[Case]:
    """Good recordings of Anthropic's dialect at a cloud."""
    return [each for each in load() if (each.provider, each.dialect, each.status) == (provider, "messages", 200)]


async def _asked(rig: Rig, case: Case, model: str) -> tuple[str, str]:
    """Text and stop reason, as Anthropic's SDK reads them."""
    own = ("model", "stream", "max_tokens", "messages", "anthropic_version", "anthropic_beta")
    rest = {name: value for name, value in case.request.items() if name not in own}
    members: Any = {"model": model, "max_tokens": case.request["max_tokens"], "messages": case.request["messages"]}
    members |= {"extra_body": rest, "extra_headers": {"anthropic-beta": BETAS}}
    async with anthropic.AsyncAnthropic(base_url=rig.base_url, api_key=rig.key, max_retries=0) as client:
        if case.stream:
            async with client.messages.stream(**members) as stream:
                found = await stream.get_final_message()
        else:
            found = await client.messages.create(**members)
    words = "".join(block.text for block in found.content if block.type == "text")
    return words, found.stop_reason or ""


async def test_claude_at_bedrock(replay: Replay, tmp_path: Path) -> None:
    recordings = claude("bedrock")
    assert len(recordings) >= 15
    async with running(tmp_path) as rig:
        rig.add_provider("aws", "bedrock", f"{replay.url}/bedrock", AWS)
        for case in recordings:
            replay.next(case.name, 2)
            words, _ = await _asked(rig, case, f"aws/{case.model}")
            assert words == expected(case).text, case.name
            (got,) = replay.received()
            assert got["headers"]["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
            assert "x-api-key" not in got["headers"]
            sent = got["body"]
            assert "model" not in sent
            assert "stream" not in sent
            assert sent["anthropic_version"] == "bedrock-2023-05-31"
            assert sent["anthropic_beta"] == ["context-1m-2025-08-07"]
            assert sent["messages"] == case.request["messages"]


async def test_claude_at_vertex_by_a_key_file(replay: Replay, tmp_path: Path, token_uri: str) -> None:
    private = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = {"type": "service_account", "client_email": "a@b.c", "private_key": private.decode(), "token_uri": token_uri}
    recordings = claude("vertex")
    assert len(recordings) >= 6
    async with running(tmp_path) as rig:
        base = f"{replay.url}/vertex/v1/projects/wire-project/locations/us-east5"
        rig.add_provider("cloud", "vertex", base, json.dumps(file))
        for case in recordings:
            replay.next(case.name, 2)
            words, _ = await _asked(rig, case, f"cloud/{case.model}")
            assert words == expected(case).text, case.name
            (got,) = replay.received()
            assert got["headers"]["authorization"] == "Bearer ya29.of-the-test"
            assert got["body"]["anthropic_version"] == "vertex-2023-10-16"
            assert got["body"].get("stream", False) == case.stream
            assert "model" not in got["body"]


async def test_openai_to_converse(replay: Replay, tmp_path: Path) -> None:
    names = ("ddtrace-bedrock-bedrock-converse-stream-0-79df19", "otel-test-converse-tool-call-with-content-0-3c6273")
    async with running(tmp_path) as rig:
        rig.add_provider("aws", "bedrock", f"{replay.url}/bedrock", "ABSKexample")
        async with openai.AsyncOpenAI(base_url=f"{rig.base_url}/v1", api_key=rig.key, max_retries=0) as client:
            for name in names:
                replay.next(name, 2)
                async with client.chat.completions.stream(
                    model="aws/us.amazon.nova-micro-v1:0", messages=[{"role": "user", "content": "Hi"}]
                ) as stream:
                    found = (await stream.get_final_completion()).choices[0]
                assert found.finish_reason == "tool_calls"
                assert found.message.tool_calls
                assert all(json.loads(call.function.arguments) for call in found.message.tool_calls)
                (got,) = replay.received()
                assert got["headers"]["authorization"] == "Bearer ABSKexample"
                assert got["body"] == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}
