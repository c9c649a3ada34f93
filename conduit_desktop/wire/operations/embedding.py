"""The canonical form of an embeddings request and its answer, and what a dialect must do with them."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from conduit_desktop.wire.dialects.base import Encoded, Json
from conduit_desktop.wire.messages import Part
from conduit_desktop.wire.node import invalid
from conduit_desktop.wire.usage import Usage

Purpose = Literal[
    "", "query", "document", "similarity", "classification", "clustering", "question", "facts", "code", "image"
]
Input = str | list[int] | list[Part]
"""Words, a vocabulary's tokens, or a mixture of words and media that gets one vector."""


class Embed(msgspec.Struct, kw_only=True):
    """What a client asks for: a vector for each of ``inputs``. ``single``: it gave one input bare and wants one vector
    bare. ``purpose`` is what the vectors are for, ``types`` the forms in which they are wanted (``float``, ``base64``
    of float32, or Cohere's small integers), ``truncate`` what happens to an input that is too long (``none``: an
    error; ``start``, ``end``: what is cut off). ``flat``: Cohere's first version, whose answer has no types."""

    model: str = ""
    inputs: list[Input] = msgspec.field(default_factory=list)
    single: bool = False
    dimensions: int | None = None
    purpose: Purpose = ""
    title: str = ""
    types: list[str] = msgspec.field(default_factory=lambda: ["float"])
    truncate: Literal["", "none", "start", "end"] = ""
    user: str = ""
    flat: bool = False
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class Embedded(msgspec.Struct, kw_only=True):
    """The vectors, in the order of the inputs."""

    id: str = ""
    model: str = ""
    vectors: list[list[float]] = msgspec.field(default_factory=list)
    usage: Usage | None = None
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Embedding:
    """One dialect. ``decode_request`` takes the body, the model where the URL names it, and the URL's path or the
    endpoint's name (for what only the address tells: Cohere's version); it raises BadRequest naming the field,
    ``encode_request`` ``unsayable``."""

    decode_request: Callable[[Json, str | None, str], Embed]
    encode_request: Callable[[Embed], Encoded]
    decode_response: Callable[[Json], Embedded]
    encode_response: Callable[[Embedded, Embed], Json]


def packed(vector: list[float]) -> str:
    """A vector as base64 of little-endian float32."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def unpacked(text: str, path: str) -> list[float]:
    """The vector that ``packed`` gives the text of."""
    try:
        raw = base64.b64decode(text, validate=True)
        return list(struct.unpack(f"<{len(raw) // 4}f", raw))
    except (ValueError, struct.error):
        raise invalid(path, "is no base64 of float32") from None


def vector(value: Any, path: str) -> list[float]:
    """A vector as a provider wrote it: numbers, or base64."""
    if isinstance(value, str):
        return unpacked(value, path)
    if not isinstance(value, list) or not all(isinstance(each, int | float) for each in value):
        raise invalid(path, "is no vector")
    return value
