"""No member of a request that a provider took in a recording is dropped when we write the request anew for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conduit_desktop.providers import spec
from conduit_desktop.wire.dialects import dialect

CORPUS = Path(__file__).parents[4] / "shared" / "wire" / "corpus"
KINDS = {"azure": "azure-openai", "llamacpp": "llama.cpp"}
DIALECTS = {
    "chat.completions": "openai-chat",
    "completions": "completions",
    "responses": "openai-responses",
    "messages": "anthropic-messages",
    "generateContent": "gemini",
    "streamGenerateContent": "gemini",
    "v2.chat": "cohere",
    "converse": "bedrock-converse",
    "converse-stream": "bedrock-converse",
    "api.chat": "ollama",
}
ARGUED = {
    # Whether answers are kept is OpenAI's own wish in its chat, and only there is it dropped for others.
    ("openai-responses", "store"),
    # 1, which is what these models do anyway, is the only temperature that they take.
    ("openai-chat", "temperature"),
    # Gemini 2.0 takes a budget and does not think.
    ("gemini", "reasoning"),
}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the recordings are not here")
@pytest.mark.parametrize("provider", sorted(path.name for path in CORPUS.glob("*")) if CORPUS.is_dir() else [])
def test_what_was_taken_is_not_dropped(provider: str) -> None:
    if provider == "voyage":
        pytest.skip("it has no chat")
    row, missed = spec(KINDS.get(provider, provider)), []
    for path in CORPUS.glob(f"{provider}/*/*.json"):
        case = json.loads(path.read_text(encoding="utf-8"))
        name, body = DIALECTS.get(case["endpoint"]), case["request"].get("body")
        if name is None or not isinstance(body, dict) or case["response"]["status"] >= 300:
            continue
        model = case.get("model") or body.get("model") or ""
        request = dialect(name).decode_request(body, model, bool(case.get("stream")))
        wish = request.reasoning
        thinks = None if wish is None else wish.enabled is not False and wish.effort != "none"
        written = dialect(name).encode_request(request, row.traits_of(model, thinking=thinks))
        missed += [f"{case['name']}: {each}" for each in written.dropped if (name, each) not in ARGUED]
    assert not missed, "\n".join(missed)
