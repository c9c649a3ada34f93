"""The recordings that hold a chat, and their bodies as JSON objects, whatever frames they came in.

Shares no code with ``conduit_desktop``: what is decoded here is what the gateway is measured against.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "wire" / "corpus"

DIALECTS = {
    "chat.completions": "chat",
    "openai-compat.chat.completions": "chat",
    "responses": "responses",
    "messages": "messages",
    "anthropic.rawPredict": "messages",
    "anthropic.streamRawPredict": "messages",
    "generateContent": "gemini",
    "streamGenerateContent": "gemini",
    "v2.chat": "cohere",
    "api.chat": "ollama",
    "converse": "converse",
    "converse-stream": "converse",
    "invoke": "messages",
    "invoke-with-response-stream": "messages",
}
"""Endpoint of a recording -> the dialect its bodies are in. ``invoke`` is read only where the model is Anthropic's and
is spoken to in its Messages dialect."""


@dataclass(frozen=True)
class Case:
    """One recorded exchange. ``stream`` is whether the recorded answer is one; ``asked_stream`` whether one was asked
    for (an error can come back whole)."""

    name: str
    provider: str
    endpoint: str
    dialect: str
    model: str
    stream: bool
    asked_stream: bool
    status: int
    features: frozenset[str]
    path: str
    data: Json

    @property
    def request(self) -> Json:
        """The recorded request body; the least one can ask where only the answer was kept."""
        body = self.data["request"].get("body")
        if isinstance(body, dict):
            return body
        key = "input" if self.dialect == "responses" else "messages"
        return {"model": self.model, key: [{"role": "user", "content": "Hello"}]}

    @property
    def objects(self) -> list[Json]:
        """The answer as JSON objects: one where it came whole, one an event where it is a stream."""
        return list(decoded(self.data))

    @property
    def apart(self) -> bool:
        """Whether the answer belongs to words of the request that no other dialect has: work in the background, whose
        answer is only a receipt."""
        return self.request.get("background") is True

    @property
    def raw(self) -> bytes:
        """The answer's bytes as the replay sends them."""
        response = self.data["response"]
        if "body_base64" in response:
            return base64.b64decode(response["body_base64"])
        if "body_text" in response:
            return str(response["body_text"]).encode("utf-8", "surrogatepass")
        return json.dumps(response.get("body"), ensure_ascii=False, separators=(",", ":")).encode()


def load(corpus: Path = CORPUS) -> list[Case]:
    """Every chat exchange below ``corpus``, ordered by provider, endpoint and name."""
    found = []
    for path in sorted(corpus.rglob("*.json")):
        data = json.loads(path.read_text("utf-8"))
        case = as_case(data)
        if case:
            found.append(case)
    return found


def as_case(data: Json) -> Case | None:
    """``data`` as a case; ``None`` where it is no chat that any of our dialects speaks."""
    dialect = DIALECTS.get(data["endpoint"])
    request = data["request"]
    body = request.get("body")
    if dialect is None or not (isinstance(body, dict) or not request.get("recorded", True)):
        return None
    body = body or {}
    if data["endpoint"].startswith("invoke") and not str(body.get("anthropic_version", "")).startswith("bedrock"):
        return None
    return Case(
        name=data["name"],
        provider=data["provider"],
        endpoint=data["endpoint"],
        dialect=dialect,
        model=str(body.get("model") or model_in(request["path"]) or data.get("model") or "unnamed"),
        stream=bool(data["stream"]),
        asked_stream=bool(data["stream"]) or asks_stream(data["endpoint"], body),
        status=int(data["response"]["status"]),
        features=frozenset(data["features"]),
        path=request["path"],
        data=data,
    )


def asks_stream(endpoint: str, body: Json) -> bool:
    """Whether the recorded request wanted a stream."""
    if "stream" in endpoint.lower():
        return True
    if endpoint == "api.chat":
        return body.get("stream") is not False
    return body.get("stream") is True


def model_in(path: str) -> str:
    """The model that a path names (Gemini, Vertex, Bedrock, Azure deployments)."""
    plain = unquote(path)
    for pattern in (r"/models/([^/]+?)(?::\w+)?$", r"^/model/(.+?)/[a-z\-]+$", r"/deployments/([^/]+)/"):
        found = re.search(pattern, plain)
        if found:
            return found.group(1)
    return ""


def decoded(data: Json) -> Iterator[Json]:
    """The JSON objects of a recorded answer, in order."""
    response = data["response"]
    kind = data.get("stream_kind") if data["stream"] else None
    if kind == "eventstream":
        raw = response.get("body_base64")
        yield from frames(base64.b64decode(raw) if raw else response["body_text"].encode("utf-8", "surrogatepass"))
    elif kind == "ndjson":
        yield from (json.loads(line) for line in response["body_text"].splitlines() if line.strip())
    elif kind == "json-array":
        yield from json.loads(response["body_text"])
    elif kind == "sse":
        yield from sse(response["body_text"])
    elif "body" in response:
        yield response["body"]


def sse(text: str) -> Iterator[Json]:
    """Server-sent events -> the JSON of their data. Where the event has a name and the data no type, the name is it."""
    for block in re.split(r"\r\n\r\n|\n\n|\r\r", text):
        lines = re.split(r"\r\n|\n|\r", block)
        content = "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:")).strip()
        if not content or content == "[DONE]":
            continue
        try:
            found = json.loads(content)
        except ValueError:
            continue
        names = [line[6:].strip() for line in lines if line.startswith("event:")]
        if names and isinstance(found, dict):
            found.setdefault("type", names[0])
        yield found


def frames(raw: bytes) -> Iterator[Json]:
    """AWS event-stream frames -> JSON. A Converse event is ``{name: payload}``; an invoke chunk is what its base64
    holds; an exception is ``{"exception": name, …}``.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html (the encoding is shared)."""
    at = 0
    while at + 16 <= len(raw):
        total, head = struct.unpack(">II", raw[at : at + 8])
        headers = frame_headers(raw[at + 12 : at + 12 + head])
        payload = json.loads(raw[at + 12 + head : at + total - 4] or b"{}")
        at += total
        name = headers.get(":event-type") or headers.get(":exception-type") or ""
        if headers.get(":message-type") == "exception":
            yield {"exception": name, **payload}
        elif name == "chunk" and "bytes" in payload:
            yield json.loads(base64.b64decode(payload["bytes"]))
        else:
            yield {name: payload}


def frame_headers(raw: bytes) -> dict[str, str]:
    """The string headers of a frame."""
    found, at = {}, 0
    while at < len(raw):
        size = raw[at]
        name = raw[at + 1 : at + 1 + size].decode()
        at += 1 + size
        kind = raw[at]
        assert kind == 7, f"header {name} of type {kind}"
        (length,) = struct.unpack(">H", raw[at + 1 : at + 3])
        found[name] = raw[at + 3 : at + 3 + length].decode()
        at += 3 + length
    return found
