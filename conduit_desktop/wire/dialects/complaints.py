"""The words of an error, whichever way its body is wrapped and whatever it calls them: proxies, frameworks and other
providers' APIs stand before or behind a provider's own, and each of those fails in its own shape.
"""

from __future__ import annotations

import html
import re
from typing import Any

import msgspec

from conduit_desktop.wire.dialects.base import Json

_LONGEST = 16_000
"""Characters of an error that are kept."""
_MARKUP = re.compile(r"<(script|style)\b.*?(?:</\1>|\Z)|<[^>]*>", re.DOTALL | re.IGNORECASE)
_NAMES = ("message", "msg", "Message", "detail", "title", "error_msg", "description", "reason", "error")


def inner(body: Any) -> Json:
    """The object that holds an error's members."""
    while isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return {"message": _readable(body)} if isinstance(body, str) and body.strip() else {}
    for name in ("error", "errors", "detail"):
        held = body.get(name)
        while isinstance(held, list) and len(held) == 1:
            held = held[0]
        if isinstance(held, dict):
            return {**held, "request_id": held.get("request_id") or body.get("request_id")}
        if held:
            return {**body, "message": body.get("message") or _described(held, body.get("error_description"))}
    return body


def _readable(text: str) -> str:
    """A page as its words: whoever stands before a provider (nginx, Cloudflare) answers with one."""
    if not text.lstrip().startswith("<"):
        return text
    return html.unescape(" ".join(_MARKUP.sub(" ", text).split())) or text


def _described(error: Any, description: Any) -> Any:
    """OAuth's errors are a word and, beside it, what it means."""
    return f"{error}: {description}" if isinstance(error, str) and isinstance(description, str) else error


def words(body: Any) -> str:
    """The words of an error body; empty where it says nothing at all. What stands where errors do and has no words is
    told as it is."""
    error = inner(body)
    said = _said(error)
    if not said and error is not body:
        told = {name: value for name, value in error.items() if value is not None}
        said = msgspec.json.encode(told).decode()[:_LONGEST] if told else ""
    return said


def _said(error: Json) -> str:
    """An error's words. Where a go-between quotes the provider behind it, those words too."""
    found = next((error[name] for name in _NAMES if error.get(name) and error[name] is not True), None)
    if isinstance(found, dict | list):
        found = _listed(found)
    said = "" if found is None or not str(found).strip() else str(found)[:_LONGEST]
    metadata = error.get("metadata")
    raw = metadata.get("raw") if isinstance(metadata, dict) else None
    if isinstance(raw, str | dict) and raw:
        behind = words(_parsed(raw))
        if behind and behind not in said:
            said = f"{said}: {behind}" if said else behind
    return said


def _listed(found: Any) -> str:
    """Validation errors as lists: each with the place that it speaks of."""
    items = found if isinstance(found, list) else [found]
    lines = []
    for item in items[:10]:
        if isinstance(item, dict) and isinstance(said := item.get("msg") or item.get("message"), str):
            place = item.get("loc")
            where = ".".join(str(each) for each in place) if isinstance(place, list) else ""
            lines.append(f"{where}: {said}" if where else said)
        else:
            lines.append(item if isinstance(item, str) else msgspec.json.encode(item).decode())
    return "; ".join(lines)


def _parsed(raw: str | Json) -> Any:
    if isinstance(raw, dict):
        return raw
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return raw
