"""Reranking: documents ordered by how well they answer a query, in two shapes.

Cohere's (https://docs.cohere.com/reference/rerank), and the one of Jina, OpenRouter, llama.cpp, vLLM and Voyage, which
is served beside OpenAI's API. They differ in where usage stands and in whether documents come back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec import convert

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras
from conduit_desktop.wire.dialects.lowering import own
from conduit_desktop.wire.dialects.openai_usage import RawUsage, read_usage
from conduit_desktop.wire.dialects.reading import count, json_text
from conduit_desktop.wire.node import Node, invalid, misfit
from conduit_desktop.wire.usage import Usage


class Rerank(msgspec.Struct, kw_only=True):
    """What a client asks for. ``documents`` are words, or objects as the client wrote them. ``back``: the documents are
    to come back with their places; None where the client did not say. ``most`` is how many places it wants, ``limit``
    how many tokens of a document count."""

    model: str = ""
    query: str = ""
    documents: list[Any] = msgspec.field(default_factory=list)
    most: int | None = None
    back: bool | None = None
    limit: int | None = None
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Place(msgspec.Struct, kw_only=True):
    """One document's place: ``index`` in the request, ``score`` from 0 to 1 where the provider keeps to that."""

    index: int
    score: float


class Reranked(msgspec.Struct, kw_only=True):
    """The places, best first. ``units`` are search units, which Cohere bills."""

    id: str = ""
    model: str = ""
    places: list[Place] = msgspec.field(default_factory=list)
    usage: Usage | None = None
    units: int | None = None


@dataclass(frozen=True, slots=True)
class Reranking:
    """One shape. ``decode_request`` and ``encode_request`` raise BadRequest naming the field."""

    decode_request: Callable[[Json], Rerank]
    encode_request: Callable[[Rerank], Encoded]
    decode_response: Callable[[Json], Reranked]
    encode_response: Callable[[Reranked, Rerank], Json]


def _decode_request(body: Json, name: str) -> Rerank:
    node = Node(body)
    documents = node.array("documents", "texts")
    if not documents:
        raise invalid("documents", "must not be empty")
    for at, each in enumerate(documents):
        if not isinstance(each, str | dict):
            raise misfit(f"documents[{at}]", "a string or an object", each)
    request = Rerank(
        model=node.need_text("model"),
        query=node.need_text("query"),
        documents=documents,
        most=node.whole("top_n", "top_k"),
        back=node.flag("return_documents"),
        limit=node.whole("max_tokens_per_doc"),
    )
    if rest := node.rest():
        request.extras[name] = rest
    return request


def words(document: Any) -> str:
    """A document's words: those under ``text``, else all of it."""
    if isinstance(document, str):
        return document
    text = document.get("text")
    return text if isinstance(text, str) else json_text(document)


def _encode_request(request: Rerank, name: str) -> Encoded:
    body: Json = {"model": request.model, "query": request.query, "documents": [words(e) for e in request.documents]}
    dropped = foreign_extras(request.extras, name)
    if request.most is not None:
        body["top_n"] = request.most
    if request.limit is not None:
        if name == "cohere":
            body["max_tokens_per_doc"] = request.limit
        else:
            dropped.append("max_tokens_per_doc")
    return Encoded(body | own(request.extras, name), dropped)


def decode_response(body: Json) -> Reranked:
    """The answer that ``body`` is, in either shape. Raises BadRequest where it is none."""
    node = Node(body)
    places = []
    for each in node.nodes("results", "data"):
        index, score = each.whole("index"), each.number("relevance_score", "score")
        if index is None or score is None:
            raise invalid(each.path, "is no place")
        places.append(Place(index=index, score=score))
    if not node.has("results") and not node.has("data"):
        raise invalid("results", "is missing")
    billed = (node.table("meta") or {}).get("billed_units")
    billed = billed if isinstance(billed, dict) else {}
    told = node.table("usage")
    units = count(billed["search_units"]) if "search_units" in billed else None
    return Reranked(
        id=node.text("id"),
        model=node.text("model"),
        places=sorted(places, key=lambda place: -place.score),
        usage=_usage(told, units),
        units=units,
    )


def _usage(told: Json | None, units: int | None) -> Usage | None:
    """Tokens, in the shape of OpenAI's usage, or search units."""
    if told is not None:
        return read_usage(convert(told, RawUsage))
    return None if units is None else Usage(searches=units)


def _place(place: Place, request: Rerank, unless: bool) -> Json:
    """A place, with its document where the client wants it (``unless``: where it did not say)."""
    row: Json = {"index": place.index, "relevance_score": place.score}
    if (unless if request.back is None else request.back) and place.index < len(request.documents):
        document = request.documents[place.index]
        row["document"] = {"text": document} if isinstance(document, str) else document
    return row


def _encode_cohere(response: Reranked, request: Rerank) -> Json:
    meta: Json = {"api_version": {"version": "2"}}
    meta["billed_units"] = {"search_units": 1 if response.units is None else response.units}
    if response.usage is not None and response.units is None:
        meta["tokens"] = {"input_tokens": response.usage.input}
    return {"id": response.id, "results": [_place(each, request, False) for each in response.places], "meta": meta}


def _encode_plain(response: Reranked, request: Rerank) -> Json:
    tokens = response.usage.input if response.usage else 0
    return {
        "id": response.id,
        "object": "list",
        "model": response.model or request.model,
        "results": [_place(each, request, True) for each in response.places],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


RERANKING: dict[str, Reranking] = {
    "cohere": Reranking(
        lambda body: _decode_request(body, "cohere"),
        lambda request: _encode_request(request, "cohere"),
        decode_response,
        _encode_cohere,
    ),
    "openai-chat": Reranking(
        lambda body: _decode_request(body, "openai-chat"),
        lambda request: _encode_request(request, "openai-chat"),
        decode_response,
        _encode_plain,
    ),
}
