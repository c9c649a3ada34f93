"""Ollama's embeddings: ``/api/embed`` (https://docs.ollama.com/api/embed) and the older ``/api/embeddings``."""

from __future__ import annotations

from typing import cast

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.lowering import own
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.messages import Part
from conduit_desktop.wire.node import Node, invalid, missing
from conduit_desktop.wire.operations.embed_openai import refuse_types, words
from conduit_desktop.wire.operations.embedding import Embed, Embedded, Embedding, Input, vector
from conduit_desktop.wire.usage import Usage

NAME = "ollama"


def decode_request(body: Json, model: str | None = None, path: str = "") -> Embed:
    """The request that ``body`` is; ``prompt`` marks the older one. Raises BadRequest naming the field."""
    node = Node(body)
    single = node.has("prompt") and not node.has("input")
    if not single and not node.has("input"):
        raise missing("input")
    request = Embed(
        model=model or node.need_text("model"),
        inputs=[node.text("prompt")] if single else list(node.texts("input")),
        single=single,
        dimensions=node.whole("dimensions"),
        truncate={None: "", True: "end", False: "none"}[node.flag("truncate")],  # type: ignore[arg-type]
    )
    node.get("model")
    rest = {name: value for name, value in node.rest().items() if value != {}}
    if rest:
        request.extras[NAME] = rest
    return request


def encode_request(request: Embed) -> Encoded:
    """The body for ``/api/embed``."""
    refuse_types(request)
    dropped = foreign_extras(request.extras, NAME)
    dropped += [name for name in ("user", "title") if getattr(request, name)]
    dropped += ["input_type"] if request.purpose else []
    dropped += ["truncate"] if request.truncate == "start" else []
    body: Json = {"model": request.model, "input": [_words(each, at) for at, each in enumerate(request.inputs)]}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    if request.truncate:
        body["truncate"] = request.truncate != "none"
    return Encoded(body | own(request.extras, NAME), dropped)


def _words(value: Input, at: int) -> str:
    if isinstance(value, str):
        return value
    if value and isinstance(value[0], int):
        raise unsayable(f"input[{at}]", "Ollama takes no tokens of another's vocabulary")
    return words(cast("list[Part]", value), at)


def decode_response(body: Json) -> Embedded:
    """The answer of either address. Raises BadRequest where it is none."""
    node = Node(body)
    found = [body["embedding"]] if node.has("embedding") else node.get("embeddings")
    if not isinstance(found, list):
        raise invalid("embeddings", "is missing")
    told = node.get("prompt_eval_count")
    return Embedded(
        model=node.text("model"),
        vectors=[vector(each, f"embeddings[{at}]") for at, each in enumerate(found)],
        usage=None if told is None else Usage(input=count(told)),
    )


def encode_response(response: Embedded, request: Embed) -> Json:
    """The body for a client."""
    if request.single:
        return {"embedding": response.vectors[0] if response.vectors else []}
    return {
        "model": response.model or request.model,
        "embeddings": response.vectors,
        "total_duration": 0,
        "load_duration": 0,
        "prompt_eval_count": response.usage.input if response.usage else 0,
    }


OLLAMA = Embedding(decode_request, encode_request, decode_response, encode_response)
