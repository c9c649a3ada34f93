"""Every recorded OpenAI, OpenRouter and Fireworks exchange, asked for with the real SDK through the gateway: what the
client gets and what the provider gets equal the recording but for model and credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from tests.fakes.replay import Replay, cases
from tests.fakes.rig import Rig, running

pytestmark = pytest.mark.wire

MOUNTS = {"openai": "openai/v1", "openrouter": "openrouter/api/v1", "fireworks": "fireworks/inference/v1"}
SECRET = "sk-upstream-0123456789abcdef"
LEAST = {"openai": 166, "openrouter": 160, "fireworks": 7}
"""How many recordings there are; fewer would mean that the test does not see them."""


@pytest.fixture(scope="module")
def replay() -> Iterator[Replay]:
    with Replay() as server:
        yield server


@pytest.mark.parametrize("provider", MOUNTS)
async def test_recordings_come_through_unchanged(provider: str, replay: Replay, tmp_path: Path) -> None:
    tried, missed = 0, []
    async with running(tmp_path) as rig:
        account = rig.add_provider(provider, provider, f"{replay.url}/{MOUNTS[provider]}", SECRET)
        recordings = cases(provider, "chat.completions", "embeddings")
        rig.add_prices(account, [str(case["model"]) for case in recordings if case["model"]])
        async with openai.AsyncOpenAI(base_url=f"{rig.base_url}/v1", api_key=rig.key, max_retries=0) as client:
            for case in recordings:
                tried += 1
                problem = await _play(client, rig, replay, provider, case)
                if problem:
                    missed.append(f"{case['name']}: {problem}")
    print(f"{provider}: {tried - len(missed)} of {tried}")
    assert not missed, f"{tried - len(missed)} of {tried}\n" + "\n".join(missed)
    assert tried >= LEAST[provider]


async def _play(client: openai.AsyncOpenAI, rig: Rig, replay: Replay, provider: str, case: dict[str, Any]) -> str:
    """What differs from the recording; empty when nothing does."""
    recorded = case["request"].get("body") or {
        "model": case["model"] or "any",
        "messages": [],
        "stream": case["stream"],
    }
    # A recorded refusal of a request without a model: ours must name one, or the gateway refuses it by itself.
    asked = {**recorded, "model": f"{provider}/{recorded.get('model', 'unnamed')}"}
    replay.next(case["name"], 5)
    status, body = await _ask(client, case["endpoint"], asked)
    got = replay.received()
    response = case["response"]
    expected = response["status"]
    if expected == 200 and _is_error(response.get("body")):
        expected = status if status >= 400 else 400  # an error under a good status has the one that it means
    if status != expected:
        return f"status {status}, recorded {response['status']}: {body[:300]!r}"
    if "body_text" in response:
        if body != response["body_text"].encode("utf-8", "surrogatepass"):
            return f"the stream differs ({len(body)} bytes, recorded {len(response['body_text'])})"
    elif json.loads(body) != response["body"]:
        return "the body differs"
    sent = dict(got[0]["body"])
    if not (recorded.get("stream_options") or {}).get("include_usage"):
        # The gateway asks for usage by itself, and hides it again from a client that did not.
        sent.pop("stream_options", None)
        recorded = {name: value for name, value in recorded.items() if name != "stream_options"}
    if "model" not in recorded:
        sent.pop("model")
    if case["request"].get("recorded", True) and sent != recorded:
        return f"the provider got something else: {wirediff(recorded, sent)} ({len(got)} calls)"
    if got[0]["headers"].get("authorization") != f"Bearer {SECRET}" or rig.key in json.dumps(got[0]["headers"]):
        return "the credentials are not the provider's"
    return ""


def _is_error(body: Any) -> bool:
    return isinstance(body, dict) and bool(body.get("error")) and not body.get("choices") and "status" not in body


def wirediff(recorded: dict[str, Any], sent: dict[str, Any]) -> list[str]:
    """The fields that differ."""
    return [
        f"{name}: recorded {recorded.get(name)!r:.300}, got {sent.get(name)!r:.300}"
        for name in sorted({*recorded, *sent})
        if recorded.get(name) != sent.get(name)
    ]


async def _ask(client: openai.AsyncOpenAI, endpoint: str, body: dict[str, Any]) -> tuple[int, bytes]:
    """Ask with the SDK; its own parser reads every answer, and the raw bytes are given back."""
    rest = {name: value for name, value in body.items() if name not in ("model", "messages", "input", "stream")}
    try:
        if endpoint == "embeddings":
            # Not embeddings.create: it adds encoding_format by itself, which not every recorded client did.
            raw = await client.post("/embeddings", body=body, cast_to=httpx.Response)
            if body.get("encoding_format") != "base64":
                openai.types.CreateEmbeddingResponse.model_validate_json(raw.content)
            return raw.status_code, raw.content
        if not body.get("stream"):
            whole = await client.chat.completions.with_raw_response.create(
                model=body["model"],
                messages=body["messages"],
                extra_body={**rest, **({"stream": body["stream"]} if "stream" in body else {})},
            )
            whole.parse()
            return whole.status_code, whole.content
        async with client.chat.completions.with_streaming_response.create(
            model=body["model"], messages=body["messages"], stream=True, extra_body=rest
        ) as streamed:
            return streamed.status_code, b"".join([piece async for piece in streamed.iter_bytes()])
    except openai.APIStatusError as error:
        return error.status_code, error.response.content
