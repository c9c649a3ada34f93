"""Embeddings between all dialects, by hand, by property and from the recordings."""

from __future__ import annotations

import base64
import struct
from contextlib import suppress
from typing import Any

import cohere.types
import ollama._types
import pytest
from cohere.core.unchecked_base_model import construct_type
from google.genai import types as genai
from hypothesis import given
from hypothesis import strategies as st
from openai.types import CreateEmbeddingResponse

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.messages import Media, Text
from conduit_desktop.wire.operations.embedding import Embed, Embedded, packed, unpacked
from conduit_desktop.wire.operations.embeddings import EMBEDDINGS
from conduit_desktop.wire.usage import Usage
from tests.unit.wire.dialects import canonical as c
from tests.unit.wire.dialects.recorded import cases, misfits

OPENAI, GEMINI, VERTEX = EMBEDDINGS["openai-chat"], EMBEDDINGS["gemini"], EMBEDDINGS["vertex"]
COHERE, OLLAMA = EMBEDDINGS["cohere"], EMBEDDINGS["ollama"]
IMAGE = Media(kind="image", media_type="image/png", data="iVBORw0KGgo=")


def test_a_request_of_openais_in_every_dialect() -> None:
    request = OPENAI.decode_request(
        {"model": "m", "input": ["a", "b"], "dimensions": 3, "encoding_format": "base64", "user": "u"}, None, ""
    )
    assert OPENAI.encode_request(request).body == {"model": "m", "input": ["a", "b"], "dimensions": 3, "user": "u"}
    gemini = GEMINI.encode_request(request)
    assert gemini.body == {
        "requests": [
            {"model": "models/m", "content": {"parts": [{"text": text}]}, "outputDimensionality": 3} for text in "ab"
        ]
    }
    assert gemini.dropped == ["user"]
    assert VERTEX.encode_request(request).body == {
        "instances": [{"content": "a"}, {"content": "b"}],
        "parameters": {"outputDimensionality": 3},
    }
    assert COHERE.encode_request(request).body == {
        "model": "m",
        "input_type": "search_document",
        "embedding_types": ["float"],
        "texts": ["a", "b"],
        "output_dimension": 3,
    }
    assert OLLAMA.encode_request(request).body == {"model": "m", "input": ["a", "b"], "dimensions": 3}


def test_purposes_are_told_where_they_can_be() -> None:
    body = {"requests": [{"model": "models/m", "content": {"parts": [{"text": "x"}]}, "taskType": "RETRIEVAL_QUERY"}]}
    request = GEMINI.decode_request(body, None, "")
    assert (request.model, request.purpose, request.single) == ("m", "query", False)
    assert COHERE.encode_request(request).body["input_type"] == "search_query"
    assert GEMINI.encode_request(request).body == body
    assert OPENAI.encode_request(request).dropped == ["input_type"]
    assert VERTEX.encode_request(request).body == {"instances": [{"content": "x", "task_type": "RETRIEVAL_QUERY"}]}


def test_tokens_are_for_openais_dialect_only() -> None:
    for tokens, inputs in (([1, 2], [[1, 2]]), ([[1], [2, 3]], [[1], [2, 3]])):
        request = OPENAI.decode_request({"model": "m", "input": tokens}, None, "")
        assert request.inputs == inputs
        assert OPENAI.encode_request(request).body["input"] == inputs
        for other in (GEMINI, VERTEX, COHERE, OLLAMA):
            with pytest.raises(BadRequest) as caught:
                other.encode_request(request)
            assert caught.value.param == "input[0]"


def test_images() -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    only = COHERE.decode_request({"model": "m", "input_type": "image", "images": [url]}, None, "")
    assert only.inputs == [[IMAGE]]
    assert COHERE.encode_request(only).body["images"] == [url]
    mixed = {"content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": url}}]}
    both = COHERE.decode_request({"model": "m", "input_type": "search_query", "inputs": [mixed]}, None, "")
    assert both.inputs == [[Text(text="x"), IMAGE]]
    assert COHERE.encode_request(both).body["inputs"] == [mixed]
    assert GEMINI.encode_request(both).body["requests"][0]["content"]["parts"] == [
        {"text": "x"},
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
    ]
    for other in (OPENAI, VERTEX, OLLAMA):
        with pytest.raises(BadRequest):
            other.encode_request(both)


def test_small_integers_cannot_be_made_of_numbers() -> None:
    request = COHERE.decode_request({"model": "m", "texts": ["x"], "embedding_types": ["int8"]}, None, "")
    assert COHERE.encode_request(request).body["embedding_types"] == ["int8"]
    for other in (OPENAI, GEMINI, VERTEX, OLLAMA):
        with pytest.raises(BadRequest) as caught:
            other.encode_request(request)
        assert caught.value.param == "embedding_types"


def test_answers_in_the_sdks_eyes() -> None:
    answer = Embedded(model="m", vectors=[[0.5, -2.0], [1.0, 0.0]], usage=Usage(input=7))
    openai = CreateEmbeddingResponse.model_validate(OPENAI.encode_response(answer, Embed(types=["float"])))
    assert ([each.embedding for each in openai.data], openai.usage.prompt_tokens) == (answer.vectors, 7)
    packed_ = OPENAI.encode_response(answer, Embed(types=["base64"]))["data"][0]["embedding"]
    assert base64.b64decode(packed_) == struct.pack("<2f", 0.5, -2.0)
    gemini = genai.EmbedContentResponse.model_validate(
        {name: value for name, value in GEMINI.encode_response(answer, Embed()).items() if name == "embeddings"}
    )
    assert gemini.embeddings is not None
    assert gemini.embeddings[1].values == [1.0, 0.0]
    assert GEMINI.encode_response(answer, Embed(single=True))["embedding"] == {"values": [0.5, -2.0]}
    predict = VERTEX.encode_response(answer, VERTEX.decode_request({"instances": [{"content": "x"}]}, "m", ""))
    assert [each["embeddings"]["statistics"]["token_count"] for each in predict["predictions"]] == [4, 3]
    body = COHERE.encode_response(answer, Embed(inputs=["x"], types=["float", "base64"]))
    typed: Any = construct_type(type_=cohere.types.EmbedByTypeResponse, object_=body)
    assert typed.embeddings.float_ == answer.vectors
    assert typed.embeddings.base64[0] == packed_
    assert typed.meta.billed_units.input_tokens == 7
    flat = COHERE.encode_response(answer, COHERE.decode_request({"model": "m", "texts": ["x"]}, None, "embed.v1"))
    assert (flat["embeddings"], flat["response_type"]) == (answer.vectors, "embeddings_floats")
    ollama_ = ollama._types.EmbedResponse.model_validate(OLLAMA.encode_response(answer, Embed()))
    assert (ollama_.embeddings, ollama_.prompt_eval_count) == (answer.vectors, 7)
    old = OLLAMA.decode_request({"model": "m", "prompt": "x"}, None, "")
    assert OLLAMA.encode_response(answer, old) == {"embedding": [0.5, -2.0]}


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("openai-chat", {"input": "x"}, "model"),
        ("openai-chat", {"model": "m"}, "input"),
        ("openai-chat", {"model": "m", "input": [1, "x"]}, "input[0]"),
        ("openai-chat", {"model": "m", "input": "x", "encoding_format": "hex"}, "encoding_format"),
        ("gemini", {"requests": []}, "requests"),
        ("gemini", {"model": "m", "content": {"parts": []}}, "content.parts"),
        ("cohere", {"model": "m", "texts": []}, "texts"),
        ("cohere", {"model": "m", "texts": ["x"], "truncate": "MIDDLE"}, "truncate"),
        ("ollama", {"model": "m"}, "input"),
    ],
)
def test_what_does_not_fit_is_named(name: str, body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        EMBEDDINGS[name].decode_request(body, None, "")
    assert caught.value.param == field


def test_every_item_of_a_batch_must_ask_for_the_same() -> None:
    one = {"model": "models/m", "content": {"parts": [{"text": "x"}]}}
    with pytest.raises(BadRequest) as caught:
        GEMINI.decode_request({"requests": [one, one | {"outputDimensionality": 3}]}, None, "")
    assert caught.value.param == "requests[1]"


@c.quick
@given(st.lists(st.floats(width=32, allow_nan=False), max_size=20))
def test_base64_and_numbers_are_the_same(vector: list[float]) -> None:
    assert unpacked(packed(vector), "") == vector


SAYS: dict[str, dict[str, Any]] = {
    "openai-chat": {"user": st.sampled_from(["", "u"])},
    "gemini": {
        "purpose": st.sampled_from(["", "query", "document", "similarity", "question", "facts", "code"]),
        "title": st.sampled_from(["", "T"]),
    },
    "cohere": {
        "purpose": st.sampled_from(["query", "document", "classification", "clustering"]),
        "truncate": st.sampled_from(["", "none", "start", "end"]),
    },
    "ollama": {"truncate": st.sampled_from(["", "none", "end"])},
}


@c.quick
@given(st.data(), st.sampled_from(sorted(SAYS)))
def test_what_is_written_is_read_as_it_was(data: st.DataObject, name: str) -> None:
    dimensions = st.none() | st.integers(1, 9)
    request = data.draw(
        st.builds(
            Embed, model=c.names, inputs=st.lists(c.words, min_size=1, max_size=3), dimensions=dimensions, **SAYS[name]
        )
    )
    written = EMBEDDINGS[name].encode_request(request)
    assert written.dropped == []
    assert EMBEDDINGS[name].decode_request(written.body, None, "") == request
    vectors = st.lists(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=3), min_size=1, max_size=3)
    answer = data.draw(st.builds(Embedded, vectors=vectors, usage=st.builds(Usage, input=st.integers(0, 99))))
    again = EMBEDDINGS[name].decode_response(EMBEDDINGS[name].encode_response(answer, request))
    assert (again.vectors, again.usage) == (answer.vectors, answer.usage)


@c.quick
@given(c.objects, st.sampled_from(sorted(EMBEDDINGS)))
def test_broken_bodies_are_bad_requests(body: dict[str, Any], name: str) -> None:
    members = ("input", "texts", "images", "inputs", "requests", "content", "instances", "prompt", "embeddings", "data")
    for each in [body, *({"model": "m", member: value} for member in members for value in body.values())]:
        with suppress(BadRequest):
            EMBEDDINGS[name].decode_request(each, None, "")
        with suppress(BadRequest):
            EMBEDDINGS[name].decode_response(each)


RECORDED = [
    (name, folder)
    for name, folders in {
        "openai-chat": "azure/embeddings mistral/embeddings openai/embeddings openrouter/embeddings voyage/embeddings",
        "gemini": "gemini/batchEmbedContents gemini/embedContent vertex/embedContent vertex/predict",
        "cohere": "cohere/v1.embed cohere/v2.embed",
        "ollama": "ollama/api.embed ollama/api.embeddings",
    }.items()
    for folder in folders.split()
]


@pytest.mark.wire
@pytest.mark.parametrize(("name", "folder"), RECORDED)
def test_recordings(name: str, folder: str) -> None:
    row = EMBEDDINGS[name]
    for case in cases(folder):
        body, recorded, path = case["request"]["body"], case["response"], case["request"]["path"]
        request = row.decode_request(body, "m" if "models/" in path else None, path)
        written = row.encode_request(request)
        if folder in ("openai/embeddings", "cohere/v2.embed", "gemini/batchEmbedContents"):
            assert misfits(*folder.split("/"), written.body) == [], case["name"]
        assert row.decode_request(written.body, "m" if "models/" in path else None, path).inputs == request.inputs
        if recorded["status"] != 200:
            continue
        answer = row.decode_response(recorded["body"])
        assert answer.usage is not None or name == "ollama"
        again = row.encode_response(answer, request)
        if "int8" not in request.types:
            assert len(answer.vectors) == len(request.inputs), case["name"]
        for member in ("data", "embedding", "embeddings", "predictions"):
            if member in recorded["body"] and "images" not in recorded["body"]:
                assert _plain(again[member]) == _plain(recorded["body"][member]), case["name"]


def _plain(value: Any) -> Any:
    """Without the order of members; whole numbers are numbers."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return {name: _plain(each) for name, each in value.items()} if isinstance(value, dict) else value
