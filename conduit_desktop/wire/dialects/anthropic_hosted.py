"""Anthropic's requests as the clouds that host Claude want them: the model stands in the URL, and the API's version in
the body instead of a header.

Sources: the SDK's own clients for Bedrock and Vertex AI; Bedrock's user guide, "Anthropic Claude Messages API"
(``stream`` is told by the operation, betas stand in ``anthropic_beta``, an unknown one fails the request); Google's
"Claude on Vertex AI".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conduit_desktop.wire.dialects.base import Json

_BOTH = frozenset(
    {
        "compact-2026-01-12",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "interleaved-thinking-2025-05-14",
        "tool-search-tool-2025-10-19",
    }
)
BEDROCK_BETAS = _BOTH | {
    "computer-use-2024-10-22",
    "dev-full-thinking-2025-05-14",
    "effort-2025-11-24",
    "fine-grained-tool-streaming-2025-05-14",
    "output-128k-2025-02-19",
    "token-efficient-tools-2025-02-19",
    "tool-examples-2025-10-29",
}
VERTEX_BETAS = _BOTH | {"claude-code-20250219", "web-search-2025-03-05"}
"""The betas that each cloud knows. Any other fails the request ("invalid beta flag", "Unexpected value(s)")."""
_RENAMED = {"advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19"}
_OWN = ("service_tier", "inference_geo", "speed")
"""Wishes that only Anthropic's own service grants; the clouds refuse the request for them."""
_BILLING = "x-anthropic-billing-header:"
"""How the block begins that Claude Code puts before its instructions, for Anthropic's billing; Bedrock refuses it."""


def hosted(body: Json, version: str, headers: Iterable[tuple[bytes, bytes]]) -> Json:
    """``body`` (of ``/v1/messages``, not changed itself) for the cloud whose API has ``version``
    (``bedrock-2023-05-31``, ``vertex-2023-10-16``). ``headers`` are the client's, in lower case."""
    out = {name: value for name, value in body.items() if name != "model" and name not in _OWN}
    out["anthropic_version"] = version
    if version.startswith("bedrock"):
        out.pop("stream", None)
        asked = out.pop("anthropic_beta", None)
        betas = _known([*(asked if isinstance(asked, list) else ()), *_named(headers)], BEDROCK_BETAS)
        if betas:
            out["anthropic_beta"] = betas
    system = out.get("system")
    if isinstance(system, list):
        out["system"] = [_plain(each) for each in system if not _is_billing(each)]
        if not out["system"]:
            del out["system"]
    if isinstance(out.get("tools"), list):
        out["tools"] = [_plain(each) for each in out["tools"]]
    if isinstance(out.get("messages"), list):
        out["messages"] = [_message(each) for each in out["messages"]]
    return out


def hosted_headers(version: str, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The client's ``headers`` with no more in ``anthropic-beta`` than the cloud knows, and without it where that is
    nothing."""
    headers = list(headers)
    betas = _known(_named(headers), BEDROCK_BETAS if version.startswith("bedrock") else VERTEX_BETAS)
    kept = [pair for pair in headers if pair[0] != b"anthropic-beta"]
    return [*kept, (b"anthropic-beta", ",".join(betas).encode())] if betas else kept


def _named(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    values = [value.decode("latin-1") for name, value in headers if name == b"anthropic-beta"]
    return [each.strip() for value in values for each in value.split(",")]


def _known(asked: list[Any], known: frozenset[str]) -> list[str]:
    names = [_RENAMED.get(each, each) for each in asked if isinstance(each, str)]
    return [each for each in dict.fromkeys(names) if each in known]


def _is_billing(block: Any) -> bool:
    text = block.get("text") if isinstance(block, dict) else None
    return isinstance(text, str) and text.startswith(_BILLING)


def _message(message: Any) -> Any:
    """A turn. Instructions between turns, which the clouds' models refuse, become what Claude Code makes of them for
    models without: a reminder in a turn of the user's."""
    if not isinstance(message, dict):
        return message
    content = message.get("content")
    if message.get("role") == "system":
        message = {**message, "role": "user"}
        content = [{"type": "text", "text": content}] if isinstance(content, str) else content
        content = [_reminder(each) for each in content] if isinstance(content, list) else content
    return {**message, "content": [_plain(each) for each in content]} if isinstance(content, list) else message


def _reminder(block: Any) -> Any:
    text = block.get("text") if isinstance(block, dict) else None
    return {**block, "text": f"<system-reminder>\n{text}\n</system-reminder>"} if isinstance(text, str) else block


def _plain(block: Any) -> Any:
    """A block, or a tool, whose cache marker has no ``scope``: only Anthropic's own service shares caches."""
    marker = block.get("cache_control") if isinstance(block, dict) else None
    if not isinstance(marker, dict) or "scope" not in marker:
        return block
    return {**block, "cache_control": {name: value for name, value in marker.items() if name != "scope"}}
