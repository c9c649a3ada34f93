"""Lists of models: given in each dialect's shape, read from each provider's."""

from __future__ import annotations

from typing import Any

import ollama._types
import pytest
from anthropic.types import ModelInfo
from google.genai import types as genai
from hypothesis import given
from openai.types import Model

from conduit_desktop.wire.operations.listing import decode_list, next_page
from conduit_desktop.wire.operations.models import Card, encode_card, encode_list
from tests.unit.wire.dialects import canonical as c
from tests.unit.wire.dialects.recorded import cases

CARDS = [Card(id="a/b:c", created=1_700_000_000, owner="me", title="A B", input_limit=9), Card(id="d")]


def test_lists_in_the_sdks_eyes() -> None:
    openai = encode_list("openai-chat", CARDS)
    assert [Model.model_validate(each).id for each in openai["data"]] == ["a/b:c", "d"]
    anthropic = encode_list("anthropic-messages", CARDS)
    assert ModelInfo.model_validate(anthropic["data"][0]).display_name == "A B"
    assert (anthropic["first_id"], anthropic["last_id"], anthropic["has_more"]) == ("a/b:c", "d", False)
    gemini = encode_list("gemini", CARDS)["models"]
    assert gemini[0]["inputTokenLimit"] == 9
    assert genai.Model.model_validate({"name": gemini[0]["name"]}).name == "models/a/b:c"
    tags = ollama._types.ListResponse.model_validate(encode_list("ollama", CARDS))
    assert [each.model for each in tags.models] == ["a/b:c", "d"]
    shown = ollama._types.ShowResponse.model_validate(encode_card("ollama", CARDS[0]))
    assert shown.modelinfo is not None
    assert shown.modelinfo["conduit.context_length"] == 9
    assert encode_card("cohere", CARDS[0])["context_length"] == 9


@pytest.mark.parametrize("dialect", ["openai-chat", "anthropic-messages", "gemini", "cohere", "ollama"])
def test_what_is_given_can_be_read(dialect: str) -> None:
    assert [card.id for card in decode_list(encode_list(dialect, CARDS))] == ["a/b:c", "d"]


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        ({"models": [{"name": "models/gemini-x"}, {"name": "models/y"}]}, ["gemini-x", "y"]),
        ({"publisherModels": [{"name": "publishers/google/models/z"}]}, ["z"]),
        ({"modelSummaries": [{"modelId": "a.b-v1:0", "modelName": "B", "providerName": "A"}]}, ["a.b-v1:0"]),
        ({"inferenceProfileSummaries": [{"inferenceProfileId": "us.a"}]}, ["us.a"]),
        ({"models": [{"name": "command-a", "endpoints": ["chat"]}]}, ["command-a"]),
        ([{"id": "bare"}, {"id": "bare"}, {"id": 3}, "x"], ["bare"]),
        ({"data": [{"id": "x"}], "models": [{"name": "y"}]}, ["x"]),
        ({"data": None}, []),
        ("nonsense", []),
    ],
)
def test_shapes(body: Any, ids: list[str]) -> None:
    assert [card.id for card in decode_list(body)] == ids


def test_what_is_told_of_a_model() -> None:
    rows = [
        {"id": "a", "created_at": "2026-07-24T00:00:00Z", "display_name": "A", "max_input_tokens": 5},
        {"id": "b", "created": 7, "owned_by": "me", "name": "B", "top_provider": {"context_length": 6}},
        {"id": "c", "created": 0, "name": "c", "meta": {"n_ctx": 4096}},
        {"modelId": "d", "modelName": "D", "providerName": "P"},
    ]
    assert decode_list({"data": rows}) == [
        Card(id="a", created=1_784_851_200, title="A", input_limit=5),
        Card(id="b", created=7, owner="me", title="B", input_limit=6),
        Card(id="c", input_limit=4096),
        Card(id="d", owner="P", title="D"),
    ]


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"has_more": True, "last_id": "x"}, ("after_id", "x")),
        ({"has_more": False, "last_id": "x"}, None),
        ({"nextPageToken": "t"}, ("pageToken", "t")),
        ({"next_page_token": "t"}, ("page_token", "t")),
        ({"nextToken": "t"}, ("nextToken", "t")),
        ({"nextPageToken": ""}, None),
        ([], None),
    ],
)
def test_pages(body: Any, page: Any) -> None:
    assert next_page(body) == page


@c.quick
@given(c.json_values)
def test_nothing_raises(body: Any) -> None:
    for each in (body, {"data": body}, {"models": [body, {"id": "x", "created": body, "meta": body, "name": body}]}):
        decode_list(each)
        next_page(each)


@pytest.mark.wire
@pytest.mark.parametrize(
    "folder",
    [
        "anthropic/models",
        "bedrock-mantle/models",
        "cerebras/models",
        "deepseek/models",
        "gemini/models",
        "huggingface/models",
        "llamacpp/models",
        "mistral/models",
        "openrouter/models",
        "perplexity/models",
        "ollama/api.tags",
    ],
)
def test_recordings(folder: str) -> None:
    for case in cases(folder):
        if case["response"]["status"] != 200 or "/operations/" in case["request"]["path"]:
            continue
        body = case["response"]["body"]
        rows = body.get("data") or body["models"]
        names = [row.get("id") or row["name"].removeprefix("models/") for row in rows]
        assert [card.id for card in decode_list(body)] == list(dict.fromkeys(names))
