"""Reranking in both shapes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from cohere.core.unchecked_base_model import construct_type
from cohere.v2.types import V2RerankResponse
from hypothesis import given

from conduit_desktop.errors import BadRequest
from conduit_desktop.wire.operations.reranking import RERANKING, Place, Reranked
from conduit_desktop.wire.usage import Usage
from tests.unit.wire.dialects import canonical as c
from tests.unit.wire.dialects.recorded import cases, misfits

COHERE, PLAIN = RERANKING["cohere"], RERANKING["openai-chat"]
BODY = {"model": "m", "query": "q", "documents": ["a", {"text": "b", "n": 1}, {"n": 2}], "top_n": 2}


def test_a_request_in_both_shapes() -> None:
    request = PLAIN.decode_request(BODY | {"return_documents": True, "max_tokens_per_doc": 9})
    words = {"model": "m", "query": "q", "documents": ["a", "b", '{"n":2}'], "top_n": 2}
    assert COHERE.encode_request(request).body == words | {"max_tokens_per_doc": 9}
    plain = PLAIN.encode_request(request)
    assert (plain.body, plain.dropped) == (words, ["max_tokens_per_doc"])


def test_an_answer_in_both_shapes() -> None:
    answer = Reranked(id="x", places=[Place(index=1, score=0.5), Place(index=0, score=0.25)], usage=Usage(input=9))
    request = COHERE.decode_request(BODY)
    body = COHERE.encode_response(answer, request)
    read: Any = construct_type(type_=V2RerankResponse, object_=body)
    assert [(each.index, each.relevance_score) for each in read.results] == [(1, 0.5), (0, 0.25)]
    assert read.meta.billed_units.search_units == 1
    assert "document" not in body["results"][0]
    plain = PLAIN.encode_response(answer, request)
    assert plain["results"][0] == {"index": 1, "relevance_score": 0.5, "document": {"text": "b", "n": 1}}
    assert plain["results"][1]["document"] == {"text": "a"}
    assert plain["usage"] == {"prompt_tokens": 9, "total_tokens": 9}
    unwanted = PLAIN.encode_response(answer, PLAIN.decode_request(BODY | {"return_documents": False}))
    assert "document" not in unwanted["results"][0]
    assert PLAIN.decode_response(plain).places == COHERE.decode_response(body).places == answer.places


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"query": "q", "documents": ["a"]}, "model"),
        ({"model": "m", "query": "q"}, "documents"),
        ({"model": "m", "query": "q", "documents": [1]}, "documents[0]"),
        ({"model": "m", "documents": ["a"]}, "query"),
    ],
)
def test_what_does_not_fit_is_named(body: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        COHERE.decode_request(body)
    assert caught.value.param == field


@c.quick
@given(c.objects)
def test_broken_bodies_are_bad_requests(body: dict[str, Any]) -> None:
    for each in [body, *({"model": "m", "query": "q", "documents": v, "results": v, "meta": v} for v in body.values())]:
        with suppress(BadRequest):
            COHERE.decode_request(each)
        with suppress(BadRequest):
            PLAIN.decode_response(each)


@pytest.mark.wire
@pytest.mark.parametrize(
    "folder", ["cohere/v1.rerank", "cohere/v2.rerank", "openrouter/rerank", "llamacpp/rerank", "voyage/rerank"]
)
def test_recordings(folder: str) -> None:
    row = COHERE if folder.startswith("cohere") else PLAIN
    for case in cases(folder):
        request = row.decode_request(case["request"]["body"])
        written = row.encode_request(request)
        if folder == "cohere/v2.rerank":
            assert misfits("cohere", "v2.rerank", written.body) == []
        recorded = case["response"]["body"]
        if case["response"]["status"] != 200:
            continue
        answer = row.decode_response(recorded)
        rows = recorded.get("results") or recorded["data"]
        assert [(each.index, each.score) for each in answer.places] == [
            (r["index"], r["relevance_score"]) for r in rows
        ]
        again = row.encode_response(answer, request)
        if folder == "cohere/v2.rerank":
            assert again == recorded
        if folder == "openrouter/rerank":
            assert again["results"] == recorded["results"]
