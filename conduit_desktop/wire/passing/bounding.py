"""Bounding what a request may write, in a body that otherwise passes as it came: every other byte stays."""

from __future__ import annotations

from typing import Any

import msgspec

from conduit_desktop.wire import splice

_PLACES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "completions": ((), ("max_tokens",)),
    "openai-responses": ((), ("max_output_tokens",)),
    "anthropic-messages": ((), ("max_tokens",)),
    "cohere": ((), ("max_tokens",)),
    "gemini": (("generationConfig", "generation_config"), ("maxOutputTokens", "max_output_tokens")),
    "interactions": (("generation_config",), ("max_output_tokens",)),
    "ollama": (("options",), ("num_predict",)),
    "ollama-generate": (("options",), ("num_predict",)),
}
"""Where the bound stands in each dialect: the object that it is in (nothing: the body), and its name there; of several
spellings the one that is there, else the first."""


def bound(body: bytes, dialect: str, most: int, chat_member: str) -> bytes:
    """``body`` with ``most`` as the tokens that it may write at the most; ``chat_member`` is what the provider calls
    that in OpenAI's chat."""
    outer, names = _PLACES.get(dialect, ((), (chat_member,)))
    if not outer:
        return _set(body, names, most)
    place = next((each for each in outer if splice.has(body, each)), None)
    if place is None:
        return splice.replace(body, outer[0], {names[0]: most}, present=False)
    within = _object(body, place)
    inner = _set(within, names, most) if within is not None else msgspec.json.encode({names[0]: most})
    return splice.replace(body, place, msgspec.Raw(inner), present=True)


def _set(body: bytes, names: tuple[str, ...], most: int) -> bytes:
    there = [name for name in names if splice.has(body, name)]
    for name in there:
        body = splice.replace(body, name, most, present=True)
    return body if there else splice.replace(body, names[0], most, present=False)


def _object(body: bytes, name: str) -> bytes | None:
    """The member ``name`` as it stands, where it is an object: of several the last, which is what readers take."""
    found: Any = msgspec.json.decode(body, type=dict[str, msgspec.Raw]).get(name)
    raw = bytes(found).strip() if found is not None else b""
    return raw if raw.startswith(b"{") else None
