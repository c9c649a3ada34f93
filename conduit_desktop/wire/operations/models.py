"""Lists of models in each dialect's shape.

Formats: the "list models" pages of OpenAI, Anthropic, Gemini, Cohere and Ollama.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from conduit_desktop.wire.dialects.reading import moment

Json = dict[str, Any]
_METHODS = ["generateContent", "streamGenerateContent", "countTokens", "embedContent"]


class Card(msgspec.Struct, kw_only=True):
    """What is told of one model. ``created`` is Unix seconds, ``title`` a name for people (empty: the id),
    ``input_limit`` tokens of input (None: not known)."""

    id: str
    created: int = 0
    owner: str = ""
    title: str = ""
    input_limit: int | None = None


def encode_list(dialect: str, cards: Sequence[Card]) -> Json:
    """The answer to "which models are there" in ``dialect``."""
    rows = [encode_card(dialect, card) for card in cards]
    match dialect:
        case "anthropic-messages":
            ends = (cards[0].id, cards[-1].id) if cards else (None, None)
            return {"data": rows, "has_more": False, "first_id": ends[0], "last_id": ends[1]}
        case "gemini" | "cohere":
            return {"models": rows}
        case "ollama":
            return {"models": [_tag(card) for card in cards]}
        case _:
            return {"object": "list", "data": rows}


def encode_card(dialect: str, card: Card) -> Json:
    """The answer to "what is this model" in ``dialect``."""
    match dialect:
        case "anthropic-messages":
            return {
                "type": "model",
                "id": card.id,
                "display_name": card.title or card.id,
                "created_at": _iso(card.created),
                "lifecycle": "active",
            } | _limit("max_input_tokens", card)
        case "gemini":
            return {
                "name": f"models/{card.id}",
                "version": "1",
                "displayName": card.title or card.id,
                "description": "",
                "supportedGenerationMethods": _METHODS,
            } | _limit("inputTokenLimit", card)
        case "cohere":
            row: Json = {"name": card.id, "endpoints": ["chat", "embed", "rerank"], "finetuned": False}
            return row | _limit("context_length", card)
        case "ollama":
            return {
                "license": "",
                "modelfile": "",
                "parameters": "",
                "template": "",
                "details": _details(),
                "model_info": {"general.architecture": "conduit"} | _limit("conduit.context_length", card),
                "capabilities": ["completion", "tools", "vision", "thinking"],
                "modified_at": _iso(card.created),
            }
        case _:
            return {"id": card.id, "object": "model", "created": card.created, "owned_by": card.owner or "conduit"}


def _limit(name: str, card: Card) -> Json:
    return {} if card.input_limit is None else {name: card.input_limit}


def _tag(card: Card) -> Json:
    return {
        "name": card.id,
        "model": card.id,
        "modified_at": _iso(card.created),
        "size": 0,
        "digest": "",
        "details": _details(),
    }


def _details() -> Json:
    return {
        "parent_model": "",
        "format": "",
        "family": "",
        "families": [],
        "parameter_size": "",
        "quantization_level": "",
    }


def _iso(created: int) -> str:
    return moment(created).strftime("%Y-%m-%dT%H:%M:%SZ")
