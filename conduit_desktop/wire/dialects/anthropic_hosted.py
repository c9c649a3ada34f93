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

BEDROCK_BETAS = frozenset(
    {
        "compact-2026-01-12",
        "computer-use-2024-10-22",
        "computer-use-2025-01-24",
        "computer-use-2025-11-24",
        "context-1m-2025-08-07",
        "context-management-2025-06-27",
        "dev-full-thinking-2025-05-14",
        "effort-2025-11-24",
        "fine-grained-tool-streaming-2025-05-14",
        "interleaved-thinking-2025-05-14",
        "output-128k-2025-02-19",
        "token-efficient-tools-2025-02-19",
        "tool-examples-2025-10-29",
        "tool-search-tool-2025-10-19",
    }
)
"""The betas that Bedrock knows. Any other in ``anthropic_beta`` fails the request ("invalid beta flag")."""
_RENAMED = {"advanced-tool-use-2025-11-20": "tool-search-tool-2025-10-19"}
_OWN = ("service_tier", "inference_geo", "speed")
"""Wishes that only Anthropic's own service grants; the clouds refuse the request for them."""
_BILLING = "x-anthropic-billing-header:"
"""How the block begins that Claude Code puts before its instructions, for Anthropic's billing; Bedrock refuses it."""


def hosted(body: Json, version: str, headers: Iterable[tuple[bytes, bytes]]) -> Json:
    """``body`` (of ``/v1/messages``, not changed itself) for the cloud whose API has ``version``
    (``bedrock-2023-05-31``, ``vertex-2023-10-16``). ``headers`` are the client's, in lower case."""
    bedrock = version.startswith("bedrock")
    out = {name: value for name, value in body.items() if name != "model" and name not in _OWN}
    out["anthropic_version"] = version
    if bedrock:
        out.pop("stream", None)
        betas = _betas(body.get("anthropic_beta"), headers)
        out.pop("anthropic_beta", None)
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


def _betas(given: Any, headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """What the client asked for of what Bedrock knows."""
    asked = [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
    for name, value in headers:
        if name == b"anthropic-beta":
            asked += [each.strip() for each in value.decode("latin-1").split(",")]
    known = (_RENAMED.get(each, each) for each in asked)
    return [each for each in dict.fromkeys(known) if each in BEDROCK_BETAS]


def _is_billing(block: Any) -> bool:
    text = block.get("text") if isinstance(block, dict) else None
    return isinstance(text, str) and text.startswith(_BILLING)


def _message(message: Any) -> Any:
    content = message.get("content") if isinstance(message, dict) else None
    return {**message, "content": [_plain(each) for each in content]} if isinstance(content, list) else message


def _plain(block: Any) -> Any:
    """A block, or a tool, whose cache marker has no ``scope``: only Anthropic's own service shares caches."""
    marker = block.get("cache_control") if isinstance(block, dict) else None
    if not isinstance(marker, dict) or "scope" not in marker:
        return block
    return {**block, "cache_control": {name: value for name, value in marker.items() if name != "scope"}}
