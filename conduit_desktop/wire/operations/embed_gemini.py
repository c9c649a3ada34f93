"""Gemini's embeddings: ``embedContent``, ``batchEmbedContents`` (https://ai.google.dev/api/embeddings), and Vertex's
``predict`` (https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api).
"""

from __future__ import annotations

from typing import cast

from conduit_desktop.wire.dialects.base import Encoded, Json, foreign_extras, unsayable
from conduit_desktop.wire.dialects.gemini.usage import read_usage
from conduit_desktop.wire.dialects.reading import count, standard_base64
from conduit_desktop.wire.messages import Media, Part, Text
from conduit_desktop.wire.node import Node, invalid
from conduit_desktop.wire.operations.embed_openai import refuse_types, words
from conduit_desktop.wire.operations.embedding import Embed, Embedded, Embedding, Input, Purpose, vector
from conduit_desktop.wire.usage import Usage

NAME = "gemini"
_PURPOSES: dict[str, Purpose] = {
    "RETRIEVAL_QUERY": "query",
    "RETRIEVAL_DOCUMENT": "document",
    "SEMANTIC_SIMILARITY": "similarity",
    "CLASSIFICATION": "classification",
    "CLUSTERING": "clustering",
    "QUESTION_ANSWERING": "question",
    "FACT_VERIFICATION": "facts",
    "CODE_RETRIEVAL_QUERY": "code",
}
_TASKS = {purpose: task for task, purpose in _PURPOSES.items()} | {"image": ""}
_KINDS = {"image": "image", "audio": "audio", "video": "video"}


def decode_request(body: Json, model: str | None = None, path: str = "") -> Embed:
    """The request that ``body`` is, of any of the three methods. Raises BadRequest naming the field."""
    node = Node(body)
    if node.has("instances"):
        return _of_predict(node, model)
    single = not node.has("requests")
    asked = [node] if single else node.nodes("requests")
    if not asked:
        raise invalid("requests", "must not be empty")
    request = Embed(model=model or "", single=single)
    for at, each in enumerate(asked):
        request.model = request.model or each.need_text("model").removeprefix("models/")
        config = each.node("embedContentConfig", "embed_content_config") or each
        wishes = (
            config.text("taskType", "task_type"),
            config.text("title"),
            config.whole("outputDimensionality", "output_dimensionality"),
        )
        if at and wishes != (_TASKS.get(request.purpose, ""), request.title, request.dimensions):
            raise invalid(f"requests[{at}]", "must ask for the same as the first one")
        request.purpose, request.title, request.dimensions = _PURPOSES.get(wishes[0], ""), wishes[1], wishes[2]
        request.inputs.append(_input(each))
        each.get("model")
        if rest := each.rest():
            request.extras[NAME] = rest
    return request


def _input(node: Node) -> Input:
    content = node.node("content") or Node(None, node.at("content"))
    parts = [_part(each) for each in content.nodes("parts")]
    if not parts:
        raise invalid(content.at("parts"), "must not be empty")
    if all(isinstance(part, Text) for part in parts):
        return "\n".join(part.text for part in parts if isinstance(part, Text))
    return parts


def _part(node: Node) -> Part:
    inline, file = node.node("inlineData", "inline_data"), node.node("fileData", "file_data")
    if inline is not None:
        mime = inline.text("mimeType", "mime_type")
        return Media(
            kind=_KINDS.get(mime.partition("/")[0], "document"),  # type: ignore[arg-type]
            media_type=mime,
            data=standard_base64(inline.need_text("data")),
        )
    if file is not None:
        mime = file.text("mimeType", "mime_type")
        kind = _KINDS.get(mime.partition("/")[0], "document")
        return Media(kind=kind, media_type=mime, url=file.need_text("fileUri", "file_uri"))  # type: ignore[arg-type]
    return Text(text=node.need_text("text"))


def _of_predict(node: Node, model: str | None) -> Embed:
    instances = node.nodes("instances")
    parameters = node.node("parameters") or Node({}, "parameters")
    truncate = parameters.flag("autoTruncate", "auto_truncate")
    first = instances[0] if instances else Node({}, "instances[0]")
    return Embed(
        model=model or node.need_text("model"),
        inputs=[each.need_text("content") for each in instances],
        dimensions=parameters.whole("outputDimensionality", "output_dimensionality"),
        purpose=_PURPOSES.get(first.text("task_type", "taskType"), ""),
        title=first.text("title"),
        truncate={None: "", True: "end", False: "none"}[truncate],  # type: ignore[arg-type]
        extras={"vertex": {"_predict": True}},
    )


def encode_request(request: Embed) -> Encoded:
    """The body of ``batchEmbedContents``."""
    refuse_types(request)
    wishes = _wishes(request)
    asked: list[Json] = [
        {"model": f"models/{request.model}", "content": {"parts": _parts(each, at)}} | wishes
        for at, each in enumerate(request.inputs)
    ]
    if request.dimensions is not None:
        for each in asked:
            each["outputDimensionality"] = request.dimensions
    return Encoded({"requests": asked}, _dropped(request))


def _wishes(request: Embed) -> Json:
    task = _TASKS.get(request.purpose, "")
    wishes: Json = {"taskType": task} if task else {}
    return wishes | ({"title": request.title} if request.title else {})


def _dropped(request: Embed) -> list[str]:
    dropped = foreign_extras(request.extras, NAME)
    dropped += ["user"] if request.user else []
    return dropped + (["truncate"] if request.truncate in ("start", "none") else [])


def _parts(value: Input, at: int) -> list[Json]:
    if isinstance(value, str):
        return [{"text": value}]
    if value and isinstance(value[0], int):
        raise unsayable(f"input[{at}]", "Gemini takes no tokens of another's vocabulary")
    return [_write_part(part, at) for part in cast("list[Part]", value)]


def _write_part(part: Part, at: int) -> Json:
    match part:
        case Text():
            return {"text": part.text}
        case Media() if part.data:
            return {"inlineData": {"mimeType": part.media_type or "image/png", "data": part.data}}
        case Media() if part.url:
            return {"fileData": {"fileUri": part.url} | ({"mimeType": part.media_type} if part.media_type else {})}
    raise unsayable(f"input[{at}]", "Gemini cannot embed it")


def encode_predict(request: Embed) -> Encoded:
    """The body of Vertex's ``predict``."""
    refuse_types(request)
    task = _TASKS.get(request.purpose, "")
    more = ({"task_type": task} if task else {}) | ({"title": request.title} if request.title else {})
    body: Json = {"instances": [{"content": _words(each, at)} | more for at, each in enumerate(request.inputs)]}
    parameters: Json = {}
    if request.dimensions is not None:
        parameters["outputDimensionality"] = request.dimensions
    if request.truncate:
        parameters["autoTruncate"] = request.truncate != "none"
    dropped = foreign_extras(request.extras, NAME) + (["user"] if request.user else [])
    return Encoded(body | ({"parameters": parameters} if parameters else {}), dropped)


def _words(value: Input, at: int) -> str:
    if isinstance(value, str):
        return value
    if value and isinstance(value[0], int):
        raise unsayable(f"input[{at}]", "Vertex takes no tokens of another's vocabulary")
    return words(cast("list[Part]", value), at)


def decode_response(body: Json) -> Embedded:
    """The answer of any of the three methods. Raises BadRequest where it is none."""
    node = Node(body)
    if node.has("predictions"):
        found = [each.node("embeddings") or Node(None, each.at("embeddings")) for each in node.nodes("predictions")]
        statistics = [each.table("statistics") or {} for each in found]
        usage: Usage | None = Usage(input=sum(count(each.get("token_count")) for each in statistics))
    else:
        alone = node.node("embedding")
        found = node.nodes("embeddings") if alone is None else [alone]
        usage = _usage(node.table("usageMetadata"))
    if not found:
        raise invalid("embeddings", "is missing")
    return Embedded(vectors=[vector(each.get("values"), each.at("values")) for each in found], usage=usage)


def _usage(told: Json | None) -> Usage | None:
    if told is None:
        return None
    tokens = told.get("promptTokenCount", told.get("totalTokenCount"))
    details = told.get("promptTokensDetails") or told.get("promptTokenDetails")
    return read_usage({"promptTokenCount": tokens, "promptTokensDetails": details, **told})


def encode_response(response: Embedded, request: Embed) -> Json:
    """The body for a client, in the shape of the method that it called."""
    if request.extras.get("vertex", {}).get("_predict"):
        return {
            "predictions": [
                {"embeddings": {"values": each, "statistics": {"truncated": False, "token_count": tokens}}}
                for each, tokens in zip(response.vectors, _shares(response), strict=True)
            ]
        }
    found: list[Json] = [{"values": each} for each in response.vectors]
    body: Json = {"embedding": found[0] if found else {"values": []}} if request.single else {"embeddings": found}
    if response.usage is not None:
        tokens = response.usage.input
        body["usageMetadata"] = {
            "promptTokenCount": tokens,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens}],
        }
    return body


def _shares(response: Embedded) -> list[int]:
    """Tokens of each input where only their sum is known: equal shares, the first with what is left over."""
    many = len(response.vectors)
    total = response.usage.input if response.usage else 0
    return [total // many + (total % many if at == 0 else 0) for at in range(many)]


GEMINI = Embedding(decode_request, encode_request, decode_response, encode_response)
VERTEX = Embedding(decode_request, encode_predict, decode_response, encode_response)
