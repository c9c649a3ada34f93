"""The demo model's embeddings: unit vectors made by hashing words, so that texts with words in common are
near."""

from __future__ import annotations

import math
import re
import struct
from base64 import b64encode
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from conduit_desktop.providers.demo import EMBEDDING_MODEL
from conduit_desktop.providers.demo_model.request import DemoError, check_model, check_object
from conduit_desktop.providers.demo_model.tokens import estimate

Json = Any

DIMENSIONS = 256
_MOST_DIMENSIONS = 3_072
_MOST_INPUTS = 2_048
_MOST_TOKENS = 8_192
_MOST_TOTAL = 300_000
_WORD = re.compile(r"\w+")


def embed(body: object) -> dict[str, Json]:
    """The answer to an embeddings request. Raises DemoError."""
    fields = check_object(body)
    check_model(fields, EMBEDDING_MODEL)
    dimensions = _dimensions(fields)
    encoded = _encoded(fields)
    texts = _inputs(fields.get("input"))
    counts = [len(text) if isinstance(text, list) else estimate(text) for text in texts]
    if max(counts) > _MOST_TOKENS:
        raise DemoError(f"An input is longer than the maximum of {_MOST_TOKENS} tokens.", param="input")
    if sum(counts) > _MOST_TOTAL:
        raise DemoError(f"The inputs are longer than {_MOST_TOTAL} tokens together.", param="input")
    data = [
        {"object": "embedding", "index": n, "embedding": _written(_vector(text, dimensions), encoded)}
        for n, text in enumerate(texts)
    ]
    tokens = sum(counts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": EMBEDDING_MODEL, "usage": usage}


def _inputs(value: Json) -> list[str | list[int]]:
    """One text, one text as tokens, or a list of either."""
    if isinstance(value, str) or _is_tokens(value):
        value = [value]
    if not isinstance(value, list) or not value or len(value) > _MOST_INPUTS:
        raise DemoError(f"'input' must be a text or a list of 1 to {_MOST_INPUTS} texts.", param="input")
    if not all((isinstance(each, str) and each) or _is_tokens(each) for each in value):
        raise DemoError("'input' must hold texts that are not empty, or lists of tokens.", param="input")
    return value


def _is_tokens(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(type(each) is int for each in value)


def _dimensions(fields: Mapping[str, Json]) -> int:
    value = fields.get("dimensions")
    if value is None:
        return DIMENSIONS
    if type(value) is not int or not 1 <= value <= _MOST_DIMENSIONS:
        raise DemoError(f"'dimensions' must be from 1 to {_MOST_DIMENSIONS}.", param="dimensions")
    return value


def _encoded(fields: Mapping[str, Json]) -> bool:
    form = fields.get("encoding_format")
    if form not in (None, "float", "base64"):
        raise DemoError("'encoding_format' must be float or base64.", param="encoding_format")
    return bool(form == "base64")


def _vector(text: str | list[int], dimensions: int) -> list[float]:
    """Each word moves eight coordinates picked by its hash; the whole text adds a little of its own, so that
    no two texts are alike and none is zero."""
    values = [0.0] * dimensions
    words = [str(token) for token in text] if isinstance(text, list) else _WORD.findall(text.lower())
    for word in words:
        _add(values, word, 1.0)
    _add(values, f"whole {text}", 0.1)
    length = math.sqrt(sum(value * value for value in values))
    if length < 1e-9:
        values[0], length = 1.0, 1.0
    return [value / length for value in values]


def _add(values: list[float], word: str, weight: float) -> None:
    for place, sign in struct.iter_unpack("<HH", blake2b(word.encode(), digest_size=32).digest()):
        values[place % len(values)] += weight if sign & 1 else -weight


def _written(vector: list[float], encoded: bool) -> Json:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() if encoded else vector
