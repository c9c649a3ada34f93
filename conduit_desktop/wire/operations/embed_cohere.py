"""Cohere's embeddings, version 2 (https://docs.cohere.com/reference/embed), and what clients of version 1 send."""

from __future__ import annotations

from typing import Any, cast

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.lowering import own
from conduit_desktop.wire.dialects.reading import count, data_url
from conduit_desktop.wire.messages import Media, Part, Text
from conduit_desktop.wire.node import Node, invalid
from conduit_desktop.wire.operations.embedding import Embed, Embedded, Embedding, Input, Purpose, packed, vector
from conduit_desktop.wire.usage import Usage

NAME = "cohere"
_PURPOSES: dict[str, Purpose] = {
    "search_document": "document",
    "search_query": "query",
    "classification": "classification",
    "clustering": "clustering",
    "image": "image",
}
_TYPES = {
    "query": "search_query",
    "question": "search_query",
    "facts": "search_query",
    "code": "search_query",
    "similarity": "clustering",
    "classification": "classification",
    "clustering": "clustering",
    "image": "image",
}


def decode_request(body: Json, model: str | None = None, path: str = "") -> Embed:
    """The request that ``body`` is. Raises BadRequest naming the field that does not fit."""
    node = Node(body)
    types = node.texts("embedding_types")
    inputs: list[Input] = list(node.texts("texts"))
    pictures: list[Part] = [_image(url) for url in node.texts("images")]
    inputs.extend([picture] for picture in pictures)
    inputs.extend(_parts(each) for each in node.nodes("inputs"))
    if not inputs:
        raise invalid("texts", "must not be empty")
    truncate = node.text("truncate").lower()
    if truncate not in ("", "none", "start", "end"):
        raise invalid("truncate", "must be NONE, START or END")
    request = Embed(
        model=model or node.need_text("model"),
        inputs=inputs,
        dimensions=node.whole("output_dimension"),
        purpose=_PURPOSES.get(node.text("input_type"), ""),
        types=types or ["float"],
        truncate=truncate,  # type: ignore[arg-type]
        flat=not types and "v1" in path,
    )
    node.get("model")
    if rest := node.rest():
        request.extras[NAME] = rest
    return request


def _image(url: str) -> Media:
    if inline := data_url(url):
        return Media(kind="image", media_type=inline[0], data=inline[1])
    return Media(kind="image", url=url)


def _parts(node: Node) -> list[Part]:
    parts: list[Part] = []
    for each in node.nodes("content"):
        kind = each.need_text("type")
        if kind == "text":
            parts.append(Text(text=each.text("text")))
        elif kind == "image_url":
            inner = each.node("image_url") or Node(None, each.at("image_url"))
            parts.append(_image(inner.need_text("url")))
        else:
            raise invalid(each.at("type"), "must be text or image_url")
    return parts


def encode_request(request: Embed) -> Encoded:
    """The body for Cohere. A purpose must be named: unless one is told, the inputs are documents."""
    dropped = foreign_extras(request.extras, NAME)
    dropped += [name for name in ("user", "title") if getattr(request, name)]
    body: Json = {"model": request.model, "input_type": _TYPES.get(request.purpose, "search_document")}
    body["embedding_types"] = ["float" if name == "base64" else name for name in request.types]
    if all(isinstance(each, str) for each in request.inputs):
        body["texts"] = request.inputs
    elif all(_is_image(each) for each in request.inputs):
        body["images"] = [_url(cast("list[Part]", each)[0], at) for at, each in enumerate(request.inputs)]
        body["input_type"] = "image"
    else:
        body["inputs"] = [{"content": _content(each, at)} for at, each in enumerate(request.inputs)]
    if request.dimensions is not None:
        body["output_dimension"] = request.dimensions
    if request.truncate:
        body["truncate"] = request.truncate.upper()
    return Encoded(body | own(request.extras, NAME), dropped)


def _is_image(value: Input) -> bool:
    return len(value) == 1 and isinstance(value[0], Media) and bool(value[0].data)


def _content(value: Input, at: int) -> list[Json]:
    if isinstance(value, str):
        return [{"type": "text", "text": value}]
    if value and isinstance(value[0], int):
        raise unsayable(f"input[{at}]", "Cohere takes no tokens of another's vocabulary")
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, Text)
        else {"type": "image_url", "image_url": {"url": _url(part, at)}}
        for part in cast("list[Part]", value)
    ]


def _url(part: Part, at: int) -> str:
    if not isinstance(part, Media) or part.kind != "image" or not (part.data or part.url):
        raise unsayable(f"input[{at}]", "Cohere embeds words and images only")
    return part.url or f"data:{part.media_type or 'image/png'};base64,{part.data}"


def decode_response(body: Json) -> Embedded:
    """The answer that ``body`` is: vectors by type, or as version 1 gives them. Raises BadRequest where it is none."""
    node = Node(body)
    found = node.get("embeddings")
    typed: Any = found.get("float", found.get("base64", [])) if isinstance(found, dict) else found
    if not isinstance(typed, list):
        raise invalid("embeddings", "is missing")
    meta = node.table("meta") or {}
    kept = {name: value for name in ("images", "texts") if (value := node.get(name))}
    if isinstance(found, dict):
        kept["embeddings"] = {name: value for name, value in found.items() if name not in ("float", "base64")}
    return Embedded(
        id=node.text("id"),
        vectors=[vector(each, f"embeddings[{at}]") for at, each in enumerate(typed)],
        usage=_usage(meta.get("billed_units")),
        extras={NAME: {name: value for name, value in kept.items() if value}},
    )


def _usage(billed: Any) -> Usage | None:
    if not isinstance(billed, dict):
        return None
    images = count(billed.get("image_tokens"))
    return Usage(
        input=count(billed.get("input_tokens")) + images,
        image_input=images,
        unlisted=0 if images else count(billed.get("images")),  # older models bill a picture, whatever its size
    )


def encode_response(response: Embedded, request: Embed) -> Json:
    """The body for a client."""
    body: Json = {
        "id": response.id,
        "texts": [each for each in request.inputs if isinstance(each, str)],
        "meta": {"api_version": {"version": "1" if request.flat else "2"}, "billed_units": _billed(response.usage)},
    }
    if request.flat:
        return body | {"embeddings": response.vectors, "response_type": "embeddings_floats"}
    kept = response.extras.get(NAME, {}).get("embeddings", {})
    typed: Json = {name: value for name, value in kept.items() if name in request.types}
    if "float" in request.types:
        typed["float"] = response.vectors
    if "base64" in request.types:
        typed["base64"] = [packed(each) for each in response.vectors]
    return body | {"embeddings": typed, "response_type": "embeddings_by_type"}


def _billed(usage: Usage | None) -> Json:
    if usage is None:
        return {}
    billed = {"input_tokens": usage.input - usage.image_input}
    return billed | ({"image_tokens": usage.image_input} if usage.image_input else {})


COHERE = Embedding(decode_request, encode_request, decode_response, encode_response)
