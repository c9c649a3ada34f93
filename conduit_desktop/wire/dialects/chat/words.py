"""The chunk that nearly all of a stream are: a few words of its only choice, and nothing else that is of use behind the
first chunk. Read by its type, it costs a third of what looking through any chunk does.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class _Delta(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    content: str
    role: Any = None
    refusal: None = None
    tool_calls: None = None
    function_call: None = None
    reasoning: None = None
    reasoning_content: None = None


class _Choice(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    delta: _Delta
    index: Literal[0] = 0
    logprobs: None = None
    finish_reason: None = None
    native_finish_reason: None = None
    stop_reason: None = None
    token_ids: None = None


class _Chunk(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    choices: tuple[_Choice]
    id: Any = None
    object: Any = None
    created: Any = None
    model: Any = None
    system_fingerprint: Any = None
    provider: Any = None
    service_tier: Any = None
    obfuscation: Any = None
    p: Any = None
    usage: None = None
    error: None = None


_decode = msgspec.json.Decoder(_Chunk).decode


def words_in(data: bytes) -> str | None:
    """The words of such a chunk; None where ``data`` is anything else."""
    try:
        return _decode(data).choices[0].delta.content
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
