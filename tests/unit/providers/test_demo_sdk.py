"""OpenAI's own SDK types accept what the demo model says."""

from __future__ import annotations

from typing import Any

import pytest
from openai.types import CreateEmbeddingResponse, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from conduit_desktop.providers import demo, demo_model

TOOL = {
    "type": "function",
    "function": {"name": "get_time", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"n": 2, "max_tokens": 5},
        {"tools": [TOOL], "tool_choice": "required"},
        {"stream_options": {"include_usage": True}},
        {"response_format": {"type": "json_object"}},
    ],
)
def test_chat(more: dict[str, Any]) -> None:
    body = {"model": demo.CHAT_MODEL, "messages": [{"role": "user", "content": "hello"}], **more}
    ChatCompletion.model_validate(demo_model.complete(body, id="x", created=1), strict=True)
    for _, chunk in demo_model.stream(body, id="x", created=1):
        ChatCompletionChunk.model_validate(chunk, strict=True)


def test_embeddings_and_models() -> None:
    body = {"model": demo.EMBEDDING_MODEL, "input": ["hello"]}
    CreateEmbeddingResponse.model_validate(demo_model.embed(body), strict=True)
    for each in demo_model.model_list()["data"]:
        Model.model_validate(each, strict=True)
