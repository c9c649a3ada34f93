"""Lists of models as providers give them, read into cards, whatever the shape.

Known are OpenAI's ``data`` (with the members of OpenRouter, Mistral, Together, Hugging Face and others), Anthropic's,
Gemini's and Vertex's, Cohere's, Ollama's and Bedrock's lists. A row that cannot be read is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from conduit_desktop.wire.operations.models import Card

_ROWS = ("data", "models", "modelSummaries", "inferenceProfileSummaries", "publisherModels", "value")
_IDS = ("id", "name", "model", "modelId", "inferenceProfileId")
_TITLES = ("display_name", "displayName", "modelName", "inferenceProfileName", "name")
_LIMITS = (
    "context_length",
    "max_context_length",
    "max_input_tokens",
    "inputTokenLimit",
    "context_window",
    "max_model_len",
)
_PREFIXES = ("models/", "publishers/google/models/")


def decode_list(body: Any) -> list[Card]:
    """The models that a list names, each once, in its order."""
    rows = body if isinstance(body, list) else _rows(body)
    cards: dict[str, Card] = {}
    for row in rows:
        if isinstance(row, dict) and (ident := _text(row, _IDS)):
            for prefix in _PREFIXES:
                ident = ident.removeprefix(prefix)
            cards.setdefault(ident, _card(ident, row))
    return list(cards.values())


def next_page(body: Any) -> tuple[str, str] | None:
    """The query parameter (name, value) that asks for the rest of a list; None where it is whole."""
    if not isinstance(body, dict):
        return None
    if body.get("has_more") is True and isinstance(body.get("last_id"), str):
        return "after_id", body["last_id"]
    for member, parameter in (("nextPageToken", "pageToken"), ("next_page_token", "page_token"), ("nextToken",) * 2):
        if isinstance(body.get(member), str) and body[member]:
            return parameter, body[member]
    return None


def _rows(body: Any) -> list[Any]:
    if not isinstance(body, dict):
        return []
    return next((body[name] for name in _ROWS if isinstance(body.get(name), list)), [])


def _card(ident: str, row: dict[str, Any]) -> Card:
    meta, top = row.get("meta"), row.get("top_provider")
    limit = next((row[name] for name in _LIMITS if type(row.get(name)) is int), None)
    for inner, name in ((top, "context_length"), (meta, "n_ctx")):
        if limit is None and isinstance(inner, dict) and type(inner.get(name)) is int:
            limit = inner[name]
    title = _text(row, _TITLES)
    return Card(
        id=ident,
        created=_created(row),
        owner=_text(row, ("owned_by", "providerName", "organization")),
        title="" if title in (ident, row.get("id"), row.get("model")) or title.startswith(_PREFIXES) else title,
        input_limit=limit,
    )


def _created(row: dict[str, Any]) -> int:
    for name in ("created", "created_at", "modified_at"):
        found = row.get(name)
        if type(found) is int and found >= 0:
            return found
        if isinstance(found, str) and found:
            try:
                moment = datetime.fromisoformat(found)
                return max(int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()), 0)
            except (ValueError, OverflowError):
                continue
    return 0


def _text(row: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((row[name] for name in names if isinstance(row.get(name), str) and row[name]), "")
