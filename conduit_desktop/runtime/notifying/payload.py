"""What a webhook gets: the body for each kind. Pure.

**Generic JSON** (``application/json``, UTF-8), version 1::

    {"version": 1,
     "id": "…",                      the same in every repeated attempt (also as Idempotency-Key)
     "app": {"name": "Conduit Desktop", "version": "0.1.0"},
     "notification": {
       "id": "…",                    one live notification a subject: an id seen before is an update of it
       "kind": "budget",             budget, budget_asked, expiry, refused, rate_limited, provider_down,
                                     deployment_away, credential_rejected, credential_spent, failover,
                                     price_unknown, summary, log_failed, port_taken, master_key_refused, test
       "subject": "budget:…", "severity": "info" | "warning" | "error",
       "title": "…", "text": "…",    plain text, one line each
       "count": 1,                   how often it was told
       "created": "2026-03-12T14:05:09Z", "updated": "…",
       "action": "raise_budget", "target": "…"}}      what its button does in the window; may be empty

Members may be added within a version; a receiver ignores those that it does not know. Any 2xx is taken as received.

**Slack** gets blocks of plain text, with a ``text`` for where blocks are not shown; **Discord** gets ``content`` with
mentions off. In both, what could call people (``@everyone``, ``<!channel>``) is made harmless: names of keys, models
and apps are other people's words. No secret and nothing of a prompt is in any of them.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from conduit_desktop import __version__
from conduit_desktop.logs import redact
from conduit_desktop.records import Notification, WebhookKind

VERSION = 1
_SLACK_HEADER = 150
_SLACK_TEXT = 3000
_DISCORD = 2000
_MARKS = {"info": "ℹ️", "warning": "⚠️", "error": "🔴"}
_ZERO_WIDTH = "\u200b"
_MARKDOWN = re.compile(r"([\\*_~`|\[\]()<>#])")
_CALLS = re.compile(r"@(?=everyone|here|channel|group)", re.IGNORECASE)


def body(kind: WebhookKind, notification: Notification, delivery: str) -> bytes:
    """The body to send. ``delivery`` identifies it."""
    build = {"json": _json, "slack": _slack, "discord": _discord}[kind]
    return msgspec.json.encode(build(_clean(notification), delivery))


def _clean(notification: Notification) -> Notification:
    from dataclasses import replace

    return replace(notification, title=_line(notification.title), text=_line(notification.text))


def _line(text: str) -> str:
    return redact(" ".join("".join(mark if mark.isprintable() else " " for mark in text).split()))


def _json(notification: Notification, delivery: str) -> dict[str, Any]:
    return {
        "version": VERSION,
        "id": delivery,
        "app": {"name": "Conduit Desktop", "version": __version__},
        "notification": {
            "id": notification.id,
            "kind": notification.kind,
            "subject": notification.subject,
            "severity": notification.severity,
            "title": notification.title,
            "text": notification.text,
            "count": notification.count,
            "created": _moment(notification.created),
            "updated": _moment(notification.updated),
            "action": notification.action,
            "target": notification.target,
        },
    }


def _slack(notification: Notification, _delivery: str) -> dict[str, Any]:
    head = _calm(f"{_MARKS[notification.severity]} {notification.title}")
    blocks: list[dict[str, Any]] = [{"type": "header", "text": _plain(head, _SLACK_HEADER)}]
    if notification.text:
        blocks.append({"type": "section", "text": _plain(_calm(notification.text), _SLACK_TEXT)})
    blocks.append({"type": "context", "elements": [_plain(_foot(notification), _SLACK_HEADER)]})
    told = _clip(f"{head}: {_calm(notification.text)}", _SLACK_TEXT)
    for mark, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        told = told.replace(mark, instead)
    return {"text": told, "blocks": blocks, "link_names": False, "unfurl_links": False}


def _plain(text: str, most: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": _clip(text, most), "emoji": True}


def _discord(notification: Notification, _delivery: str) -> dict[str, Any]:
    title, text, foot = (
        _MARKDOWN.sub(r"\\\1", _calm(each)) for each in (notification.title, notification.text, _foot(notification))
    )
    content = f"{_MARKS[notification.severity]} **{_clip(title, 300)}**\n{_clip(text, 1400)}\n{_clip(foot, 100)}"
    return {
        "username": "Conduit",
        "content": _clip(content, _DISCORD),
        "allowed_mentions": {"parse": []},
        "flags": 4,  # no previews of links
    }


def _foot(notification: Notification) -> str:
    often = f" · told {notification.count} times" if notification.count > 1 else ""
    return f"Conduit · {datetime.fromtimestamp(notification.updated):%Y-%m-%d %H:%M}{often}"


def _calm(text: str) -> str:
    """Without what would call people."""
    return _CALLS.sub("@" + _ZERO_WIDTH, text)


def _clip(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
