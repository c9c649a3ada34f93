"""The Response object around an answer: what the client asked, said back to it.

Format: OpenAI's API reference (responses/object). Every member that its type has is there, with null where nothing was
asked, as the API does it.
"""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Context, Json, ident
from conduit_desktop.wire.dialects.responses.notes import note, own, told
from conduit_desktop.wire.dialects.responses.tools import placed, write_choice, write_tools
from conduit_desktop.wire.dialects.responses.turns import instructions
from conduit_desktop.wire.events import Start
from conduit_desktop.wire.failure import Failure
from conduit_desktop.wire.messages import Request

_TIERS = ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast", "provisioned")
_ECHOED = (
    "background",
    "conversation",
    "max_tool_calls",
    "prompt",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "truncation",
)
_CODES = {
    "rate_limit": "rate_limit_exceeded",
    "context_length": "context_length_exceeded",
    "billing": "insufficient_quota",
    "invalid_request": "invalid_prompt",
    "content_filter": "invalid_prompt",
}


def blank(start: Start, context: Context) -> Json:
    """The object at the answer's beginning."""
    request = context.request
    answer: Json = {
        "id": ident("resp_", start.id, context.seed),
        "object": "response",
        "created_at": context.now if start.created is None else start.created,
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": instructions(request.messages)[0] or None,
        "max_output_tokens": request.max_tokens,
        "max_tool_calls": None,
        "model": start.model or request.model,
        "output": [],
    }
    answer |= _wishes(request) | {name: value for name, value in told(request.extras).items() if name in _ECHOED}
    if isinstance(answer.get("conversation"), str):
        answer["conversation"] = {"id": answer["conversation"]}
    answer["text"] = _text(request)
    tier = start.service_tier or request.service_tier or "default"
    answer["service_tier"] = tier if tier in _TIERS else "default"
    return answer | _noted(start.extras)


def _noted(extras: Json) -> Json:
    return {name: value for name, value in told(extras).items() if name not in ("id", "object", "output", "status")}


def _wishes(request: Request) -> Json:
    dropped: list[str] = []
    asked: dict[str, Any] = {
        "moderation": None,
        "frequency_penalty": request.frequency_penalty or 0.0,
        "presence_penalty": request.presence_penalty or 0.0,
        "parallel_tool_calls": request.parallel_tools is not False,
        "previous_response_id": request.previous_id or None,
        "prompt_cache_key": request.cache_key or None,
        "prompt_cache_retention": None,
        "reasoning": _reasoning(request),
        "safety_identifier": None,
        "store": bool(request.store),
        "temperature": 1.0 if request.temperature is None else request.temperature,
        "tool_choice": "auto",
        "tools": write_tools(placed(request.tools, ""), dropped=dropped),
        "top_logprobs": request.top_logprobs or 0,
        "top_p": 1.0 if request.top_p is None else request.top_p,
        "truncation": "disabled",
        "usage": None,
        "user": None,
        "metadata": request.metadata or {},
    }
    if request.tool_choice is not None:
        asked["tool_choice"] = write_choice(request, [])
    if request.user:
        asked[note(request.extras, "_user") or "user"] = request.user
    return asked


def _reasoning(request: Request) -> Json:
    wish = request.reasoning
    more = own(request.extras).get("_reasoning")
    raw = {"effort": (wish and wish.effort) or None, "summary": (wish and wish.summary) or None}
    return raw | more if isinstance(more, dict) else raw


def _text(request: Request) -> Json:
    form = request.format
    raw: Json = {"type": "text"}
    if form is not None and form.kind == "json":
        raw = {"type": "json_object"}
    elif form is not None:
        raw = {
            "type": "json_schema",
            "description": form.description or None,
            "name": form.name,
            "schema": form.schema,
            "strict": bool(form.strict),
        }
    return {"format": raw, "verbosity": request.verbosity or "medium"}


def failed(failure: Failure) -> Json:
    """The ``error`` of an answer that failed."""
    return {"code": _CODES.get(failure.kind, "server_error"), "message": failure.message}
