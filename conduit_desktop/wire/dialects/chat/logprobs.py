"""Log probabilities of chat completions and of legacy completions, both ways."""

from __future__ import annotations

from typing import Any

from conduit_desktop.wire.dialects.base import Json
from conduit_desktop.wire.messages import Logprob


def read_logprobs(raw: Any) -> list[Logprob] | None:
    """``{"content": [...], "refusal": [...]}``, or the legacy lists; None for what is neither."""
    if not isinstance(raw, dict):
        return None
    for name in ("content", "refusal"):
        items = raw.get(name)
        if isinstance(items, list) and items:
            return [found for item in items if (found := _read(item)) is not None]
    return _legacy(raw)


def _read(item: Any) -> Logprob | None:
    if not isinstance(item, dict) or not isinstance(item.get("token"), str):
        return None
    value, top, octets = item.get("logprob"), item.get("top_logprobs"), item.get("bytes")
    return Logprob(
        token=item["token"],
        logprob=value if isinstance(value, int | float) and not isinstance(value, bool) else -9999.0,
        bytes=[byte for byte in octets if isinstance(byte, int)] if isinstance(octets, list) else None,
        top=[found for each in top if (found := _read(each)) is not None] if isinstance(top, list) else [],
    )


def _legacy(raw: Json) -> list[Logprob] | None:
    """``{"tokens", "token_logprobs", "top_logprobs"}`` (OpenAI's legacy completions, Together)."""
    tokens, values, tops = raw.get("tokens"), raw.get("token_logprobs"), raw.get("top_logprobs")
    if not isinstance(tokens, list) or not isinstance(values, list):
        return None
    out = []
    for at, (token, value) in enumerate(zip(tokens, values, strict=False)):
        top = tops[at] if isinstance(tops, list) and at < len(tops) and isinstance(tops[at], dict) else {}
        out.append(
            Logprob(
                token=str(token),
                # The first token of an echoed prompt has none.
                logprob=value if isinstance(value, int | float) else 0.0,
                top=[Logprob(token=word, logprob=each) for word, each in top.items() if isinstance(each, int | float)],
            )
        )
    return out


def write_logprobs(found: list[Logprob] | None, *, refused: bool = False) -> Json | None:
    """``refused``: the tokens are those of a refusal."""
    if found is None:
        return None
    items = [{**_write(each), "top_logprobs": [_write(top) for top in each.top]} for each in found]
    return {"content": None if refused else items, "refusal": items if refused else None}


def _write(found: Logprob) -> Json:
    return {"token": found.token, "logprob": found.logprob, "bytes": found.bytes}


def write_legacy(found: list[Logprob] | None, offset: int = 0) -> Json | None:
    """Legacy completions' lists. ``offset`` is the number of characters before the first token."""
    if found is None:
        return None
    offsets = []
    for each in found:
        offsets.append(offset)
        offset += len(each.token)
    return {
        "tokens": [each.token for each in found],
        "token_logprobs": [each.logprob for each in found],
        "top_logprobs": [{top.token: top.logprob for top in each.top} for each in found],
        "text_offset": offsets,
    }
