"""OpenAI's embeddings (https://platform.openai.com/docs/api-reference/embeddings), which many servers speak."""

from __future__ import annotations

from typing import Any, cast

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.lowering import own
from conduit_desktop.wire.dialects.reading import count
from conduit_desktop.wire.messages import Part, Text
from conduit_desktop.wire.node import Node, invalid
from conduit_desktop.wire.operations.embedding import Embed, Embedded, Embedding, Input, Purpose, packed, vector
from conduit_desktop.wire.usage import Usage

NAME = "openai-chat"
_PURPOSES: dict[str, Purpose] = {"query": "query", "document": "document", "passage": "document"}
"""``input_type`` of Voyage's and NVIDIA's clients."""


def decode_request(body: Json, model: str | None = None, path: str = "") -> Embed:
    """The request that ``body`` is. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    form = node.text("encoding_format") or "float"
    if form not in ("float", "base64"):
        raise invalid("encoding_format", "must be float or base64")
    request = Embed(
        model=model or node.need_text("model"),
        inputs=_inputs(node.get("input")),
        dimensions=node.whole("dimensions", "output_dimension"),
        purpose=_PURPOSES.get(node.text("input_type"), ""),
        types=[form],
        truncate={None: "", True: "end", False: "none"}[node.flag("truncation")],  # type: ignore[arg-type]
        user=node.text("user"),
    )
    node.get("model")
    node.get("model")  # read, whichever way it came
    if rest := node.rest():
        request.extras[NAME] = rest
    return request


def _inputs(value: Any) -> list[Input]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list) or not value:
        raise invalid("input", "must be a string, or an array of strings or tokens")
    if _tokens(value):
        return [value]
    for at, each in enumerate(value):
        if not isinstance(each, str) and not _tokens(each):
            raise invalid(f"input[{at}]", "must be a string or an array of tokens")
    return list(value)


def _tokens(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(type(each) is int for each in value)


def encode_request(request: Embed) -> Encoded:
    """The body for a server. Vectors are asked for as numbers, and written for the client as it wants them."""
    dropped = foreign_extras(request.extras, NAME)
    inputs = [_input(each, at) for at, each in enumerate(request.inputs)]
    body: Json = {"model": request.model, "input": inputs}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    if request.user:
        body["user"] = request.user
    dropped += ["input_type"] if request.purpose else []
    dropped += ["title"] if request.title else []
    dropped += ["truncate"] if request.truncate in ("start", "end") else []
    refuse_types(request)
    return Encoded(body | own(request.extras, NAME), dropped)


def _input(value: Input, at: int) -> str | list[int]:
    if isinstance(value, str) or (value and isinstance(value[0], int)):
        return value
    return words(cast("list[Part]", value), at)


def words(parts: list[Part], at: int) -> str:
    """The words of an input that has nothing but words. Raises ``unsayable`` for media."""
    if not all(isinstance(part, Text) for part in parts):
        raise unsayable(f"input[{at}]", "the provider embeds words only")
    return "\n".join(part.text for part in parts if isinstance(part, Text))


def refuse_types(request: Embed) -> None:
    """Raise ``unsayable`` for vectors that are not made of floating numbers: they cannot be made of those."""
    for name in request.types:
        if name not in ("float", "base64"):
            raise unsayable("embedding_types", f"the provider gives no {name} vectors")


def decode_response(body: Json) -> Embedded:
    """The answer that ``body`` is. Raises BadRequest where it is none."""
    node = Node(body)
    found = node.get("data")
    if not isinstance(found, list):
        raise invalid("data", "is missing")
    rows = list(enumerate(node.nodes("data")))
    rows.sort(key=lambda row: at if (at := row[1].whole("index")) is not None else row[0])
    usage = node.table("usage")
    return Embedded(
        id=node.text("id"),
        model=node.text("model"),
        vectors=[vector(row.get("embedding"), row.at("embedding")) for _, row in rows],
        usage=None if usage is None else Usage(input=count(usage.get("prompt_tokens", usage.get("total_tokens")))),
    )


def encode_response(response: Embedded, request: Embed) -> Json:
    """The body for a client."""
    write = packed if "base64" in request.types else list
    data = [{"object": "embedding", "index": at, "embedding": write(each)} for at, each in enumerate(response.vectors)]
    tokens = response.usage.input if response.usage else 0
    return {
        "object": "list",
        "data": data,
        "model": response.model or request.model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


OPENAI = Embedding(decode_request, encode_request, decode_response, encode_response)
